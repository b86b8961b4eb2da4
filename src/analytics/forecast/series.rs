//! Prepares daily sales for the engine: one series for each product, category and the shop.
//!
//! Reads through the ports a month at a time, with a pause after each, so that no query is long and
//! others get a connection. A day counts as missing when the product was out of stock for half of it or
//! more, or its stock was below what customers usually take, and so does every day before it was first
//! in stock. Sales count before refunds: a customer who returns goods wanted them first.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use forecasting::{engine::GROUP_LIMIT, history::SeriesHistory};
use kernel::{
    Period, Timestamp,
    ids::{CategoryId, ProductId},
    read::{FirstEntryFacts, ProductFacts, Readers, StockOutFacts},
};
use sha2::{Digest as _, Sha256};

use crate::error::AnalyticsError;

/// Days of history of a model: three years contain every season, and older days say little.
pub const LONGEST_HISTORY_DAYS: u32 = 1_100;
/// Id of the series of the whole shop.
pub const SHOP_SERIES: &str = "shop";
/// Days of one query of the ports.
const CHUNK_DAYS: u64 = 31;
/// Pause between two queries.
const PAUSE: Duration = Duration::from_millis(5);
/// Most rows of one query: a shop of the largest size that sells every product every day.
const MAX_ROWS: u32 = 2_000_000;
/// Most ledger entries that are read to find stock-outs.
const MAX_STOCK_OUT_ROWS: u32 = 1_000_000;
/// A day with more than this multiple of the 90 % quantile of selling days is left out.
const GIANT_TIMES: f64 = 20.0;
/// Fewest selling days from which that quantile is taken.
const FEWEST_TO_JUDGE: usize = 10;
/// Most products whose first ledger entry is read.
const MAX_ENTRIES: u32 = 1_000_000;
const PAGE: u32 = 1_000;

/// The series of a shop, up to and including a day.
#[derive(Debug, Default)]
pub struct ShopSeries {
    /// One for each product that is not archived, ordered by id.
    pub products: Vec<SeriesHistory>,
    /// One for each category with sales, and the shop; empty when nothing was ever sold.
    pub totals: Vec<SeriesHistory>,
    /// Days left out because the product was out of stock, by product.
    pub stock_out_days: BTreeMap<String, u32>,
    /// Days left out because of unusually large sales, by series.
    pub unusual_days: BTreeMap<String, u32>,
    /// Products that the shop had before the days that are read.
    pub older: BTreeSet<String>,
    /// First day that was read; `None` when nothing was ever sold.
    pub first: Option<NaiveDate>,
}

impl ShopSeries {
    /// Fingerprint of the data: equal data have equal fingerprints.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for series in self.products.iter().chain(&self.totals) {
            hash.update(series.id.as_bytes());
            hash.update(series.category.as_deref().unwrap_or("").as_bytes());
            hash.update(series.start.to_string().as_bytes());
            for day in &series.quantities {
                hash.update(day.unwrap_or(-1.0).to_bits().to_le_bytes());
            }
        }
        let digest = hash.finalize();
        digest
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl ShopSeries {
    /// Marks days with unusually large sales as missing: one sale of a whole stock, or a typing error,
    /// would distort the level of a series for months.
    fn leave_giants_out(&mut self, id: &str, quantities: &mut [Option<f64>]) {
        let mut sold: Vec<f64> = quantities
            .iter()
            .copied()
            .flatten()
            .filter(|units| *units > 0.0)
            .collect();
        if sold.len() < FEWEST_TO_JUDGE {
            return;
        }
        sold.sort_by(f64::total_cmp);
        let good_day = sold.get(sold.len() * 9 / 10).copied().unwrap_or(f64::MAX);
        let mut left_out = 0;
        for day in quantities.iter_mut() {
            if day.is_some_and(|units| units > GIANT_TIMES * good_day) {
                *day = None;
                left_out += 1;
            }
        }
        if left_out > 0 {
            self.unusual_days.insert(id.to_owned(), left_out);
        }
    }
}

/// Id of the series of a category.
#[must_use]
pub fn category_series(id: CategoryId) -> String {
    format!("category:{id}")
}

/// Every product of the shop, archived ones included, up to the limit of a group.
///
/// # Errors
/// When the database fails.
pub async fn all_products(readers: &Readers) -> Result<Vec<ProductFacts>, AnalyticsError> {
    let mut products: Vec<ProductFacts> = Vec::new();
    loop {
        let after = products.last().map(|product| product.id);
        let page = readers.catalog.products(after, PAGE).await?;
        products.extend(page.items);
        if !page.has_more || products.len() >= GROUP_LIMIT {
            products.truncate(GROUP_LIMIT);
            return Ok(products);
        }
    }
}

/// Reads the series of the last `days` days up to and including `as_of`.
///
/// # Errors
/// When the database fails, or the shop has more data than a model can be fitted to.
pub async fn read(
    readers: &Readers,
    as_of: NaiveDate,
    days: u32,
) -> Result<ShopSeries, AnalyticsError> {
    let zone = readers.catalog.shop().await?.time_zone;
    let products = all_products(readers).await?;
    let span = readers.sales.span(LONGEST_HISTORY_DAYS).await?;
    let earliest = as_of
        .checked_sub_days(Days::new(u64::from(days.saturating_sub(1))))
        .unwrap_or(as_of);
    let first = span
        .map(|(first, _)| first.date_in(zone).max(earliest))
        .filter(|first| *first <= as_of);
    let entries = readers.stock.first_entries(MAX_ENTRIES).await?;
    let began = span.map(|(first, _)| first.date_in(zone));
    let lay = Lay::new(&products, &entries, began, zone);
    let period = Period::new(first.unwrap_or(earliest), as_of, zone)?;
    let Some(first) = first else {
        let out = readers.stock.stock_outs(&period, MAX_STOCK_OUT_ROWS);
        let out = missing_days(&out.await?, &period);
        return Ok(without_sales(&products, &lay, &period, &out));
    };
    let mut sold = Sold::new(first, period.days());
    let mut from = first;
    while from <= as_of {
        let to = from
            .checked_add_days(Days::new(CHUNK_DAYS - 1))
            .unwrap_or(as_of)
            .min(as_of);
        let part = Period::new(from, to, zone)?;
        let facts = readers.sales.product_days(&part, MAX_ROWS).await?;
        if facts.len() >= usize::try_from(MAX_ROWS).unwrap_or(usize::MAX) {
            return Err(AnalyticsError::TooMuchData);
        }
        for fact in &facts {
            sold.add(fact.product_id, fact.date, fact.units_sold_milli);
        }
        let Some(next) = to.checked_add_days(Days::new(1)) else {
            break;
        };
        from = next;
        tokio::time::sleep(PAUSE).await;
    }
    let out = readers
        .stock
        .stock_outs(&period, MAX_STOCK_OUT_ROWS)
        .await?;
    let mut series = sold.into_series(&products, &lay, &period, &missing_days(&out, &period));
    if began.is_some_and(|began| began < first) {
        series.older = lay.before(first);
    }
    Ok(series)
}

/// The shop never sold anything: the products have no history.
fn without_sales(
    products: &[ProductFacts],
    lay: &Lay,
    period: &Period,
    out: &BTreeMap<ProductId, Vec<usize>>,
) -> ShopSeries {
    let series = products.iter().filter(|product| !product.is_archived);
    ShopSeries {
        products: series
            .map(|product| silent(product, lay, period, out.get(&product.id)))
            .collect(),
        ..ShopSeries::default()
    }
}

/// The day since which each product has been in stock.
struct Lay {
    since: BTreeMap<ProductId, NaiveDate>,
}

impl Lay {
    /// A product that came in with the first goods of a shop with imported history was there before:
    /// imported sales have no stock movements.
    fn new(
        products: &[ProductFacts],
        entries: &[FirstEntryFacts],
        began: Option<NaiveDate>,
        zone: Tz,
    ) -> Self {
        let founded = products.iter().map(|product| product.created_at).min();
        let founded = founded.map(|at| at.date_in(zone));
        let made: BTreeMap<ProductId, NaiveDate> = products
            .iter()
            .map(|product| (product.id, product.created_at.date_in(zone)))
            .collect();
        let since = entries.iter().map(|entry| {
            let entered = entry.at.date_in(zone);
            let of_the_first = made.get(&entry.product_id).copied() == founded;
            let began = began.filter(|_| of_the_first).unwrap_or(entered);
            (entry.product_id, entered.min(began))
        });
        Self {
            since: since.collect(),
        }
    }

    /// The products in stock before a day.
    fn before(&self, day: NaiveDate) -> BTreeSet<String> {
        let older = self.since.iter().filter(|(_, since)| **since < day);
        older.map(|(id, _)| id.to_string()).collect()
    }
}

/// The history of a product that never sold: the days on which it was in stock, each without a sale. The
/// day on which it arrived does not count.
fn silent(
    product: &ProductFacts,
    lay: &Lay,
    period: &Period,
    out: Option<&Vec<usize>>,
) -> SeriesHistory {
    let since = lay.since.get(&product.id).copied();
    let days = period.dates().map(|date| {
        let lay = since.is_some_and(|since| since < date);
        lay.then_some(0.0)
    });
    let mut quantities: Vec<Option<f64>> = days.collect();
    for place in out.into_iter().flatten() {
        if let Some(day) = quantities.get_mut(*place) {
            *day = None;
        }
    }
    SeriesHistory {
        id: product.id.to_string(),
        category: product.category_id.map(|id| id.to_string()),
        start: period.from(),
        quantities,
    }
}

/// Units of each product on each day of a period.
struct Sold {
    first: NaiveDate,
    days: usize,
    products: BTreeMap<ProductId, Vec<f64>>,
}

impl Sold {
    fn new(first: NaiveDate, days: i64) -> Self {
        Self {
            first,
            days: usize::try_from(days).unwrap_or(0),
            products: BTreeMap::new(),
        }
    }

    fn add(&mut self, product: ProductId, date: NaiveDate, milli: i128) {
        let days = self.days;
        let series = self
            .products
            .entry(product)
            .or_insert_with(|| vec![0.0; days]);
        let place = usize::try_from((date - self.first).num_days()).ok();
        if let Some(day) = place.and_then(|place| series.get_mut(place)) {
            *day += units(milli.max(0));
        }
    }

    fn into_series(
        self,
        products: &[ProductFacts],
        lay: &Lay,
        period: &Period,
        missing: &BTreeMap<ProductId, Vec<usize>>,
    ) -> ShopSeries {
        let mut totals: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let categories: BTreeMap<ProductId, CategoryId> = products
            .iter()
            .filter_map(|product| Some((product.id, product.category_id?)))
            .collect();
        for (product, days) in &self.products {
            add_up(&mut totals, SHOP_SERIES.to_owned(), days);
            if let Some(category) = categories.get(product) {
                add_up(&mut totals, category_series(*category), days);
            }
        }
        let mut series = ShopSeries {
            first: Some(self.first),
            ..ShopSeries::default()
        };
        for product in products.iter().filter(|product| !product.is_archived) {
            let Some(days) = self.products.get(&product.id) else {
                let out = missing.get(&product.id);
                series.products.push(silent(product, lay, period, out));
                continue;
            };
            let mut quantities: Vec<Option<f64>> = days.iter().copied().map(Some).collect();
            let out = missing.get(&product.id).map_or(&[][..], Vec::as_slice);
            for place in out {
                if let Some(day) = quantities.get_mut(*place) {
                    *day = None;
                }
            }
            let id = product.id.to_string();
            if !out.is_empty() {
                let count = u32::try_from(out.len()).unwrap_or(u32::MAX);
                series.stock_out_days.insert(id.clone(), count);
            }
            series.leave_giants_out(&id, &mut quantities);
            series.products.push(SeriesHistory {
                id,
                category: product.category_id.map(|id| id.to_string()),
                start: self.first,
                quantities,
            });
        }
        for (id, days) in totals {
            let mut quantities: Vec<Option<f64>> = days.into_iter().map(Some).collect();
            series.leave_giants_out(&id, &mut quantities);
            series.totals.push(SeriesHistory {
                id,
                category: None,
                start: self.first,
                quantities,
            });
        }
        series
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an expectation needs no more than sixteen digits"
)]
fn units(milli: i128) -> f64 {
    milli as f64 / 1_000.0
}

fn add_up(totals: &mut BTreeMap<String, Vec<f64>>, id: String, days: &[f64]) {
    let total = totals.entry(id).or_insert_with(|| vec![0.0; days.len()]);
    for (sum, day) in total.iter_mut().zip(days) {
        *sum += day;
    }
}

/// The days, as indexes from the first of the period, on which a product was out of stock for half of
/// the day or more.
fn missing_days(out: &[StockOutFacts], period: &Period) -> BTreeMap<ProductId, Vec<usize>> {
    let bounds: Vec<(i64, i64)> = period
        .dates()
        .filter_map(|date| Period::new(date, date, period.zone()).ok())
        .map(|day| (day.start().micros(), day.end().micros()))
        .collect();
    let mut away: BTreeMap<ProductId, BTreeMap<usize, i64>> = BTreeMap::new();
    for fact in out {
        let (from, to) = (
            fact.from.micros(),
            fact.to.map_or(i64::MAX, Timestamp::micros),
        );
        let start = bounds.partition_point(|(_, ends)| *ends <= from);
        let touched = bounds.iter().enumerate().skip(start);
        for (place, (starts, ends)) in touched.take_while(|(_, (starts, _))| *starts < to) {
            let micros = (*ends).min(to) - (*starts).max(from);
            *away
                .entry(fact.product_id)
                .or_default()
                .entry(place)
                .or_default() += micros;
        }
    }
    away.into_iter()
        .map(|(product, days)| {
            let missing = days.into_iter().filter(|(place, micros)| {
                let length = bounds.get(*place).map_or(0, |(starts, ends)| ends - starts);
                micros * 2 >= length
            });
            (product, missing.map(|(place, _)| place).collect())
        })
        .filter(|(_, days): &(ProductId, Vec<usize>)| !days.is_empty())
        .collect()
}

/// The same as dates.
///
/// # Errors
/// When the database fails.
pub(crate) async fn stock_out_dates(
    readers: &Readers,
    period: &Period,
) -> Result<BTreeMap<ProductId, Vec<NaiveDate>>, AnalyticsError> {
    let out = readers.stock.stock_outs(period, MAX_STOCK_OUT_ROWS).await?;
    let dates: Vec<NaiveDate> = period.dates().collect();
    let missing = missing_days(&out, period).into_iter();
    let dated = missing.map(|(product, places)| {
        let days = places.iter().filter_map(|place| dates.get(*place).copied());
        (product, days.collect())
    });
    Ok(dated.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_as_missing_when_the_product_was_out_of_stock_for_half_of_it() {
        let zone = chrono_tz::Africa::Lubumbashi;
        let (from, to) = ("2026-03-02".parse().unwrap(), "2026-03-06".parse().unwrap());
        let period = Period::new(from, to, zone).unwrap();
        let product = ProductId::generate();
        let out = |from: &str, to: Option<&str>| StockOutFacts {
            product_id: product,
            from: Timestamp::parse(from).unwrap(),
            to: to.map(|to| Timestamp::parse(to).unwrap()),
        };
        // 15:00 on the 2nd to 14:00 on the 4th, and from 13:00 on the 6th on: shop time is UTC+2.
        let times = [
            out("2026-03-02T13:00:00Z", Some("2026-03-04T12:00:00Z")),
            out("2026-03-06T10:30:00Z", None),
        ];
        let missing = missing_days(&times, &period);
        assert_eq!(missing.get(&product).unwrap(), &[1, 2]);
        let from_noon = missing_days(&[out("2026-03-06T10:00:00Z", None)], &period);
        assert_eq!(from_noon.get(&product).unwrap(), &[4]);
        let before = missing_days(
            &[out("2026-01-01T00:00:00Z", Some("2026-02-01T00:00:00Z"))],
            &period,
        );
        assert!(before.is_empty());
    }

    #[test]
    fn one_giant_day_is_left_out_and_counted() {
        let mut series = ShopSeries::default();
        let mut days = vec![Some(2.0); 30];
        days.extend([Some(0.0), None, Some(39.0), Some(90_000.0)]);
        series.leave_giants_out("p", &mut days);
        assert_eq!(days.get(32..), Some(&[Some(39.0), None][..]));
        assert_eq!(series.unusual_days.get("p"), Some(&1));
        let mut young = vec![Some(1.0), Some(500.0)];
        series.leave_giants_out("young", &mut young);
        assert_eq!(young, [Some(1.0), Some(500.0)]);
    }
}
