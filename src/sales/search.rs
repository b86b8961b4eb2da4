//! Finds products by words, regardless of accents and case: inside a name, by SKU or barcode.
//!
//! Every word must occur. Words of three letters and more are found anywhere by trigrams: the FTS5
//! table on `SQLite` (with GLOB, which uses the trigrams and checks the text), a GIN index on
//! `PostgreSQL`. A shorter word alone must begin a name or SKU. Beside other words it must begin a
//! word.

use kernel::{gtin, text::fold};
use store::Dialect;

use crate::conditions::Values;

/// Words that are looked up in the index. Each further word narrows the result less.
const MAX_INDEXED: usize = 4;
/// Shortest text with a trigram.
const MIN_INDEXED_CHARS: usize = 3;

/// What to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Search {
    /// One or two letters: the beginning of a name or SKU.
    Prefix(String),
    /// Words.
    Words {
        /// Found anywhere, longest first.
        long: Vec<String>,
        /// Found at the beginning of a word.
        short: Vec<String>,
    },
}

impl Search {
    /// Parses a query; `None` if it contains nothing to find.
    pub(crate) fn parse(query: &str) -> Option<Self> {
        let folded = fold(query);
        // A barcode is found in each of its forms by the digits that they have in common.
        let mut words: Vec<&str> = folded
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(|word| gtin::significant_digits(word).unwrap_or(word))
            .collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let mut seen = std::collections::HashSet::new();
        words.retain(|word| seen.insert(*word));
        let (long, short): (Vec<&str>, Vec<&str>) = words
            .into_iter()
            .partition(|word| word.chars().count() >= MIN_INDEXED_CHARS);
        match (long.as_slice(), short.as_slice()) {
            ([], []) => None,
            ([], [only]) => Some(Self::Prefix((*only).to_owned())),
            _ => Some(Self::Words {
                long: long.into_iter().map(str::to_owned).collect(),
                short: short.into_iter().map(str::to_owned).collect(),
            }),
        }
    }

    /// A query for row keys (`k`) through an index; `None` if no index helps. Its results must still
    /// pass [`Self::condition`].
    pub(crate) fn hits(
        &self,
        dialect: Dialect,
        archived: bool,
        values: &mut Values,
    ) -> Option<String> {
        let key = row_key(dialect);
        match self {
            Self::Prefix(prefix) => {
                let word = boolean(archived);
                let ranges = ["name_folded", "sku_folded"].map(|column| {
                    let range = begins_with(column, prefix, values);
                    format!(
                        "SELECT p.{key} AS k FROM products p WHERE p.archived = {word} AND {range}"
                    )
                });
                Some(ranges.join(" UNION "))
            }
            Self::Words { long, .. } => {
                let (source, operator) = match dialect {
                    Dialect::Sqlite => ("rowid AS k FROM product_search", "GLOB"),
                    Dialect::Postgres => ("id AS k FROM products", "LIKE"),
                };
                let conditions: Vec<String> = long
                    .iter()
                    .take(MAX_INDEXED)
                    .map(|word| {
                        let pattern = values.bind(pattern(dialect, word));
                        format!("search_text {operator} {pattern}")
                    })
                    .collect();
                (!conditions.is_empty())
                    .then(|| format!("SELECT {source} WHERE {}", conditions.join(" AND ")))
            }
        }
    }

    /// The complete condition on a product `p`, without an index.
    pub(crate) fn condition(&self, dialect: Dialect, values: &mut Values) -> String {
        let contains = |text: &str, word: &str| match dialect {
            Dialect::Sqlite => format!("instr({text}, {word}) > 0"),
            Dialect::Postgres => format!("strpos({text}, {word}) > 0"),
        };
        match self {
            Self::Prefix(prefix) => {
                let length = prefix.chars().count();
                let word = values.bind(prefix.as_str());
                format!(
                    "(substr(p.name_folded, 1, {length}) = {word} OR substr(p.sku_folded, 1, {length}) = {word})"
                )
            }
            Self::Words { long, short } => {
                let anywhere = long.iter().map(|word| ("p.search_text", word.clone()));
                let at_start = short
                    .iter()
                    .map(|word| ("' ' || p.search_text", format!(" {word}")));
                let conditions: Vec<String> = anywhere
                    .chain(at_start)
                    .map(|(text, word)| {
                        let word = values.bind(word);
                        contains(text, &word)
                    })
                    .collect();
                conditions.join(" AND ")
            }
        }
    }
}

/// The index range in which a column of a product `p` begins with a prefix.
pub(crate) fn begins_with(column: &str, prefix: &str, values: &mut Values) -> String {
    let from = values.bind(prefix);
    let to = values.bind(behind_prefix(prefix));
    format!("p.{column} >= {from} AND p.{column} < {to}")
}

/// A truth value for both databases.
pub(crate) const fn boolean(value: bool) -> &'static str {
    if value { "TRUE" } else { "FALSE" }
}

/// The cheapest column that identifies a product's row.
pub(crate) const fn row_key(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "row_number",
        Dialect::Postgres => "id",
    }
}

/// The text of a product in the search index.
pub(crate) fn search_text(name: &str, sku: &str, barcodes: &[String]) -> String {
    let mut text = fold(name);
    for code in std::iter::once(sku).chain(barcodes.iter().map(String::as_str)) {
        text.push(' ');
        text.push_str(&fold(code));
    }
    text
}

/// A pattern that finds a word anywhere. Wildcards in the word are literal.
fn pattern(dialect: Dialect, word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    match dialect {
        Dialect::Sqlite => {
            pattern.push('*');
            for c in word.chars() {
                if matches!(c, '*' | '?' | '[') {
                    pattern.extend(['[', c, ']']);
                } else {
                    pattern.push(c);
                }
            }
            pattern.push('*');
        }
        Dialect::Postgres => {
            pattern.push('%');
            for c in word.chars() {
                if matches!(c, '%' | '_' | '\\') {
                    pattern.push('\\');
                }
                pattern.push(c);
            }
            pattern.push('%');
        }
    }
    pattern
}

/// The first text, by code points, after all texts with the prefix.
pub(crate) fn behind_prefix(prefix: &str) -> String {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            chars.push(next);
            return chars.into_iter().collect();
        }
    }
    char::MAX.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_the_longest_leads() {
        assert_eq!(
            Search::parse("  Café  MOULU  g g"),
            Some(Search::Words {
                long: vec!["moulu".to_owned(), "cafe".to_owned()],
                short: vec!["g".to_owned()],
            })
        );
        assert_eq!(Search::parse("É"), Some(Search::Prefix("e".to_owned())));
        assert_eq!(Search::parse(" \t\u{301} "), None);
    }

    #[test]
    fn wildcards_are_letters() {
        assert_eq!(pattern(Dialect::Sqlite, "a*b?[c]"), "*a[*]b[?][[]c]*");
        assert_eq!(pattern(Dialect::Postgres, "50%_\\"), "%50\\%\\_\\\\%");
    }

    #[test]
    fn the_end_of_a_prefix_comes_after_everything_that_begins_with_it() {
        assert_eq!(behind_prefix("ca"), "cb");
        assert_eq!(behind_prefix("c\u{10ffff}"), "d");
        assert_eq!(behind_prefix("\u{d7ff}"), "\u{e000}");
        assert!(behind_prefix("ca").as_str() > "ca\u{10ffff}\u{10ffff}");
    }
}
