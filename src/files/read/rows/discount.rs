//! The discount on a line of a sale, and whether the total of the line agrees.
//!
//! A file may have a discount as an amount for the line (`discount`, `remise`), for each piece
//! (`unit_discount`) or in percent (`discount_percent`, or `10%` in any of them). The amount for the
//! line has priority over that for a piece, and both over a percentage, which is often rounded.

use kernel::{Code, Currency, Quantity, money};

use crate::read::{cells::CellReader, fields::Field, issues::Issues};

/// A discount as one cell gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reduction {
    /// An amount for the whole line, minor units.
    Line(i64),
    /// An amount for each unit.
    Unit(i64),
    /// Basis points of price times quantity.
    Percent(i64),
}

/// What a line is worth: price times quantity, and the discount; both positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// Price times quantity.
    pub gross: i64,
    /// Discount on the whole line.
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
    /// The discount on the whole line, rounded half-up to a multiple of the step; `None` beyond the
    /// limits.
    fn on(self, line: Line) -> Option<i64> {
        match self {
            Self::Line(amount) => Some(amount),
            Self::Unit(amount) => money::extend_to_step(amount, line.quantity, line.step).ok(),
            Self::Percent(basis_points) => Some(money::proportion_in_steps(
                line.gross,
                basis_points,
                10_000,
                line.step,
            )),
        }
    }

    /// True when this reduction may be the amount, apart from rounding.
    fn is(self, amount: i64, line: Line) -> bool {
        match self {
            Self::Percent(basis_points) => {
                let exact = i128::from(line.gross) * i128::from(basis_points);
                (i128::from(amount) * 10_000 - exact).abs() < 10_000 * i128::from(line.step)
            }
            other => other.on(line) == Some(amount),
        }
    }
}

/// The line that a discount reduces.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Price times quantity.
    gross: i64,
    /// Positive, also for a return.
    quantity: Quantity,
    /// The smallest unit that the currency shows, minor units.
    step: i64,
}

/// Reads what a line is worth; `None` when its cells do not say it.
pub fn read(
    reader: &mut CellReader<'_>,
    currency: Currency,
    price: Option<i64>,
    said_gross: Option<i64>,
    quantity: Option<Quantity>,
) -> Option<Worth> {
    let reductions = [
        one(reader, Field::Discount, Reduction::Line, quantity),
        one(reader, Field::UnitDiscount, Reduction::Unit, quantity),
        percent(reader),
    ];
    // Whole units of what the currency shows are recorded: the total is compared in the same.
    let step = currency.shown_step_minor();
    let total = magnitude(reader, Field::Total, quantity);
    let total = total.map(|total| money::round_to_step(total, step));
    let (price, quantity) = (price?, quantity?);
    let quantity = if quantity.is_positive() {
        quantity
    } else {
        -quantity
    };
    let line = Line {
        gross: gross(reader, price, quantity, step)?,
        quantity,
        step,
    };
    let given = reductions
        .into_iter()
        .filter_map(|(field, reduction)| Some((field, reduction?)));
    let given: Vec<(Field, Reduction)> = given.collect();
    let discount = match given.split_first() {
        None => 0,
        Some(((field, first), others)) => {
            let discount = discount(reader, *field, *first, total, line)?;
            compare_others(reader, *field, discount, others, line);
            discount
        }
    };
    // A price that was rounded up makes the line worth more than the file says.
    let rounded = said_gross.map_or(0, |said| (line.gross - said).max(0));
    let worth = Worth {
        gross: line.gross,
        discount: discount + rounded,
    };
    Some(compare_total(reader, currency, worth, total))
}

/// Price times quantity, within the limits of a sale.
fn gross(reader: &mut CellReader<'_>, price: i64, quantity: Quantity, step: i64) -> Option<i64> {
    let gross = money::extend_to_step(price, quantity, step)
        .and_then(|amount| money::sum_of_sale([amount]));
    if gross.is_err() {
        let text = reader.text(Field::Quantity).unwrap_or_default();
        reader.issues.error(
            "quantity",
            text,
            "import.out_of_range",
            "The amount of this line is too large.",
        );
    }
    gross.ok()
}

/// The discount of the cell that has priority.
fn discount(
    reader: &mut CellReader<'_>,
    field: Field,
    first: Reduction,
    total: Option<i64>,
    line: Line,
) -> Option<i64> {
    let mut discount = first.on(line).filter(|amount| *amount <= line.gross);
    // A total shows how a percentage was rounded.
    if let (Reduction::Percent(_), Some(total)) = (first, total)
        && (0..=line.gross).contains(&total)
        && first.is(line.gross - total, line)
    {
        discount = Some(line.gross - total);
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
    if discount % line.step != 0 {
        reader.issues.error(
            field.as_str(),
            reader.text(field).unwrap_or_default(),
            Code::FinerThanShown.as_str(),
            "A discount in whole units of what the currency shows is expected.",
        );
        return None;
    }
    Some(discount)
}

/// Warns of other cells of the row that give another discount.
fn compare_others(
    reader: &mut CellReader<'_>,
    field: Field,
    discount: i64,
    others: &[(Field, Reduction)],
    line: Line,
) {
    for (other, reduction) in others {
        if !reduction.is(discount, line) {
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
}

/// Compares what a line is worth with its total.
fn compare_total(
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

/// Warns that a row says another amount than the one that will be recorded.
pub fn warn_of_total(issues: &mut Issues, text: &str, currency: Currency, net: i64, said: i64) {
    issues.warning(
        Field::Total.as_str(),
        text,
        "total.differs",
        format!(
            "Price times quantity less discount is {}; the row says {}. The former will be recorded.",
            shown(net, currency),
            shown(said, currency)
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

/// An amount. In a return, it may have the sign of the quantity, and some systems write what they take
/// off with a minus.
fn magnitude(reader: &mut CellReader<'_>, field: Field, quantity: Option<Quantity>) -> Option<i64> {
    let is_return = quantity.is_some_and(|quantity| !quantity.is_positive());
    let is_taken_off = field == Field::Discount && reader.is_of_system();
    if is_return || is_taken_off {
        reader.money(field).map(i64::abs)
    } else {
        reader.amount(field)
    }
}

/// An amount for a sentence: `2700.00`.
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

    const fn line(gross: i64, quantity: Quantity) -> Line {
        Line {
            gross,
            quantity,
            step: 1,
        }
    }

    #[test]
    fn a_reduction_is_an_amount_for_the_line() {
        let three = Quantity::from_units(3);
        for (reduction, off) in [
            (Reduction::Line(300), Some(300)),
            (Reduction::Unit(100), Some(300)),
            (Reduction::Percent(1000), Some(30_000)),
            (Reduction::Percent(3333), Some(99_990)),
        ] {
            assert_eq!(reduction.on(line(300_000, three)), off, "{reduction:?}");
        }
        let small = line(99, three);
        assert!(Reduction::Percent(1250).is(12, small) && Reduction::Percent(1250).is(13, small));
        assert!(!Reduction::Percent(1250).is(14, small));
        assert_eq!(shown(270_000, Currency::parse("CDF").unwrap()), "2700.00");
        assert_eq!(shown(2700, Currency::parse("XOF").unwrap()), "2700");
    }

    proptest! {
        #[test]
        fn a_percentage_is_itself_and_never_more_than_the_line(
            gross in 0i64..1_000_000_000, basis_points in 0i64..=10_000,
        ) {
            let reduction = Reduction::Percent(basis_points);
            let one = line(gross, Quantity::from_units(1));
            let off = reduction.on(one).unwrap();
            prop_assert!((0..=gross).contains(&off));
            prop_assert!(reduction.is(off, one));
        }
    }
}
