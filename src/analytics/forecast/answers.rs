//! Answers the requests for forecasts: of a product, of lists, and their accuracy.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use chrono_tz::Tz;
use forecasting::outcome::{Caveat, Forecast};
use kernel::{
    Code, FieldError, Problem,
    ids::{CategoryId, ProductId},
    paging::Page,
    read::ProductFacts,
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    accuracy::{SCORED_DAYS, Scores},
    desk::Forecasts,
    model::Model,
    money,
    reason::Reason,
    scores_in_money::in_money,
    series::{SHOP_SERIES, all_products, category_series},
    view::{
        Accuracy, ForecastItem, LeadTimeView, ProductAccuracy, ProductForecast, SetBy, TotalView,
        days_of,
    },
};
use crate::error::AnalyticsError;

/// Longest horizon of a request, in days.
pub const MAX_HORIZON_DAYS: u32 = 180;
/// Days of the totals of a list by default.
pub const LIST_DAYS: u32 = 28;
/// Longest horizon of a list, in days.
pub const MAX_LIST_DAYS: u32 = 90;

/// How much a list of categories or of the shop shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Detail {
    /// The total.
    Total,
    /// Also each day, in units and in money.
    Days,
}
/// Most categories of a shop that are read.
const MAX_CATEGORIES: u32 = 10_000;

impl Forecasts {
    /// Forecast of one product for `horizon` days from today on.
    ///
    /// # Errors
    /// `resource.not_found`, `product.archived`, `request.invalid_query` for the horizon.
    pub async fn of_product(
        &self,
        id: ProductId,
        horizon: u32,
    ) -> Result<ProductForecast, AnalyticsError> {
        check_horizon(horizon, MAX_HORIZON_DAYS)?;
        let product = self.living_product(id).await?;
        let shop = self.readers.catalog.shop().await?;
        let now = self.clock.now();
        let today = now.date_in(shop.time_zone);
        let series = id.to_string();
        let (model, mut reasons) = self.model_with(&series, today).await?;
        let lead_days = product.lead_time_days.unwrap_or(shop.lead_time_days);
        let set_by = set_by(product.lead_time_days);
        let days = usize::try_from(horizon).unwrap_or(0);
        let lead = usize::try_from(lead_days).unwrap_or(1).max(1);
        let long = self
            .forecast_by(&model, series, today, days.max(lead))
            .await?;
        let forecast = first_days(&long, days);
        let has_figures = has_figures(&forecast);
        let total_of =
            |forecast: &Forecast| has_figures.then(|| TotalView::from(&model.total_of(forecast)));
        reasons.extend(reasons_of(&model, &forecast, today));
        let entry = model.entry.as_ref();
        Ok(ProductForecast {
            product_id: id,
            sku: product.sku,
            name: product.name,
            unit: product.unit,
            horizon,
            method: has_figures.then_some(forecast.method),
            demand_class: forecast.demand_class,
            version: forecast.version.clone(),
            model_id: entry.map(|entry| entry.id.clone()),
            smartcore_version: entry.map(|entry| entry.smartcore_version.clone()),
            seed: forecast.seed,
            trained_from: forecast.trained_from,
            trained_to: forecast.trained_to,
            fitted_at: entry.map(|entry| entry.fitted_at),
            days: has_figures
                .then_some(&forecast)
                .map(|forecast| days_of(forecast, shop.time_zone))
                .unwrap_or_default(),
            total: total_of(&forecast),
            lead_time: LeadTimeView {
                days: lead_days,
                set_by,
                total: total_of(&first_days(&long, lead)),
            },
            members: forecast.members.clone(),
            backtest: entry.and_then(|entry| entry.backtest.get(&forecast.series_id).copied()),
            class_backtest: forecast.backtest,
            accuracy: scores_of(&model, &forecast.series_id),
            stock_out_days: stock_out_days(&model, &forecast.series_id),
            reasons,
            computed_at: now,
        })
    }

    /// The model in use, or averages for a series that it does not contain, with the reason.
    async fn model_with(
        &self,
        series: &str,
        today: NaiveDate,
    ) -> Result<(Arc<Model>, Vec<Reason>), AnalyticsError> {
        let model = self.model(today).await?;
        if model.knows(series) {
            return Ok((model, Vec::new()));
        }
        let averages = self.light_model(today).await?;
        Ok((Arc::new(averages), vec![Reason::not_in_model()]))
    }

    /// The next days of a series: stored ones, or computed off the request threads.
    async fn forecast_by(
        &self,
        model: &Arc<Model>,
        series: String,
        today: NaiveDate,
        days: usize,
    ) -> Result<Forecast, AnalyticsError> {
        if model.has_days(&series, today, days) {
            return Ok(model.forecast(&series, today, days)?);
        }
        let model = Arc::clone(model);
        let work = move || model.forecast(&series, today, days);
        Ok(self.compute(work).await??)
    }

    /// Page of the forecasts of all products, after a product.
    ///
    /// # Errors
    /// When the horizon is out of range or the database fails.
    pub async fn of_products(
        &self,
        horizon: u32,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<ForecastItem>, AnalyticsError> {
        check_horizon(horizon, MAX_LIST_DAYS)?;
        let today = self.today().await?;
        let model = self.model(today).await?;
        let page = self.living_products(after, limit).await?;
        let days = usize::try_from(horizon).unwrap_or(0);
        let work = move || {
            page.map(|product| {
                let series = product.id.to_string();
                let (forecast, total, reasons) = line(&model, &series, today, days);
                ForecastItem {
                    product_id: Some(product.id),
                    category_id: product.category_id,
                    sku: Some(product.sku),
                    name: product.name,
                    unit: Some(product.unit),
                    method: total.and(forecast.as_ref()).map(|one| one.method),
                    demand_class: forecast.and_then(|one| one.demand_class),
                    total,
                    days: None,
                    money: None,
                    reasons,
                }
            })
        };
        self.compute(work).await
    }

    /// Page of the forecasts of the categories, after a category.
    ///
    /// # Errors
    /// As [`Self::of_products`].
    pub async fn of_categories(
        &self,
        horizon: u32,
        after: Option<CategoryId>,
        limit: u32,
        detail: Detail,
    ) -> Result<Page<ForecastItem>, AnalyticsError> {
        check_horizon(horizon, MAX_LIST_DAYS)?;
        let zone = self.readers.catalog.shop().await?.time_zone;
        let today = self.clock.now().date_in(zone);
        let model = self.model(today).await?;
        let categories = self.readers.catalog.categories(MAX_CATEGORIES).await?;
        let days = usize::try_from(horizon).unwrap_or(0);
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let products = self.products_for(detail).await?;
        let work = move || {
            let items: Vec<ForecastItem> = categories
                .into_iter()
                .filter(|category| after.is_none_or(|after| category.id > after))
                .filter(|category| model.knows(&category_series(category.id)))
                .take(most.saturating_add(1))
                .map(|category| {
                    let own = |product: &&ProductFacts| product.category_id == Some(category.id);
                    let own: Vec<ProductFacts> = products.iter().filter(own).cloned().collect();
                    let whole = Whole {
                        series: category_series(category.id),
                        name: category.name,
                        category_id: Some(category.id),
                        products: own,
                        detail,
                        zone,
                    };
                    whole.item(&model, today, days)
                })
                .collect();
            Page::from_probe(items, limit)
        };
        self.compute(work).await
    }

    /// Forecast of the whole shop: one item, or none before the first sale.
    ///
    /// # Errors
    /// As [`Self::of_products`].
    pub async fn of_shop(
        &self,
        horizon: u32,
        detail: Detail,
    ) -> Result<Page<ForecastItem>, AnalyticsError> {
        check_horizon(horizon, MAX_LIST_DAYS)?;
        let shop = self.readers.catalog.shop().await?;
        let today = self.clock.now().date_in(shop.time_zone);
        let model = self.model(today).await?;
        let days = usize::try_from(horizon).unwrap_or(0);
        let mut items = Vec::new();
        if model.knows(SHOP_SERIES) {
            let whole = Whole {
                series: SHOP_SERIES.to_owned(),
                name: shop.name,
                category_id: None,
                products: self.products_for(detail).await?,
                detail,
                zone: shop.time_zone,
            };
            let work = move || whole.item(&model, today, days);
            items.push(self.compute(work).await?);
        }
        Ok(Page {
            items,
            has_more: false,
        })
    }

    /// The products whose prices make money of units.
    async fn products_for(&self, detail: Detail) -> Result<Vec<ProductFacts>, AnalyticsError> {
        match detail {
            Detail::Total => Ok(Vec::new()),
            Detail::Days => all_products(&self.readers).await,
        }
    }

    /// Accuracy of earlier forecasts, with a page of the products after a product.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accuracy(
        &self,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<(Accuracy, Page<ProductAccuracy>), AnalyticsError> {
        let today = self.today().await?;
        let model = self.model(today).await?;
        let page = self.living_products(after, limit).await?;
        let record = &model.served.accuracy;
        let prices = self.prices_of_series().await?;
        let entry = model.entry.as_ref();
        let together = record.overall();
        let overall = together.scores();
        let mut reasons = Vec::new();
        if entry.is_none() {
            reasons.push(Reason::model_missing());
        }
        if overall.is_none() {
            reasons.push(Reason::not_scored_yet());
        }
        let page = page.map(|product| {
            let series = product.id.to_string();
            ProductAccuracy {
                product_id: product.id,
                sku: product.sku,
                name: product.name,
                scores: scores_of(&model, &series),
                backtest: entry.and_then(|entry| entry.backtest.get(&series).copied()),
                served_by_seasonal_naive: entry
                    .is_some_and(|entry| entry.replaced.contains(&series)),
            }
        });
        let accuracy = Accuracy {
            from: record.from,
            to: record.to,
            nights: record.nights,
            days_ahead: SCORED_DAYS,
            model_id: entry.map(|entry| entry.id.clone()),
            overall,
            money: in_money(record, &prices),
            totals: together.totals(),
            reasons,
            computed_at: self.clock.now(),
        };
        Ok((accuracy, page))
    }

    /// Price of a unit without tax, by series of a product, in minor units.
    async fn prices_of_series(&self) -> Result<HashMap<String, i64>, AnalyticsError> {
        let products = all_products(&self.readers).await?;
        let price = |one: ProductFacts| (one.id.to_string(), one.net_price_minor.minor());
        Ok(products.into_iter().map(price).collect())
    }

    /// Finds a product by listing the first one after the id before it.
    async fn product(&self, id: ProductId) -> Result<ProductFacts, AnalyticsError> {
        let before = Uuid::from_u128(id.as_uuid().as_u128().saturating_sub(1));
        let before = Some(ProductId::from_uuid(before));
        let page = self.readers.catalog.products(before, 1).await?;
        let found = page.items.into_iter().find(|product| product.id == id);
        found.ok_or_else(|| Problem::not_found("product").into())
    }

    /// Finds a product that is not archived.
    ///
    /// # Errors
    /// `resource.not_found`, `product.archived`.
    pub(crate) async fn living_product(
        &self,
        id: ProductId,
    ) -> Result<ProductFacts, AnalyticsError> {
        let product = self.product(id).await?;
        if product.is_archived {
            let detail = "The product is archived: there is no forecast for it.";
            return Err(Problem::new(Code::ProductArchived, detail).into());
        }
        Ok(product)
    }

    /// A page of products that are not archived.
    async fn living_products(
        &self,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<ProductFacts>, AnalyticsError> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut living = Vec::new();
        let mut after = after;
        loop {
            let page = self.readers.catalog.products(after, limit.max(1)).await?;
            after = page.items.last().map(|product| product.id).or(after);
            living.extend(page.items.into_iter().filter(|one| !one.is_archived));
            if !page.has_more || living.len() > wanted {
                return Ok(Page::from_probe(living, limit));
            }
        }
    }
}

/// Where a value is set: on the product, or in the shop's settings.
pub(crate) const fn set_by(own: Option<i64>) -> SetBy {
    match own {
        Some(_) => SetBy::Product,
        None => SetBy::Shop,
    }
}

fn check_horizon(horizon: u32, most: u32) -> Result<(), Problem> {
    if (1..=most).contains(&horizon) {
        return Ok(());
    }
    let detail = format!("must lie between 1 and {most} days");
    let place = FieldError::new("?horizon", "query.out_of_range", detail.clone())
        .with("min", 1)
        .with("max", most);
    Err(Problem::new(Code::InvalidQuery, format!("horizon {detail}.")).at(place))
}

/// The first days of a forecast.
pub(crate) fn first_days(forecast: &Forecast, days: usize) -> Forecast {
    let mut cut = forecast.clone();
    cut.days.truncate(days);
    cut
}

/// Without comparable sales no figure is shown: a zero would be read as a forecast.
pub(crate) fn has_figures(forecast: &Forecast) -> bool {
    !forecast.caveats.contains(&Caveat::NothingToCompare)
}

/// The limits of a forecast, for its readers.
pub(crate) fn reasons_of(model: &Model, forecast: &Forecast, today: NaiveDate) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if model.entry.is_none() {
        reasons.push(Reason::model_missing());
    }
    let age = model.age_days(today);
    if age > 0 {
        reasons.push(Reason::model_old(age));
    }
    // Stand-in averages use the last weeks only; the product may have a longer history.
    let is_older = model.served.older.contains(&forecast.series_id);
    let caveats = forecast.caveats.iter().copied();
    let caveats = caveats.filter(|caveat| !(is_older && *caveat == Caveat::NotEnoughData));
    reasons.extend(caveats.map(Reason::from));
    let out = stock_out_days(model, &forecast.series_id);
    if out > 0 {
        reasons.push(Reason::stock_outs(out));
    }
    if let Some(days) = model.served.unusual_days.get(&forecast.series_id) {
        reasons.push(Reason::unusual_days(*days));
    }
    reasons
}

fn stock_out_days(model: &Model, series: &str) -> u32 {
    let known = model.served.stock_out_days.get(series);
    known.copied().unwrap_or(0)
}

fn scores_of(model: &Model, series: &str) -> Option<Scores> {
    model.served.accuracy.series.get(series)?.scores()
}

fn line(
    model: &Model,
    series: &str,
    today: NaiveDate,
    days: usize,
) -> (Option<Forecast>, Option<TotalView>, Vec<Reason>) {
    match model.forecast(series, today, days) {
        Ok(forecast) => {
            let total = has_figures(&forecast).then(|| TotalView::from(&model.total_of(&forecast)));
            let reasons = reasons_of(model, &forecast, today);
            (Some(forecast), total, reasons)
        }
        Err(_) => (None, None, vec![Reason::not_in_model()]),
    }
}

/// A category or the shop, with the products whose sales it adds up.
struct Whole {
    series: String,
    name: String,
    category_id: Option<CategoryId>,
    products: Vec<ProductFacts>,
    detail: Detail,
    zone: Tz,
}

impl Whole {
    fn item(self, model: &Arc<Model>, today: NaiveDate, days: usize) -> ForecastItem {
        let (forecast, total, reasons) = line(model, &self.series, today, days);
        let by_day = forecast
            .as_ref()
            .filter(|_| self.detail == Detail::Days && total.is_some());
        ForecastItem {
            product_id: None,
            category_id: self.category_id,
            sku: None,
            name: self.name,
            unit: None,
            method: total.and(forecast.as_ref()).map(|one| one.method),
            demand_class: forecast.as_ref().and_then(|one| one.demand_class),
            days: by_day.map(|whole| days_of(whole, self.zone)),
            money: by_day
                .map(|whole| money::in_money(model, whole, &self.products, (today, self.zone))),
            total,
            reasons,
        }
    }
}
