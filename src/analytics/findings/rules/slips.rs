//! Mistaken units: 250 grams entered as 250 kilograms, twelve pieces as twelve cartons, the price of a
//! carton on the line of a piece.
//!
//! A large sale is no mistake: the quantity has to lie far outside of every quantity in which the
//! product was ever sold, or the price has to differ by several times.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{
    ids::ProductId,
    read::irregular::{LineFacts, LineSizeFacts},
};

use super::Judged;
use crate::findings::{
    draft::Draft,
    explanation::{Explanation, SlipFigures},
    feedback::LOWEST,
    figures::{minor, real, rounded, units},
    finding::AnomalyKind,
    report::{Figures, Measure},
};

/// Fewest lines from which the usual quantities of a product are learnt.
const FEWEST_LINES: f64 = 30.0;
/// A quantity is reported from this multiple of the usual one on,
const TIMES_USUAL: f64 = 10.0;
/// and this multiple of the largest one that is not rare.
const TIMES_LARGEST: f64 = 4.0;
/// The largest quantity that is not rare occurs on this share of the lines, and on at least two.
const NOT_RARE: f64 = 0.01;
/// A price is reported from this multiple of the usual one on, and below one such part of it.
const TIMES_PRICE: f64 = 5.0;

/// Usual quantities of a product: the median, and the largest that is not rare.
#[derive(Debug, Clone, Copy)]
pub(in crate::findings) struct Usual {
    pub quantity: f64,
    pub largest: f64,
    price: f64,
}

/// The usual quantities of each product with enough lines.
pub(in crate::findings) fn usual_of(sizes: &[LineSizeFacts]) -> BTreeMap<ProductId, Usual> {
    by_product(sizes)
        .into_iter()
        .filter_map(|(product, sizes)| Some((product, usual(&sizes)?)))
        .collect()
}

/// Sizes of lines that look like mistaken units; their lines are read next.
pub(in crate::findings) fn suspicious(sizes: &[LineSizeFacts]) -> Vec<LineSizeFacts> {
    by_product(sizes)
        .into_values()
        .filter_map(|sizes| Some((usual(&sizes)?, sizes)))
        .flat_map(|(usual, sizes)| {
            sizes
                .into_iter()
                .filter(move |size| {
                    let price = real(size.unit_price_minor);
                    quantity_score(usual, units(size.quantity)).max(price_score(usual, price))
                        >= LOWEST
                })
                .copied()
        })
        .collect()
}

/// Findings about the lines with those sizes.
pub(in crate::findings) fn slips(
    judged: Judged<'_>,
    known: &BTreeMap<ProductId, Usual>,
    lines: &[LineFacts],
) -> Vec<Draft> {
    lines
        .iter()
        .filter(|line| judged.covers(judged.date(line.occurred_at)))
        .filter_map(|line| draft(judged, *known.get(&line.product_id)?, line))
        .collect()
}

/// Revenue of each day that is in the books because of such mistakes only, minor units.
pub(in crate::findings) fn overstated(
    judged: Judged<'_>,
    known: &BTreeMap<ProductId, Usual>,
    lines: &[LineFacts],
) -> BTreeMap<NaiveDate, f64> {
    let mut days = BTreeMap::new();
    for line in lines {
        let slip = known.get(&line.product_id).map(|usual| slip(*usual, line));
        if let Some(slip) = slip.filter(|slip| slip.score >= 1.0 && slip.excess > 0.0) {
            *days.entry(judged.date(line.occurred_at)).or_insert(0.0) += slip.excess;
        }
    }
    days
}

fn by_product(sizes: &[LineSizeFacts]) -> BTreeMap<ProductId, Vec<&LineSizeFacts>> {
    let mut products: BTreeMap<ProductId, Vec<&LineSizeFacts>> = BTreeMap::new();
    for size in sizes {
        products.entry(size.product_id).or_default().push(size);
    }
    products
}

fn usual(sizes: &[&LineSizeFacts]) -> Option<Usual> {
    let lines: f64 = sizes.iter().map(|size| real(size.lines)).sum();
    if lines < FEWEST_LINES {
        return None;
    }
    let mut quantities: Vec<(f64, f64)> = sizes
        .iter()
        .map(|size| (units(size.quantity), real(size.lines)))
        .collect();
    let mut prices: Vec<(f64, f64)> = sizes
        .iter()
        .map(|size| (real(size.unit_price_minor), real(size.lines)))
        .collect();
    let quantity = weighted(&mut quantities, lines / 2.0);
    let rare = (NOT_RARE * lines).max(1.0);
    Some(Usual {
        quantity,
        largest: weighted(&mut quantities, lines - rare).max(quantity),
        price: weighted(&mut prices, lines / 2.0),
    })
}

/// The value at which the cumulated weight reaches `weight`.
fn weighted(values: &mut [(f64, f64)], weight: f64) -> f64 {
    values.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut sum = 0.0;
    for (value, one) in values.iter() {
        sum += one;
        if sum >= weight {
            return *value;
        }
    }
    values.last().map_or(0.0, |(value, _)| *value)
}

fn quantity_score(usual: Usual, quantity: f64) -> f64 {
    let over_usual = quantity / (TIMES_USUAL * usual.quantity).max(1e-9);
    let over_largest = quantity / (TIMES_LARGEST * usual.largest).max(1e-9);
    over_usual.min(over_largest)
}

fn price_score(usual: Usual, price: f64) -> f64 {
    if price <= 0.0 || usual.price <= 0.0 {
        // Given away: that is reported as a price below cost.
        return 0.0;
    }
    (price / usual.price).max(usual.price / price) / TIMES_PRICE
}

/// A line compared with the usual quantities of its product.
struct Slip {
    score: f64,
    is_quantity: bool,
    /// Revenue beyond that of a usual line; negative where the line has too little.
    excess: f64,
}

fn slip(usual: Usual, line: &LineFacts) -> Slip {
    let (quantity, price) = (units(line.quantity), real(line.unit_price_minor));
    let (by_quantity, by_price) = (quantity_score(usual, quantity), price_score(usual, price));
    let is_quantity = by_quantity >= by_price;
    let excess = if is_quantity {
        (quantity - usual.quantity) * price
    } else {
        (price - usual.price) * quantity
    };
    // Prices are compared as they were typed; the effect is revenue, without tax and discount.
    let net_share = real(line.revenue_minor) / (price * quantity).max(1e-9);
    Slip {
        score: by_quantity.max(by_price),
        is_quantity,
        excess: excess * net_share,
    }
}

fn draft(judged: Judged<'_>, usual: Usual, line: &LineFacts) -> Option<Draft> {
    let Slip {
        score,
        is_quantity,
        excess,
    } = slip(usual, line);
    if score < LOWEST {
        return None;
    }
    let figures = if is_quantity {
        Figures {
            measure: Measure::Units,
            actual: units(line.quantity),
            expected: usual.quantity,
            expected_low: 0.0,
            expected_high: usual.largest,
        }
    } else {
        Figures {
            measure: Measure::MinorPerUnit,
            actual: real(line.unit_price_minor),
            expected: usual.price,
            expected_low: usual.price / TIMES_PRICE,
            expected_high: usual.price * TIMES_PRICE,
        }
    };
    let figure = SlipFigures {
        number: line.number,
        ratio: rounded(figures.actual / figures.expected.max(1e-9)),
    };
    let date = judged.date(line.occurred_at);
    Some(Draft {
        kind: AnomalyKind::UnitSlip,
        subject: judged.names.product(line.product_id),
        about: Some(line.sale_id.as_uuid()),
        from: date,
        to: date,
        at: Some(line.occurred_at),
        score,
        figures,
        // Too much in the books is no income: the drawer lacks that money, as with too little.
        effect_minor: -minor(excess.abs()),
        explanation: if is_quantity {
            Explanation::QuantitySlip(figure)
        } else {
            Explanation::PriceSlip(figure)
        },
        evidence: vec![judged.evidence_of_line(line)],
    })
}
