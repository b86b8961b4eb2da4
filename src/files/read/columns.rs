//! Which column holds which field: by the headers of a file, and by the mapping that a user gives.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Code, FieldError, Problem};
use serde_json::{Map, Value};

use super::{
    fields::Field,
    headers::{HeaderText, TaxBasis, letters},
    issues::MAX_SHOWN,
    mapping::{Mapping, StockMeaning},
    per_field::PerField,
    presets::{Habits, Preset},
    staged::{ImportKind, RowIssue, Severity},
    synonyms::{second_meaning, synonyms},
};

/// What stands for a product.
const CODES: &[Field] = &[Field::Sku, Field::Barcode];
/// What says how much is there.
const STOCKS: &[Field] = &[Field::StockSet, Field::StockAdd, Field::PlainStock];

/// Whether the products of a list have codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRule {
    /// They need them.
    Needed,
    /// They are made of their names.
    Generated,
}

/// The position of each field in a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    positions: PerField<usize>,
    /// Columns whose headers mean a field that another column holds.
    ignored: Vec<(Field, usize)>,
    /// Columns without a header.
    unnamed: Vec<usize>,
    /// Columns that are not to be read, as the user says.
    dismissed: BTreeSet<usize>,
    /// What the headers say beside their words.
    said: PerField<Said>,
    /// The system whose headers these are.
    preset: Option<&'static Preset>,
    width: usize,
}

/// What a header says beside its word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Said {
    basis: Option<TaxBasis>,
    currency: Option<String>,
    percentage: Option<String>,
}

impl Said {
    fn of(header: &HeaderText) -> Self {
        Self {
            basis: header.basis,
            currency: header.currency.clone(),
            percentage: header.percentage().map(str::to_owned),
        }
    }
}

/// What a header means, its rank among those that mean it, and whether its amounts include the tax.
fn meaning(
    kind: ImportKind,
    preset: Option<&Preset>,
    header: &HeaderText,
) -> Option<(Field, usize, Option<TaxBasis>)> {
    if let Some(preset) = preset {
        if let Some((field, rank)) = preset.meaning(header) {
            return Some((field, rank, preset.basis(field, header)));
        }
        if preset.is_trap(header) {
            return None;
        }
    }
    // Nobody asks for an amount: `In stock?` has yes and no below it.
    if header.is_question {
        return None;
    }
    let known = |word: &str| {
        synonyms(kind).iter().find_map(|(field, words)| {
            let rank = words
                .split_ascii_whitespace()
                .position(|known| known == word);
            rank.or_else(|| (letters(field.as_str()) == word).then_some(0))
                .map(|rank| (*field, rank))
        })
    };
    if let Some((field, rank)) = known(&header.whole) {
        return Some((field, BEHIND_PRESET + rank, header.basis));
    }
    if let Some((field, rank)) = known(&header.stem) {
        return Some((field, BEHIND_WHOLE + rank, header.basis));
    }
    let (stem, basis) = header.unglued()?;
    let (field, rank) = known(stem)?;
    Some((field, BEHIND_WHOLE + rank, Some(basis)))
}

/// Added to the rank of a header that the preset does not name.
const BEHIND_PRESET: usize = 1_000;
/// Added to the rank of a header that means its field without its brackets only.
const BEHIND_WHOLE: usize = 2_000;
/// Added to the rank of an amount that includes tax where the shop's does not, or the other way.
const OTHER_BASIS: usize = 4_000;

impl Columns {
    /// The system whose headers these are; `None` for any other file.
    #[must_use]
    pub const fn preset(&self) -> Option<&'static Preset> {
        self.preset
    }

    /// What the system does in its own way whose headers these are.
    #[must_use]
    pub fn habits(&self) -> Habits {
        self.preset.map(|preset| preset.habits).unwrap_or_default()
    }

    /// Whether the amounts of a field include the tax; `None` where nothing says it.
    #[must_use]
    pub fn basis(&self, field: Field) -> Option<TaxBasis> {
        self.said.get(field)?.basis
    }

    /// The currency that the header of a field names.
    #[must_use]
    pub fn currency(&self, field: Field) -> Option<&str> {
        self.said.get(field)?.currency.as_deref()
    }

    /// The percentage that the header of a field names.
    #[must_use]
    pub fn percentage(&self, field: Field) -> Option<&str> {
        self.said.get(field)?.percentage.as_deref()
    }

    /// Reads a header row. Of two headers that mean the same, the plainer word holds the field
    /// (`name` before `description`), the first one among equals; of two prices the one that the shop
    /// has itself, with tax or without.
    #[must_use]
    pub fn recognise<'a>(
        kind: ImportKind,
        header: impl Iterator<Item = &'a str>,
        prices: TaxBasis,
    ) -> Self {
        let headers: Vec<HeaderText> = header.map(HeaderText::read).collect();
        let mut columns = Self {
            preset: Preset::find(kind, &headers),
            width: headers.len(),
            ..Self::default()
        };
        let mut ranks: BTreeMap<Field, usize> = BTreeMap::new();
        for (position, header) in headers.iter().enumerate() {
            if header.text.trim().is_empty() {
                columns.unnamed.push(position);
            }
            let Some((field, rank, basis)) = meaning(kind, columns.preset, header) else {
                continue;
            };
            // Punctuation does not count in a header, except here: "Remise %" holds no amounts.
            let field = match field {
                Field::Discount | Field::UnitDiscount if header.text.contains('%') => {
                    Field::DiscountPercent
                }
                field => field,
            };
            let usual = if field == Field::Cost {
                TaxBasis::WithoutTax
            } else {
                prices
            };
            let rank = match basis {
                Some(basis) if basis != usual => rank + OTHER_BASIS,
                _ => rank,
            };
            let loser = match ranks.get(&field) {
                Some(best) if *best <= rank => Some(position),
                _ => {
                    ranks.insert(field, rank);
                    let said = Said::of(header);
                    columns.said.insert(field, Said { basis, ..said });
                    columns.positions.insert(field, position)
                }
            };
            columns.ignored.extend(loser.map(|loser| (field, loser)));
        }
        let folded: Vec<String> = headers.into_iter().map(|header| header.whole).collect();
        columns.take_second_meanings(kind, &folded);
        columns
    }

    /// Gives a column whose field another one holds to the field that it may mean as well.
    fn take_second_meanings(&mut self, kind: ImportKind, folded: &[String]) {
        let is_of_kind = |field: Field| synonyms(kind).iter().any(|(known, _)| *known == field);
        let mut taken = Vec::new();
        for (_, position) in &self.ignored {
            let second = folded.get(*position).and_then(|word| second_meaning(word));
            if let Some(field) = second.filter(|field| is_of_kind(*field))
                && !self.has(field)
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
            match find_column(header, wanted) {
                Some(position) => {
                    // The mapping overrules the header.
                    self.positions.retain(|taken| *taken != position);
                    self.positions.insert(*field, position);
                    if let Some(cell) = header.get(position) {
                        self.said.insert(*field, Said::of(&HeaderText::read(cell)));
                    }
                    self.ignored
                        .retain(|(other, at)| other != field && *at != position);
                }
                None => problem = problem.at(unknown_header(pointer)),
            }
        }
        for (number, wanted) in mapping.ignore.iter().enumerate() {
            match find_column(header, wanted) {
                Some(position) => {
                    self.positions.retain(|taken| *taken != position);
                    self.dismissed.insert(position);
                }
                None => problem = problem.at(unknown_header(format!("/mapping/ignore/{number}"))),
            }
        }
        if let Some(basis) = mapping.prices {
            let said = self.said.get_or_default(Field::Price);
            if let Some(said) = said {
                said.basis = Some(basis);
            }
        }
        if let Some(meaning) = mapping.stock {
            self.settle_stock(meaning);
        }
        if problem.errors.is_empty() {
            Ok(())
        } else {
            Err(problem)
        }
    }

    /// Lets a stock column that does not say what it means be a count or an addition, or nothing.
    pub fn settle_stock(&mut self, meaning: StockMeaning) {
        let Some(position) = self.positions.remove(Field::PlainStock) else {
            return;
        };
        let field = match meaning {
            StockMeaning::Set => Field::StockSet,
            StockMeaning::Add => Field::StockAdd,
            StockMeaning::Ignore => {
                self.dismissed.insert(position);
                return;
            }
        };
        if self.has(field) {
            self.ignored.push((field, position));
        } else {
            self.positions.insert(field, position);
        }
    }

    /// How many fields were recognised.
    #[must_use]
    pub fn count(&self) -> usize {
        self.positions.iter().count()
    }

    /// Cells in the header row.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// True when a column holds the field.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.positions.get(field).is_some()
    }

    /// The position of the field.
    #[must_use]
    pub fn position(&self, field: Field) -> Option<usize> {
        self.positions.get(field).copied()
    }

    /// The position of every field, by its name.
    pub fn positions(&self) -> impl Iterator<Item = (Field, usize)> {
        let positions = self.positions.iter();
        positions.map(|(field, position)| (field, *position))
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
        let is_read = |position: &usize| self.positions().any(|(_, taken)| taken == *position);
        let is_empty =
            |position: &usize| self.unnamed.contains(position) && !filled.contains(position);
        (0..self.width)
            .filter(|position| !is_read(position) && !is_empty(position))
            .filter(|position| !self.dismissed.contains(position))
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

    /// True when no column is missing that this kind of file needs, unless it is asked what its stock
    /// column means.
    #[must_use]
    pub fn is_complete(&self, kind: ImportKind) -> bool {
        self.missing(kind, CodeRule::Needed).is_empty()
    }

    /// The fields of which a file of this kind needs a column and has none.
    #[must_use]
    pub fn missing(&self, kind: ImportKind, codes: CodeRule) -> Vec<&'static [Field]> {
        let needed: &[&[Field]] = match (kind, codes) {
            (ImportKind::Products, CodeRule::Needed) => &[CODES],
            (ImportKind::Products, CodeRule::Generated) => &[&[Field::Name]],
            (ImportKind::Stock, _) => &[CODES, STOCKS],
            (ImportKind::Sales, CodeRule::Generated) => &[
                &[Field::Invoice],
                &[Field::Name],
                &[Field::Quantity],
                &[Field::Date],
                &[Field::Price, Field::Gross],
            ],
            (ImportKind::Sales, CodeRule::Needed) => &[
                &[Field::Invoice],
                &[Field::Sku],
                &[Field::Quantity],
                &[Field::Date],
                &[Field::Price, Field::Gross],
            ],
        };
        let is_missing = |fields: &&&[Field]| !fields.iter().any(|field| self.has(*field));
        needed.iter().filter(is_missing).copied().collect()
    }
}

/// The position of a column: by its header, or by its number where no header is written so (`#3`).
fn find_column(header: &[String], wanted: &str) -> Option<usize> {
    let folded = letters(wanted);
    let named = header
        .iter()
        .position(|cell| !folded.is_empty() && letters(cell) == folded);
    named.or_else(|| {
        let number: usize = wanted.trim().strip_prefix('#')?.parse().ok()?;
        (1..=header.len()).contains(&number).then(|| number - 1)
    })
}

fn unknown_header(pointer: String) -> FieldError {
    FieldError::new(
        pointer,
        "import.unknown_header",
        "The file has no column with this header.",
    )
}

#[cfg(test)]
mod tests;
