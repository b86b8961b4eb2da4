//! How tables of every encoding, line end and trick are read.

use super::{
    super::csv::{END, MAX_LINE_BYTES, MAX_ROWS},
    *,
};

fn open(bytes: &[u8]) -> Result<Table<'_>, Problem> {
    Table::open(
        ImportKind::Products,
        Source::Text(bytes),
        &Mapping::default(),
        TaxBasis::WithTax,
    )
}

/// How a file was read, and the line and the name of each row.
type Lines = (Map<String, Value>, Vec<(i64, String)>);

fn lines(text: &str) -> Result<Lines, Problem> {
    let mut seen = Vec::new();
    let table = open(text.as_bytes())?;
    table.read(|cells| {
        let name = cells.get(Field::Name).unwrap_or_default().to_owned();
        seen.push((cells.line, name));
    })?;
    Ok((table.describe(), seen))
}

#[test]
fn titles_blank_lines_and_quoted_line_ends_are_survived() {
    let (mapping, seen) = lines(
        "Liste des articles\n\nsku;nom;prix\nA;\"Savon;\nrouge\";900\n;;\nB;Thé \"vert\";5\n",
    )
    .unwrap();
    assert_eq!(
        seen,
        [
            (4, "Savon;\nrouge".to_owned()),
            (7, "Thé \"vert\"".to_owned())
        ]
    );
    assert_eq!(mapping["header_row"], 3);
    assert_eq!(mapping["separator"], ";");
}

/// How programs write a text: each encoding with and without its mark.
fn encodings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let units = || text.encode_utf16();
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    vec![
        ("utf-8", text.as_bytes().to_vec()),
        ("utf-8", marked(b"\xef\xbb\xbf", text.as_bytes())),
        ("utf-16le", marked(b"\xff\xfe", &little)),
        ("utf-16le", little),
        ("utf-16be", marked(b"\xfe\xff", &big)),
        ("utf-16be", big),
        (
            "windows-1252",
            encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
        ),
    ]
}

type Seen = (Map<String, Value>, Vec<(i64, Vec<String>)>);

fn seen_in(bytes: &[u8]) -> Result<Seen, Problem> {
    let mut seen = Vec::new();
    let table = open(bytes)?;
    table.read(|cells| {
        let record = cells.record.iter().map(str::to_owned).collect();
        seen.push((cells.line, record));
    })?;
    Ok((table.describe(), seen))
}

const LINE_ENDS: [&str; 3] = ["\n", "\r\n", "\r"];

#[test]
fn a_table_is_the_same_however_its_lines_end() {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let expected = [
        (3, row(["A1", "Crème brûlée", "100"])),
        (5, row(["B2", "Pâté", "200"])),
    ];
    let bare = [
        "Prix à jour",
        "sku;nom;prix",
        "A1;Crème brûlée;100",
        "",
        "B2;Pâté;200",
    ];
    let quoted = [
        "\"Prix à jour\"",
        "\"sku\";\"nom\";\"prix\"",
        "\"A1\";\"Crème brûlée\";\"100\"",
        "",
        "\"B2\";\"Pâté\";\"200\"",
    ];
    for (lines, end) in [bare, quoted]
        .iter()
        .flat_map(|lines| LINE_ENDS.map(|end| (lines, end)))
    {
        for last in ["", end, &end.repeat(2), &end.repeat(5)] {
            let text = format!("{}{last}", lines.join(end));
            for (encoding, bytes) in encodings(&text) {
                let (mapping, seen) = seen_in(&bytes)
                    .unwrap_or_else(|problem| panic!("{text:?} in {encoding}: {problem:?}"));
                assert_eq!(seen, expected, "{text:?} in {encoding}");
                assert_eq!(mapping["encoding"], encoding, "{text:?}");
                assert_eq!(mapping["separator"], ";", "{text:?}");
                assert_eq!(mapping["header_row"], 2, "{text:?}");
            }
        }
    }
}

#[test]
fn what_is_refused_is_refused_however_lines_end() {
    for end in LINE_ENDS {
        for last in ["", end, &end.repeat(2)] {
            // The mark is alone, in a last cell, behind a cell of two lines, in the header.
            for (lines, number) in [
                (["sku,nom,prix", "A,Un,1", "B,\"Deux,2", "C,Trois,3"], 3),
                (["sku,nom,prix", "A,Un,1", "B,Deux,2", "C,Trois,\"3"], 4),
                (["sku,nom,prix", "A,Un,1", "B,Deux,2", "C,Trois,\""], 4),
                (["sku,nom,prix", "A,\"Un", "un\",1", "C,\"Trois,3"], 4),
                (["sku,\"nom,prix", "A,Un,1", "B,Deux,2", "C,Trois,3"], 1),
                (["sep=,", "sku,nom,prix", "A,\"Un,1", "B,Deux,2"], 3),
            ] {
                let text = format!("{}{last}", lines.join(end));
                for (encoding, bytes) in encodings(&text) {
                    let detail = seen_in(&bytes).unwrap_err().detail;
                    let expected = format!("line {number} is never closed");
                    assert!(
                        detail.contains(&expected),
                        "{text:?} in {encoding}: {detail}"
                    );
                }
            }
            for text in [
                last.to_owned(),
                format!("sku,nom{last}"),
                format!("{last}{END}"),
            ] {
                let code = seen_in(text.as_bytes()).unwrap_err().code;
                assert_eq!(code, Code::ImportUnreadable, "{text:?}");
            }
        }
        let empty = seen_in(end.as_bytes()).unwrap_err();
        assert_eq!(empty.errors[0].code, "import.empty", "{end:?}");
    }
}

#[test]
fn a_line_end_in_a_cell_counts_once_however_it_is_written() {
    for end in LINE_ENDS {
        let lines = ["sku,nom,prix", "A,\"Un", "et demi\",1", "B,Deux,2", ""];
        let (_, seen) = seen_in(lines.join(end).as_bytes()).unwrap();
        let found: Vec<_> = seen
            .iter()
            .map(|(line, cells)| (*line, cells[1].as_str()))
            .collect();
        assert_eq!(found, [(2, "Un\net demi"), (4, "Deux")], "{end:?}");
    }
    // A file that passed through several hands has all of them.
    let (_, seen) = seen_in(b"sku,nom\r\nA,Un\nB,Deux\rC,Trois\r\rD,Quatre\n\r\n").unwrap();
    let found: Vec<_> = seen
        .iter()
        .map(|(line, cells)| (*line, cells[0].as_str()))
        .collect();
    assert_eq!(found, [(2, "A"), (3, "B"), (4, "C"), (6, "D")]);
}

#[test]
fn a_quotation_mark_that_another_row_closes_is_seen() {
    let swallowed = |text: &str| {
        let mut seen = Vec::new();
        let table = open(text.as_bytes()).unwrap();
        table
            .read(|cells| seen.push((cells.line, cells.swallowed_to)))
            .unwrap();
        seen
    };
    let one = "sku,nom,prix\nA,\"Un,1\nB,\"Deux\",2\nC,Trois,3\n";
    assert_eq!(swallowed(one), [(2, Some(3)), (4, None)]);
    let next = "sku,nom\nA,\"Un\nB,\"Deux\"\n";
    assert_eq!(swallowed(next), [(2, Some(3))]);
    let last = "sku,prix,nom\nA,1,\"Un\nB,2,Deux\nC,3,\"Trois\"\n";
    assert_eq!(swallowed(last), [(2, Some(4))]);
    // A description on several lines is not suspicious.
    let fine = "sku,nom,prix\nA,\"Un, rouge\net grand\",1\nB,Deux,2";
    assert_eq!(swallowed(fine), [(2, None), (4, None)]);
    let fine = "sku,nom\nA,\"Un\nrouge, grand\"\nB,Deux";
    assert_eq!(swallowed(fine), [(2, None), (4, None)]);
}

#[test]
fn a_code_that_is_kept_from_a_spreadtable_is_read() {
    let (_, seen) = lines("sku,nom\nA,=\"007\"\nB,\"=\"\"008\"\"\"\nC,=\"\"\n").unwrap();
    let names: Vec<&str> = seen.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["007", "008", ""]);
}

#[test]
fn hostile_tables_are_refused() {
    let wide = format!("sku,nom\n{}\n", "x,".repeat(300));
    let long = format!("sku,nom\nA,{}\n", "x".repeat(10_001));
    let open_quote = format!("sku,nom\nA,\"{}", "x\n".repeat(10_000));
    let many = format!("sku,nom\n{}", "A,B\n".repeat(MAX_ROWS + 1));
    let separators = format!("sku,nom\n{}", ",".repeat(MAX_LINE_BYTES + 1));
    for text in [
        "",
        "\n\n",
        "sku,nom\n",
        &wide,
        &long,
        &open_quote,
        &many,
        &separators,
    ] {
        assert_eq!(lines(text).unwrap_err().code, Code::ImportUnreadable);
    }
    // What unknown columns mean is asked: see `layout`.
    assert_eq!(lines("couleur,taille\n1,2\n").unwrap().1.len(), 1);
}
