//! The rows of a file that have errors, as a workbook: what was read under the file's own headers, the
//! bad cells marked with what stands in them, and beside them where each is and what was expected. It
//! can be corrected and sent.

use actix_web::web::Bytes;
use chrono_tz::Tz;
use files::{
    read::staged::{RowIssue, RowState, Severity},
    write::{
        language::Language,
        table::{
            Heading, Value,
            xlsx::{XlsxError, XlsxTable},
        },
    },
};
use futures_util::{Stream, stream::unfold};
use kernel::{Currency, Quantity, Timestamp, ids::ImportId};
use serde_json::Value as Json;

use super::{Import, ImportRow, Imports, words::WorkbookWords};
use crate::error::{SalesError, SalesResult};

/// Rows of a page.
const PAGE: u32 = 1_000;
/// Width of a column of the file, in letters.
const WIDTH: u8 = 18;
/// Width of the column of problems.
const WIDE: u8 = 60;

/// Why a workbook ends before its last row. The client sees a body that breaks off.
#[derive(Debug, thiserror::Error)]
pub(super) enum ErrorSheetFault {
    /// The rows could not be read.
    #[error(transparent)]
    Read(#[from] SalesError),
    /// The workbook could not be written.
    #[error(transparent)]
    Write(#[from] XlsxError),
}

/// A workbook on its way, page by page.
pub(super) struct ErrorSheet {
    imports: Imports,
    id: ImportId,
    fields: Vec<String>,
    currency: Currency,
    table: Option<Box<XlsxTable>>,
    after: i64,
    has_more: bool,
}

impl ErrorSheet {
    /// Begins a workbook with its headings.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn open(
        imports: &Imports,
        import: &Import,
        language: Language,
        (zone, currency): (Tz, Currency),
    ) -> Result<Self, XlsxError> {
        let words = WorkbookWords::of(language);
        let columns = columns_of(import);
        let heading = |title: &str, letters: u8| Heading {
            title: title.to_owned(),
            letters,
        };
        let mut headings = vec![heading(words.row, 8)];
        headings.extend(columns.iter().map(|(_, header)| heading(header, WIDTH)));
        headings.extend([heading(words.cells, WIDTH), heading(words.problems, WIDE)]);
        Ok(Self {
            imports: imports.clone(),
            id: import.id,
            fields: columns.into_iter().map(|(field, _)| field).collect(),
            currency,
            table: Some(Box::new(XlsxTable::new(words.errors, headings, zone)?)),
            after: 0,
            has_more: true,
        })
    }

    /// Its bytes. The next page is read when the one before was taken.
    pub(super) fn stream(self) -> impl Stream<Item = Result<Bytes, ErrorSheetFault>> + 'static {
        unfold(self, |mut sheet| async move {
            sheet.table.as_ref()?;
            let next = sheet.next().await;
            if let Err(fault) = &next {
                tracing::warn!(error = %fault, "a workbook of errors breaks off before its last row");
                sheet.table = None;
            }
            Some((next, sheet))
        })
    }

    async fn next(&mut self) -> Result<Bytes, ErrorSheetFault> {
        let mut ready = Vec::new();
        while ready.is_empty() && self.has_more {
            let rows = self.page().await?;
            if let Some(table) = &mut self.table {
                for row in &rows {
                    push(table, row, &self.fields, self.currency)?;
                }
                ready = table.take();
            }
        }
        if !self.has_more
            && let Some(table) = self.table.take()
        {
            ready.extend(table.finish()?);
        }
        Ok(Bytes::from(ready))
    }

    async fn page(&mut self) -> SalesResult<Vec<ImportRow>> {
        let page = self
            .imports
            .rows(self.id, Some(RowState::Error), self.after, PAGE)
            .await?;
        self.has_more = page.has_more;
        self.after = page.items.last().map_or(self.after, |row| row.row);
        Ok(page.items)
    }
}

/// The fields that are read and their headers, in the order of the file as far as it is known.
fn columns_of(import: &Import) -> Vec<(String, String)> {
    if let Some(layout) = &import.layout {
        let columns = layout.columns.iter();
        return columns
            .filter_map(|column| Some((column.field.clone()?, column.header.clone())))
            .collect();
    }
    let columns = import.mapping.get("columns").and_then(Json::as_object);
    let columns = columns.into_iter().flatten();
    columns
        .map(|(field, header)| {
            let header = header.as_str().unwrap_or(field);
            (field.clone(), header.to_owned())
        })
        .collect()
}

fn push(
    table: &mut XlsxTable,
    row: &ImportRow,
    fields: &[String],
    currency: Currency,
) -> Result<(), XlsxError> {
    let errors: Vec<&RowIssue> = row
        .issues
        .iter()
        .filter(|issue| issue.severity == Severity::Error)
        .collect();
    let texts: Vec<Option<String>> = fields
        .iter()
        .map(|field| text_of(field, &row.values))
        .collect();
    let mut cells = vec![Value::whole(row.row)];
    for (field, text) in fields.iter().zip(&texts) {
        let bad = errors.iter().find(|issue| issue.column == *field);
        cells.push(match bad {
            Some(issue) => Value::Marked(&issue.value),
            None => typed(field, &row.values, currency)
                .or_else(|| text.as_deref().map(Value::Text))
                .unwrap_or(Value::Empty),
        });
    }
    let places: Vec<&str> = errors
        .iter()
        .filter_map(|one| one.cell.as_deref())
        .collect();
    let places = places.join(", ");
    let problems: Vec<String> = errors.iter().map(|issue| problem_of(issue)).collect();
    let problems = problems.join("\n");
    cells.extend([Value::Text(&places), Value::Text(&problems)]);
    table.push(cells)
}

fn problem_of(issue: &RowIssue) -> String {
    let place = match (&issue.cell, issue.column.as_str()) {
        (Some(cell), _) => format!("{cell}: "),
        (None, "") => String::new(),
        (None, column) => format!("{column}: "),
    };
    format!("{place}{} ({})", issue.detail, issue.code)
}

/// A value of a field that is no text.
fn typed(field: &str, values: &Json, currency: Currency) -> Option<Value<'static>> {
    let whole = |name: &str| values.get(name).and_then(Json::as_i64);
    let amount = |name: &str| {
        whole(name).map(|minor| Value::Number {
            scaled: minor,
            decimals: currency.exponent(),
        })
    };
    let quantity = |name: &str| {
        let value = values.get(name)?.clone();
        let quantity: Quantity = serde_json::from_value(value).ok()?;
        Some(Value::Number {
            scaled: quantity.milli(),
            decimals: 3,
        })
    };
    match field {
        // The file's own price, where it was converted.
        "price" => amount("price_written_minor")
            .or_else(|| amount("price_minor"))
            .or_else(|| amount("unit_price_minor")),
        "cost" => amount("cost_minor"),
        "discount" => amount("discount_minor"),
        "tax_rate" => whole("tax_rate_bp").map(|rate| Value::Number {
            scaled: rate,
            decimals: 2,
        }),
        "reorder_level" | "stock_set" | "stock_add" | "quantity" => quantity(field),
        "date" => {
            let at: Timestamp = serde_json::from_value(values.get("occurred_at")?.clone()).ok()?;
            Some(Value::Moment(at.to_utc()))
        }
        _ => None,
    }
}

/// A value of a field that is a text, or several.
fn text_of(field: &str, values: &Json) -> Option<String> {
    let joined = |name: &str, between: &str| {
        let texts = values.get(name)?.as_array()?;
        let texts: Vec<&str> = texts.iter().filter_map(Json::as_str).collect();
        Some(texts.join(between))
    };
    match field {
        "barcode" => joined("barcodes", ",").or_else(|| plain("barcode", values)),
        "category" => joined("category", " > "),
        _ => plain(field, values),
    }
}

fn plain(name: &str, values: &Json) -> Option<String> {
    values.get(name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_the_file_would_have_them() {
        let currency = Currency::parse("CDF").unwrap();
        let values = json!({
            "price_minor": 86_207, "price_written_minor": 100_000, "tax_rate_bp": 1600, "stock_add": 1.5,
            "barcodes": ["a", "b"], "category": ["Boissons", "Chaudes"], "name": "Thé",
        });
        let number = |scaled, decimals| Some(Value::Number { scaled, decimals });
        assert_eq!(typed("price", &values, currency), number(100_000, 2));
        assert_eq!(typed("tax_rate", &values, currency), number(1600, 2));
        assert_eq!(typed("stock_add", &values, currency), number(1500, 3));
        assert_eq!(typed("name", &values, currency), None);
        assert_eq!(text_of("barcode", &values).as_deref(), Some("a,b"));
        assert_eq!(
            text_of("category", &values).as_deref(),
            Some("Boissons > Chaudes")
        );
        assert_eq!(text_of("name", &values).as_deref(), Some("Thé"));
        assert_eq!(text_of("unit", &values), None);
    }
}
