//! The performance of products: revenue and margin, how evenly they sell, how long their stock lasts,
//! and the money tied up in dead stock.

pub mod classes;
pub mod http;
pub mod performance;
mod weeks;

use std::{cmp::Ordering, collections::HashMap};

use chrono::{Days, NaiveDate};
use kernel::{
    Balance, FigureOutOfRange, Period,
    ids::{CategoryId, ProductId},
    read::{ProductFacts, SalesTotals},
    rounding::div_half_up,
};
use platform::cursor;
use serde::{Deserialize, Serialize};

use crate::{
    Analytics,
    asked::{Asked, MAX_DAYS},
    error::AnalyticsError,
};
use classes::{Abc, AbcBy, Xyz, abc_of};
use performance::{
    ClassFigures, Course, ProductPage, ProductPerformance, days_on_sale, performance,
};
use weeks::Weeks;

/// Days without a sale after which stock counts as dead, by default.
pub const DEFAULT_DEAD_AFTER: u32 = 90;
/// Most such days that can be requested.
pub const MAX_DEAD_AFTER: u32 = 730;
const MAX_PRODUCTS: usize = 20_000;
/// Products of one query.
const AT_ONCE: u32 = 1_000;
/// Most rows of stock corrections: several for each product.
const MAX_CORRECTIONS: u32 = 200_000;
const MAX_KEYS: u32 = 100_000;

/// Order of the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProductOrder {
    /// Most revenue first.
    #[default]
    Revenue,
    /// Most margin first.
    Margin,
    /// Most units first.
    Units,
    /// Highest value of stock first.
    StockValue,
    /// Longest stock cover first; products that do not sell at all come before all others.
    StockCover,
    /// Highest sell-through first.
    SellThrough,
    /// By name.
    Name,
}

/// Which products are requested.
#[derive(Serialize, Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductQuestion {
    /// Figure by which the ABC classes are made.
    pub abc_by: AbcBy,
    /// Days without a sale after which stock counts as dead.
    pub dead_after_days: u32,
    /// Only products of this ABC class.
    pub abc: Option<Abc>,
    /// Only products of this XYZ class.
    pub xyz: Option<Xyz>,
    /// Only products of this category.
    pub category_id: Option<CategoryId>,
    /// Only products with dead stock, or without.
    pub dead: Option<DeadStock>,
    /// Order of the products.
    pub order: ProductOrder,
    /// Most products of the page.
    pub limit: u32,
    /// Where the page begins; `None` for the first page.
    pub cursor: Option<String>,
}

/// Filter by dead stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum DeadStock {
    /// Only products with dead stock.
    Only,
    /// Only products without dead stock.
    Without,
}

impl Analytics {
    /// The performance of the products in a period.
    ///
    /// # Errors
    /// When the period is invalid, a bound is out of range, the cursor belongs to another list, a figure
    /// is too large for the API, or the database fails.
    pub async fn product_performance(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        question: &ProductQuestion,
    ) -> Result<ProductPage, AnalyticsError> {
        if !(1..=MAX_DEAD_AFTER).contains(&question.dead_after_days) {
            let detail = format!("must lie between 1 and {MAX_DEAD_AFTER}");
            return Err(AnalyticsError::refused("dead_after_days", detail));
        }
        let list = question.list(from, to);
        let first: usize = match &question.cursor {
            Some(cursor) => cursor::open(&list, cursor).map_err(AnalyticsError::Cursor)?,
            None => 0,
        };
        let asked = self.asked(from, to).await?;
        let products = self.all_products().await?;
        let truncated = products.is_cut;
        let (mut all, weeks) = self
            .performances(&asked, products.items, question.dead_after_days)
            .await?;
        let considered = all.len();
        classify(&mut all, question.abc_by);
        let dead = || all.iter().filter(|product| product.is_dead);
        let refuse = AnalyticsError::out_of_range(&asked.period);
        let (dead_products, dead_stock_minor) = (
            dead().count(),
            Balance::of_sum(whole(dead().map(|product| product.stock_value_minor)))
                .map_err(&refuse)?,
        );
        let classes = class_figures(&all).map_err(&refuse)?;
        let in_stock = whole(all.iter().map(|product| product.stock_value_minor));
        let stock_value_minor = Balance::of_sum(in_stock).map_err(&refuse)?;
        let lost = whole(all.iter().map(|product| product.losses_minor));
        let losses_minor = Balance::of_sum(lost).map_err(&refuse)?;
        all.retain(|product| question.lets_through(product));
        all.sort_by(|a, b| question.order.compare(a, b));
        let count = all.len();
        let limit = usize::try_from(question.limit).unwrap_or(usize::MAX);
        let next = first.saturating_add(limit);
        Ok(ProductPage {
            from,
            to,
            currency: asked.shop.currency,
            abc_by: question.abc_by,
            classes,
            weeks,
            stock_value_minor,
            losses_minor,
            dead_after_days: question.dead_after_days,
            dead_products,
            dead_stock_minor,
            considered,
            truncated,
            count,
            items: all.into_iter().skip(first).take(limit).collect(),
            next_cursor: (next < count).then(|| cursor::seal(&list, &next)),
            computed_at: asked.at,
        })
    }

    /// The figures of every product, before ABC classes are given, and the weeks for XYZ classes.
    async fn performances(
        &self,
        asked: &Asked,
        products: Vec<ProductFacts>,
        dead_after_days: u32,
    ) -> Result<(Vec<ProductPerformance>, i64), AnalyticsError> {
        let Asked { period, today, .. } = asked;
        let sales = &self.readers.sales;
        let totals: HashMap<ProductId, SalesTotals> = sales
            .totals_by_product(period, MAX_KEYS)
            .await?
            .into_iter()
            .map(|fact| (fact.key, fact.totals))
            .collect();
        let shop_revenue = totals.values().map(|totals| totals.revenue_minor).sum();
        let long_ago = today.checked_sub_days(Days::new(MAX_DAYS.unsigned_abs() - 1));
        let ever = Period::new(long_ago.unwrap_or(*today), *today, period.zone())?;
        let last: HashMap<ProductId, NaiveDate> = sales
            .last_sales(&ever, MAX_KEYS)
            .await?
            .into_iter()
            .map(|fact| (fact.product_id, fact.date))
            .collect();
        let weeks = Weeks::of(self, asked).await?;
        let stock = &self.readers.stock;
        let mut lost: HashMap<ProductId, i128> = HashMap::new();
        for fact in stock.corrections(period, MAX_CORRECTIONS).await? {
            *lost.entry(fact.product_id).or_default() += fact.lost_milli_minor();
        }
        let dead_before = today.checked_sub_days(Days::new(u64::from(dead_after_days)));
        let facts = products.into_iter().map(|product| {
            let totals = totals.get(&product.id).copied().unwrap_or_default();
            let last_sold_on = last.get(&product.id).copied();
            let created_on = product.created_at.date_in(period.zone());
            let variation = weeks.variation(&product, created_on);
            let is_dead = product.on_hand.is_positive()
                && dead_before.is_some_and(|limit| last_sold_on.unwrap_or(created_on) < limit);
            // Imported sales may be older than the product's entry in the catalogue.
            let sold_on = weeks.first_of(product.id).or(last_sold_on);
            let known_on = sold_on.map_or(created_on, |sold| created_on.min(sold));
            let days = days_on_sale(period, *today, known_on);
            let lost = lost.get(&product.id).copied().unwrap_or_default();
            performance(
                product,
                &Course {
                    totals,
                    shop_revenue,
                    days,
                    weekly_variation: variation,
                    last_sold_on,
                    is_dead,
                    lost_minor: div_half_up(lost, 1_000),
                },
            )
        });
        let facts: Result<_, FigureOutOfRange> = facts.collect();
        let facts = facts.map_err(AnalyticsError::out_of_range(period))?;
        Ok((facts, weeks.count))
    }

    async fn all_products(&self) -> Result<Known, AnalyticsError> {
        let mut items: Vec<ProductFacts> = Vec::new();
        loop {
            let after = items.last().map(|product| product.id);
            let page = self.readers.catalog.products(after, AT_ONCE).await?;
            items.extend(page.items);
            if !page.has_more || items.len() >= MAX_PRODUCTS {
                return Ok(Known {
                    items,
                    is_cut: page.has_more,
                });
            }
        }
    }
}

/// The products that are read.
struct Known {
    items: Vec<ProductFacts>,
    /// True when the shop has more.
    is_cut: bool,
}

/// Adds figures up; the sum has no limit.
fn whole(figures: impl Iterator<Item = Balance>) -> i128 {
    figures.map(i128::from).sum()
}

fn classify(products: &mut [ProductPerformance], by: AbcBy) {
    let amounts: Vec<i64> = products
        .iter()
        .map(|product| match by {
            AbcBy::Revenue => product.revenue_minor.minor(),
            AbcBy::Margin => product.margin_minor.minor(),
        })
        .collect();
    for (product, class) in products.iter_mut().zip(abc_of(&amounts)) {
        product.abc = class;
    }
}

fn class_figures(products: &[ProductPerformance]) -> Result<Vec<ClassFigures>, FigureOutOfRange> {
    [Abc::A, Abc::B, Abc::C]
        .into_iter()
        .map(|abc| {
            let members = || products.iter().filter(|product| product.abc == Some(abc));
            Ok(ClassFigures {
                abc,
                products: members().count(),
                revenue_minor: Balance::of_sum(whole(
                    members().map(|product| product.revenue_minor),
                ))?,
                margin_minor: Balance::of_sum(whole(
                    members().map(|product| product.margin_minor),
                ))?,
            })
        })
        .collect()
}

impl ProductQuestion {
    /// Identifies the list that a cursor belongs to: everything that decides the order of a page.
    fn list(&self, from: NaiveDate, to: NaiveDate) -> String {
        format!(
            "performance {from} {to} {:?} {} {:?} {:?} {:?} {:?} {:?} {}",
            self.abc_by,
            self.dead_after_days,
            self.abc,
            self.xyz,
            self.category_id,
            self.dead,
            self.order,
            self.limit
        )
    }

    fn lets_through(&self, product: &ProductPerformance) -> bool {
        self.abc.is_none_or(|abc| product.abc == Some(abc))
            && self.xyz.is_none_or(|xyz| product.xyz == Some(xyz))
            && self
                .category_id
                .is_none_or(|category| product.category_id == Some(category))
            && self
                .dead
                .is_none_or(|dead| product.is_dead == (dead == DeadStock::Only))
    }
}

impl ProductOrder {
    fn compare(self, a: &ProductPerformance, b: &ProductPerformance) -> Ordering {
        // Unknown values come last; stock that does not sell lasts for ever.
        let part = |value: Option<f64>| value.unwrap_or(f64::NEG_INFINITY);
        let cover = |product: &ProductPerformance| {
            let has_stock = product.on_hand.is_positive();
            let lasts = if has_stock {
                f64::INFINITY
            } else {
                f64::NEG_INFINITY
            };
            product.stock_cover_days.unwrap_or(lasts)
        };
        let first = match self {
            Self::Revenue => b.revenue_minor.cmp(&a.revenue_minor),
            Self::Margin => b.margin_minor.cmp(&a.margin_minor),
            Self::Units => b.units.cmp(&a.units),
            Self::StockValue => b.stock_value_minor.cmp(&a.stock_value_minor),
            Self::StockCover => cover(b).total_cmp(&cover(a)),
            Self::SellThrough => part(b.sell_through).total_cmp(&part(a.sell_through)),
            Self::Name => a.name.cmp(&b.name),
        };
        first.then_with(|| a.id.cmp(&b.id))
    }
}
