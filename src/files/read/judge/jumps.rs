//! Changes that are larger than a shop makes on purpose: more often a column was taken for another one,
//! or a decimal sign was lost. A commit wants a word of its own for them.

use kernel::Quantity;

use crate::read::issues::Issues;

/// This many times the old value, or this part of it, is a jump.
const TIMES: i64 = 10;
/// A stock that moves by less than this many units does not jump.
const UNITS: i64 = 100;

/// True where a value becomes ten times what it was, or a tenth of it.
fn is_jump(old: i64, new: i64) -> bool {
    old > 0 && new > 0 && (new / TIMES >= old || old / TIMES >= new)
}

/// Warns of an amount that jumps; says whether it does.
pub(super) fn of_amount(
    column: &'static str,
    old: i64,
    new: Option<i64>,
    issues: &mut Issues,
) -> bool {
    let jumps = new.is_some_and(|new| is_jump(old, new));
    if jumps {
        issues.warning(
            column,
            "",
            "import.big_change",
            "It becomes ten times what it was or more, or a tenth of it or less.",
        );
    }
    jumps
}

/// Warns of a stock that jumps; says whether it does.
pub(super) fn of_stock(
    column: &'static str,
    old: Quantity,
    new: Quantity,
    issues: &mut Issues,
) -> bool {
    let (old, new) = (old.milli(), new.milli());
    let moved = old.abs_diff(new) >= UNITS.unsigned_abs() * 1000;
    let jumps = moved && old > 0 && (new / TIMES >= old || old / TIMES >= new);
    if jumps {
        issues.warning(
            column,
            "",
            "import.big_change",
            "The stock becomes ten times what it was or more, or a tenth of it or less.",
        );
    }
    jumps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_is_ten_times_or_a_tenth() {
        for (old, new, jumps) in [
            (100, 999, false),
            (100, 1_000, true),
            (100, 11, false),
            (100, 10, true),
            (0, 1_000, false),
            (1_000, 0, false),
        ] {
            assert_eq!(is_jump(old, new), jumps, "{old} {new}");
        }
    }

    #[test]
    fn a_small_stock_does_not_jump() {
        let jumps = |old, new| {
            let mut issues = Issues::default();
            let (old, new) = (Quantity::from_units(old), Quantity::from_units(new));
            of_stock("stock_set", old, new, &mut issues)
        };
        assert!(!jumps(2, 60), "less than a hundred units");
        assert!(jumps(10, 110));
        assert!(jumps(500, 0), "everything is gone");
        assert!(!jumps(0, 5_000), "the first stock of a product");
        assert!(!jumps(500, 400));
    }
}
