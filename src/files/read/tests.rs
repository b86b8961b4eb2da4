//! What files of other systems wrote and was once read wrong: each with its right value.

use chrono_tz::Africa::Lubumbashi;
use kernel::{Currency, Quantity, Timestamp};
use serde_json::{Value, json};

use super::{
    Clarity, FileRead, Frame, Mapping, Reading, Source, TaxBasis,
    known::{Known, KnownProduct},
    read_file,
    staged::{ImportKind, RowIssue, RowState, StagedRow},
};

fn read(kind: ImportKind, text: &str, known: &Known) -> (Vec<StagedRow>, Vec<RowIssue>) {
    let frame = Frame {
        currency: Currency::parse("USD").unwrap(),
        time_zone: Lubumbashi,
        prices: TaxBasis::WithTax,
        now: Timestamp::parse("2026-11-22T12:00:00Z").unwrap(),
    };
    let file = read_file(
        kind,
        Source::Text(text.as_bytes()),
        &Mapping::default(),
        &|_| None,
        frame,
    )
    .unwrap();
    let preview = clear(file).judge(known);
    (preview.rows.collect(), preview.issues)
}

fn clear(file: FileRead) -> Reading {
    match file.reading {
        Clarity::Clear(reading) => reading,
        Clarity::Unclear { .. } => panic!("{:?}", file.layout.questions),
    }
}

fn products(text: &str) -> Vec<StagedRow> {
    read(ImportKind::Products, text, &Known::default()).0
}

fn field(row: &StagedRow, name: &str) -> Value {
    row.values.get(name).cloned().unwrap_or_default()
}

fn codes(issues: &[RowIssue]) -> Vec<&str> {
    issues.iter().map(|issue| issue.code.as_str()).collect()
}

#[test]
fn a_description_is_no_name_where_there_is_one() {
    for header in [
        "SKU,Product Name,Description,Price",
        "sku,item name,description,price",
    ] {
        let rows = products(&format!("{header}\nN-1,Gourde,Bouteille en acier,5\n"));
        assert_eq!(field(&rows[0], "name"), "Gourde", "{header}");
    }
    let rows = products("sku,description,price\nN-1,Gourde,5\n");
    assert_eq!(field(&rows[0], "name"), "Gourde");
}

#[test]
fn an_article_beside_a_code_is_its_name() {
    for text in [
        "Code;Article;Prix\nA1;Savon;5\n",
        "Article;Code;Prix\nSavon;A1;5\n",
    ] {
        let rows = products(text);
        assert_eq!(field(&rows[0], "sku"), "A1", "{text}");
        assert_eq!(field(&rows[0], "name"), "Savon", "{text}");
    }
    let rows = products("Article;Nom;Prix\nA1;Savon;5\n");
    assert_eq!(field(&rows[0], "sku"), "A1");
}

#[test]
fn the_first_whole_header_is_the_header() {
    let text = "sku,name,price\nA,Un,1\nB,Deux,2\nsku,name,price,cost,unit\nC,Trois,3,1,kg\n";
    let rows = products(text);
    let skus: Vec<Value> = rows.iter().map(|row| field(row, "sku")).collect();
    assert_eq!(&skus[..2], [json!("A"), json!("B")]);
    // Cells that look like headers are cells.
    let rows =
        products("sku,name,availability,price\nA,Un,in stock,1\nquantity,price,in stock,2\n");
    assert_eq!(rows.len(), 2);
    // What stands above a header that comes later is named.
    let (rows, issues) = read(
        ImportKind::Products,
        "x,Un,1\ny,Deux,2\nsku,name,price\nA,Un,1\n",
        &Known::default(),
    );
    assert_eq!(rows.len(), 1);
    assert_eq!(codes(&issues), ["import.rows_above_header"]);
}

#[test]
fn a_header_that_is_repeated_is_no_row() {
    let text = "sku;nom;prix\nA;Un;1\nsku;nom;prix\nB;Deux;2\n";
    let (rows, issues) = read(ImportKind::Products, text, &Known::default());
    assert_eq!(rows.len(), 2);
    assert_eq!(codes(&issues), ["import.rows_left_out"]);
}

#[test]
fn a_price_of_a_sale_is_not_the_price() {
    let rows = products("SKU,Name,Sale price,Regular price\nA,Un,18,20\n");
    assert_eq!(field(&rows[0], "price_minor"), 2000);
}

#[test]
fn tax_rates_are_read_as_people_write_them() {
    for (cell, basis_points) in [
        ("16", 1600),
        ("16%", 1600),
        ("TVA 16%", 1600),
        ("Taxe: 5.5 %", 550),
        ("0", 0),
        ("VAT 20", 2000),
    ] {
        let rows = products(&format!("sku;nom;prix;tva\nA;Un;1;{cell}\nB;Deux;1;16\n"));
        assert_eq!(field(&rows[0], "tax_rate_bp"), basis_points, "{cell}");
    }
    let (rows, issues) = read(
        ImportKind::Products,
        "sku;nom;prix;tva\nA;Un;1;0.16\nB;Deux;1;0,055\nC;Trois;1;0\n",
        &Known::default(),
    );
    let rates: Vec<Value> = rows.iter().map(|row| field(row, "tax_rate_bp")).collect();
    assert_eq!(rates, [json!(1600), json!(550), json!(0)]);
    assert!(codes(&issues).contains(&"tax_rate.fraction_assumed"));
    // Beside a whole rate a part of one is what it says.
    let rows = products("sku;nom;prix;tva\nA;Un;1;0.5\nB;Deux;1;16\n");
    assert_eq!(field(&rows[0], "tax_rate_bp"), 50);
    let rows = products("sku;nom;prix;tva\nA;Un;1;beurre 16\n");
    assert_eq!(rows[0].state, RowState::Error);
}

#[test]
fn a_time_beside_a_date_is_part_of_it() {
    for (date, time) in [
        ("30/01/2024", "14:30"),
        ("2024-01-30", "14h30"),
        ("30/01/2024", "14:30:00"),
        ("2024-01-30 14:30", "09:00"),
    ] {
        let text = format!(
            "facture;sku;qte;date;heure;prix\n1;A1001;1;{date};{time};5\n2;A1001;1;13/02/2024;;5\n"
        );
        let (rows, _) = read(ImportKind::Sales, &text, &Known::default());
        assert_eq!(
            field(&rows[0], "occurred_at"),
            "2024-01-30T12:30:00Z",
            "{date} {time}"
        );
        assert_eq!(field(&rows[1], "occurred_at"), "2024-02-12T22:00:00Z");
    }
}

#[test]
fn an_apostrophe_before_a_code_is_not_part_of_it() {
    let rows = products("sku;nom;prix;ean\n'00123;'t Hooft;'5;'5449000000996\n");
    assert_eq!(field(&rows[0], "sku"), "00123");
    assert_eq!(field(&rows[0], "name"), "'t Hooft");
    assert_eq!(field(&rows[0], "price_minor"), 500);
    assert_eq!(field(&rows[0], "barcodes"), json!(["5449000000996"]));
}

#[test]
fn of_a_list_of_categories_the_first_is_taken() {
    let rows = products(
        "sku;nom;prix;categorie\nA;Un;1;Boissons > Chaudes, Promo\nB;Deux;1;Fruits, légumes\n",
    );
    assert_eq!(field(&rows[0], "category"), json!(["Boissons", "Chaudes"]));
    assert_eq!(codes(&rows[0].issues), ["import.several_categories"]);
    assert_eq!(field(&rows[1], "category"), json!(["Fruits, légumes"]));
}

#[test]
fn stock_below_zero_is_none() {
    for kind in [ImportKind::Products, ImportKind::Stock] {
        let text = "sku;nom;prix;stock_set\nA;Un;1;-3\n";
        let (rows, _) = read(kind, text, &shop(0));
        assert_eq!(field(&rows[0], "stock_set"), 0);
        assert_eq!(codes(&rows[0].issues), ["import.negative_stock"]);
        assert_ne!(rows[0].state, RowState::Error);
    }
}

/// A shop with one product, A.
fn shop(cost_minor: i64) -> Known {
    let product = KnownProduct {
        id: kernel::ids::ProductId::generate(),
        sku: "A".to_owned(),
        name: "Un".to_owned(),
        category_id: None,
        unit: "piece".to_owned(),
        price_minor: 100,
        cost_minor,
        tax_rate_bp: 0,
        reorder_level: Quantity::ZERO,
        is_archived: false,
        barcodes: Vec::new(),
        is_moved: false,
        created_at: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
        is_in_conflict: false,
    };
    Known {
        products: vec![product],
        ..Known::default()
    }
}

#[test]
fn a_cost_of_nothing_is_an_unknown_one() {
    let text = "sku;nom;prix;cout\nA;Un;1;0.00\n";
    let (rows, _) = read(ImportKind::Products, text, &shop(70));
    assert_eq!(rows[0].state, RowState::Unchanged);
    assert_eq!(codes(&rows[0].issues), ["import.cost_zero"]);
    let (rows, _) = read(ImportKind::Products, text, &shop(0));
    assert_eq!(codes(&rows[0].issues), [""; 0]);
}

#[test]
fn old_encodings_are_guessed_aloud() {
    let text: Vec<u8> = b"sku;nom;prix\nA;Cr\x8ame br\x96l\x82e;1\n".to_vec();
    let frame = Frame {
        currency: Currency::parse("USD").unwrap(),
        time_zone: Lubumbashi,
        prices: TaxBasis::WithTax,
        now: Timestamp::parse("2026-11-22T12:00:00Z").unwrap(),
    };
    let file = read_file(
        ImportKind::Products,
        Source::Text(&text),
        &Mapping::default(),
        &|_| None,
        frame,
    )
    .unwrap();
    let preview = clear(file).judge(&Known::default());
    assert_eq!(codes(&preview.issues), ["encoding.assumed"]);
    assert_eq!(preview.issues[0].value, "cp850");
    let rows: Vec<StagedRow> = preview.rows.collect();
    assert_eq!(field(&rows[0], "name"), "Crème brûlée");
}
