//! The figures of one product, and of all: as the API shows them, and how they are computed.

use chrono::NaiveDate;
use kernel::{
    Currency, FigureOutOfRange, Period, Quantity, QuantitySum, Timestamp,
    figure::figure,
    ids::{CategoryId, ProductId},
    read::{ProductFacts, SalesTotals},
    rounding::div_half_up,
};
use serde::Serialize;

use super::classes::{Abc, AbcBy, Xyz, xyz_of};
use crate::asked::share;

/// How a product does. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductPerformance {
    /// Which one.
    pub id: ProductId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its category now.
    pub category_id: Option<CategoryId>,
    /// No longer sold.
    pub archived: bool,
    /// Sales less refunds, without tax.
    pub revenue_minor: i64,
    /// The same with tax: what customers paid for it.
    pub revenue_with_tax_minor: i64,
    /// Cost of what was sold, less what came back into stock.
    pub cost_minor: i64,
    /// Revenue less cost.
    pub margin_minor: i64,
    /// Margin as a part of the revenue; null without revenue.
    pub margin_share: Option<f64>,
    /// Its part of the shop's revenue; null where there is none.
    pub share: Option<f64>,
    /// Units sold, less units refunded.
    pub units: QuantitySum,
    /// What was paid back, tax included.
    pub refunds_minor: i64,
    /// How much of the whole it makes; null where nothing was sold at all.
    pub abc: Option<Abc>,
    /// How evenly it sells; null with fewer than eight whole weeks, or none in which it sold.
    pub xyz: Option<Xyz>,
    /// Standard deviation over mean of its weekly demand, behind `xyz`.
    pub weekly_variation: Option<f64>,
    /// Units in stock now, at all locations.
    pub on_hand: Quantity,
    /// What they cost.
    pub stock_value_minor: i64,
    /// What adjustments and counts of the period took out of the stock, less what they added, at cost.
    pub losses_minor: i64,
    /// Units sold, less those that came back, as a part of these and those still there; null without either.
    pub sell_through: Option<f64>,
    /// Days that the stock lasts when it sells on as in the period; null when it did not sell.
    pub stock_cover_days: Option<f64>,
    /// The last day on which it was sold, of the last ten years.
    pub last_sold_on: Option<NaiveDate>,
    /// In stock, and not sold for so long; where it was never sold, in the shop for so long.
    pub is_dead: bool,
}

/// The products of a class together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ClassFigures {
    /// The class.
    pub abc: Abc,
    /// Products in it.
    pub products: usize,
    /// Their revenue.
    pub revenue_minor: i64,
    /// Their margin.
    pub margin_minor: i64,
}

/// A page of products, and what all of them add up to.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductPage {
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// The shop's currency.
    pub currency: Currency,
    /// By what the ABC classes are cut.
    pub abc_by: AbcBy,
    /// The ABC classes of the whole shop.
    pub classes: Vec<ClassFigures>,
    /// Whole weeks behind `xyz`, at most 52, at the end of the period.
    pub weeks: i64,
    /// What lies in stock now, at cost, in the whole shop: also what the filters leave out.
    pub stock_value_minor: i64,
    /// What adjustments and counts of the period took out of it, less what they added, at cost.
    pub losses_minor: i64,
    /// Days without a sale after which stock counts as dead.
    pub dead_after_days: u32,
    /// Products whose stock is dead, in the whole shop.
    pub dead_products: usize,
    /// The cash that lies in them, at cost.
    pub dead_stock_minor: i64,
    /// Products that were looked at: classes, shares and sums are those of them.
    pub considered: usize,
    /// The shop has more products than are looked at (20,000, the oldest first): those beyond are in
    /// no class, no sum and on no page.
    pub truncated: bool,
    /// Products that the filters let through, on all pages.
    pub count: usize,
    /// The products of this page.
    pub items: Vec<ProductPerformance>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

/// The days of a period on which a product could be sold, up to today.
pub(super) fn days_on_sale(period: &Period, today: NaiveDate, known_on: NaiveDate) -> i64 {
    let first = period.from().max(known_on.min(period.to()));
    (period.to().min(today) - first).num_days().max(0) + 1
}

/// What is known of a product in a period.
pub(super) struct Course {
    pub totals: SalesTotals,
    pub shop_revenue: i128,
    /// On which it could be sold.
    pub days: i64,
    pub weekly_variation: Option<f64>,
    pub last_sold_on: Option<NaiveDate>,
    pub is_dead: bool,
    /// By adjustments and counts, at cost.
    pub lost_minor: i128,
}

pub(super) fn performance(
    product: ProductFacts,
    course: &Course,
) -> Result<ProductPerformance, FigureOutOfRange> {
    let Course {
        totals,
        shop_revenue,
        days,
        weekly_variation,
        last_sold_on,
        is_dead,
        lost_minor,
    } = *course;
    // What came back and lies there again was not sold.
    let sold = totals.units_milli.max(0);
    let left = i128::from(product.on_hand.milli());
    let stock_value = div_half_up(i128::from(product.cost_minor) * left, 1_000);
    Ok(ProductPerformance {
        id: product.id,
        sku: product.sku,
        name: product.name,
        category_id: product.category_id,
        archived: product.is_archived,
        revenue_minor: figure(totals.revenue_minor)?,
        revenue_with_tax_minor: figure(totals.revenue_with_tax_minor())?,
        cost_minor: figure(totals.cost_minor)?,
        margin_minor: figure(totals.margin_minor())?,
        margin_share: share(totals.margin_minor(), totals.revenue_minor),
        share: share(totals.revenue_minor, shop_revenue),
        units: QuantitySum::from_milli(totals.units_milli)?,
        refunds_minor: figure(totals.refunds_minor)?,
        abc: None,
        xyz: weekly_variation.map(xyz_of),
        weekly_variation,
        on_hand: product.on_hand,
        stock_value_minor: figure(stock_value)?,
        losses_minor: figure(lost_minor)?,
        sell_through: share(sold, sold + left),
        stock_cover_days: share(left * i128::from(days), sold),
        last_sold_on,
        is_dead,
    })
}
