//! What a file looks like to somebody who says what its columns mean: headers, samples, the guess, and
//! what nobody but them knows.

use kernel::Quantity;
use serde::{Deserialize, Serialize};

use super::{
    fields::Field,
    mapping::StockMeaning,
    staged::{ImportKind, RowState, StagedRow},
};

/// Rows among which one is looked for that shows what a stock column would do.
const EXAMPLE_ROWS: usize = 10_000;

/// The columns of a file, and what has to be said before it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportLayout)]
pub struct FileLayout {
    /// In the order of the file.
    pub columns: Vec<LayoutColumn>,
    /// The fields that a column of this kind of file can hold.
    pub fields: Vec<String>,
    /// Of a spreadsheet: its sheets that hold something, the first 20.
    pub sheets: Vec<LayoutSheet>,
    /// What has to be answered by a mapping before there is a preview; empty when there is one.
    pub questions: Vec<Question>,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportLayoutColumn)]
pub struct LayoutColumn {
    /// Its place, from 1: `#3` in a mapping is the third column.
    pub number: usize,
    /// Its header; may be empty.
    pub header: String,
    /// As what it is read; null when it is not read.
    #[schema(required)]
    pub field: Option<String>,
    /// Up to three different texts of its first 200 rows, 40 characters of each.
    pub samples: Vec<String>,
}

/// A sheet of a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportLayoutSheet)]
pub struct LayoutSheet {
    /// What it is called in the spreadsheet: `sheet` of a mapping.
    pub name: String,
    /// Rows in which something stands.
    pub rows: usize,
    /// True when the spreadsheet does not show it.
    pub is_hidden: bool,
    /// True for the one that is read.
    pub is_read: bool,
}

/// Something that the file does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportQuestion)]
pub struct Question {
    /// `import.column_missing` or `import.stock_not_clear`.
    pub code: String,
    /// The fields of which one needs a column, or the one whose meaning is asked.
    pub fields: Vec<String>,
    /// The question, in an English sentence.
    pub detail: String,
    /// What can be answered; empty where the answer is the header of a column.
    pub answers: Vec<PossibleAnswer>,
}

/// An answer to a question, as a member of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportAnswer)]
pub struct PossibleAnswer {
    /// The member of the mapping: `stock` or `generate_skus`.
    pub member: String,
    /// What to send as its value.
    pub value: AnswerValue,
    /// What it would do to one product of the file; absent where none shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub example: Option<StockExample>,
}

/// The value of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportAnswerValue)]
#[serde(untagged)]
pub enum AnswerValue {
    /// What a stock column means.
    Stock(StockMeaning),
    /// Yes or no.
    Flag(bool),
}

/// The stock of one product of the file before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportStockExample)]
pub struct StockExample {
    /// Line in the file, from 1.
    pub row: i64,
    /// The product as the file calls it: its name, or its code.
    pub product: String,
    /// What is in stock now.
    pub before: Quantity,
    /// What would be in stock.
    pub after: Quantity,
}

impl FileLayout {
    /// The header of the column that is read as a field.
    #[must_use]
    pub fn header_of(&self, field: Field) -> Option<String> {
        let mut columns = self.columns.iter();
        let column = columns.find(|column| column.field.as_deref() == Some(field.as_str()))?;
        Some(column.header.clone())
    }

    /// Adds what is not clear: the columns that are missing, and a stock column that does not say
    /// what it means.
    pub fn ask(
        &mut self,
        kind: ImportKind,
        missing: &[&'static [Field]],
        stock: Option<&str>,
        has_names: bool,
    ) {
        for fields in missing {
            let names: Vec<String> = fields
                .iter()
                .filter(|field| **field != Field::PlainStock)
                .map(|field| field.as_str().to_owned())
                .collect();
            let is_code = fields.contains(&Field::Sku) && kind != ImportKind::Stock;
            let mut detail = format!("Which column holds {}?", names.join(" or "));
            let mut answers = Vec::new();
            if is_code && has_names {
                detail.push_str(" If none does, a SKU can be made of each name.");
                answers.push(PossibleAnswer {
                    member: "generate_skus".to_owned(),
                    value: AnswerValue::Flag(true),
                    example: None,
                });
            }
            self.questions.push(Question {
                code: "import.column_missing".to_owned(),
                fields: names,
                detail,
                answers,
            });
        }
        if let Some(header) = stock {
            let answers = [StockMeaning::Set, StockMeaning::Add, StockMeaning::Ignore];
            let answers = answers.into_iter().map(|meaning| PossibleAnswer {
                member: "stock".to_owned(),
                value: AnswerValue::Stock(meaning),
                example: None,
            });
            self.questions.push(Question {
                code: "import.stock_not_clear".to_owned(),
                fields: vec![Field::PlainStock.as_str().to_owned()],
                detail: format!(
                    "Is \"{header}\" what lies there (set), what comes on top (add), or not to be read (ignore)?"
                ),
                answers: answers.collect(),
            });
        }
    }

    /// Shows what each meaning of the stock column would do to one product, by the rows of a file that
    /// was read as if it were a count: to one that the shop has, or else to a new one.
    pub fn show_stock(&mut self, rows: impl Iterator<Item = StagedRow>) {
        let mut best: Option<(RowState, [StockExample; 3])> = None;
        for row in rows.take(EXAMPLE_ROWS) {
            let rank = |state: RowState| match state {
                RowState::Changed => 2,
                RowState::Unchanged => 1,
                RowState::New => 0,
                RowState::Error => -1,
            };
            let is_better = best
                .as_ref()
                .is_none_or(|(state, _)| rank(row.state) > rank(*state));
            if is_better && let Some(examples) = examples(&row) {
                let is_best = row.state == RowState::Changed;
                best = Some((row.state, examples));
                if is_best {
                    break;
                }
            }
        }
        let answers = self
            .questions
            .iter_mut()
            .flat_map(|question| &mut question.answers);
        let of_stock = answers.filter(|answer| answer.member == "stock");
        let examples = best.map(|(_, examples)| examples).into_iter().flatten();
        for (answer, example) in of_stock.zip(examples) {
            answer.example = Some(example);
        }
    }
}

/// What a row would do if its number were set, added, or not read.
fn examples(row: &StagedRow) -> Option<[StockExample; 3]> {
    if row.state == RowState::Error {
        return None;
    }
    let quantity =
        |value: &serde_json::Value| serde_json::from_value::<Quantity>(value.clone()).ok();
    let counted = quantity(row.values.get("stock_set")?)?;
    let change = row
        .changes
        .get("on_hand")
        .and_then(|change| change.get("old"));
    let before = match (change, row.state) {
        (Some(old), _) => quantity(old)?,
        // What is counted there is there already.
        (None, RowState::Unchanged) => counted,
        (None, _) => Quantity::ZERO,
    };
    let product = ["name", "sku", "barcode"]
        .iter()
        .find_map(|field| row.values.get(*field)?.as_str())?;
    let example = |after: Quantity| StockExample {
        row: row.row,
        product: product.to_owned(),
        before,
        after,
    };
    Some([
        example(counted),
        example(before.checked_add(counted)?),
        example(before),
    ])
}
