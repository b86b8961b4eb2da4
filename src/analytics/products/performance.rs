//! The figures of one product and of all products: their shape and their computation.

use chrono::NaiveDate;
use kernel::{
    Balance, Currency, FigureOutOfRange, Period, Quantity, QuantitySum, Timestamp,
    ids::{CategoryId, ProductId},
    read::{ProductFacts, SalesTotals},
    rounding::div_half_up,
};
use serde::Serialize;

use super::classes::{Abc, AbcBy, Xyz, xyz_of};
use crate::asked::share;

/// Performance of a product. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductPerformance {
    /// Id of the product.
    pub id: ProductId,
    /// SKU of the product.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Id of its current category; null without one.
    pub category_id: Option<CategoryId>,
    /// True when the product is no longer sold.
    pub archived: bool,
    /// Sales less refunds, without tax.
    pub revenue_minor: Balance,
    /// Revenue with tax, as customers paid it.
    pub revenue_with_tax_minor: Balance,
    /// Cost of the goods sold, less that of goods returned to stock.
    pub cost_minor: Balance,
    /// Revenue less cost.
    pub margin_minor: Balance,
    /// Margin divided by revenue; null without revenue.
    pub margin_share: Option<f64>,
    /// Share of the shop's revenue, 0 to 1; null without any revenue.
    pub share: Option<f64>,
    /// Units sold, less units refunded.
    pub units: QuantitySum,
    /// Refunds, with tax.
    pub refunds_minor: Balance,
    /// ABC class; null when nothing was sold at all.
    pub abc: Option<Abc>,
    /// XYZ class; null with fewer than eight whole weeks, or none with sales.
    pub xyz: Option<Xyz>,
    /// Standard deviation divided by mean of the weekly demand, behind `xyz`.
    pub weekly_variation: Option<f64>,
    /// Units in stock now, at all locations.
    pub on_hand: Quantity,
    /// Value of that stock at cost.
    pub stock_value_minor: Balance,
    /// Stock losses by adjustments and counts of the period, less gains, at cost.
    pub losses_minor: Balance,
    /// Units sold (less those returned to stock) divided by these plus the present stock; null without
    /// either.
    pub sell_through: Option<f64>,
    /// Days that the stock lasts at the rate of the period; null when nothing sold.
    pub stock_cover_days: Option<f64>,
    /// Last day with a sale, within the last ten years; null without any.
    pub last_sold_on: Option<NaiveDate>,
    /// True when it is in stock and was not sold for `dead_after_days`; a product that was never sold
    /// counts from its first day.
    pub is_dead: bool,
}

/// Totals of one ABC class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ClassFigures {
    /// The ABC class.
    pub abc: Abc,
    /// Number of products in the class.
    pub products: usize,
    /// Revenue of the class, without tax, minor units.
    pub revenue_minor: Balance,
    /// Margin of the class, minor units.
    pub margin_minor: Balance,
}

/// A page of products, with the totals of all products.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductPage {
    /// First day of the period, in the shop's time zone.
    pub from: NaiveDate,
    /// Last day of the period, included.
    pub to: NaiveDate,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Figure by which the ABC classes are made.
    pub abc_by: AbcBy,
    /// Totals of the ABC classes of the whole shop.
    pub classes: Vec<ClassFigures>,
    /// Number of whole weeks behind `xyz`, at most 52, at the end of the period.
    pub weeks: i64,
    /// Value of the present stock of the whole shop at cost, regardless of filters.
    pub stock_value_minor: Balance,
    /// Stock losses by adjustments and counts of the period, less gains, at cost.
    pub losses_minor: Balance,
    /// Days without a sale after which stock counts as dead.
    pub dead_after_days: u32,
    /// Number of products with dead stock in the whole shop.
    pub dead_products: usize,
    /// Value of the dead stock at cost.
    pub dead_stock_minor: Balance,
    /// Number of products that were read: classes, shares and sums are of these.
    pub considered: usize,
    /// True when the shop has more products than are read (20,000, oldest first): the others are in no
    /// class, no sum and on no page.
    pub truncated: bool,
    /// Number of products that match the filters, on all pages.
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

/// The facts about a product in a period.
pub(super) struct Course {
    pub totals: SalesTotals,
    pub shop_revenue: i128,
    /// Days on which it could be sold.
    pub days: i64,
    pub weekly_variation: Option<f64>,
    pub last_sold_on: Option<NaiveDate>,
    pub is_dead: bool,
    /// Losses by adjustments and counts, at cost.
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
    // Goods that were returned to stock do not count as sold.
    let sold = totals.units_milli.max(0);
    let left = i128::from(product.on_hand.milli());
    let stock_value = div_half_up(i128::from(product.cost_minor) * left, 1_000);
    Ok(ProductPerformance {
        id: product.id,
        sku: product.sku,
        name: product.name,
        category_id: product.category_id,
        archived: product.is_archived,
        revenue_minor: Balance::of_sum(totals.revenue_minor)?,
        revenue_with_tax_minor: Balance::of_sum(totals.revenue_with_tax_minor())?,
        cost_minor: Balance::of_sum(totals.cost_minor)?,
        margin_minor: Balance::of_sum(totals.margin_minor())?,
        margin_share: share(totals.margin_minor(), totals.revenue_minor),
        share: share(totals.revenue_minor, shop_revenue),
        units: QuantitySum::from_milli(totals.units_milli)?,
        refunds_minor: Balance::of_sum(totals.refunds_minor)?,
        abc: None,
        xyz: weekly_variation.map(xyz_of),
        weekly_variation,
        on_hand: product.on_hand,
        stock_value_minor: Balance::of_sum(stock_value)?,
        losses_minor: Balance::of_sum(lost_minor)?,
        sell_through: share(sold, sold + left),
        stock_cover_days: share(left * i128::from(days), sold),
        last_sold_on,
        is_dead,
    })
}
