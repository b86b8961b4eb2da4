//! Which column holds which field: by the headers of a file, and by the mapping that a user gives.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Code, FieldError, Problem, text};
use serde_json::{Map, Value};

use super::{
    fields::{Field, second_meaning, synonyms},
    issues::MAX_SHOWN,
    mapping::Mapping,
    staged::{ImportKind, RowIssue, Severity},
};

/// The position of each field in a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    positions: BTreeMap<Field, usize>,
    /// Columns whose headers mean a field that another column holds.
    ignored: Vec<(Field, usize)>,
    /// Columns without a header.
    unnamed: Vec<usize>,
    width: usize,
}

impl Columns {
    /// Reads a header row. Of two headers that mean the same, the plainer word holds the field
    /// (`name` before `description`), the first one among equals.
    #[must_use]
    pub fn recognise<'a>(kind: ImportKind, header: impl Iterator<Item = &'a str>) -> Self {
        let mut columns = Self::default();
        let mut ranks: BTreeMap<Field, usize> = BTreeMap::new();
        let mut folded_cells = Vec::new();
        for (position, cell) in header.enumerate() {
            columns.width = position + 1;
            if cell.trim().is_empty() {
                columns.unnamed.push(position);
            }
            let folded = fold_header(cell);
            folded_cells.push(folded.clone());
            let meant = synonyms(kind).iter().find_map(|(field, words)| {
                let rank = words.iter().position(|word| *word == folded);
                rank.or_else(|| (fold_header(field.as_str()) == folded).then_some(0))
                    .map(|rank| (*field, rank))
            });
            let Some((field, rank)) = meant else { continue };
            // Punctuation does not count in a header, except here: "Remise %" holds no amounts.
            let field = match field {
                Field::Discount | Field::UnitDiscount if cell.contains('%') => {
                    Field::DiscountPercent
                }
                field => field,
            };
            let loser = match ranks.get(&field) {
                Some(best) if *best <= rank => Some(position),
                _ => {
                    ranks.insert(field, rank);
                    columns.positions.insert(field, position)
                }
            };
            columns.ignored.extend(loser.map(|loser| (field, loser)));
        }
        columns.take_second_meanings(kind, &folded_cells);
        columns
    }

    /// Gives a column whose field another one holds to the field that it may mean as well.
    fn take_second_meanings(&mut self, kind: ImportKind, folded: &[String]) {
        let is_of_kind = |field: Field| synonyms(kind).iter().any(|(known, _)| *known == field);
        let mut taken = Vec::new();
        for (_, position) in &self.ignored {
            let second = folded.get(*position).and_then(|word| second_meaning(word));
            if let Some(field) = second.filter(|field| is_of_kind(*field))
                && !self.positions.contains_key(&field)
            {
                self.positions.insert(field, *position);
                taken.push(*position);
            }
        }
        self.ignored
            .retain(|(_, position)| !taken.contains(position));
    }

    /// Applies what the user says about the columns.
    ///
    /// # Errors
    /// `import.columns_missing` with each field or header that does not exist.
    pub fn apply(
        &mut self,
        kind: ImportKind,
        mapping: &Mapping,
        header: &[String],
    ) -> Result<(), Problem> {
        let mut problem = Problem::new(
            Code::ImportColumnsMissing,
            "The mapping names columns that are not there.",
        );
        for (name, wanted) in &mapping.columns {
            let pointer = format!("/mapping/columns/{name}");
            let Some((field, _)) = synonyms(kind)
                .iter()
                .find(|(field, _)| field.as_str() == name)
            else {
                problem = problem.at(FieldError::new(
                    pointer,
                    "import.unknown_field",
                    format!("A file of {} has no such field.", kind.as_str()),
                ));
                continue;
            };
            let folded = fold_header(wanted);
            match header.iter().position(|cell| fold_header(cell) == folded) {
                Some(position) => {
                    // The mapping overrules the header.
                    self.positions.retain(|_, taken| *taken != position);
                    self.positions.insert(*field, position);
                    self.ignored
                        .retain(|(other, at)| other != field && *at != position);
                }
                None => {
                    problem = problem.at(FieldError::new(
                        pointer,
                        "import.unknown_header",
                        "The file has no column with this header.",
                    ));
                }
            }
        }
        if problem.errors.is_empty() {
            Ok(())
        } else {
            Err(problem)
        }
    }

    /// How many fields were recognised.
    #[must_use]
    pub fn count(&self) -> usize {
        self.positions.len()
    }

    /// Cells in the header row.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// True when a column holds the field.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.positions.contains_key(&field)
    }

    /// The position of the field.
    #[must_use]
    pub fn position(&self, field: Field) -> Option<usize> {
        self.positions.get(&field).copied()
    }

    /// The position of every field, by its name.
    pub fn positions(&self) -> impl Iterator<Item = (Field, usize)> {
        self.positions
            .iter()
            .map(|(field, position)| (*field, *position))
    }

    /// Field -> header, for the preview.
    #[must_use]
    pub fn describe(&self, header: &[String]) -> Map<String, Value> {
        self.positions
            .iter()
            .filter_map(|(field, position)| {
                let cell = header.get(*position)?;
                Some((field.as_str().to_owned(), Value::from(cell.as_str())))
            })
            .collect()
    }

    /// Columns without a header.
    pub fn unnamed(&self) -> impl Iterator<Item = usize> {
        self.unnamed.iter().copied()
    }

    /// A warning for each column that is not read: because another one holds its field, or because
    /// the program does not know its header. A column without a header counts only if it has a text
    /// somewhere.
    #[must_use]
    pub fn ignored(&self, header: &[String], filled: &BTreeSet<usize>) -> Vec<RowIssue> {
        let shown = |position: usize| -> String {
            let cell = header.get(position).map_or("", String::as_str);
            cell.chars().take(MAX_SHOWN).collect()
        };
        let is_read = |position: &usize| self.positions.values().any(|taken| taken == position);
        let is_empty =
            |position: &usize| self.unnamed.contains(position) && !filled.contains(position);
        (0..self.width)
            .filter(|position| !is_read(position) && !is_empty(position))
            .map(|position| {
                let rival = self.ignored.iter().find(|(_, at)| *at == position);
                let taken = rival.and_then(|(field, _)| Some((field, self.position(*field)?)));
                let (column, detail) = match taken {
                    Some((field, taken)) => (
                        field.as_str(),
                        format!(
                            "The column \"{}\" is read as {}; this one is left out. A mapping says otherwise.",
                            shown(taken),
                            field.as_str()
                        ),
                    ),
                    None if self.unnamed.contains(&position) => (
                        "",
                        format!("Column {} has no header and is not read.", position + 1),
                    ),
                    None => (
                        "",
                        format!(
                            "The column \"{}\" is not read. A mapping says what it holds.",
                            shown(position)
                        ),
                    ),
                };
                RowIssue {
                    severity: Severity::Warning,
                    column: column.to_owned(),
                    value: shown(position),
                    code: "import.column_ignored".to_owned(),
                    detail,
                    cell: None,
                }
            })
            .collect()
    }

    /// True when no column is missing that this kind of file needs.
    #[must_use]
    pub fn is_complete(&self, kind: ImportKind) -> bool {
        self.check(kind, &[]).is_ok() || self.has(Field::PlainStock) && self.has_code()
    }

    fn has_code(&self) -> bool {
        self.has(Field::Sku) || self.has(Field::Barcode)
    }

    /// Refuses a table that lacks a column that its kind needs, or has a stock column that may be a
    /// count or an addition.
    ///
    /// # Errors
    /// `import.columns_missing` with every missing field.
    pub fn check(&self, kind: ImportKind, header: &[String]) -> Result<(), Problem> {
        let mut missing = self.missing(kind);
        missing.extend(self.unclear_stock(header));
        if missing.is_empty() {
            return Ok(());
        }
        let seen: Vec<String> = header
            .iter()
            .take(20)
            .map(|cell| cell.chars().take(40).collect())
            .collect();
        let details: Vec<&str> = missing.iter().map(|error| error.detail.as_str()).collect();
        let detail = format!(
            "{} The file has these columns: {}.",
            details.join(" "),
            seen.join(", ")
        );
        let mut problem = Problem::new(Code::ImportColumnsMissing, detail);
        problem.errors = missing;
        Err(problem)
    }

    /// The fields that this kind of file needs and that no column holds.
    fn missing(&self, kind: ImportKind) -> Vec<FieldError> {
        let mut missing: Vec<FieldError> = Vec::new();
        let mut need = |fields: &[Field]| {
            if !fields.iter().any(|field| self.has(*field)) {
                let names: Vec<_> = fields.iter().map(|field| field.as_str()).collect();
                missing.push(FieldError::new(
                    format!("/columns/{}", names.first().copied().unwrap_or_default()),
                    "import.column_missing",
                    format!("A column named {} is needed.", names.join(" or ")),
                ));
            }
        };
        match kind {
            ImportKind::Products => need(&[Field::Sku, Field::Barcode]),
            ImportKind::Stock => {
                need(&[Field::Sku, Field::Barcode]);
                if !self.has(Field::PlainStock) {
                    need(&[Field::StockSet, Field::StockAdd]);
                }
            }
            ImportKind::Sales => {
                for field in [
                    Field::Invoice,
                    Field::Sku,
                    Field::Quantity,
                    Field::Date,
                    Field::Price,
                ] {
                    need(&[field]);
                }
            }
        }
        missing
    }

    /// A stock column that may be a count or an addition.
    fn unclear_stock(&self, header: &[String]) -> Option<FieldError> {
        let cell = header.get(self.position(Field::PlainStock)?)?;
        let shown: String = cell.chars().take(100).collect();
        Some(FieldError::new(
            "/columns/stock",
            "import.stock_not_clear",
            format!(
                "The column \"{shown}\" does not say what it means. Name it stock_set if it is the counted stock, or stock_add if it is added to the stock."
            ),
        ))
    }
}

/// `Prix d'achat (FC)` as `prixdachatfc`: only letters and digits count.
fn fold_header(header: &str) -> String {
    text::fold(header)
        .replace('°', "o")
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn columns(kind: ImportKind, header: &str) -> Columns {
        Columns::recognise(kind, header.split(';'))
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
        assert!(sales.check(ImportKind::Sales, &[]).is_ok());
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
    fn a_plain_stock_column_is_refused_with_the_way_out() {
        for header in ["sku;quantité", "sku;Stock", "sku;qty;stock_add"] {
            let cells: Vec<String> = header.split(';').map(str::to_owned).collect();
            let problem = columns(ImportKind::Products, header)
                .check(ImportKind::Products, &cells)
                .unwrap_err();
            assert_eq!(problem.errors[0].code, "import.stock_not_clear");
            assert!(problem.detail.contains("stock_set"));
        }
    }

    #[test]
    fn missing_columns_are_named_all_at_once() {
        let problem = columns(ImportKind::Sales, "a;b")
            .check(ImportKind::Sales, &["a".to_owned(), "b".to_owned()])
            .unwrap_err();
        assert_eq!(problem.errors.len(), 5);
    }

    #[test]
    fn the_users_mapping_wins_and_its_mistakes_are_named() {
        let header = ["code".to_owned(), "Truc".to_owned(), "PV".to_owned()];
        let mut columns =
            Columns::recognise(ImportKind::Products, header.iter().map(String::as_str));
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
        let columns = Columns::recognise(ImportKind::Products, header.iter().map(String::as_str));
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
                .flat_map(|(_, words)| words.iter().copied())
                .collect();
            for word in &words {
                assert_eq!(fold_header(word), *word, "synonyms are written folded");
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
                let columns = Columns::recognise(kind, cells.iter().map(String::as_str));
                let _unused = columns.check(kind, &cells);
            }
        }
    }
}
