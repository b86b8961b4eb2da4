//! Files of other systems, known by their headers: what only that system means by a column.
//!
//! Most columns have a plain header and are found as in any other file. A preset says the rest: which
//! header is a trap, what a row that is no product looks like, how categories are written.

mod table;

use super::{
    fields::Field,
    headers::{HeaderText, TaxBasis},
    staged::ImportKind,
};

/// A system and one kind of its files.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    /// The system, and what of it where it has several such files.
    pub name: &'static str,
    /// What the file holds.
    pub kind: ImportKind,
    /// Headers that are all there: letters and digits only, without what stands in brackets.
    signature: &'static [&'static str],
    /// Headers that mean a field here, the better one first; `price*` is any header that begins so.
    columns: &'static [(Field, &'static [&'static str])],
    /// Headers that mean nothing here, though they do elsewhere.
    never: &'static [&'static str],
    /// How its cells are written.
    pub habits: Habits,
}

/// What a system does in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Its numbers have a decimal point, whatever the language.
    DecimalPoint,
    /// An empty cell is the word `False`.
    WordForNone,
    /// A category is a list, of which the first is meant.
    CategoryList,
    /// Its tax rates are parts of one.
    TaxFractions,
    /// The rows of a product with variants have a handle in common, and only the first one its name.
    Handles,
    /// Categories are `All / Food / Drinks`, with one root that says nothing.
    CategoryRoot,
    /// Its prices are without tax where their header does not say it.
    NetPrices,
}

/// What a system does in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Habits(&'static [Habit]);

impl Habits {
    /// True for a system that does so.
    #[must_use]
    pub fn has(self, habit: Habit) -> bool {
        self.0.contains(&habit)
    }
}

/// Names of options that say nothing: the only variant of a product has them.
const NO_OPTION: &[&str] = &["default title", "regular", "normal", "default", "standard"];

impl Preset {
    /// The preset of a header row. Of several the one with most headers counts.
    #[must_use]
    pub fn find(kind: ImportKind, headers: &[HeaderText]) -> Option<&'static Self> {
        let has = |wanted: &&&str| {
            let mut headers = headers.iter();
            headers.any(|header| matches(header, wanted).is_some())
        };
        let fitting = table::PRESETS
            .iter()
            .filter(|preset| preset.kind == kind && preset.signature.iter().all(|word| has(&word)));
        fitting.max_by_key(|preset| preset.signature.len())
    }

    /// The field that a header means here, and its rank among those that mean it.
    #[must_use]
    pub fn meaning(&self, header: &HeaderText) -> Option<(Field, usize)> {
        self.columns.iter().find_map(|(field, words)| {
            let rank = words
                .iter()
                .position(|word| matches(header, word).is_some());
            rank.map(|rank| (*field, rank))
        })
    }

    /// Whether the amounts of a header include the tax: as it says, or as the system has it.
    #[must_use]
    pub fn basis(&self, field: Field, header: &HeaderText) -> Option<TaxBasis> {
        let is_net = field == Field::Price && self.habits.has(Habit::NetPrices);
        header
            .basis
            .or_else(|| is_net.then_some(TaxBasis::WithoutTax))
    }

    /// True for a header that means nothing here.
    #[must_use]
    pub fn is_trap(&self, header: &HeaderText) -> bool {
        self.never
            .iter()
            .any(|word| matches(header, word).is_some())
    }
}

fn matches(header: &HeaderText, word: &str) -> Option<()> {
    let is_same = match word.strip_suffix('*') {
        Some(beginning) => header.whole.starts_with(beginning),
        None => header.whole == word || header.stem == word,
    };
    is_same.then_some(())
}

/// True for the value of an option that says nothing.
#[must_use]
pub fn is_no_option(value: &str) -> bool {
    NO_OPTION.contains(&kernel::text::fold(value).as_str())
}

#[cfg(test)]
mod tests;
