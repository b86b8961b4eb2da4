//! What a line of a sale was reduced by, and whether its total agrees.
//!
//! A file may say a discount as an amount for the line (`discount`, `remise`), for each piece
//! (`unit_discount`) or in percent (`discount_percent`, or `10%` in any of them). The amount for
//! the line counts before that for a piece, and both before a percentage, which is often rounded.

use kernel::{Code, Currency, Quantity, money};

use super::{
    headers::Field,
    issue::{CellReader, Issues},
};

/// One cell that reduces a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reduction {
    /// An amount for the whole line, minor units.
    Line(i64),
    /// An amount for each unit.
    Unit(i64),
    /// Basis points of price times quantity.
    Percent(i64),
}

/// What a line costs by price and quantity, and what it is reduced by; all positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// Price times quantity.
    pub gross: i64,
    /// Off it.
    pub discount: i64,
}

impl Worth {
    /// What the customer owes for the line, without tax that comes on top.
    #[must_use]
    pub const fn net(self) -> i64 {
        self.gross - self.discount
    }
}

impl Reduction {
    /// The amount off a line, rounded half-up to a multiple of `step`; nothing beyond the limits.
    fn off(self, gross: i64, quantity: Quantity, step: i64) -> Option<i64> {
        match self {
            Self::Line(amount) => Some(amount),
            Self::Unit(amount) => money::extend_to_step(amount, quantity, step).ok(),
            Self::Percent(basis_points) => Some(money::proportion_in_steps(
                gross,
                basis_points,
                10_000,
                step,
            )),
        }
    }

    /// True when an amount off a line is this reduction, but for rounding.
    fn is(self, amount: i64, gross: i64, quantity: Quantity, step: i64) -> bool {
        match self {
            Self::Percent(basis_points) => {
                let exact = i128::from(gross) * i128::from(basis_points);
                (i128::from(amount) * 10_000 - exact).abs() < 10_000 * i128::from(step)
            }
            other => other.off(gross, quantity, step) == Some(amount),
        }
    }
}

/// Reads what a line is worth; nothing when it cannot be said.
pub fn read(
    reader: &mut CellReader<'_>,
    currency: Currency,
    price: Option<i64>,
    quantity: Option<Quantity>,
) -> Option<Worth> {
    let reductions = [
        one(reader, Field::Discount, Reduction::Line, quantity),
        one(reader, Field::UnitDiscount, Reduction::Unit, quantity),
        percent(reader),
    ];
    // What is recorded is whole units of what the currency shows: so is what it is compared with.
    let step = currency.shown_step_minor();
    let total = magnitude(reader, Field::Total, quantity);
    let total = total.map(|total| money::round_to_step(total, step));
    let (price, quantity) = (price?, quantity?);
    let quantity = if quantity.is_positive() {
        quantity
    } else {
        -quantity
    };
    let gross = money::extend_to_step(price, quantity, step)
        .and_then(|amount| money::sum_of_sale([amount]));
    let Ok(gross) = gross else {
        let text = reader.text(Field::Quantity).unwrap_or_default();
        reader.issues.error(
            "quantity",
            text,
            "import.out_of_range",
            "The amount of this line is too large.",
        );
        return None;
    };
    let given = |(field, reduction): &(Field, Option<Reduction>)| Some((*field, (*reduction)?));
    let given: Vec<(Field, Reduction)> = reductions.iter().filter_map(given).collect();
    let Some((field, first)) = given.first().copied() else {
        return Some(settle(
            reader,
            currency,
            Worth { gross, discount: 0 },
            total,
        ));
    };
    let mut discount = first.off(gross, quantity, step).filter(|off| *off <= gross);
    // A total decides how a percentage was rounded.
    if let (Reduction::Percent(_), Some(total)) = (first, total)
        && (0..=gross).contains(&total)
        && first.is(gross - total, gross, quantity, step)
    {
        discount = Some(gross - total);
    }
    let Some(discount) = discount else {
        reader.issues.error(
            field.as_str(),
            reader.text(field).unwrap_or_default(),
            "import.discount_too_large",
            "A discount of at most price times quantity is expected.",
        );
        return None;
    };
    if discount % step != 0 {
        reader.issues.error(
            field.as_str(),
            reader.text(field).unwrap_or_default(),
            Code::FinerThanShown.as_str(),
            "A discount in whole units of what the currency shows is expected.",
        );
        return None;
    }
    for (other, reduction) in given.iter().skip(1) {
        if !reduction.is(discount, gross, quantity, step) {
            reader.issues.warning(
                other.as_str(),
                reader.text(*other).unwrap_or_default(),
                "discount.differs",
                format!(
                    "This is another discount than {} says, which is the one that counts.",
                    field.as_str()
                ),
            );
        }
    }
    Some(settle(reader, currency, Worth { gross, discount }, total))
}

/// Compares what a line is worth with its total.
fn settle(
    reader: &mut CellReader<'_>,
    currency: Currency,
    worth: Worth,
    total: Option<i64>,
) -> Worth {
    if let Some(total) = total.filter(|total| *total != worth.net()) {
        let text = reader.text(Field::Total).unwrap_or_default();
        warn_of_total(&mut reader.issues, text, currency, worth.net(), total);
    }
    worth
}

/// The warning that a row says another amount than the one that will be recorded.
pub fn warn_of_total(issues: &mut Issues, text: &str, currency: Currency, net: i64, told: i64) {
    issues.warning(
        Field::Total.as_str(),
        text,
        "total.differs",
        format!(
            "Price times quantity less discount is {}; the row says {}. The former will be recorded.",
            shown(net, currency),
            shown(told, currency)
        ),
    );
}

fn one(
    reader: &mut CellReader<'_>,
    field: Field,
    kind: impl Fn(i64) -> Reduction,
    quantity: Option<Quantity>,
) -> (Field, Option<Reduction>) {
    let is_percent = reader.text(field).is_some_and(|text| text.ends_with('%'));
    let reduction = if is_percent {
        reader.percentage(field).map(Reduction::Percent)
    } else {
        magnitude(reader, field, quantity).map(kind)
    };
    (field, reduction)
}

fn percent(reader: &mut CellReader<'_>) -> (Field, Option<Reduction>) {
    let field = Field::DiscountPercent;
    (field, reader.percentage(field).map(Reduction::Percent))
}

/// An amount. That of a return may have the sign of its quantity.
fn magnitude(reader: &mut CellReader<'_>, field: Field, quantity: Option<Quantity>) -> Option<i64> {
    if quantity.is_some_and(|quantity| !quantity.is_positive()) {
        reader.money(field).map(i64::abs)
    } else {
        reader.amount(field)
    }
}

/// An amount as a sentence shows it: `2700.00`.
fn shown(minor: i64, currency: Currency) -> String {
    let scale = currency.minor_per_major();
    let (whole, part) = (minor / scale, (minor % scale).abs());
    match usize::from(currency.exponent()) {
        0 => whole.to_string(),
        digits => format!("{whole}.{part:0digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_reduction_is_an_amount_for_the_line() {
        let three = Quantity::from_units(3);
        for (reduction, off) in [
            (Reduction::Line(300), Some(300)),
            (Reduction::Unit(100), Some(300)),
            (Reduction::Percent(1000), Some(30_000)),
            (Reduction::Percent(3333), Some(99_990)),
        ] {
            assert_eq!(reduction.off(300_000, three, 1), off, "{reduction:?}");
        }
        assert!(
            Reduction::Percent(1250).is(12, 99, three, 1)
                && Reduction::Percent(1250).is(13, 99, three, 1)
        );
        assert!(!Reduction::Percent(1250).is(14, 99, three, 1));
        assert_eq!(shown(270_000, Currency::parse("CDF").unwrap()), "2700.00");
        assert_eq!(shown(2700, Currency::parse("XOF").unwrap()), "2700");
    }

    proptest! {
        #[test]
        fn a_percentage_is_itself_and_never_more_than_the_line(
            gross in 0i64..1_000_000_000, basis_points in 0i64..=10_000,
        ) {
            let reduction = Reduction::Percent(basis_points);
            let off = reduction.off(gross, Quantity::from_units(1), 1).unwrap();
            prop_assert!((0..=gross).contains(&off));
            prop_assert!(reduction.is(off, gross, Quantity::from_units(1), 1));
        }
    }
}
