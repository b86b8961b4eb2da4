//! What is read of spreadsheets that these tests make.

use std::io::{Cursor, Write as _};

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;

type Rows = Vec<(i64, Vec<(String, CellKind)>)>;

fn rows(sheet: &Sheet) -> Rows {
    let mut records = sheet.records();
    let mut rows = Vec::new();
    while let Some(row) = records.read_next() {
        let cells = row.cells.iter().map(str::to_owned);
        rows.push((row.number, cells.zip(row.kinds.iter().copied()).collect()));
    }
    rows
}

fn open(book: &mut Workbook) -> Book {
    let bytes = book.save_to_buffer().unwrap();
    assert!(is_book(&bytes));
    let book = Book::open(&bytes).unwrap();
    assert_eq!(Book::decode(&book.encode()).as_ref(), Ok(&book));
    book
}

#[test]
fn each_kind_of_cell_is_read_as_what_it_is() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let day = ExcelDateTime::from_ymd(2024, 1, 30).unwrap();
    let noon = day.clone().and_hms(12, 0, 0).unwrap();
    sheet.write_string(0, 0, "00123").unwrap();
    sheet.write_number(0, 1, 5_449_000_000_996.0).unwrap();
    sheet.write_number(0, 2, 0.1 + 0.2).unwrap();
    sheet
        .write_number_with_format(0, 3, 0.16, &Format::new().set_num_format("0%"))
        .unwrap();
    sheet
        .write_number_with_format(
            0,
            4,
            12.5,
            &Format::new().set_num_format("#,##0.00 [$€-40C]"),
        )
        .unwrap();
    sheet
        .write_datetime_with_format(0, 5, &day, &Format::new().set_num_format("dd/mm/yyyy"))
        .unwrap();
    sheet
        .write_datetime_with_format(
            0,
            6,
            &noon,
            &Format::new().set_num_format("dd/mm/yyyy hh:mm"),
        )
        .unwrap();
    sheet.write_boolean(0, 7, true).unwrap();
    sheet
        .write_formula(0, 8, Formula::new("=NA()").set_result("#N/A"))
        .unwrap();
    sheet
        .write_formula(0, 9, Formula::new("=1+1").set_result("2"))
        .unwrap();
    sheet
        .write_number_with_format(0, 10, 7.0, &Format::new().set_num_format("0000"))
        .unwrap();
    let book = open(&mut book);
    let cells = rows(&book.sheets[0]).remove(0).1;
    let seen: Vec<(&str, CellValue)> = cells
        .iter()
        .map(|(text, kind)| (text.as_str(), kind.value))
        .collect();
    assert_eq!(
        seen,
        [
            ("00123", CellValue::Text),
            ("5449000000996", CellValue::Number),
            ("0.3", CellValue::Number),
            ("16%", CellValue::Number),
            ("12.5 €", CellValue::Number),
            ("2024-01-30", CellValue::Date),
            ("2024-01-30T12:00:00", CellValue::Date),
            ("TRUE", CellValue::Logical),
            ("#N/A", CellValue::Error),
            ("2", CellValue::Number),
            ("0007", CellValue::Number),
        ]
    );
}

#[test]
fn hidden_rows_merged_cells_and_hidden_sheets_are_known() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet
        .merge_range(1, 0, 3, 0, "Boissons", &Format::new())
        .unwrap();
    for row in 1..5 {
        sheet.write_number(row, 2, f64::from(row)).unwrap();
    }
    sheet.set_row_hidden(4).unwrap();
    let other = book.add_worksheet();
    other.write_string(0, 0, "x").unwrap();
    other.set_hidden(true);
    let book = open(&mut book);
    let seen = rows(&book.sheets[0]);
    let first: Vec<(i64, &str, bool)> = seen
        .iter()
        .map(|(row, cells)| (*row, cells[0].0.as_str(), cells[0].1.is_merged))
        .collect();
    assert_eq!(
        first,
        [
            (2, "Boissons", false),
            (3, "Boissons", true),
            (4, "Boissons", true),
            (5, "", false)
        ]
    );
    let mut records = book.sheets[0].records();
    let mut hidden = Vec::new();
    while let Some(row) = records.read_next() {
        hidden.push(row.is_hidden);
    }
    assert_eq!(hidden, [false, false, false, true]);
    assert!(book.sheets[1].is_hidden);
}

#[test]
fn bytes_that_are_no_book_are_refused() {
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "sku").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    for cut in (0..bytes.len()).step_by(97) {
        assert!(Book::open(&bytes[..cut]).is_err(), "{cut} bytes");
    }
    let mut empty = Workbook::new();
    empty.add_worksheet();
    let empty = empty.save_to_buffer().unwrap();
    assert_eq!(
        Book::open(&empty).unwrap_err().errors[1].code,
        "import.empty"
    );
    let whole = Book::open(&bytes).unwrap().encode();
    for cut in 0..whole.len() {
        assert!(Book::decode(&whole[..cut]).is_err(), "{cut} bytes");
    }
}

#[test]
fn an_address_is_as_in_a_formula() {
    assert_eq!(address("Sheet1", 7, 2), "Sheet1!C7");
    assert_eq!(address("Prix d'été", 7, 27), "'Prix d''été'!AB7");
    assert_eq!(column_letters(25), "Z");
    assert_eq!(column_letters(702), "AAA");
}

// One table in each format: `00000` before a code, an amount in francs, a percentage, a row that is not
// shown, a name that is merged with the cell below it, an error, and a formula that came to one.

const FORMATS: [&str; 3] = ["00000", "#,##0 [$FC]", "0%"];

fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in members {
        zip.start_file(*name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn xlsx() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Tarif").unwrap();
    let [zeros, francs, percent] = FORMATS.map(|code| Format::new().set_num_format(code));
    sheet.write_string(0, 0, "code").unwrap();
    sheet.write_number_with_format(1, 0, 123.0, &zeros).unwrap();
    sheet
        .merge_range(1, 1, 2, 1, "Savon", &Format::new())
        .unwrap();
    sheet
        .write_number_with_format(1, 2, 1500.5, &francs)
        .unwrap();
    sheet
        .write_number_with_format(1, 3, 0.16, &percent)
        .unwrap();
    sheet.write_string(2, 0, "B").unwrap();
    sheet
        .write_formula(2, 2, Formula::new("=NA()").set_result("#N/A"))
        .unwrap();
    sheet.write_number(2, 3, 7.0).unwrap();
    sheet.set_row_hidden(2).unwrap();
    book.save_to_buffer().unwrap()
}

fn ods() -> Vec<u8> {
    let content = r#"<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:style="s" xmlns:number="n" xmlns:calcext="c"><office:automatic-styles><number:number-style style:name="N1"><number:number number:min-integer-digits="5"/></number:number-style><style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/></office:automatic-styles><office:body><office:spreadsheet><table:table table:name="Tarif"><table:table-column table:default-cell-style-name="ce1"/><table:table-row><table:table-cell office:value-type="string"><text:p>code</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell office:value-type="float" office:value="123"/><table:table-cell office:value-type="string" table:number-rows-spanned="2" table:number-columns-spanned="1"><text:p>Savon</text:p></table:table-cell><table:table-cell office:value-type="currency" office:currency="FC" office:value="1500.5"/><table:table-cell office:value-type="percentage" office:value="0.16"/></table:table-row><table:table-row table:visibility="collapse"><table:table-cell office:value-type="string"><text:p>B</text:p></table:table-cell><table:covered-table-cell/><table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="7"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#;
    archive(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet".to_vec(),
        ),
        ("META-INF/manifest.xml", b"<manifest:manifest/>".to_vec()),
        ("content.xml", content.as_bytes().to_vec()),
    ])
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A record of the old format.
fn record(kind: u16, parts: &[&[u8]]) -> Vec<u8> {
    let data = joined(parts);
    let length = u16::try_from(data.len()).unwrap();
    joined(&[&kind.to_le_bytes(), &length.to_le_bytes(), &data])
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn xls() -> Vec<u8> {
    let begin = |kind: u16| record(0x0809, &[&words(&[0x0600, kind, 0, 0, 0, 0, 0, 0])]);
    let text = |row: u16, column: u16, text: &str| {
        let length = u16::try_from(text.len()).unwrap();
        record(
            0x0204,
            &[&words(&[row, column, 0, length]), &[0], text.as_bytes()],
        )
    };
    let number = |row: u16, column: u16, style: u16, value: f64| {
        record(
            0x0203,
            &[&words(&[row, column, style]), &value.to_le_bytes()],
        )
    };
    let mut globals = begin(0x0005);
    for (number, code) in (164u16..).zip(FORMATS) {
        let length = u16::try_from(code.len()).unwrap();
        globals.extend(record(
            0x041e,
            &[&words(&[number, length]), &[0], code.as_bytes()],
        ));
    }
    for format in [0, 164, 165, 166] {
        globals.extend(record(0x00e0, &[&words(&[0, format]), &[0; 16]]));
    }
    // Behind this record and the end, four bytes, the sheet begins.
    let name = b"Tarif";
    let offset = u32::try_from(globals.len() + 4 + 8 + name.len() + 4).unwrap();
    globals.extend(record(
        0x0085,
        &[&offset.to_le_bytes(), &[0, 0, 5, 0], name],
    ));
    globals.extend(record(0x000a, &[]));
    let sheet = [
        begin(0x0010),
        record(0x0208, &[&words(&[2, 0, 4, 255, 0, 0, 0x0120, 0])]),
        text(0, 0, "code"),
        number(1, 0, 1, 123.0),
        text(1, 1, "Savon"),
        // Two numbers of a row in one record: each a style and a number of four bytes, here a
        // hundredth of an integer.
        record(
            0x00bd,
            &[
                &words(&[1, 2, 2]),
                &((150_050u32 << 2) | 3).to_le_bytes(),
                &words(&[3]),
                &((16u32 << 2) | 3).to_le_bytes(),
                &words(&[3]),
            ],
        ),
        text(2, 0, "B"),
        record(0x0205, &[&words(&[2, 2, 0]), &[0x2a, 1]]),
        number(2, 3, 0, 7.0),
        record(0x00e5, &[&words(&[1, 1, 2, 1, 1])]),
        record(0x000a, &[]),
    ];
    globals.extend(sheet.concat());
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let mut stream = file.create_stream("/Workbook").unwrap();
    stream.write_all(&globals).unwrap();
    stream.flush().unwrap();
    drop(stream);
    file.into_inner().into_inner()
}

/// A record of the binary format of 2007.
fn binary(kind: u16, parts: &[&[u8]]) -> Vec<u8> {
    let data = joined(parts);
    assert!(data.len() < 128, "one byte of length");
    let length = u8::try_from(data.len()).unwrap();
    let low = u8::try_from(kind & 0x7f).unwrap();
    match u8::try_from(kind >> 7).unwrap() {
        0 => joined(&[&[low, length], &data]),
        high => joined(&[&[low | 0x80, high, length], &data]),
    }
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u32::try_from(units.len()).unwrap();
    joined(&[&length.to_le_bytes(), &words(&units)])
}

fn doubles(doubles: &[u32]) -> Vec<u8> {
    doubles
        .iter()
        .flat_map(|double| double.to_le_bytes())
        .collect()
}

fn xlsb() -> Vec<u8> {
    let workbook = [
        binary(156, &[&doubles(&[0, 1]), &wide("rId1"), &wide("Tarif")]),
        binary(144, &[]),
        binary(157, &[]),
    ];
    let mut styles = binary(615, &[&doubles(&[3])]);
    for (number, code) in (164u16..).zip(FORMATS) {
        styles.extend(binary(44, &[&words(&[number]), &wide(code)]));
    }
    styles.extend(binary(617, &[&doubles(&[4])]));
    for format in [0, 164, 165, 166] {
        styles.extend(binary(47, &[&words(&[0, format]), &[0; 12]]));
    }
    styles.extend(binary(618, &[]));
    let row = |row: u32, hidden: u8| {
        binary(
            0,
            &[&doubles(&[row, 0]), &[0, 1, 0, hidden, 0], &doubles(&[0])],
        )
    };
    let text = |column: u32, text: &str| binary(6, &[&doubles(&[column, 0]), &wide(text)]);
    let number = |column: u32, style: u32, value: f64| {
        binary(5, &[&doubles(&[column, style]), &value.to_le_bytes()])
    };
    let sheet = [
        binary(148, &[&doubles(&[0, 2, 0, 3])]),
        binary(145, &[]),
        row(0, 0),
        text(0, "code"),
        row(1, 0),
        number(0, 1, 123.0),
        text(1, "Savon"),
        number(2, 2, 1500.5),
        number(3, 3, 0.16),
        row(2, 0x10),
        text(0, "B"),
        binary(11, &[&doubles(&[2, 0]), &[0x2a]]),
        number(3, 0, 7.0),
        binary(146, &[]),
        binary(176, &[&doubles(&[1, 2, 1, 1])]),
    ];
    let relations = r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.bin"/></Relationships>"#;
    archive(&[
        ("xl/workbook.bin", workbook.concat()),
        ("xl/_rels/workbook.bin.rels", relations.as_bytes().to_vec()),
        ("xl/styles.bin", styles),
        ("xl/worksheets/sheet1.bin", sheet.concat()),
    ])
}

#[test]
fn every_format_says_the_same_of_a_table() {
    use CellValue::{Error, Number, Text};
    for (format, bytes) in [
        (BookFormat::Xlsx, xlsx()),
        (BookFormat::Ods, ods()),
        (BookFormat::Xls, xls()),
        (BookFormat::Xlsb, xlsb()),
    ] {
        assert!(is_book(&bytes));
        let book = Book::open(&bytes).unwrap();
        assert_eq!(book.format, format);
        let sheet = &book.sheets[0];
        assert_eq!(sheet.name, "Tarif", "{format:?}");
        let cells: Vec<Vec<(String, CellValue)>> = rows(sheet)
            .into_iter()
            .map(|(_, cells)| {
                cells
                    .into_iter()
                    .map(|(text, kind)| (text, kind.value))
                    .collect()
            })
            .collect();
        let seen: Vec<Vec<(&str, CellValue)>> = cells
            .iter()
            .map(|row| {
                row.iter()
                    .map(|(text, value)| (text.as_str(), *value))
                    .collect()
            })
            .collect();
        assert_eq!(seen[0], [("code", Text)], "{format:?}");
        assert_eq!(
            seen[1],
            [
                ("00123", Number),
                ("Savon", Text),
                ("1500.5 FC", Number),
                ("16%", Number)
            ],
            "{format:?}"
        );
        assert_eq!(seen[2][1], ("Savon", Text), "merged: {format:?}");
        assert_eq!(seen[2][2].1, Error, "{format:?}");
        assert_eq!(seen[2][3], ("7", Number), "{format:?}");
        let merged = rows(sheet)[2].1[1].1.is_merged;
        assert!(merged, "{format:?}");
        let mut records = sheet.records();
        let mut hidden = Vec::new();
        while let Some(row) = records.read_next() {
            hidden.push(row.is_hidden);
        }
        assert_eq!(hidden, [false, false, true], "{format:?}");
    }
}

/// What a sheet repeats is counted before it is written out.
#[test]
fn a_few_bytes_that_repeat_millions_of_cells_are_refused() {
    let document = |rows: &str| {
        let content = format!(
            r#"<office:document-content xmlns:office="o" xmlns:table="t"><office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
        );
        archive(&[
            (
                "mimetype",
                b"application/vnd.oasis.opendocument.spreadsheet".to_vec(),
            ),
            ("META-INF/manifest.xml", b"<manifest:manifest/>".to_vec()),
            ("content.xml", content.into_bytes()),
        ])
    };
    let row = |rows: u32, columns: u32| {
        format!(
            r#"<table:table-row table:number-rows-repeated="{rows}"><table:table-cell office:value-type="percentage" office:value="1" table:number-columns-repeated="{columns}"/></table:table-row>"#
        )
    };
    for rows in [
        row(17_000_000, 1),
        row(17_000_000, 16_384),
        row(1, 201),
        row(400_000, 1).repeat(2),
    ] {
        let refused = Book::open(&document(&rows)).unwrap_err();
        assert!(refused.detail.contains("Split it"), "{}", refused.detail);
    }
    let fine = Book::open(&document(&row(1000, 3))).unwrap();
    assert_eq!(fine.sheets[0].len(), 1000);
    // Empty rows and cells below and beside the table are as usual.
    let empty = r#"<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>"#;
    let usual = Book::open(&document(&format!("{}{empty}", row(2, 2)))).unwrap();
    assert_eq!(usual.sheets[0].len(), 2);
}
