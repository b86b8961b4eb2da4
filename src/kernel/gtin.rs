//! Barcodes: which codes name the same article.
//!
//! A GTIN (GS1 General Specifications, section 1.4) has 8, 12, 13 or 14 digits; the last one is a check
//! digit. The short forms are the long one without its leading zeros, so scanners and price lists write
//! one article as `711719814153` and as `0711719814153`. Everything else is a text whose zeros count:
//! codes of the shop, numbers with a wrong check digit, the codes of a scale (they contain a weight or a
//! price), and UPC-E, which only a scanner can expand.

/// Digits of the longest form, in which GTINs are compared.
const LONGEST: usize = 14;

/// The last digits of a large number are lost: `5.449E+12` may be any of ten thousand articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "A spreadsheet has written this barcode as a number and lost its last digits: format the column as text."
)]
pub struct DigitsLost;

/// A barcode as stored and shown: as it was typed, without blanks around it and without the `.0` that a
/// spreadsheet adds to whole numbers.
///
/// # Errors
/// [`DigitsLost`] for `5.449E+12`.
pub fn written(typed: &str) -> Result<String, DigitsLost> {
    let typed = typed.trim();
    if has_lost_digits(typed) {
        return Err(DigitsLost);
    }
    let whole = typed.rsplit_once(['.', ',']).filter(|(digits, zeros)| {
        is_digits(digits) && !zeros.is_empty() && zeros.bytes().all(|zero| zero == b'0')
    });
    Ok(whole.map_or(typed, |(digits, _)| digits).to_owned())
}

/// The form in which barcodes are compared: codes with the same key name the same article. A GTIN is
/// padded with zeros to 14 digits; every other code is its own key.
#[must_use]
pub fn barcode_key(barcode: &str) -> String {
    let barcode = barcode.trim();
    if is_gtin(barcode) {
        format!("{barcode:0>LONGEST$}")
    } else {
        barcode.to_owned()
    }
}

/// The digits of a GTIN without leading zeros, which every form contains. `None` for a text.
#[must_use]
pub fn significant_digits(barcode: &str) -> Option<&str> {
    is_gtin(barcode).then(|| barcode.trim_start_matches('0'))
}

/// True for `5.449E+12` and `5,44901e+12`: a long number written by a spreadsheet.
#[must_use]
pub fn has_lost_digits(code: &str) -> bool {
    let is_number = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',')
    };
    code.split_once(['E', 'e'])
        .and_then(|(digits, exponent)| Some((digits, exponent.strip_prefix('+')?)))
        .is_some_and(|(digits, exponent)| is_number(digits) && is_number(exponent))
}

fn is_gtin(code: &str) -> bool {
    matches!(code.len(), 8 | 12 | 13 | 14)
        && is_digits(code)
        && code.bytes().any(|digit| digit != b'0')
        && has_right_check_digit(code)
        && !is_of_a_scale(code)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Counted from the right, the weights of the digits are 1 and 3 in turn; the weighted sum is a multiple
/// of ten.
fn has_right_check_digit(digits: &str) -> bool {
    let weighed = digits.bytes().rev().zip([1u32, 3].into_iter().cycle());
    let sum: u32 = weighed
        .map(|(digit, weight)| u32::from(digit.saturating_sub(b'0')) * weight)
        .sum();
    sum.is_multiple_of(10)
}

/// The prefixes 02 and 20 to 29 of 13 digits (2 of 12) are for goods weighed in the shop: the digits
/// after them change with each piece.
fn is_of_a_scale(digits: &str) -> bool {
    if digits.len() == 8 {
        return false;
    }
    let padded = format!("{digits:0>LONGEST$}");
    padded.starts_with("02") || padded.starts_with("002")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_article_has_one_key_with_any_number_of_leading_zeros() {
        for (one, other) in [
            ("711719814153", "0711719814153"),
            ("5449000000996", "05449000000996"),
            (" 5449000000996 ", "5449000000996"),
            ("96385074", "00000096385074"),
        ] {
            assert_eq!(barcode_key(one), barcode_key(other), "{one} {other}");
        }
        assert_eq!(barcode_key("711719814153"), "00711719814153");
    }

    #[test]
    fn a_code_that_is_no_gtin_is_a_text_whose_zeros_count() {
        for text in [
            "00012345",       // a wrong check digit
            "5449000000997",  // so here
            "12345",          // no such length
            "2001",           // a code of the shop
            "2012345012349",  // a scale's, with its price
            "02012345012349", // the same with one zero more
            "0000000000000",  // nobody's
            "CAF-250",
            "",
        ] {
            assert_eq!(barcode_key(text), text);
        }
        assert_ne!(barcode_key("00012345"), barcode_key("12345"));
    }

    #[test]
    fn a_box_of_an_article_is_another_article() {
        assert_ne!(barcode_key("15449000000993"), barcode_key("5449000000996"));
    }

    #[test]
    fn upc_e_is_not_expanded() {
        // 0425261 4 stands for 042100005264.
        assert_ne!(barcode_key("04252614"), barcode_key("042100005264"));
    }

    #[test]
    fn a_whole_number_of_a_spreadsheet_is_its_integer_and_a_rounded_one_an_error() {
        assert_eq!(written("5449000000996.0"), Ok("5449000000996".to_owned()));
        assert_eq!(written("5449000000996,00"), Ok("5449000000996".to_owned()));
        assert_eq!(written(" 007.0 "), Ok("007".to_owned()));
        assert_eq!(written("5449.5"), Ok("5449.5".to_owned()));
        assert_eq!(written("A.0"), Ok("A.0".to_owned()));
        assert_eq!(written("1.2.0"), Ok("1.2.0".to_owned()));
        for lost in ["5.449E+12", "5,44901E+12", "5e+12", "5.449000000996E+12"] {
            assert_eq!(written(lost), Err(DigitsLost), "{lost}");
        }
        assert_eq!(written("1E5"), Ok("1E5".to_owned()));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key_and_every_form_holds_the_significant_digits(code in "[0-9]{6,15}") {
            let key = barcode_key(&code);
            prop_assert_eq!(barcode_key(&key), key.clone());
            if let Some(digits) = significant_digits(&code) {
                prop_assert!(code.contains(digits) && key.contains(digits));
            }
        }
    }
}
