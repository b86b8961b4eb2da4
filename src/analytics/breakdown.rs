//! The figures of a period by product, category, cashier, payment method, hour, weekday or location. The
//! largest groups come first and the rest is added up; hours and weekdays keep their own order.

pub mod http;
mod payments;

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike as _, NaiveDate};
use kernel::{
    Balance, Currency, FigureOutOfRange, Period, QuantitySum, Timestamp,
    ids::{CategoryId, ProductId},
    read::{SalesTotals, TotalsOf},
};
use serde::{Deserialize, Serialize};

use crate::{
    Analytics,
    asked::{Asked, share},
    error::AnalyticsError,
};
use payments::ByPayment;

pub use payments::CurrencyAmount;

/// Groups shown by default.
pub const DEFAULT_GROUPS: u32 = 20;
/// Most groups that are shown.
pub const MAX_GROUPS: u32 = 200;
/// Most products, cashiers or locations that are read.
const MAX_KEYS: u32 = 100_000;
/// Most ids in one query of a port.
const IDS_AT_ONCE: usize = 10_000;
/// Most categories whose names are read.
const MAX_CATEGORIES: u32 = 10_000;

/// The dimension by which figures are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Product sold.
    Product,
    /// Current category of the product.
    Category,
    /// Cashier of the sale; a refund counts against the cashier of its sale.
    Cashier,
    /// Payment method.
    Payment,
    /// Hour of the day in the shop's time zone.
    Hour,
    /// Weekday.
    Weekday,
    /// Location of the sale.
    Location,
}

/// Figures of a group. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct GroupFigures {
    /// Completed sales less refunds, without tax. Absent by payment: payments are not revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revenue_minor: Option<Balance>,
    /// Revenue with tax, as customers paid it; absent by payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revenue_with_tax_minor: Option<Balance>,
    /// Cost of the goods sold, less that of goods returned to stock; absent by payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cost_minor: Option<Balance>,
    /// Revenue less cost; absent by payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub margin_minor: Option<Balance>,
    /// Refunds, with tax. By payment, refunds by this method; absent where it is unknown: older refunds
    /// have no method and are in the group `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refunds_minor: Option<Balance>,
    /// Completed sales; by product and category, sale lines. By payment, sales paid with this method; a
    /// sale paid with two methods is in both groups, and once in the total.
    pub sales: i64,
    /// Units sold, less units refunded; absent by payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub units: Option<QuantitySum>,
    /// By payment: amount received. The total excludes credit, which is no money received.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub in_minor: Option<Balance>,
    /// By payment: change given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub change_minor: Option<Balance>,
    /// By payment: amount received less change and refunds; absent where the refunds are unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub net_minor: Option<Balance>,
    /// By payment: amount received less change, with tax. This is not revenue; absent for credit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub takings_minor: Option<Balance>,
}

/// Figures of one group.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Group {
    /// Identifies the group: an id, the payment method, the hour (0 to 23) or the weekday (1 is Monday).
    /// Null: without a category.
    pub key: Option<String>,
    /// Name of the group, where it differs from the key.
    pub name: Option<String>,
    /// SKU, by product.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sku: Option<String>,
    /// Figures of the group.
    #[serde(flatten)]
    pub figures: GroupFigures,
    /// Share of the revenue of all groups, by payment of the takings, 0 to 1 (below 0 where refunds
    /// exceed sales); null without any revenue.
    pub share: Option<f64>,
    /// By payment: amounts by account and currency.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub currencies: Vec<CurrencyAmount>,
}

/// The groups that are not shown, added up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Rest {
    /// Number of these groups.
    pub groups: usize,
    /// Figures of all of them.
    #[serde(flatten)]
    pub figures: GroupFigures,
    /// Share of the revenue of all groups, 0 to 1; null without any revenue.
    pub share: Option<f64>,
}

/// Figures of a period in groups.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Breakdown {
    /// First day of the period, in the shop's time zone.
    pub from: NaiveDate,
    /// Last day of the period, included.
    pub to: NaiveDate,
    /// Dimension of the groups.
    pub by: Dimension,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Groups with the most revenue or takings first; hours and weekdays in their own order. By payment,
    /// hour and weekday all groups are shown, whatever the limit.
    pub groups: Vec<Group>,
    /// The groups that are not shown; null when all are shown.
    pub rest: Option<Rest>,
    /// Figures of all groups together.
    pub total: GroupFigures,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl GroupFigures {
    fn of(totals: &SalesTotals) -> Result<Self, FigureOutOfRange> {
        Ok(Self {
            revenue_minor: Some(Balance::of_sum(totals.revenue_minor)?),
            revenue_with_tax_minor: Some(Balance::of_sum(totals.revenue_with_tax_minor())?),
            cost_minor: Some(Balance::of_sum(totals.cost_minor)?),
            margin_minor: Some(Balance::of_sum(totals.margin_minor())?),
            refunds_minor: Some(Balance::of_sum(totals.refunds_minor)?),
            sales: totals.sales,
            units: Some(QuantitySum::from_milli(totals.units_milli)?),
            ..Self::default()
        })
    }
}

/// A group before it is shown, with sums of any size.
#[derive(Debug, Clone, Default)]
struct Sum {
    key: Option<String>,
    totals: SalesTotals,
}

impl Sum {
    fn of(key: impl Into<Option<String>>, totals: SalesTotals) -> Self {
        Self {
            key: key.into(),
            totals,
        }
    }

    /// The group with its share of the revenue of all groups.
    fn shown(self, whole: i128) -> Result<Group, FigureOutOfRange> {
        Ok(Group {
            key: self.key,
            name: None,
            sku: None,
            figures: GroupFigures::of(&self.totals)?,
            share: share(self.totals.revenue_minor, whole),
            currencies: Vec::new(),
        })
    }
}

impl Analytics {
    /// The figures of a period in groups; at most `limit` groups are named.
    ///
    /// # Errors
    /// When the period is invalid, the limit is out of range, a figure is too large for the API, or the
    /// database fails.
    pub async fn breakdown(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        by: Dimension,
        limit: u32,
    ) -> Result<Breakdown, AnalyticsError> {
        if !(1..=MAX_GROUPS).contains(&limit) {
            let detail = format!("must lie between 1 and {MAX_GROUPS}");
            return Err(AnalyticsError::refused("limit", detail));
        }
        let Asked {
            shop, period, at, ..
        } = self.asked(from, to).await?;
        let (mut groups, rest, total) = if by == Dimension::Payment {
            let ByPayment { groups, total } = self.by_payment(&period).await?;
            (groups, None, total)
        } else {
            self.by_sales(&period, by, limit).await?
        };
        self.name(by, &mut groups).await?;
        Ok(Breakdown {
            from,
            to,
            by,
            currency: shop.currency,
            groups,
            rest,
            total,
            computed_at: at,
        })
    }

    /// Groups from sales: those that are shown, the rest, and the total.
    async fn by_sales(
        &self,
        period: &Period,
        by: Dimension,
        limit: u32,
    ) -> Result<(Vec<Group>, Option<Rest>, GroupFigures), AnalyticsError> {
        let sums = self.groups(period, by).await?;
        let total: SalesTotals = sums.iter().map(|group| group.totals).sum();
        let whole = total.revenue_minor;
        let (shown, others) = match by {
            Dimension::Hour | Dimension::Weekday => (sums, Vec::new()),
            _ => cut(sums, limit),
        };
        let refuse = AnalyticsError::out_of_range(period);
        let groups: Result<Vec<Group>, _> = shown.into_iter().map(|sum| sum.shown(whole)).collect();
        Ok((
            groups.map_err(&refuse)?,
            rest(&others, whole).map_err(&refuse)?,
            GroupFigures::of(&total).map_err(&refuse)?,
        ))
    }

    async fn groups(&self, period: &Period, by: Dimension) -> Result<Vec<Sum>, AnalyticsError> {
        let sales = &self.readers.sales;
        Ok(match by {
            Dimension::Product => keyed(sales.totals_by_product(period, MAX_KEYS).await?),
            Dimension::Cashier => keyed(sales.totals_by_cashier(period, MAX_KEYS).await?),
            Dimension::Location => keyed(sales.totals_by_location(period, MAX_KEYS).await?),
            Dimension::Category => self.by_category(period).await?,
            Dimension::Payment => Vec::new(),
            Dimension::Hour => {
                let hours = sales.totals_by_local_hour(period).await?;
                in_order(0..24, hours.into_iter().map(|hour| (hour.key, hour.totals)))
            }
            Dimension::Weekday => {
                let days = sales.daily_totals(period).await?;
                let weekday = |date: NaiveDate| date.weekday().number_from_monday();
                in_order(
                    1..8,
                    days.into_iter().map(|day| (weekday(day.date), day.totals)),
                )
            }
        })
    }

    async fn by_category(&self, period: &Period) -> Result<Vec<Sum>, AnalyticsError> {
        let products = self
            .readers
            .sales
            .totals_by_product(period, MAX_KEYS)
            .await?;
        let ids: Vec<ProductId> = products.iter().map(|product| product.key).collect();
        let mut categories: HashMap<ProductId, Option<CategoryId>> = HashMap::new();
        for chunk in ids.chunks(IDS_AT_ONCE) {
            let facts = self.readers.catalog.products_by_id(chunk).await?;
            categories.extend(
                facts
                    .into_iter()
                    .map(|product| (product.id, product.category_id)),
            );
        }
        let mut sums: BTreeMap<Option<CategoryId>, SalesTotals> = BTreeMap::new();
        for product in &products {
            let category = categories.get(&product.key).copied().flatten();
            let sum = sums.entry(category).or_default();
            *sum = sum.plus(&product.totals);
        }
        let group = |(id, sum): (Option<CategoryId>, SalesTotals)| {
            Sum::of(id.map(|id| id.to_string()), sum)
        };
        Ok(sums.into_iter().map(group).collect())
    }

    /// Reads the names of the shown groups only.
    async fn name(&self, by: Dimension, groups: &mut [Group]) -> Result<(), AnalyticsError> {
        let keys = || groups.iter().filter_map(|group| group.key.as_deref());
        let mut names: HashMap<String, (String, Option<String>)> = HashMap::new();
        match by {
            Dimension::Product => {
                let ids: Vec<_> = keys().filter_map(|key| key.parse().ok()).collect();
                let facts = self.readers.catalog.products_by_id(&ids).await?;
                let named = facts.into_iter();
                names.extend(named.map(|p| (p.id.to_string(), (p.name, Some(p.sku)))));
            }
            Dimension::Category => {
                let facts = self.readers.catalog.categories(MAX_CATEGORIES).await?;
                names.extend(
                    facts
                        .into_iter()
                        .map(|c| (c.id.to_string(), (c.name, None))),
                );
            }
            Dimension::Cashier => {
                let ids: Vec<_> = keys().filter_map(|key| key.parse().ok()).collect();
                let facts = self.readers.sales.cashier_names(&ids).await?;
                names.extend(
                    facts
                        .into_iter()
                        .map(|(id, name)| (id.to_string(), (name, None))),
                );
            }
            Dimension::Location => {
                let facts = self.readers.stock.locations(MAX_KEYS).await?;
                names.extend(
                    facts
                        .into_iter()
                        .map(|l| (l.id.to_string(), (l.name, None))),
                );
            }
            Dimension::Payment | Dimension::Hour | Dimension::Weekday => return Ok(()),
        }
        for group in groups {
            if let Some((name, sku)) = group.key.as_ref().and_then(|key| names.remove(key)) {
                group.name = Some(name);
                group.sku = sku;
            }
        }
        Ok(())
    }
}

fn keyed<K: std::fmt::Display>(facts: Vec<TotalsOf<K>>) -> Vec<Sum> {
    let sum = |fact: TotalsOf<K>| Sum::of(fact.key.to_string(), fact.totals);
    facts.into_iter().map(sum).collect()
}

/// Every key once and in order, also keys without a sale.
fn in_order(
    keys: std::ops::Range<u32>,
    facts: impl Iterator<Item = (u32, SalesTotals)>,
) -> Vec<Sum> {
    let mut sums: BTreeMap<u32, SalesTotals> =
        keys.map(|key| (key, SalesTotals::default())).collect();
    for (key, totals) in facts {
        let sum = sums.entry(key).or_default();
        *sum = sum.plus(&totals);
    }
    let sum = |(key, totals): (u32, SalesTotals)| Sum::of(key.to_string(), totals);
    sums.into_iter().map(sum).collect()
}

/// Splits off the groups with the most revenue.
fn cut(mut groups: Vec<Sum>, limit: u32) -> (Vec<Sum>, Vec<Sum>) {
    groups.sort_by(|a, b| {
        let most = b.totals.revenue_minor.cmp(&a.totals.revenue_minor);
        most.then_with(|| a.key.cmp(&b.key))
    });
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let others = groups.split_off(shown.min(groups.len()));
    (groups, others)
}

/// Adds up the groups that are not shown; `None` without any.
fn rest(others: &[Sum], whole: i128) -> Result<Option<Rest>, FigureOutOfRange> {
    if others.is_empty() {
        return Ok(None);
    }
    let totals: SalesTotals = others.iter().map(|group| group.totals).sum();
    Ok(Some(Rest {
        groups: others.len(),
        figures: GroupFigures::of(&totals)?,
        share: share(totals.revenue_minor, whole),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(figure: Option<Balance>) -> Option<i64> {
        figure.map(Balance::minor)
    }

    fn group(key: &str, revenue_minor: i128) -> Sum {
        let totals = SalesTotals {
            revenue_minor,
            sales: 1,
            ..SalesTotals::default()
        };
        Sum::of(key.to_owned(), totals)
    }

    #[test]
    fn the_largest_come_first_and_the_rest_is_added_up() {
        let groups = vec![
            group("a", 10),
            group("b", 70),
            group("c", 20),
            group("d", -5),
        ];
        let (shown, others) = cut(groups, 2);
        let keys: Vec<_> = shown.iter().map(|group| group.key.as_deref()).collect();
        assert_eq!(keys, [Some("b"), Some("c")]);
        let rest = rest(&others, 95).unwrap().unwrap();
        assert_eq!(
            (
                rest.groups,
                minor(rest.figures.revenue_minor),
                rest.figures.sales
            ),
            (2, Some(5), 2)
        );
        assert!(super::rest(&[], 95).unwrap().is_none());
    }

    #[test]
    fn a_sum_of_figures_that_fit_may_still_be_too_large_for_the_api() {
        let most = i128::from(kernel::figure::MAX_FIGURE);
        let (shown, others) = cut(vec![group("a", most), group("b", 1), group("c", most)], 1);
        assert!(shown.into_iter().all(|one| one.shown(1).is_ok()));
        assert!(rest(&others, 1).is_err());
    }

    #[test]
    fn hours_without_a_sale_are_listed_with_zeros() {
        let sold = SalesTotals {
            revenue_minor: 5,
            ..SalesTotals::default()
        };
        let hours = in_order(0..24, [(9, sold), (9, sold)].into_iter());
        assert_eq!(hours.len(), 24);
        assert_eq!(hours[9].totals.revenue_minor, 10);
        assert_eq!(hours[10].totals.revenue_minor, 0);
    }
}
