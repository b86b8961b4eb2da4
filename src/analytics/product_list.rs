//! The catalogue with its figures: margin, days left and what was sold beside each product, in views with
//! their counts.

pub mod http;
mod one;

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
};

use chrono::Days;
use kernel::{
    Amount, Balance, Currency, FigureOutOfRange, Period, Quantity, QuantitySum, Timestamp,
    ids::{CategoryId, ProductId},
    read::{ProductFacts, SalesTotals},
    text::fold,
};
use platform::cursor;
use serde::{Deserialize, Serialize};

use crate::{
    Analytics,
    asked::share,
    error::AnalyticsError,
    forecast::series::all_products,
    low_stock::{
        Listed, LowStock, LowStockAction, LowStockQuestion, LowStockSeverity, LowStockSort,
    },
    products::DEFAULT_DEAD_AFTER,
};

/// Days of the sales beside each product.
pub const SOLD_DAYS: u64 = 28;
const MAX_KEYS: u32 = 200_000;

/// A view of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProductView {
    /// Every product that is not archived.
    #[default]
    All,
    /// Products to order today.
    Low,
    /// Products whose price without tax is below their cost.
    BelowCost,
    /// Products in stock without a sale for 90 days.
    Dormant,
    /// Products that are no longer sold.
    Archived,
}

/// Order of the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ProductListSort {
    /// By name, regardless of accents and case.
    #[default]
    #[serde(rename = "name")]
    Name,
    /// Smallest margin of a unit, as a part of the price, first.
    #[serde(rename = "margin")]
    Margin,
    /// Largest such margin first.
    #[serde(rename = "-margin")]
    MarginBackwards,
    /// Least stock first.
    #[serde(rename = "on_hand")]
    OnHand,
    /// Most stock first.
    #[serde(rename = "-on_hand")]
    OnHandBackwards,
    /// Fewest days left first; products without expected sales last.
    #[serde(rename = "days_left")]
    DaysLeft,
    /// Most days left first; products without expected sales last.
    #[serde(rename = "-days_left")]
    DaysLeftBackwards,
    /// Least sold first.
    #[serde(rename = "sold")]
    Sold,
    /// Most sold first.
    #[serde(rename = "-sold")]
    SoldBackwards,
}

/// A product with its figures. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductWithFigures {
    /// The product, by the id of the catalogue.
    pub product_id: ProductId,
    /// SKU of the product.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Id of its category; null without one.
    #[schema(required)]
    pub category_id: Option<CategoryId>,
    /// Unit of the product.
    pub unit: String,
    /// Price of a unit.
    pub price_minor: Amount,
    /// Price of a unit without tax.
    pub net_price_minor: Amount,
    /// Purchase cost of a unit.
    pub cost_minor: Amount,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
    /// Price without tax less cost.
    pub unit_margin_minor: Balance,
    /// That margin as a part of the price without tax; null for a price of zero.
    #[schema(required)]
    pub unit_margin_share: Option<f64>,
    /// Stock at all locations.
    pub on_hand: Quantity,
    /// The stock at which to order; zero for never.
    pub reorder_level: Quantity,
    /// Days that the stock is expected to last, at most 999; null when no sales are expected.
    #[schema(required)]
    pub days_left: Option<f64>,
    /// Days from order to delivery.
    pub lead_time_days: i64,
    /// Probability that the stock runs out before the later delivery; null without a forecast.
    #[schema(required)]
    pub stock_out_probability: Option<f64>,
    /// What to do about its stock today; null for an archived product.
    #[schema(required)]
    pub action: Option<LowStockAction>,
    /// How much it matters; null for an archived product.
    #[schema(required)]
    pub severity: Option<LowStockSeverity>,
    /// Units sold in the last 28 days, less units refunded.
    pub sold: QuantitySum,
    /// Revenue without tax of these days.
    pub revenue_minor: Balance,
    /// Revenue less cost of these days.
    pub margin_minor: Balance,
    /// True when its price without tax is below its cost.
    pub below_cost: bool,
    /// True when it is in stock and was not sold for 90 days.
    pub dormant: bool,
    /// True when it is no longer sold.
    pub archived: bool,
}

/// Number of products in each view, with the other filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct ViewCounts {
    /// Products that are not archived.
    pub all: usize,
    /// Products to order today.
    pub low: usize,
    /// Products whose price without tax is below their cost.
    pub below_cost: usize,
    /// Products in stock without a sale for 90 days.
    pub dormant: usize,
    /// Products that are no longer sold.
    pub archived: usize,
}

/// A page of products with their figures.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductFiguresPage {
    /// The products of this page.
    pub items: Vec<ProductWithFigures>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// Number of products of the view on all pages.
    pub total: usize,
    /// Number of products in each view, with the same words and category.
    pub counts: ViewCounts,
    /// Currency of the amounts.
    pub currency: Currency,
    /// When it was computed.
    pub computed_at: Timestamp,
}

/// Which products are requested.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ProductListQuestion {
    /// The view.
    pub view: ProductView,
    /// Words in name, SKU; all must occur.
    pub q: Option<String>,
    /// Only products of this category and of those below it.
    pub category_id: Option<CategoryId>,
    /// Order of the products.
    pub sort: ProductListSort,
    /// Most products of the page.
    pub limit: u32,
    /// Where the page begins; `None` for the first page.
    pub cursor: Option<String>,
}

impl Analytics {
    /// A page of products with their figures.
    ///
    /// # Errors
    /// When the cursor belongs to another list, a figure is too large for the API, or the database fails.
    pub async fn product_list(
        &self,
        question: &ProductListQuestion,
    ) -> Result<ProductFiguresPage, AnalyticsError> {
        let list = question.list();
        let first: usize = match &question.cursor {
            Some(cursor) => cursor::open(&list, cursor).map_err(AnalyticsError::Cursor)?,
            None => 0,
        };
        let shop = self.readers.catalog.shop().await?;
        let now = self.clock.now();
        let family = match question.category_id {
            Some(category) => Some(self.family(category).await?),
            None => None,
        };
        let words = question.words();
        let mut all = self.with_figures().await?;
        all.retain(|one| {
            let is_in = |id: CategoryId| family.as_ref().is_none_or(|family| family.contains(&id));
            let fits_category = family.is_none() || one.category_id.is_some_and(is_in);
            fits_category && fits_words(one, &words)
        });
        let mut counts = ViewCounts::default();
        for one in &all {
            counts.add(one);
        }
        all.retain(|one| question.view.shows(one));
        sort(&mut all, question.sort);
        let total = all.len();
        let limit = usize::try_from(question.limit).unwrap_or(usize::MAX);
        let next = first.saturating_add(limit);
        Ok(ProductFiguresPage {
            items: all.into_iter().skip(first).take(limit).collect(),
            next_cursor: (next < total).then(|| cursor::seal(&list, &next)),
            total,
            counts,
            currency: shop.currency,
            computed_at: now,
        })
    }

    /// Every product with its figures, archived ones too.
    async fn with_figures(&self) -> Result<Vec<ProductWithFigures>, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        let today = self.clock.now().date_in(shop.time_zone);
        let since = |days: u64| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let period = Period::new(since(SOLD_DAYS - 1), today, shop.time_zone)?;
        let sales = &self.readers.sales;
        let totals = sales.totals_by_product(&period, MAX_KEYS).await?;
        let totals: HashMap<ProductId, SalesTotals> = totals
            .into_iter()
            .map(|fact| (fact.key, fact.totals))
            .collect();
        let quiet = since(u64::from(DEFAULT_DEAD_AFTER));
        let recent = Period::new(quiet, today, shop.time_zone)?;
        let moving = sales.last_sales(&recent, MAX_KEYS).await?;
        let moving: HashSet<ProductId> = moving.into_iter().map(|fact| fact.product_id).collect();
        let question = LowStockQuestion {
            listed: Listed::All,
            severity: None,
            category_id: None,
            sort: LowStockSort::Margin,
            after: None,
            limit: MAX_KEYS,
        };
        let advice = self.low_stock(question).await?.page.items;
        let advice: HashMap<ProductId, LowStock> = advice
            .into_iter()
            .map(|line| (line.product_id, line))
            .collect();
        let products = all_products(&self.readers).await?.into_iter();
        let listed = products.map(|product| {
            let is_young = product.created_at.date_in(shop.time_zone) >= quiet;
            let is_quiet = !is_young && !moving.contains(&product.id);
            let totals = totals.get(&product.id).copied().unwrap_or_default();
            let own = advice.get(&product.id);
            let lead_time = product.lead_time_days.unwrap_or(shop.lead_time_days);
            figures_of(product, &totals, own, is_quiet, lead_time)
        });
        let listed: Result<_, FigureOutOfRange> = listed.collect();
        listed.map_err(AnalyticsError::out_of_range(&period))
    }
}

fn figures_of(
    product: ProductFacts,
    totals: &SalesTotals,
    advice: Option<&LowStock>,
    is_quiet: bool,
    lead_time_days: i64,
) -> Result<ProductWithFigures, FigureOutOfRange> {
    let margin = product.net_price_minor - product.cost_minor;
    Ok(ProductWithFigures {
        product_id: product.id,
        unit_margin_minor: margin,
        unit_margin_share: share(margin, product.net_price_minor),
        dormant: is_quiet && !product.is_archived && product.on_hand.is_positive(),
        below_cost: margin < 0,
        sku: product.sku,
        name: product.name,
        category_id: product.category_id,
        unit: product.unit,
        price_minor: product.price_minor,
        net_price_minor: product.net_price_minor,
        cost_minor: product.cost_minor,
        tax_rate_bp: product.tax_rate_bp,
        on_hand: product.on_hand,
        reorder_level: product.reorder_level,
        days_left: advice.and_then(|line| line.days_of_cover),
        lead_time_days,
        stock_out_probability: advice.and_then(|line| line.stock_out_probability),
        action: advice.map(|line| line.action),
        severity: advice.map(|line| line.severity),
        sold: QuantitySum::from_milli(totals.units_milli)?,
        revenue_minor: Balance::of_sum(totals.revenue_minor)?,
        margin_minor: Balance::of_sum(totals.margin_minor())?,
        archived: product.is_archived,
    })
}

impl ProductView {
    fn shows(self, one: &ProductWithFigures) -> bool {
        match self {
            Self::All => !one.archived,
            Self::Low => one.action == Some(LowStockAction::Order),
            Self::BelowCost => !one.archived && one.below_cost,
            Self::Dormant => one.dormant,
            Self::Archived => one.archived,
        }
    }
}

impl ViewCounts {
    fn add(&mut self, one: &ProductWithFigures) {
        for (view, count) in [
            (ProductView::All, &mut self.all),
            (ProductView::Low, &mut self.low),
            (ProductView::BelowCost, &mut self.below_cost),
            (ProductView::Dormant, &mut self.dormant),
            (ProductView::Archived, &mut self.archived),
        ] {
            *count += usize::from(view.shows(one));
        }
    }
}

impl ProductListQuestion {
    /// Identifies the list that a cursor belongs to: everything that decides the order of a page.
    fn list(&self) -> String {
        format!(
            "product list {:?} {:?} {:?} {:?} {}",
            self.view, self.q, self.category_id, self.sort, self.limit
        )
    }

    fn words(&self) -> Vec<String> {
        let folded = fold(self.q.as_deref().unwrap_or_default());
        folded
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

fn fits_words(one: &ProductWithFigures, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let text = fold(&format!("{} {}", one.name, one.sku));
    words.iter().all(|word| text.contains(word.as_str()))
}

fn sort(products: &mut [ProductWithFigures], by: ProductListSort) {
    use ProductListSort as S;
    let share = |one: &ProductWithFigures| one.unit_margin_share.unwrap_or(f64::NEG_INFINITY);
    // Unknown days come last in both directions.
    let days = |one: &ProductWithFigures| one.days_left.unwrap_or(f64::INFINITY);
    let backward_days = |one: &ProductWithFigures| one.days_left.unwrap_or(f64::NEG_INFINITY);
    if by == S::Name {
        products.sort_by_cached_key(|one| (fold(&one.name), one.product_id));
        return;
    }
    products.sort_by(|a, b| {
        let first = match by {
            S::Name => Ordering::Equal,
            S::Margin => share(a).total_cmp(&share(b)),
            S::MarginBackwards => share(b).total_cmp(&share(a)),
            S::OnHand => a.on_hand.cmp(&b.on_hand),
            S::OnHandBackwards => b.on_hand.cmp(&a.on_hand),
            S::DaysLeft => days(a).total_cmp(&days(b)),
            S::DaysLeftBackwards => backward_days(b).total_cmp(&backward_days(a)),
            S::Sold => a.sold.cmp(&b.sold),
            S::SoldBackwards => b.sold.cmp(&a.sold),
        };
        first.then_with(|| a.product_id.cmp(&b.product_id))
    });
}
