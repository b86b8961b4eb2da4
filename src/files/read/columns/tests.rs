//! Which column holds which field.

use proptest::prelude::*;

use super::*;

fn columns(kind: ImportKind, header: &str) -> Columns {
    Columns::recognise(kind, header.split(';'), TaxBasis::WithTax)
}

#[test]
fn french_and_english_headers_mean_the_same() {
    let french = columns(
        ImportKind::Products,
        "Référence;Désignation;Code-barres;Catégorie;Unité;Prix de vente;Prix d’achat;Taux TVA;Seuil d'alerte;stock_set",
    );
    let english = columns(
        ImportKind::Products,
        "SKU;Name;Barcode;Category;Unit;Price;Cost;Tax rate;Reorder level;Stock set",
    );
    assert_eq!(french, english);
    assert_eq!(french.count(), 10);
    let sales = columns(
        ImportKind::Sales,
        "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country",
    );
    assert_eq!(sales.count(), 7);
    assert!(sales.is_complete(ImportKind::Sales));
    let french = columns(
        ImportKind::Sales,
        "Facture;Réf.;Qté;Date;PU;Remise;Remise unitaire;Remise (%);Montant",
    );
    let english = columns(
        ImportKind::Sales,
        "invoice;sku;quantity;date;price;discount;unit_discount;discount_percent;total",
    );
    assert_eq!(french, english);
    assert_eq!(french.count(), 9);
}

#[test]
fn a_plain_stock_column_means_what_is_said() {
    let header = ["sku".to_owned(), "Quantité".to_owned()];
    for (meaning, field) in [
        (StockMeaning::Set, Some(Field::StockSet)),
        (StockMeaning::Add, Some(Field::StockAdd)),
        (StockMeaning::Ignore, None),
    ] {
        let mut read = columns(ImportKind::Stock, "sku;Quantité");
        assert!(read.has(Field::PlainStock) && read.is_complete(ImportKind::Stock));
        read.settle_stock(meaning);
        let stock = [Field::StockSet, Field::StockAdd, Field::PlainStock];
        let held: Vec<Field> = stock.into_iter().filter(|field| read.has(*field)).collect();
        assert_eq!(held, Vec::from_iter(field), "{meaning:?}");
        let warned = read.ignored(&header, &BTreeSet::new());
        assert!(warned.is_empty(), "{meaning:?}: {warned:?}");
    }
}

#[test]
fn missing_columns_are_named_all_at_once() {
    let read = columns(ImportKind::Sales, "a;b");
    assert_eq!(read.missing(ImportKind::Sales, CodeRule::Needed).len(), 5);
    let read = columns(ImportKind::Products, "nom;prix");
    assert_eq!(
        read.missing(ImportKind::Products, CodeRule::Needed),
        [CODES]
    );
    let generated = read.missing(ImportKind::Products, CodeRule::Generated);
    assert!(generated.is_empty());
}

#[test]
fn a_column_is_named_by_its_header_or_its_number_or_dismissed() {
    let header = ["", "prix", "couleur", "prix"].map(str::to_owned);
    let mut read = Columns::recognise(
        ImportKind::Products,
        header.iter().map(String::as_str),
        TaxBasis::WithTax,
    );
    let mut mapping = Mapping {
        ignore: vec!["Couleur".to_owned()],
        ..Mapping::default()
    };
    for (field, column) in [("sku", "#1"), ("price", "#4")] {
        mapping.columns.insert(field.to_owned(), column.to_owned());
    }
    read.apply(ImportKind::Products, &mapping, &header).unwrap();
    assert_eq!(read.position(Field::Sku), Some(0));
    assert_eq!(read.position(Field::Price), Some(3));
    let warned = read.ignored(&header, &BTreeSet::new());
    assert_eq!(warned.len(), 1, "{warned:?}");
    mapping.ignore.push("#5".to_owned());
    let problem = read
        .apply(ImportKind::Products, &mapping, &header)
        .unwrap_err();
    assert_eq!(problem.errors[0].pointer, "/mapping/ignore/1");
}

#[test]
fn the_users_mapping_wins_and_its_mistakes_are_named() {
    let header = ["code".to_owned(), "Truc".to_owned(), "PV".to_owned()];
    let mut columns = Columns::recognise(
        ImportKind::Products,
        header.iter().map(String::as_str),
        TaxBasis::WithTax,
    );
    let mut mapping = Mapping::default();
    mapping.columns.insert("name".to_owned(), "truc".to_owned());
    mapping.columns.insert("cost".to_owned(), "PV".to_owned());
    columns
        .apply(ImportKind::Products, &mapping, &header)
        .unwrap();
    assert_eq!(columns.position(Field::Name), Some(1));
    assert_eq!(columns.position(Field::Cost), Some(2));
    assert!(!columns.has(Field::Price));
    mapping.columns.insert("colour".to_owned(), "x".to_owned());
    mapping.columns.insert("unit".to_owned(), "nope".to_owned());
    let problem = columns
        .apply(ImportKind::Products, &mapping, &header)
        .unwrap_err();
    assert_eq!(problem.errors.len(), 2);
}

#[test]
fn every_column_that_is_not_read_is_named() {
    let header: Vec<String> = ["sku", "nom", "description", "couleur", "", " ", "prix"]
        .map(str::to_owned)
        .to_vec();
    let columns = Columns::recognise(
        ImportKind::Products,
        header.iter().map(String::as_str),
        TaxBasis::WithTax,
    );
    let named = |columns: &Columns| -> Vec<(String, String)> {
        let issues = columns.ignored(&header, &BTreeSet::from([5]));
        let name = |issue: RowIssue| (issue.column, issue.value);
        issues.into_iter().map(name).collect()
    };
    let pair = |column: &str, value: &str| (column.to_owned(), value.to_owned());
    assert_eq!(
        named(&columns),
        [
            pair("name", "description"),
            pair("", "couleur"),
            pair("", " ")
        ]
    );
    let mut mapped = columns.clone();
    let mut mapping = Mapping::default();
    mapping
        .columns
        .insert("name".to_owned(), "couleur".to_owned());
    mapped
        .apply(ImportKind::Products, &mapping, &header)
        .unwrap();
    assert_eq!(
        named(&mapped),
        [pair("", "nom"), pair("", "description"), pair("", " ")]
    );
}

#[test]
fn no_header_means_two_fields() {
    for kind in ImportKind::ALL {
        let mut words: Vec<&str> = synonyms(kind)
            .iter()
            .flat_map(|(_, words)| words.split_ascii_whitespace())
            .collect();
        for word in &words {
            assert_eq!(letters(word), *word, "synonyms are written folded");
        }
        words.sort_unstable();
        let all = words.len();
        words.dedup();
        assert_eq!(words.len(), all, "{kind:?}");
    }
}

proptest! {
    #[test]
    fn any_header_is_survived(cells in prop::collection::vec(".{0,20}", 0..20)) {
        for kind in ImportKind::ALL {
            let columns = Columns::recognise(kind, cells.iter().map(String::as_str), TaxBasis::WithTax);
            let _unused = columns.missing(kind, CodeRule::Needed);
        }
    }
}
