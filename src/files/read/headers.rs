//! What a header says beside its word: `P.U. HT`, `Price (USD)`, `In stock [Shop 1]`, `Tax (7.5%)`.

use kernel::text;
use serde::{Deserialize, Serialize};

use super::currency;

/// Whether an amount includes its tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaxBasis {
    /// It does: TTC.
    WithTax,
    /// It does not: HT.
    WithoutTax,
}

/// Words for tax beside which another one says whether it is included.
const TAXES: &[&str] = &["tax", "taxes", "taxe", "vat", "gst", "tva", "iva"];
/// Words for "with".
const INCLUDED: &[&str] = &[
    "incl",
    "inc",
    "included",
    "including",
    "inclusive",
    "comprises",
    "comprise",
];
/// Words for "without".
const EXCLUDED: &[&str] = &[
    "excl",
    "ex",
    "exc",
    "excluded",
    "excluding",
    "exclusive",
    "hors",
    "without",
];

/// A header, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeaderText {
    /// Its letters and digits.
    pub whole: String,
    /// The same without what stands in brackets, and without tax and currency.
    pub stem: String,
    /// Whether its amounts include the tax; `None` where it does not say.
    pub basis: Option<TaxBasis>,
    /// The currency that it names.
    pub currency: Option<String>,
    /// True for a question, to which the cells say yes or no.
    pub is_question: bool,
    /// The text itself, in small letters without accents.
    pub text: String,
}

impl HeaderText {
    /// Reads a header.
    #[must_use]
    pub fn read(cell: &str) -> Self {
        let text = text::fold(cell);
        let outside = outside_brackets(&text);
        let all = words(&text);
        let mut stem = Vec::new();
        let mut basis = None;
        let mut named = None;
        for (place, word) in all.iter().enumerate() {
            let next = all.get(place + 1).map(String::as_str).unwrap_or_default();
            let before = place.checked_sub(1).and_then(|place| all.get(place));
            let before = before.map(String::as_str).unwrap_or_default();
            let is_beside_tax = TAXES.contains(&next) || TAXES.contains(&before);
            if word == "ht" || EXCLUDED.contains(&word.as_str()) && is_beside_tax {
                basis = Some(TaxBasis::WithoutTax);
            } else if word == "ttc" || INCLUDED.contains(&word.as_str()) && is_beside_tax {
                basis = Some(TaxBasis::WithTax);
            }
            if is_currency(word) {
                named.get_or_insert_with(|| word.clone());
            }
        }
        let outer = words(&outside);
        for (place, word) in outer.iter().enumerate() {
            let beside = |offset: Option<usize>| {
                let word = offset.and_then(|place| outer.get(place));
                word.map(String::as_str).unwrap_or_default()
            };
            let around = [beside(place.checked_sub(1)), beside(Some(place + 1))];
            let is_rule = |word: &str| INCLUDED.contains(&word) || EXCLUDED.contains(&word);
            let is_of_tax = is_rule(word) && around.iter().any(|other| TAXES.contains(other))
                || TAXES.contains(&word.as_str()) && around.iter().any(|other| is_rule(other));
            let is_left_out = matches!(word.as_str(), "ht" | "ttc" | "toutes") || is_currency(word);
            if !is_of_tax && !is_left_out {
                stem.push(word.as_str());
            }
        }
        Self {
            whole: letters(&text),
            stem: letters(&stem.concat()),
            basis,
            currency: named,
            is_question: text.contains('?'),
            text,
        }
    }

    /// The stem of a header in which the word for the tax is written without a blank (`PUHT`), and
    /// what it says.
    #[must_use]
    pub fn unglued(&self) -> Option<(&str, TaxBasis)> {
        let with = self
            .stem
            .strip_suffix("ttc")
            .map(|stem| (stem, TaxBasis::WithTax));
        with.or_else(|| {
            let stem = self.stem.strip_suffix("ht")?;
            Some((stem, TaxBasis::WithoutTax))
        })
    }

    /// The percentage in it, as it is written: `7.5` of `Tax - Sales (7.5%)`.
    #[must_use]
    pub fn percentage(&self) -> Option<&str> {
        percentage(&self.text)
    }
}

/// The figures before the first percent sign of a text.
#[must_use]
pub fn percentage(text: &str) -> Option<&str> {
    let before = text.split_once('%')?.0.trim_end();
    let is_figure = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let figures = before.trim_start_matches(|c: char| !is_figure(c));
    let start = figures.rfind(|c: char| !is_figure(c));
    let figures = match start {
        None => figures,
        Some(at) => {
            let width = figures.get(at..)?.chars().next()?.len_utf8();
            figures.get(at + width..)?
        }
    };
    (!figures.is_empty()).then_some(figures)
}

/// `Prix d'achat (FC)` as `prixdachatfc`: only letters and digits count.
#[must_use]
pub fn letters(text: &str) -> String {
    text::fold(text)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

fn outside_brackets(text: &str) -> String {
    let mut depth = 0usize;
    let mut outside = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    outside
}

fn words(text: &str) -> Vec<String> {
    let is_break = |c: char| !c.is_alphanumeric() && !matches!(c, '$' | '\u{20ac}' | '\u{a3}');
    let words = text.split(is_break).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// True for a word of a header that names a currency, and nothing else in any language of ours.
fn is_currency(word: &str) -> bool {
    let is_word = matches!(
        word,
        "fc" | "fcfa"
            | "cfa"
            | "frw"
            | "fbu"
            | "ksh"
            | "tsh"
            | "ush"
            | "$"
            | "us$"
            | "\u{20ac}"
            | "\u{a3}"
            | "euro"
            | "euros"
            | "dollar"
            | "dollars"
            | "cdf"
            | "usd"
            | "eur"
            | "gbp"
            | "xaf"
            | "xof"
            | "rwf"
            | "bif"
            | "kes"
            | "tzs"
            | "ugx"
            | "zmw"
            | "aoa"
            | "zar"
            | "ngn"
            | "ghs"
            | "cny"
            | "inr"
            | "cad"
            | "chf"
    );
    is_word && currency::is_known(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_tax_currency_and_place_beside_its_word() {
        use TaxBasis::{WithTax, WithoutTax};
        for (text, stem, basis, currency) in [
            ("Prix de vente", "prixdevente", None, None),
            ("P.U. HT", "pu", Some(WithoutTax), None),
            ("PV TTC *", "pv", Some(WithTax), None),
            ("Price (tax excl.)", "price", Some(WithoutTax), None),
            ("Price tax included", "price", Some(WithTax), None),
            (
                "Prix de vente hors taxes",
                "prixdevente",
                Some(WithoutTax),
                None,
            ),
            ("Prix toutes taxes comprises", "prix", Some(WithTax), None),
            ("Prix (FC)", "prix", None, Some("fc")),
            ("Price USD", "price", None, Some("usd")),
            ("Price [Main shop]", "price", None, None),
            ("Sales Price / Rate", "salespricerate", None, None),
            ("Tax rate", "taxrate", None, None),
            ("Taux TVA", "tauxtva", None, None),
        ] {
            let header = HeaderText::read(text);
            let seen = (
                header.stem.as_str(),
                header.basis,
                header.currency.as_deref(),
            );
            assert_eq!(seen, (stem, basis, currency), "{text}");
        }
        let glued = HeaderText::read("PUHT");
        assert_eq!(glued.unglued(), Some(("pu", WithoutTax)));
        assert_eq!(
            HeaderText::read("Tax - \"VAT\" (7.5%)").percentage(),
            Some("7.5")
        );
        assert!(HeaderText::read("In stock?").is_question);
    }
}
