//! Stock in money: what lies there, now or at a past moment, what of it does not sell, and what was lost.

pub mod http;

use std::collections::{BTreeMap, HashSet};

use chrono::{Days, NaiveDate};
use kernel::{
    Balance, Currency, FigureOutOfRange, Period, Timestamp,
    ids::ProductId,
    read::{CorrectionFacts, CorrectionKind, LossFacts, ValuedFacts},
    rounding::div_half_up,
};
use serde::Serialize;

use crate::{
    Analytics, asked::Asked, error::AnalyticsError, forecast::series::all_products,
    products::MAX_DEAD_AFTER,
};

/// Most products with stock.
const MAX_PRODUCTS: u32 = 200_000;
/// Most rows of stock corrections: several for each product.
const MAX_CORRECTIONS: u32 = 200_000;
/// Most reasons that are shown, each for adjustments and for counts.
const MAX_REASONS: usize = 50;

/// Why stock was lost or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// Adjustments by hand.
    Adjustment,
    /// Differences found by counts.
    Count,
}

/// Stock lost for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StockLoss {
    /// Whether it was written off or found missing.
    pub kind: LossKind,
    /// The reason in words, as it was entered; null without one.
    pub reason: Option<String>,
    /// Number of movements.
    pub movements: i64,
    /// What was lost at cost, minor units; negative where more was found than missing.
    pub lost_minor: Balance,
}

/// Stock that does not sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DormantStock {
    /// Days without a sale after which stock counts as dormant.
    pub after_days: u32,
    /// Number of such products.
    pub products: usize,
    /// Their stock at cost, minor units.
    pub value_minor: Balance,
}

/// Stock in money. Amounts at cost, in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StockFigures {
    /// First day of the losses, in the shop's time zone.
    pub from: NaiveDate,
    /// Last day of the losses, included.
    pub to: NaiveDate,
    /// Currency of the amounts.
    pub currency: Currency,
    /// The moment of the stock; null for now.
    pub as_of: Option<Timestamp>,
    /// Number of products with stock at that moment.
    pub products: usize,
    /// The stock at the average cost of that moment.
    pub value_minor: Balance,
    /// The part that does not sell; null for a past moment.
    pub dormant: Option<DormantStock>,
    /// All losses of the period, less gains.
    pub losses_minor: Balance,
    /// The losses by reason, largest first; at most 50 of each kind.
    pub losses: Vec<StockLoss>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl Analytics {
    /// Stock in money, and the losses of a period.
    ///
    /// # Errors
    /// When the period or a bound is invalid, a figure is too large for the API, or the database fails.
    pub async fn stock_figures(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        as_of: Option<Timestamp>,
        dormant_after_days: u32,
    ) -> Result<StockFigures, AnalyticsError> {
        if !(1..=MAX_DEAD_AFTER).contains(&dormant_after_days) {
            let detail = format!("must lie between 1 and {MAX_DEAD_AFTER}");
            return Err(AnalyticsError::refused("dormant_after_days", detail));
        }
        let asked = self.asked(from, to).await?;
        if as_of.is_some_and(|moment| moment > asked.at) {
            return Err(AnalyticsError::refused("as_of", "lies in the future"));
        }
        let stock = &self.readers.stock;
        let moment = as_of.unwrap_or(asked.at);
        let values = stock.levels_at(moment, None, MAX_PRODUCTS).await?.items;
        let facts = stock.losses(&asked.period, MAX_CORRECTIONS).await?;
        let refuse = AnalyticsError::out_of_range(&asked.period);
        let dormant = match as_of {
            Some(_) => None,
            None => Some(self.dormant(&asked, &values, dormant_after_days).await?),
        };
        let (losses, lost) = losses(&facts).map_err(&refuse)?;
        Ok(StockFigures {
            from,
            to,
            currency: asked.shop.currency,
            as_of,
            products: values
                .iter()
                .filter(|one| one.on_hand.is_positive())
                .count(),
            value_minor: Balance::of_sum(worth(values.iter())).map_err(&refuse)?,
            dormant,
            losses_minor: Balance::of_sum(lost).map_err(&refuse)?,
            losses,
            computed_at: asked.at,
        })
    }

    async fn dormant(
        &self,
        asked: &Asked,
        values: &[ValuedFacts],
        after_days: u32,
    ) -> Result<DormantStock, AnalyticsError> {
        let Asked { today, period, .. } = asked;
        let since = today.checked_sub_days(Days::new(u64::from(after_days)));
        let since = since.unwrap_or(*today);
        let recent = Period::new(since, *today, period.zone())?;
        let sold = self.readers.sales.last_sales(&recent, MAX_PRODUCTS).await?;
        let mut moving: HashSet<ProductId> = sold.into_iter().map(|fact| fact.product_id).collect();
        let products = all_products(&self.readers).await?;
        let young = products
            .iter()
            .filter(|product| product.created_at.date_in(period.zone()) >= since);
        moving.extend(young.map(|product| product.id));
        let still =
            |one: &&ValuedFacts| one.on_hand.is_positive() && !moving.contains(&one.product_id);
        let refuse = AnalyticsError::out_of_range(period);
        Ok(DormantStock {
            after_days,
            products: values.iter().filter(still).count(),
            value_minor: Balance::of_sum(worth(values.iter().filter(still))).map_err(&refuse)?,
        })
    }
}

fn worth<'a>(values: impl Iterator<Item = &'a ValuedFacts>) -> i128 {
    let sum = values.map(|one| {
        // Each product is rounded, so that the parts add up to the whole.
        div_half_up(
            i128::from(one.on_hand.milli()) * i128::from(one.unit_cost_minor),
            1_000,
        )
    });
    sum.sum()
}

/// The losses by reason, and all of them together.
fn losses(facts: &[LossFacts]) -> Result<(Vec<StockLoss>, i128), FigureOutOfRange> {
    let mut sums: BTreeMap<(LossKind, Option<&str>), (i64, i128)> = BTreeMap::new();
    for fact in facts {
        let kind = match fact.correction.kind {
            CorrectionKind::Adjustment => LossKind::Adjustment,
            CorrectionKind::Count => LossKind::Count,
        };
        let sum = sums.entry((kind, fact.reason.as_deref())).or_default();
        sum.0 = sum.0.saturating_add(fact.movements);
        sum.1 += CorrectionFacts::lost_milli_minor(&fact.correction);
    }
    let mut listed = Vec::with_capacity(sums.len());
    let mut whole = 0;
    for ((kind, reason), (movements, lost)) in sums {
        let lost = div_half_up(lost, 1_000);
        whole += lost;
        listed.push(StockLoss {
            kind,
            reason: reason.map(str::to_owned),
            movements,
            lost_minor: Balance::of_sum(lost)?,
        });
    }
    listed.sort_by(|a, b| {
        let most = b.lost_minor.cmp(&a.lost_minor);
        most.then_with(|| (a.kind, &a.reason).cmp(&(b.kind, &b.reason)))
    });
    let mut shown = [0_usize; 2];
    listed.retain(|loss| {
        let count = match loss.kind {
            LossKind::Adjustment => &mut shown[0],
            LossKind::Count => &mut shown[1],
        };
        *count += 1;
        *count <= MAX_REASONS
    });
    Ok((listed, whole))
}

#[cfg(test)]
mod tests {
    use kernel::Amount;

    use super::*;

    fn fact(kind: CorrectionKind, reason: Option<&str>, delta_milli: i128) -> LossFacts {
        LossFacts {
            correction: CorrectionFacts {
                product_id: ProductId::generate(),
                kind,
                unit_cost_minor: Amount::new(500).unwrap(),
                delta_milli,
            },
            reason: reason.map(str::to_owned),
            movements: 1,
        }
    }

    #[test]
    fn losses_are_added_up_by_reason_and_the_largest_comes_first() {
        let facts = [
            fact(CorrectionKind::Adjustment, Some("périmé"), -2_000),
            fact(CorrectionKind::Count, None, 1_000),
            fact(CorrectionKind::Adjustment, Some("périmé"), -1_000),
            fact(CorrectionKind::Adjustment, Some("abîmé"), -500),
        ];
        let (losses, whole) = losses(&facts).unwrap();
        let said: Vec<_> = losses
            .iter()
            .map(|one| (one.reason.as_deref(), one.movements, one.lost_minor.minor()))
            .collect();
        assert_eq!(
            said,
            [
                (Some("périmé"), 2, 1_500),
                (Some("abîmé"), 1, 250),
                (None, 1, -500)
            ]
        );
        assert_eq!(whole, 1_250);
    }
}
