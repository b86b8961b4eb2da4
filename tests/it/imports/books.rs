//! Spreadsheets: parsed in a process of their own, and read as the same table that CSV gives.

use std::process::{Command, Stdio};

use reqwest::multipart::{Form, Part};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::{Value, json};

use super::{commit, issues, rows, send_form};
use crate::support::http::{Answer, Client};

async fn send_book(client: &Client, kind: &str, bytes: Vec<u8>, mapping: Option<Value>) -> Answer {
    // The name says nothing: what the file is decides.
    let part = Part::bytes(bytes).file_name("produits.csv");
    let form = Form::new().part("file", part);
    let form = match mapping {
        Some(mapping) => form.text("mapping", mapping.to_string()),
        None => form,
    };
    send_form(client, kind, form).await
}

/// A list of products with what spreadsheets do to lists of products.
fn products() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Tarif 2024").unwrap();
    sheet.write_string(0, 0, "Alimentation Kivu").unwrap();
    for (column, header) in (0u16..).zip([
        "Code",
        "Désignation",
        "Code EAN",
        "Prix",
        "TVA",
        "stock_set",
    ]) {
        sheet.write_string(2, column, header).unwrap();
    }
    // A good row: a long code as a number, an amount with decimals, percent, a number kept as text.
    sheet.write_string(3, 0, "00123").unwrap();
    sheet.write_string(3, 1, "Savon").unwrap();
    sheet.write_number(3, 2, 5_449_000_000_996.0).unwrap();
    sheet
        .write_number_with_format(
            3,
            3,
            1.1 * 3.0,
            &Format::new().set_num_format("[$$-409]#,##0.00"),
        )
        .unwrap();
    sheet
        .write_number_with_format(3, 4, 0.16, &Format::new().set_num_format("0%"))
        .unwrap();
    sheet.write_string(3, 5, "1 250").unwrap();
    // What cannot be read is named cell by cell.
    sheet.write_string(4, 0, "B1").unwrap();
    sheet
        .write_formula(4, 1, Formula::new("=NA()").set_result("#N/A"))
        .unwrap();
    sheet.write_number(4, 2, 1_234_567_890_123_456.0).unwrap();
    sheet
        .write_number_with_format(
            4,
            3,
            5.0,
            &Format::new().set_num_format("#,##0.00 [$€-40C]"),
        )
        .unwrap();
    sheet.write_boolean(4, 5, true).unwrap();
    // A code that became a date.
    let day = ExcelDateTime::from_ymd(2024, 2, 1).unwrap();
    sheet
        .write_datetime_with_format(5, 0, &day, &Format::new().set_num_format("dd/mm/yyyy"))
        .unwrap();
    sheet.write_string(5, 1, "Vis").unwrap();
    sheet.write_number(5, 3, 2.0).unwrap();
    // A row that is not shown.
    sheet.write_string(6, 0, "D1").unwrap();
    sheet.write_string(6, 1, "Riz").unwrap();
    sheet.write_number(6, 3, 2.0).unwrap();
    sheet.set_row_hidden(6).unwrap();
    let notes = book.add_worksheet();
    notes.set_name("Notes").unwrap();
    notes.write_string(0, 0, "rien").unwrap();
    book.save_to_buffer().unwrap()
}

fn in_dollars() -> crate::support::app::Wishes {
    crate::support::app::Wishes {
        settings: vec![("SALESFLOW__SHOP__CURRENCY", "USD".to_owned())],
        ..crate::support::app::Wishes::default()
    }
}

both_databases!(
    a_spreadsheet_is_read_right_or_named_cell_by_cell,
    in_dollars(),
    |app| async {
        let client = app.manager().await;
        let import = send_book(&client, "products", products(), None)
            .await
            .expect(201);
        let mapping = &import["mapping"];
        assert_eq!(mapping["format"], "xlsx");
        assert_eq!(mapping["sheet"], "Tarif 2024");
        assert_eq!(mapping["header_row"], 3);
        let ignored = import["issues"].as_array().unwrap();
        assert!(
            ignored
                .iter()
                .any(|issue| issue["code"] == "import.sheet_ignored" && issue["value"] == "Notes")
        );
        let new = rows(&client, &import, "new").await;
        assert_eq!(new[0]["row"], 4);
        let values = &new[0]["values"];
        assert_eq!(values["sku"], "00123");
        assert_eq!(values["barcodes"], json!(["5449000000996"]));
        assert_eq!(values["price_minor"], 330);
        assert_eq!(values["tax_rate_bp"], 1600);
        assert_eq!(values["stock_set"], 1250);
        assert_eq!(new[1]["issues"][0]["code"], "import.hidden_row");
        let bad = rows(&client, &import, "error").await;
        let seen: Vec<(String, String)> = bad
            .iter()
            .flat_map(|row| row["issues"].as_array().unwrap())
            .map(|issue| {
                let text = |name: &str| issue[name].as_str().unwrap_or_default().to_owned();
                (text("code"), text("cell"))
            })
            .collect();
        for (code, cell) in [
            ("import.cell_error", "'Tarif 2024'!B5"),
            ("import.not_a_barcode", "'Tarif 2024'!C5"),
            ("money.currency_mismatch", "'Tarif 2024'!D5"),
            ("import.not_a_number", "'Tarif 2024'!F5"),
            ("import.spoilt_code", "'Tarif 2024'!A6"),
        ] {
            assert!(
                seen.contains(&(code.to_owned(), cell.to_owned())),
                "{code} in {cell}: {seen:?}"
            );
        }
        assert_eq!(issues(&bad[1]).len(), 1);
        let wishes = json!({"skip_errors": true, "accept_warnings": true});
        let done = commit(&client, &import, wishes).await.expect(200);
        assert_eq!(done["effects"]["products_new"], 2);
    }
);

both_databases!(a_mapping_names_the_sheet_that_is_read, |app| async {
    let client = app.manager().await;
    let mut book = Workbook::new();
    for (name, price) in [("Janvier", 100.0), ("Février", 200.0)] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        for (column, header) in (0u16..).zip(["sku", "nom", "prix"]) {
            sheet.write_string(0, column, header).unwrap();
        }
        sheet.write_string(1, 0, "A1").unwrap();
        sheet.write_string(1, 1, "Thé").unwrap();
        sheet.write_number(1, 2, price).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    for (mapping, sheet, price) in [
        (None, "Janvier", 10_000),
        (Some(json!({"sheet": "février"})), "Février", 20_000),
    ] {
        let import = send_book(&client, "products", bytes.clone(), mapping)
            .await
            .expect(201);
        assert_eq!(import["mapping"]["sheet"], sheet);
        let new = rows(&client, &import, "new").await;
        assert_eq!(new[0]["values"]["price_minor"], price);
    }
    let none = send_book(&client, "products", bytes, Some(json!({"sheet": "Mars"}))).await;
    none.expect_problem(422, "import.columns_missing");
});

both_databases!(dates_of_a_spreadsheet_are_days_of_the_shop, |app| async {
    let client = app.manager().await;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in (0u16..).zip(["facture", "sku", "quantite", "date", "prix"]) {
        sheet.write_string(0, column, header).unwrap();
    }
    let noon = ExcelDateTime::from_ymd(2024, 1, 30)
        .unwrap()
        .and_hms(12, 0, 0)
        .unwrap();
    let format = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    sheet
        .write_datetime_with_format(1, 3, &noon, &format)
        .unwrap();
    // A date whose format was lost is the number of its day.
    sheet.write_number(2, 3, 45_321.0).unwrap();
    sheet.write_string(3, 3, "30/01/2024 12:00").unwrap();
    for row in 1..4 {
        sheet.write_number(row, 0, f64::from(row)).unwrap();
        sheet.write_string(row, 1, "A1001").unwrap();
        sheet.write_number(row, 2, 1.0).unwrap();
        sheet.write_number(row, 4, 1000.0).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let import = send_book(&client, "sales", bytes, None).await.expect(201);
    let new = rows(&client, &import, "new").await;
    let at: Vec<&str> = new
        .iter()
        .map(|row| row["values"]["occurred_at"].as_str().unwrap())
        .collect();
    assert_eq!(
        at,
        [
            "2024-01-30T10:00:00Z",
            "2024-01-29T22:00:00Z",
            "2024-01-30T10:00:00Z"
        ]
    );
});

both_databases!(hostile_spreadsheets_are_refused, |app| async {
    let client = app.manager().await;
    let whole = products();
    let files = [
        whole[..whole.len() / 2].to_vec(),
        b"PK\x03\x04zip".to_vec(),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".repeat(64),
        bomb(),
    ];
    for (number, bytes) in files.into_iter().enumerate() {
        let answer = send_book(&client, "products", bytes, None).await;
        answer.expect_problem(422, "import.unreadable");
        assert!(number < 4);
    }
});

/// A sheet of 64 MiB of blanks.
fn bomb() -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("xl/workbook.xml", options).unwrap();
    zip.write_all(&vec![b' '; 64 * 1024 * 1024]).unwrap();
    zip.finish().unwrap().into_inner()
}

/// The process that parses has nothing of the program: a memory and a time of its own, no secrets.
#[test]
fn a_reader_that_is_called_by_hand_reads_standard_input_only() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_salesflow"))
        .arg("read-book")
        .env_clear()
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, &products()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout.first(), Some(&b'B'));
}
