//! `lab low-stock`: measures the alerts against the demo shop's own future.
//!
//! A scratch shop is filled with the demo's story, and its last weeks are hidden. On each hidden
//! morning, after the deliveries and before the first customer, the advice is computed from what was
//! known the evening before (sales, receipts, a model fitted once a week) and from the stock. An
//! alert is right if demand (sold and asked for in vain) from that day to the later delivery exceeds
//! the stock. The later delivery is that of an order on the next usual day of ordering; deliveries in
//! between are ignored. Precision is the share of alerts that are right. Recall is the share of
//! shortages that had an alert.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use analytics::{
    forecast::{
        model::{Model, Served},
        series::{self, LONGEST_HISTORY_DAYS},
    },
    low_stock::{
        LowStock, LowStockAction,
        advice::advise_all,
        rhythm::{Deliveries, LEARNT_DAYS},
    },
};
use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use forecasting::{engine::Engine, settings::Settings as Fit};
use kernel::{
    Period, Quantity, Timestamp,
    clock::ManualClock,
    ids::ProductId,
    read::{ProductFacts, Readers},
};

use crate::{
    app::Modules,
    cli::say,
    demo::{self, Story, TIME_ZONE, Tally},
    settings::Settings,
};

/// A fixed last day, so that the same seed always gives the same story.
const END: NaiveDate = match NaiveDate::from_ymd_opt(2026, 11, 20) {
    Some(date) => date,
    None => NaiveDate::MIN,
};
/// After the morning's deliveries, before the first customer.
const MORNING_SECONDS: i64 = 6 * 3_600 + 45 * 60;
/// Days between two fits of the model.
const REFIT_DAYS: usize = 7;
const MAX_ROWS: u32 = 1_000_000;
const PRODUCTS: u32 = 1_000;

/// The story, and how much of it is hidden.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    pub seed: u64,
    pub days: u32,
    pub hidden_weeks: u32,
}

/// The result of one way of alerting.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    judged: usize,
    alerts: usize,
    right: usize,
    ran_out: usize,
}

/// The demand for each product and day in thousandths: sold and asked for in vain.
type Wanted = HashMap<(ProductId, NaiveDate), i128>;

pub(super) async fn run(trial: Trial) -> anyhow::Result<()> {
    let scratch = tempfile::tempdir().context("there is no room for a scratch shop")?;
    let file = scratch.path().join("shop.db");
    let variables = [
        ("SALESFLOW_PROFILE", "development".to_owned()),
        (
            "SALESFLOW__DATA_DIRECTORY",
            scratch.path().display().to_string(),
        ),
        (
            "SALESFLOW__DATABASE__URL",
            format!("sqlite://{}?mode=rwc", file.display()),
        ),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    let settings = Settings::load(Path::new("config"), variables.into_iter().collect())?;
    let story = Story {
        end: END,
        days: trial.days,
        seed: trial.seed,
    };
    let after = END.checked_add_days(Days::new(1)).unwrap_or(END);
    let now = Timestamp::start_of_day(after, TIME_ZONE).plus_seconds(MORNING_SECONDS);
    let tally = demo::fill(&settings, story, now).await?;
    let modules = Modules::open(&settings, Arc::new(ManualClock::at(now))).await?;
    let told = judge(&modules, &tally, trial).await;
    modules.close().await;
    told
}

async fn judge(modules: &Modules, tally: &Tally, trial: Trial) -> anyhow::Result<()> {
    let readers = &modules.analytics.readers;
    let shop = readers.catalog.shop().await?;
    let products = readers.catalog.products(None, PRODUCTS).await?.items;
    let hidden = usize::try_from(trial.hidden_weeks).unwrap_or(0) * 7;
    let first = END
        .checked_sub_days(Days::new(u64::try_from(hidden).unwrap_or(0)))
        .and_then(|day| day.succ_opt())
        .unwrap_or(END);
    let wanted = wanted(readers, tally, &products, first).await?;
    let mut days: Vec<(NaiveDate, Vec<LowStock>)> = Vec::with_capacity(hidden);
    let mut model = None;
    for (place, today) in first.iter_days().take(hidden).enumerate() {
        let yesterday = today.pred_opt().unwrap_or(today);
        if place % REFIT_DAYS == 0 {
            model = Some(fit(readers, yesterday).await?);
        }
        let Some(model) = model.as_ref() else {
            break;
        };
        let learnt = yesterday.checked_sub_days(Days::new(LEARNT_DAYS));
        let learnt = Period::new(learnt.unwrap_or(yesterday), yesterday, TIME_ZONE)?;
        let receipts = readers.stock.receipts(&learnt, MAX_ROWS).await?;
        let deliveries = Deliveries::new(&receipts, TIME_ZONE, today);
        let there = as_of(modules, &products, today).await?;
        days.push((today, advise_all(&there, &shop, model, &deliveries, today)));
    }
    report(trial, &days, &wanted)
}

fn report(
    trial: Trial,
    days: &[(NaiveDate, Vec<LowStock>)],
    wanted: &Wanted,
) -> anyhow::Result<()> {
    let rule = |line: &LowStock| line.action == LowStockAction::Order;
    let level = |line: &LowStock| {
        line.why.reorder_level.is_positive() && line.on_hand <= line.why.reorder_level
    };
    let shares: Vec<f64> = days
        .iter()
        .map(|(_, lines)| share(lines.iter().filter(|line| rule(line)).count(), lines.len()))
        .collect();
    let watched: usize = days
        .iter()
        .flat_map(|(_, lines)| lines)
        .filter(|line| line.action == LowStockAction::Watch)
        .count();
    let all: usize = days.iter().map(|(_, lines)| lines.len()).sum();
    let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
    let most = shares.iter().copied().fold(0.0, f64::max);
    let mean = shares.iter().sum::<f64>() / real(shares.len());
    say(&format!(
        "seed {}, {} days of which the last {} are hidden, up to {END}",
        trial.seed,
        trial.days,
        days.len()
    ))?;
    say(&format!(
        "  alerts: {mean:.1} % of the products on a day ({least:.1} to {most:.1} %), and {:.1} % to watch",
        share(watched, all)
    ))?;
    for (name, score) in [
        (
            "an order that should be placed today",
            score(days, wanted, rule),
        ),
        ("at or below the reorder level", score(days, wanted, level)),
    ] {
        say(&format!(
            "  {name}: precision {:.3}, recall {:.3} ({} alerts, {} right; {} of {} ran out)",
            share(score.right, score.alerts) / 100.0,
            share(score.right, score.ran_out) / 100.0,
            score.alerts,
            score.right,
            score.ran_out,
            score.judged
        ))?;
    }
    Ok(())
}

/// Compares alerts with what happened afterwards, as far as the story goes.
fn score(
    days: &[(NaiveDate, Vec<LowStock>)],
    wanted: &Wanted,
    is_alert: impl Fn(&LowStock) -> bool,
) -> Score {
    let mut score = Score::default();
    for (today, lines) in days {
        for line in lines {
            if line.why.next_delivery_on > END {
                continue;
            }
            let until = today.iter_days().take(line.why.days_to_delivery);
            let asked: i128 = until
                .filter_map(|day| wanted.get(&(line.product_id, day)))
                .sum();
            let ran_out = asked > i128::from(line.on_hand.milli());
            let alert = is_alert(line);
            score.judged += 1;
            score.alerts += usize::from(alert);
            score.ran_out += usize::from(ran_out);
            score.right += usize::from(alert && ran_out);
        }
    }
    score
}

/// Demand from a day on: sold and asked for in vain.
async fn wanted(
    readers: &Readers,
    tally: &Tally,
    products: &[ProductFacts],
    first: NaiveDate,
) -> anyhow::Result<Wanted> {
    let mut wanted = Wanted::new();
    let period = Period::new(first, END, TIME_ZONE)?;
    for fact in readers.sales.product_days(&period, MAX_ROWS).await? {
        wanted.insert((fact.product_id, fact.date), fact.units_sold_milli);
    }
    let ids: BTreeMap<&str, ProductId> = products
        .iter()
        .map(|product| (product.sku.as_str(), product.id))
        .collect();
    for asked in tally.in_vain.iter().filter(|asked| asked.date >= first) {
        if let Some(product) = ids.get(asked.sku) {
            let day = wanted.entry((*product, asked.date)).or_default();
            *day += i128::from(asked.quantity.milli());
        }
    }
    Ok(wanted)
}

store::selection! {
    There(product_id: ProductId, on_hand: Quantity)
}

/// The products with their stock on a morning.
async fn as_of(
    modules: &Modules,
    products: &[ProductFacts],
    today: NaiveDate,
) -> anyhow::Result<Vec<ProductFacts>> {
    let read = &modules.stores.read;
    let sum = read.dialect().sum("delta_milli");
    let sql = format!(
        "SELECT product_id, {sum} AS on_hand FROM stock_movements WHERE occurred_at_us < $1 GROUP BY product_id"
    );
    let morning = Timestamp::start_of_day(today, TIME_ZONE).plus_seconds(MORNING_SECONDS);
    let there = read
        .select::<There>(&sql, [morning.micros().into()])
        .await?;
    let there: HashMap<ProductId, Quantity> = there.into_iter().collect();
    let products = products.iter().map(|product| ProductFacts {
        on_hand: there.get(&product.id).copied().unwrap_or(Quantity::ZERO),
        ..product.clone()
    });
    Ok(products.collect())
}

/// A model of what was known on an evening.
async fn fit(readers: &Readers, as_of: NaiveDate) -> anyhow::Result<Arc<Model>> {
    let shop = series::read(readers, as_of, LONGEST_HISTORY_DAYS).await?;
    let fitted = tokio::task::spawn_blocking(move || {
        let light = Fit {
            pooled_rows: 0,
            forest_rows: 0,
            ..Fit::default()
        };
        anyhow::Ok(Model::new(
            None,
            Engine::fit(&shop.products, as_of, &Fit::default())?,
            Engine::fit(&shop.totals, as_of, &light)?,
            Served::default(),
        ))
    });
    Ok(Arc::new(fitted.await??))
}

/// In percent; `None` of an empty whole.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        100.0 * real(part) / real(whole)
    }
}

fn real(things: usize) -> f64 {
    f64::from(u32::try_from(things).unwrap_or(u32::MAX))
}
