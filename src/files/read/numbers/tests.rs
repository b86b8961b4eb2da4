//! Numbers as people write them, at their bounds.

use proptest::prelude::*;

use super::*;

/// In a file whose other rows use both signs.
fn minor(text: &str) -> Result<i64, NumberError> {
    minor_in(text, Way::Mixed)
}

fn minor_in(text: &str, way: Way<DecimalSign>) -> Result<i64, NumberError> {
    Decimal::parse(text, way)?.to_minor(Currency::parse("USD").unwrap())
}

const COMMA: Way<DecimalSign> = Way::Known(DecimalSign::Comma);
const POINT: Way<DecimalSign> = Way::Known(DecimalSign::Point);

#[test]
fn french_and_english_numbers_are_read() {
    for (text, expected) in [
        ("1 234,56", 123_456),
        ("1\u{a0}234,56", 123_456),
        ("1\u{202f}234\u{202f}567,5", 123_456_750),
        ("1,234.56", 123_456),
        ("1.234,56", 123_456),
        ("1'234.50", 123_450),
        ("1,234,567", 123_456_700),
        ("1.234.567", 123_456_700),
        ("1234", 123_400),
        ("12,5", 1250),
        ("0.5", 50),
        ("0.500", 50),
        ("1234,500", 123_450),
        ("-3.39", -339),
        ("(3,39)", -339),
        ("\u{2212}3", -300),
        ("+7", 700),
        (" 42 ", 4200),
        ("3.3900", 339),
    ] {
        assert_eq!(minor(text), Ok(expected), "{text:?}");
    }
}

#[test]
fn what_could_be_two_numbers_is_what_the_file_says() {
    for (text, comma, point) in [
        ("1,234", Err(NumberError::TooPrecise), Ok(123_400)),
        ("1.234", Ok(123_400), Err(NumberError::TooPrecise)),
        ("12,500", Ok(1250), Ok(1_250_000)),
        ("999.990", Ok(99_999_000), Ok(99_999)),
        ("-1,500", Ok(-150), Ok(-150_000)),
    ] {
        assert_eq!(minor(text), Err(NumberError::Ambiguous), "{text:?}");
        assert_eq!(minor_in(text, COMMA), comma, "{text:?}");
        assert_eq!(minor_in(text, POINT), point, "{text:?}");
    }
    // Against what the file says, nothing is bent.
    for (text, way) in [("12.5", COMMA), ("1,5", POINT), ("1,234.56", COMMA)] {
        assert_eq!(
            minor_in(text, way),
            Err(NumberError::NotANumber),
            "{text:?}"
        );
    }
}

#[test]
fn numbers_prove_the_sign_of_their_file() {
    use DecimalSign::{Comma, Point};
    for (text, hint) in [
        ("12,5", Hint::Proves(Comma)),
        ("1 234,567", Hint::Proves(Comma)),
        ("0,250", Hint::Proves(Comma)),
        ("1234,500", Hint::Proves(Comma)),
        ("1.234,567", Hint::Proves(Comma)),
        ("1.234.567", Hint::Proves(Comma)),
        ("12.50", Hint::Proves(Point)),
        ("-3.5", Hint::Proves(Point)),
        ("1,234,567", Hint::Proves(Point)),
        ("1,234", Hint::Open),
        ("(12.500)", Hint::Open),
        ("1234", Hint::Silent),
        ("1 234", Hint::Silent),
        ("1,2.3,4", Hint::Silent),
        ("N.A", Hint::Silent),
        ("5,", Hint::Silent),
        ("", Hint::Silent),
    ] {
        assert_eq!(sign_of(text), hint, "{text:?}");
    }
    assert_eq!(sign_of(figures("$ 3.50")), Hint::Proves(Point));
    assert_eq!(sign_of(figures("1 000,00 F.C.")), Hint::Proves(Comma));
}

#[test]
fn what_is_not_a_number_is_refused() {
    for text in [
        "",
        "abc",
        "1,23,456",
        "1 23",
        "12 34,5",
        ",5",
        "5,",
        "1e3",
        "--1",
        "1,2.3,4",
        "٣",
        "12a",
        "1..2",
        "1 234.567,8",
        "1,234 567",
        "()",
        "$3",
        "NaN",
    ] {
        assert_eq!(
            Decimal::parse(text, Way::Mixed),
            Err(NumberError::NotANumber),
            "{text:?}"
        );
    }
    assert_eq!(minor("0.001"), Err(NumberError::TooPrecise));
    assert_eq!(minor("99999999999999999999"), Err(NumberError::OutOfRange));
    assert_eq!(
        Decimal::parse(&"9".repeat(400), Way::Mixed),
        Err(NumberError::OutOfRange)
    );
}

#[test]
fn percentages_are_basis_points() {
    assert_eq!(
        Decimal::parse("16", Way::Mixed).unwrap().to_basis_points(),
        Ok(1600)
    );
    assert_eq!(
        Decimal::parse("5,5", Way::Mixed).unwrap().to_basis_points(),
        Ok(550)
    );
    assert_eq!(
        Decimal::parse("101", Way::Mixed).unwrap().to_basis_points(),
        Err(NumberError::OutOfRange)
    );
}

fn number(text: &str) -> Decimal {
    Decimal::parse(text, Way::Mixed).unwrap()
}

#[test]
fn a_percentage_lies_between_0_and_100_with_two_decimals() {
    for (text, expected) in [
        ("0", Ok(0)),
        ("0,01", Ok(1)),
        ("100", Ok(10_000)),
        ("100,01", Err(NumberError::OutOfRange)),
        ("-0,01", Err(NumberError::OutOfRange)),
        ("-101", Err(NumberError::OutOfRange)),
        ("0,001", Err(NumberError::TooPrecise)),
    ] {
        assert_eq!(number(text).to_basis_points(), expected, "{text}");
    }
}

#[test]
fn a_quantity_has_three_decimals_and_a_bound_on_either_side() {
    let most = MAX_UNITS.to_string();
    let beyond = format!("{most},001");
    for (text, expected) in [
        ("2", Ok(2_000)),
        ("0,125", Ok(125)),
        ("-1,5", Ok(-1_500)),
        ("0,0001", Err(NumberError::TooPrecise)),
        (&*most, Ok(MAX_UNITS * 1_000)),
        (&*format!("-{most}"), Ok(-MAX_UNITS * 1_000)),
        (&*beyond, Err(NumberError::OutOfRange)),
        (&*format!("-{beyond}"), Err(NumberError::OutOfRange)),
    ] {
        assert_eq!(
            number(text).to_quantity(),
            expected.map(Quantity::from_milli),
            "{text}"
        );
    }
}

#[test]
fn an_amount_has_the_decimals_of_its_currency() {
    let francs = Currency::parse("RWF").unwrap();
    assert_eq!(number("12").to_minor(francs), Ok(12));
    assert_eq!(
        number("12,5").to_minor(francs),
        Err(NumberError::TooPrecise)
    );
    assert_eq!(
        number(&MAX_MINOR.to_string()).to_minor(francs),
        Ok(MAX_MINOR)
    );
    let beyond = (MAX_MINOR + 1).to_string();
    assert_eq!(
        number(&beyond).to_minor(francs),
        Err(NumberError::OutOfRange)
    );
}

#[test]
fn a_fraction_a_hundred_times_as_large_is_a_percentage() {
    for (fraction, percentage) in [
        ("0,16", "16"),
        ("0,5", "50"),
        ("1", "100"),
        ("0,055", "5,5"),
    ] {
        assert_eq!(
            number(fraction).hundredfold(),
            number(percentage),
            "{fraction}"
        );
    }
}

#[test]
fn a_number_has_an_opposite() {
    assert_eq!(number("3,5").negated(), number("-3,5"));
    assert_eq!(number("-3,5").negated(), number("3,5"));
    assert!(number("-0,01").is_negative());
    assert!(!number("0").is_negative());
    assert!(!number("0,01").is_negative());
}

#[test]
fn figures_beyond_what_can_be_kept_say_on_which_side() {
    // 24 figures are read, and refused only where they are too many for an amount.
    let most = "9".repeat(MAX_DIGITS);
    assert!(Decimal::parse(&most, Way::Mixed).is_ok());
    for (text, error) in [
        (format!("1{most}"), NumberError::OutOfRange),
        (format!("{most},123456"), NumberError::OutOfRange),
        (format!("1,{most}"), NumberError::TooPrecise),
        (
            format!("{},1234567", "9".repeat(MAX_DIGITS - 6)),
            NumberError::TooPrecise,
        ),
        (
            format!("{},123456", "9".repeat(MAX_DIGITS - 5)),
            NumberError::OutOfRange,
        ),
    ] {
        assert_eq!(Decimal::parse(&text, Way::Mixed), Err(error), "{text}");
    }
    assert_eq!(
        number("1,230000").to_minor(Currency::parse("USD").unwrap()),
        Ok(123)
    );
}

#[test]
fn groups_have_three_figures_and_one_sign() {
    for (text, expected) in [
        ("1 234", Ok(123_400)),
        ("12 345", Ok(1_234_500)),
        ("123 456", Ok(12_345_600)),
        ("1234 567", Err(NumberError::NotANumber)),
        (" 1 2345", Err(NumberError::NotANumber)),
        ("1 234 56", Err(NumberError::NotANumber)),
        ("1 234'567", Err(NumberError::NotANumber)),
        ("1 a34", Err(NumberError::NotANumber)),
        ("0,500", Ok(50)),
        ("1234,567", Err(NumberError::TooPrecise)),
    ] {
        assert_eq!(minor(text), expected, "{text:?}");
    }
}

#[test]
fn a_group_of_thousands_is_open_only_where_it_could_be_one() {
    use DecimalSign::{Comma, Point};
    for (text, hint) in [
        ("123,456", Hint::Open),
        ("12.345", Hint::Open),
        ("1234.567", Hint::Proves(Point)),
        ("1,2345", Hint::Proves(Comma)),
        ("1,23", Hint::Proves(Comma)),
        ("0.125", Hint::Proves(Point)),
        (".125", Hint::Silent),
    ] {
        assert_eq!(sign_of(text), hint, "{text:?}");
    }
}

#[test]
fn every_reason_has_a_code_and_says_what_is_expected() {
    for (error, code, words) in [
        (NumberError::NotANumber, "import.not_a_number", "1 500,50"),
        (
            NumberError::Ambiguous,
            "import.ambiguous_number",
            "decimal_sign",
        ),
        (NumberError::TooPrecise, "import.too_precise", "decimals"),
        (NumberError::OutOfRange, "import.out_of_range", "too large"),
    ] {
        assert_eq!(error.code(), code);
        assert!(error.expected().contains(words), "{code}");
    }
}

fn grouped(value: i64, sign: &str) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push_str(sign);
        }
        text.push(digit);
    }
    text
}

proptest! {
    #[test]
    fn every_amount_survives_both_ways_of_writing(value in 0i64..1_000_000_000_000) {
        let (major, cents) = (value / 100, value % 100);
        for text in [
            format!("{},{cents:02}", grouped(major, " ")),
            format!("{},{cents:02}", grouped(major, "\u{202f}")),
            format!("{}.{cents:02}", grouped(major, ",")),
            format!("{},{cents:02}", grouped(major, ".")),
            format!("{major}.{cents:02}"),
        ] {
            prop_assert_eq!(minor(&text), Ok(value), "{:?}", text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        for way in [Way::Mixed, COMMA, POINT] {
            let _unused = Decimal::parse(&text, way).map(|d| (d.to_quantity(), d.to_basis_points()));
        }
        let _unused = sign_of(figures(&text));
    }

    #[test]
    fn any_text_of_digits_and_signs_is_read_or_refused(text in "[-+0-9., ']{0,40}") {
        let own = Decimal::parse(&text, Way::Mixed);
        match sign_of(&text) {
            // In a file that says the same, it is the same number.
            Hint::Proves(sign) => prop_assert_eq!(own, Decimal::parse(&text, Way::Known(sign))),
            Hint::Open => {
                prop_assert_eq!(own, Err(NumberError::Ambiguous));
                prop_assert_ne!(Decimal::parse(&text, COMMA), Decimal::parse(&text, POINT));
            }
            Hint::Silent => {
                let read = Decimal::parse(&text, COMMA).or(Decimal::parse(&text, POINT));
                prop_assert!(own.is_err() || own == read);
            }
        }
    }
}
