//! The currency beside an amount, as people and programs write it: `1 000 FC`, `$3.50`,
//! `CDF 1000`.

use kernel::{Currency, text};

/// Signs and words, folded and without points and blanks, and the currencies that each may mean.
const WORDS: &[(&str, &[&str])] = &[
    ("fc", &["CDF"]),
    ("francscongolais", &["CDF"]),
    ("f", &["CDF", "XAF", "XOF", "RWF", "BIF", "CHF"]),
    ("fr", &["CDF", "XAF", "XOF", "RWF", "BIF", "CHF"]),
    ("frs", &["CDF", "XAF", "XOF", "RWF", "BIF", "CHF"]),
    ("franc", &["CDF", "XAF", "XOF", "RWF", "BIF", "CHF"]),
    ("francs", &["CDF", "XAF", "XOF", "RWF", "BIF", "CHF"]),
    ("cfa", &["XAF", "XOF"]),
    ("fcfa", &["XAF", "XOF"]),
    ("frw", &["RWF"]),
    ("rf", &["RWF"]),
    ("fbu", &["BIF"]),
    ("sfr", &["CHF"]),
    ("$", &["USD", "CAD"]),
    ("us$", &["USD"]),
    ("$us", &["USD"]),
    ("dollar", &["USD", "CAD"]),
    ("dollars", &["USD", "CAD"]),
    ("c$", &["CAD"]),
    ("ca$", &["CAD"]),
    ("$ca", &["CAD"]),
    ("€", &["EUR"]),
    ("euro", &["EUR"]),
    ("euros", &["EUR"]),
    ("£", &["GBP"]),
    ("sh", &["KES", "TZS", "UGX"]),
    ("shs", &["KES", "TZS", "UGX"]),
    ("/=", &["KES", "TZS", "UGX"]),
    ("ksh", &["KES"]),
    ("kshs", &["KES"]),
    ("tsh", &["TZS"]),
    ("tshs", &["TZS"]),
    ("ush", &["UGX"]),
    ("ushs", &["UGX"]),
    ("k", &["ZMW"]),
    ("kz", &["AOA"]),
    ("r", &["ZAR"]),
    ("dh", &["MAD"]),
    ("dhs", &["MAD"]),
    ("₦", &["NGN"]),
    ("₵", &["GHS"]),
    ("gh₵", &["GHS"]),
    ("¥", &["CNY"]),
    ("元", &["CNY"]),
    ("₹", &["INR"]),
    ("rs", &["INR"]),
];

/// An amount without the currency around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peeled<'a> {
    /// The figures alone: there was no currency, or the shop's.
    Figures(&'a str),
    /// It is in another currency.
    Foreign,
    /// There is something that is not a currency.
    Strange,
}

/// Removes the currency from an amount.
#[must_use]
pub fn peel(text: &str, base: Currency) -> Peeled<'_> {
    let is_figure = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '\u{2212}' | '(' | ')');
    let (Some(start), Some(end)) = (text.find(is_figure), text.rfind(is_figure)) else {
        return Peeled::Strange;
    };
    let (before, rest) = text.split_at_checked(start).unwrap_or(("", text));
    let last = rest.get(end - start..).and_then(|tail| tail.chars().next());
    let width = end - start + last.map_or(0, char::len_utf8);
    let (figures, behind) = rest.split_at_checked(width).unwrap_or((rest, ""));
    for word in [before, behind] {
        match means(word, base) {
            Some(true) => {}
            Some(false) => return Peeled::Foreign,
            None => return Peeled::Strange,
        }
    }
    Peeled::Figures(figures)
}

/// True for a sign, a word or a code of any currency.
#[must_use]
pub fn is_known(word: &str) -> bool {
    let folded = fold(word);
    WORDS.iter().any(|(known, _)| *known == folded)
        || Currency::parse(&folded.to_ascii_uppercase()).is_ok()
}

/// True for a word that means a currency other than the shop's.
#[must_use]
pub fn is_foreign(word: &str, base: Currency) -> bool {
    means(word, base) == Some(false)
}

fn fold(word: &str) -> String {
    text::fold(word)
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '.')
        .collect()
}

/// Whether a word means the shop's currency; `None` when it is not a currency. No word at all counts
/// as the shop's.
fn means(word: &str, base: Currency) -> Option<bool> {
    if word.trim().is_empty() {
        return Some(true);
    }
    let folded = fold(word);
    if folded.is_empty() {
        // A point alone belongs to a number that is not whole: `.5`.
        return None;
    }
    if let Some((_, codes)) = WORDS.iter().find(|(known, _)| *known == folded) {
        return Some(codes.contains(&base.code()));
    }
    let code = folded.to_ascii_uppercase();
    Currency::parse(&code).ok().map(|currency| currency == base)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn peel_in(text: &'static str, base: &str) -> Peeled<'static> {
        peel(text, Currency::parse(base).unwrap())
    }

    #[test]
    fn the_currency_of_the_shop_is_taken_away() {
        for (text, base, figures) in [
            ("1 000 FC", "CDF", "1 000"),
            ("1\u{202f}000\u{a0}FC", "CDF", "1\u{202f}000"),
            ("CDF 1000", "CDF", "1000"),
            ("1000F.C.", "CDF", "1000"),
            ("1000 francs congolais", "CDF", "1000"),
            ("$3.50", "USD", "3.50"),
            ("3,50 $", "USD", "3,50"),
            ("US$ 3.50", "USD", "3.50"),
            ("usd3.50 $", "USD", "3.50"),
            ("(3.50) $", "USD", "(3.50)"),
            ("$-3.50", "USD", "-3.50"),
            ("12,5", "USD", "12,5"),
            ("5 000 F CFA", "XOF", "5 000"),
            ("€5", "EUR", "5"),
            ("2500/=", "UGX", "2500"),
        ] {
            assert_eq!(peel_in(text, base), Peeled::Figures(figures), "{text:?}");
        }
    }

    #[test]
    fn another_currency_is_seen() {
        for (text, base) in [
            ("$3.50", "CDF"),
            ("1 000 FC", "USD"),
            ("XAF 1000", "XOF"),
            ("$3.50 CDF", "CDF"),
            ("5 €", "CDF"),
        ] {
            assert_eq!(peel_in(text, base), Peeled::Foreign, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_currency_is_no_amount() {
        for text in [
            "",
            "abc",
            "12a",
            "x 3",
            ".5",
            "5,",
            "3 kg",
            "$",
            "1000 FC net",
        ] {
            assert_eq!(peel_in(text, "CDF"), Peeled::Strange, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,40}") {
            let _unused = peel(&text, Currency::parse("CDF").unwrap());
        }
    }
}
