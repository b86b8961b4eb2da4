//! What a workbook has, read back from its parts.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

use super::*;

fn at(file: &[u8], from: usize) -> usize {
    usize::try_from(u32::from_le_bytes(file[from..from + 4].try_into().unwrap())).unwrap()
}

/// The members by name, found through the directory at the end, each with its sum checked.
fn members(file: &[u8]) -> Vec<(String, String)> {
    let end = file.len() - 22;
    assert_eq!(&file[end..end + 4], b"PK\x05\x06");
    let mut entry = at(file, end + 16);
    let mut members = Vec::new();
    while entry < end {
        assert_eq!(&file[entry..entry + 4], b"PK\x01\x02");
        let length = usize::from(file[entry + 28]);
        let name = String::from_utf8(file[entry + 46..entry + 46 + length].to_vec()).unwrap();
        let start = at(file, entry + 42);
        assert_eq!(&file[start..start + 4], b"PK\x03\x04");
        let data = start + 30 + length;
        let packed = &file[data..data + at(file, entry + 20)];
        let mut content = String::new();
        DeflateDecoder::new(packed)
            .read_to_string(&mut content)
            .unwrap();
        assert_eq!(content.len(), at(file, entry + 24));
        let mut crc = Crc::new();
        crc.update(content.as_bytes());
        assert_eq!(usize::try_from(crc.sum()).unwrap(), at(file, entry + 16));
        members.push((name, content));
        entry += 46 + length;
    }
    members
}

fn heading(title: &str) -> Heading {
    Heading {
        title: title.to_owned(),
        letters: 12,
    }
}

#[test]
fn a_workbook_that_was_taken_away_in_parts_is_whole() {
    let headings = vec![heading("sku"), heading("name")];
    let mut table = XlsxTable::new("Produits", headings, chrono_tz::UTC).unwrap();
    let mut file = Vec::new();
    for number in 0..10_000_i64 {
        let sku = format!("A-{number}");
        table
            .push([Value::Text(&sku), Value::whole(number)])
            .unwrap();
        if number % 1000 == 0 {
            file.extend(table.take());
        }
    }
    file.extend(table.finish().unwrap());
    let members = members(&file);
    assert_eq!(members.len(), 6);
    let (name, sheet) = &members[0];
    assert_eq!(name, "xl/worksheets/sheet1.xml");
    assert_eq!(sheet.matches("<row>").count(), 10_001);
    assert!(sheet.contains("A-9999"));
    assert!(sheet.ends_with("<autoFilter ref=\"A1:B10001\"/></worksheet>"));
}

#[test]
fn cells_have_types_and_no_text_is_a_formula() {
    let cell = |value| {
        let mut row = String::new();
        write_cell(&mut row, value, chrono_tz::Africa::Lubumbashi);
        row
    };
    assert!(cell(Value::Text("=1+1")).contains(">'=1+1<"));
    assert!(cell(Value::Marked("=1+1")).contains("s=\"8\"><is><t xml:space=\"preserve\">'=1+1<"));
    assert!(cell(Value::Text("a<b&\u{1}")).contains(">a&lt;b&amp;<"));
    let price = Value::Number {
        scaled: -1250,
        decimals: 2,
    };
    assert_eq!(cell(price), "<c s=\"4\"><v>-12.50</v></c>");
    let long = cell(Value::whole(1_234_567_890_123_456));
    assert!(long.contains("inlineStr") && long.contains("1234567890123456"));
    let day = NaiveDate::from_ymd_opt(2026, 11, 29).unwrap();
    assert_eq!(cell(Value::Date(day)), "<c s=\"6\"><v>46355</v></c>");
    let noon = day.and_hms_opt(10, 0, 0).unwrap().and_utc();
    assert_eq!(
        cell(Value::Moment(noon)),
        "<c s=\"7\"><v>46355.50000000</v></c>"
    );
    assert_eq!((column(1), column(27)), ("A".to_owned(), "AA".to_owned()));
}
