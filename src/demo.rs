//! The demo shop: two believable years of a corner shop in Goma.
//!
//! A seeded generator decides what customers want. The shop itself does the rest: every product,
//! rate, receipt, count, sale, void and refund goes through the services that the API uses, with a
//! clock that is moved through the days. The same seed and the same last day give the same shop.
//!
//! [`PLANTED`] lists events that are hidden in it, so that analytics can be compared with what really
//! happened. A day is counted back from the last day of the story and moves on to the next open day.
//! Each event is large enough to be told from chance. What happens by itself once a month, such as a
//! day without an egg where four customers ask for one, is no event.
//!
//! | days back | open days | product | kind | what |
//! |---|---|---|---|---|
//! | 612 | 1 | EAU-15 | spike | a wedding takes its water here |
//! | 545 | 4 | PAI-BAG | drop | the baker's oven is broken |
//! | 470 | 12 | SUC-1 | silence | the sugar stands behind a pallet |
//! | 400 | to the end | BIE-MUT | level shift, a quarter | a depot opens next door |
//! | 330 | 1 | whole shop | spike | a football final |
//! | 288 | 4 | HUI-1L | price below cost | a price with a slip of the pen |
//! | 240 | 1 | HAR-KG | unit slip | grams entered as kilograms |
//! | 196 | 1 | LAI-POU | refund without stock | all sales of a day refunded, nothing comes back |
//! | 150 | 1 | SAV-LES | spike | a school takes its soap here |
//! | 120 | 1 | whole shop | drop | rain floods the avenue |
//! | 75 | 9 | FAR-MAN | silence | nobody fills the bin |
//! | 60 | to the end | COC-33 | level shift, two and a half times | the kiosk across the road closes |
//! | 41 | 1 | RIZ-KG | unit slip | grams entered as kilograms |
//! | 33 | 2 | MAR-250 | price below cost | a price with a slip of the pen |
//! | 21 | 1 | EAU-05 | spike | a march passes by |
//! | 12 | 1 | SAR-125 | refund without stock | all sales of a day refunded, nothing comes back |
//! | 10 | 5 | TOM-70 | silence | the tins stand in the back room |
//! | 7 | 6 | OEU-UNI | drop | a rumour about eggs |

mod baskets;
pub mod calendar;
pub mod catalogue;
mod chance;
mod days;
pub mod items;
mod mishaps;
mod order_book;
mod orders;
mod pairs;
mod paying;
mod selling;
pub mod staff;
mod stockroom;
mod storeroom;
mod today;

use std::sync::Arc;

use analytics::forecast::job::RefitForecasts;
use anyhow::{Context as _, bail};
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use kernel::{Clock, Currency, Quantity, Timestamp, clock::ManualClock};
use platform::headers::IfMatch;
use sales::{
    Actor, inventory::verify, rollups::fold, shop::settings::ShopFields, shop_reader::TaxMode,
};
use store::Dialect;

use crate::{
    app::Modules,
    clock::MachineClock,
    jobs::{Registry, Worker, WorkersOptions, run_at_once},
    settings::Settings,
};
use staff::Login;

/// The time zone of Goma.
pub const TIME_ZONE: Tz = chrono_tz::Africa::Lubumbashi;
/// The default length of the story in days.
pub const DEFAULT_DAYS: u32 = 730;
/// The default seed.
pub const DEFAULT_SEED: u64 = 1977;

/// The kind of a planted event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlantedKind {
    /// Much more is sold.
    Spike,
    /// Much less is sold.
    Drop,
    /// Nothing is sold although there is stock.
    Silence,
    /// From here on, it sells at another level.
    LevelShift,
    /// It is sold below its cost.
    PriceBelowCost,
    /// Money is paid back, but the goods do not return.
    RefundWithoutStock,
    /// One sale has a quantity a thousand times too large.
    UnitSlip,
}

/// One planted event.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    /// Its first day, counted back from the last day of the story.
    pub days_back: i64,
    /// For how many open days; `None` means until the end.
    pub open_days: Option<usize>,
    /// The product; `None` means the whole shop.
    pub sku: Option<&'static str>,
    /// The kind of event.
    pub kind: PlantedKind,
    /// Factor on the demand during the event.
    pub demand_factor: f64,
}

impl Planted {
    /// The days that it affects in a story that ends at `end`.
    #[must_use]
    pub fn dates(&self, end: NaiveDate) -> Vec<NaiveDate> {
        let first = end - chrono::Duration::days(self.days_back);
        first
            .iter_days()
            .take_while(|day| *day <= end)
            .filter(|day| calendar::is_open(*day, end))
            .take(self.open_days.unwrap_or(usize::MAX))
            .collect()
    }
}

const fn planted(
    days_back: i64,
    open_days: Option<usize>,
    sku: Option<&'static str>,
    kind: PlantedKind,
    demand_factor: f64,
) -> Planted {
    Planted {
        days_back,
        open_days,
        sku,
        kind,
        demand_factor,
    }
}

/// The table above as data.
#[rustfmt::skip]
pub const PLANTED: &[Planted] = &[
    planted(612, Some(1), Some("EAU-15"), PlantedKind::Spike, 12.0),
    planted(545, Some(4), Some("PAI-BAG"), PlantedKind::Drop, 0.1),
    planted(470, Some(12), Some("SUC-1"), PlantedKind::Silence, 0.0),
    planted(400, None, Some("BIE-MUT"), PlantedKind::LevelShift, 0.25),
    planted(330, Some(1), None, PlantedKind::Spike, 2.6),
    planted(288, Some(4), Some("HUI-1L"), PlantedKind::PriceBelowCost, 1.5),
    planted(240, Some(1), Some("HAR-KG"), PlantedKind::UnitSlip, 1.0),
    planted(196, Some(1), Some("LAI-POU"), PlantedKind::RefundWithoutStock, 1.0),
    planted(150, Some(1), Some("SAV-LES"), PlantedKind::Spike, 14.0),
    planted(120, Some(1), None, PlantedKind::Drop, 0.25),
    planted(75, Some(9), Some("FAR-MAN"), PlantedKind::Silence, 0.0),
    planted(60, None, Some("COC-33"), PlantedKind::LevelShift, 2.6),
    planted(41, Some(1), Some("RIZ-KG"), PlantedKind::UnitSlip, 1.0),
    planted(33, Some(2), Some("MAR-250"), PlantedKind::PriceBelowCost, 1.5),
    planted(21, Some(1), Some("EAU-05"), PlantedKind::Spike, 8.0),
    planted(12, Some(1), Some("SAR-125"), PlantedKind::RefundWithoutStock, 1.0),
    planted(10, Some(5), Some("TOM-70"), PlantedKind::Silence, 0.0),
    planted(7, Some(6), Some("OEU-UNI"), PlantedKind::Drop, 0.02),
];

/// The parameters of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Story {
    /// Its last day.
    pub end: NaiveDate,
    /// How many days it has.
    pub days: u32,
    /// Its seed.
    pub seed: u64,
}

impl Story {
    /// A story that ended yesterday.
    #[must_use]
    pub fn until_yesterday(now: Timestamp) -> Self {
        let today = now.date_in(TIME_ZONE);
        Self {
            end: today.pred_opt().unwrap_or(today),
            days: DEFAULT_DAYS,
            seed: DEFAULT_SEED,
        }
    }

    /// Its first day.
    #[must_use]
    pub fn first(&self) -> NaiveDate {
        let back = u64::from(self.days.saturating_sub(1));
        self.end
            .checked_sub_days(Days::new(back))
            .unwrap_or(self.end)
    }
}

/// A customer wanted more than there was and bought nothing. The books do not show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InVain {
    /// The day.
    pub date: NaiveDate,
    /// The product.
    pub sku: &'static str,
    /// The quantity that the customer wanted.
    pub quantity: Quantity,
}

/// What was created.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Products in the catalogue.
    pub products: usize,
    /// Sales, including those that were voided later.
    pub sales: usize,
    /// Lines of sales.
    pub lines: usize,
    /// Every customer who left without the goods.
    pub in_vain: Vec<InVain>,
    /// Sales with a discount.
    pub discounts: usize,
    /// Sales that were voided.
    pub voids: usize,
    /// Refunds.
    pub refunds: usize,
    /// Deliveries.
    pub receipts: usize,
    /// Counts of the stock.
    pub counts: usize,
    /// Revenue that was kept, minor units.
    pub revenue_minor: i64,
    /// Movements of the ledger, as counted by the proof of the books.
    pub movements: i64,
    /// The users and their passwords, which cannot be read again later.
    pub logins: Vec<Login>,
}

/// Fills the shop of these settings.
///
/// # Errors
/// When the shop is not empty, when the story does not lie in the past, or when the books are not
/// right at the end.
pub async fn fill(settings: &Settings, story: Story, now: Timestamp) -> anyhow::Result<Tally> {
    fill_reporting(settings, story, now, |_| {}).await
}

/// The same, with a report of the progress, 0 to 1, after each day.
///
/// # Errors
/// As [`fill`].
pub async fn fill_reporting(
    settings: &Settings,
    story: Story,
    now: Timestamp,
    report: impl Fn(f64),
) -> anyhow::Result<Tally> {
    if story.days == 0 || story.end >= now.date_in(TIME_ZONE) {
        bail!(
            "the past of the demo shop needs one day or more, and has to end yesterday or earlier"
        );
    }
    let opening = Timestamp::start_of_day(story.first(), TIME_ZONE).plus_seconds(6 * 3600);
    let clock = Arc::new(ManualClock::at(opening));
    let handed: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
    let modules = Modules::open(settings, handed).await?;
    let told = tell(&modules, &clock, story, now, &report).await;
    modules.close().await;
    told
}

/// Fits the forecast model of a new demo shop, as the nightly job does.
///
/// # Errors
/// When the job fails.
pub async fn fit(settings: &Settings, report: impl Fn(f64)) -> anyhow::Result<()> {
    let modules = Modules::open(settings, Arc::new(MachineClock)).await?;
    let order = RefitForecasts::order();
    let worker = Worker {
        store: modules.jobs.clone(),
        registry: Registry::new(modules.job_handlers())?,
        accounts: Arc::clone(&modules.access.sessions),
        options: WorkersOptions::of(&settings.jobs),
    };
    let fitted = run_at_once(worker, order, report).await;
    modules.close().await;
    fitted.context("the forecasts of the demo shop cannot be fitted")?;
    Ok(())
}

async fn tell(
    modules: &Modules,
    clock: &ManualClock,
    story: Story,
    now: Timestamp,
    report: &impl Fn(f64),
) -> anyhow::Result<Tally> {
    refuse_a_living_shop(modules).await?;
    if modules.stores.write.dialect() == Dialect::Sqlite {
        // A power cut could cost the demo shop its last days but not its integrity, and it can be
        // made again. A shop that is served syncs each sale: this setting ends with the connection.
        modules
            .stores
            .write
            .upkeep("PRAGMA synchronous = NORMAL")
            .await?;
    }
    name_the_shop(modules).await?;
    let staff = staff::hire(modules).await?;
    storeroom::build(modules, &staff).await?;
    let mut tally = days::tell(modules, clock, &staff, story, now, report).await?;
    fold::fold_all(&modules.stores.write)
        .await
        .context("the figures of the demo shop cannot be written")?;
    let proof = verify::verify(&modules.stores.read, clock.now())
        .await
        .context("the books cannot be read")?;
    if !proof.ok {
        bail!(
            "the books of the demo shop are wrong: {:?}",
            proof.differences.first()
        );
    }
    tally.movements = proof.checked.movements;
    tally.logins = staff.logins;
    Ok(tally)
}

async fn refuse_a_living_shop(modules: &Modules) -> anyhow::Result<()> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM products)
                   OR EXISTS (SELECT 1 FROM rates) OR EXISTS (SELECT 1 FROM sales)";
    let lives = modules
        .stores
        .write
        .primary()
        .value::<bool>(sql, [])
        .await?;
    if lives == Some(true) {
        bail!(
            "there is a shop in this database already; the demo shop needs an empty one. \
             Name another with SALESFLOW__DATABASE__URL"
        );
    }
    Ok(())
}

async fn name_the_shop(modules: &Modules) -> anyhow::Result<()> {
    let fields = ShopFields {
        name: Some("Alimentation Chez Furaha".to_owned()),
        currency: Some(Currency::parse("CDF")?),
        time_zone: Some(TIME_ZONE),
        locale: Some("fr-CD".to_owned()),
        tax_mode: Some(TaxMode::Included),
        cash_step_minor: Some(5000),
        lead_time_days: Some(2),
        service_level_bp: None,
        tax_number: Some("A0000000X".to_owned()),
        trade_register_number: Some("CD/GOM/RCCM/00-A-00000".to_owned()),
        address: Some("Avenue du Lac, quartier Les Volcans\nGoma, Nord-Kivu".to_owned()),
        telephone: Some("+243 990 000 000".to_owned()),
        receipt_header: None,
        receipt_footer: Some("Merci et à bientôt !".to_owned()),
    };
    modules
        .sales
        .shop
        .patch_settings(&Actor::operator("demo"), IfMatch(None), &fields)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_planted_names_products_and_touches_days() {
        let end = "2026-11-21".parse().unwrap();
        for planted in PLANTED {
            if let Some(sku) = planted.sku {
                assert!(items::ITEMS.iter().any(|item| item.sku == sku), "{sku}");
            }
            let dates = planted.dates(end);
            assert!(!dates.is_empty());
            if let Some(days) = planted.open_days {
                assert_eq!(dates.len(), days);
            }
        }
    }
}
