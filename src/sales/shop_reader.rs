//! The settings of the shop for all features. Only the feature `shop` changes them.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use chrono_tz::Tz;
use kernel::{Currency, Timestamp};
use serde::{Deserialize, Serialize};
use store::{ReadDb, StoreError, Tx, Word};

use crate::error::SalesResult;

/// How long another instance may use settings after they were changed here.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// Whether prices include the tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum TaxMode {
    /// Prices include the tax.
    Included,
    /// Tax is added to the price.
    Added,
}

impl TaxMode {
    /// The word in JSON and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Parses the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

/// The settings of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// The name on receipts.
    pub name: String,
    /// The base currency of every price, cost and total.
    pub currency: Currency,
    /// The time zone of the shop's days.
    pub time_zone: Tz,
    /// Language of receipts and reports: `fr-CD` or `en`.
    pub locale: String,
    /// Whether prices include the tax.
    pub tax_mode: TaxMode,
    /// Smallest amount that can be paid in cash, minor units.
    pub cash_step_minor: i64,
    /// Days from order to delivery, for products without their own.
    pub lead_time_days: i64,
    /// How sure the stock must last until the delivery, basis points, for products without their own.
    pub service_level_bp: i64,
    /// The shop's tax number (NIF); empty without one.
    pub tax_number: String,
    /// The shop's number in the trade register (RCCM); empty without one.
    pub trade_register_number: String,
    /// The shop's address, in one or several lines.
    pub address: String,
    /// The shop's telephone numbers.
    pub telephone: String,
    /// Text above a receipt.
    pub receipt_header: String,
    /// Text below a receipt.
    pub receipt_footer: String,
    /// Number of changes, for `If-Match`.
    pub version: i64,
    /// When the settings were last changed.
    pub updated_at: Timestamp,
}

impl Shop {
    /// The lines below the name on receipts and reports: where the shop is, its own text, and its
    /// official numbers.
    #[must_use]
    pub fn letterhead(&self) -> Vec<String> {
        let telephone = if self.locale.starts_with("fr") {
            "Tél."
        } else {
            "Tel."
        };
        let named = |word: &str, value: &str| {
            let value = value.trim();
            (!value.is_empty()).then(|| format!("{word} {value}"))
        };
        let lines = |text: &str| -> Vec<String> {
            let lines = text.lines().map(str::trim);
            let filled = lines.filter(|line| !line.is_empty());
            filled.map(str::to_owned).collect()
        };
        let mut all = lines(&self.address);
        all.extend(named(telephone, &self.telephone));
        all.extend(lines(&self.receipt_header));
        all.extend(named("NIF", &self.tax_number));
        all.extend(named("RCCM", &self.trade_register_number));
        all
    }
}

type Kept = (Instant, Arc<Shop>);

/// Reads the settings. They are kept for a second, and forgotten when they change here.
#[derive(Clone, derive_more::Debug)]
#[debug("ShopReader {{ .. }}")]
pub struct ShopReader {
    read: ReadDb,
    kept: Arc<RwLock<Option<Kept>>>,
}

impl ShopReader {
    /// A reader that has read nothing yet.
    #[must_use]
    pub fn new(read: ReadDb) -> Self {
        Self {
            read,
            kept: Arc::default(),
        }
    }

    /// The settings, at most a second old.
    ///
    /// # Errors
    /// Those of the store; `Corrupt` before the first start has written them.
    pub async fn current(&self) -> SalesResult<Arc<Shop>> {
        if let Some(shop) = self.fresh() {
            return Ok(shop);
        }
        Ok(self.keep(there(
            self.read.select_one::<Settings>(&settings(""), []).await?,
        )?))
    }

    /// The same in a transaction, which must not wait for another connection. A transaction that
    /// changes the settings reads them with [`load_in`]: this one keeps what it reads, and the change
    /// may be rolled back.
    ///
    /// # Errors
    /// As for [`Self::current`].
    pub async fn current_in(&self, tx: &Tx) -> SalesResult<Arc<Shop>> {
        if let Some(shop) = self.fresh() {
            return Ok(shop);
        }
        Ok(self.keep(load_in(tx).await?))
    }

    fn fresh(&self) -> Option<Arc<Shop>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let (at, shop) = kept.as_ref()?;
        (at.elapsed() < FRESH_FOR).then(|| Arc::clone(shop))
    }

    fn keep(&self, shop: Shop) -> Arc<Shop> {
        let shop = Arc::new(shop);
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), Arc::clone(&shop)));
        shop
    }

    /// Drops the kept settings after a change.
    pub fn forget(&self) {
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Reads the settings in a transaction.
pub async fn load_in(tx: &Tx) -> SalesResult<Shop> {
    there(tx.select_one::<Settings>(&settings(""), []).await?)
}

/// Reads the settings and locks them until the end of the transaction.
pub(crate) async fn lock(tx: &Tx) -> SalesResult<Shop> {
    let sql = settings(tx.dialect().for_update());
    there(tx.select_one::<Settings>(&sql, []).await?)
}

store::selection! {
    Settings of Shop in shop {
        name = shop_name, currency, time_zone as Word, locale, tax_mode, cash_step_minor,
        tax_number, trade_register_number, address, telephone, receipt_header, receipt_footer, version,
        updated_at = updated_at_us, lead_time_days,
        service_level_bp,
    }
}

fn settings(lock: &str) -> String {
    let columns = Settings::SELECT;
    format!("SELECT {columns} FROM settings AS shop WHERE id = 1{lock}")
}

fn there(shop: Option<Shop>) -> SalesResult<Shop> {
    Ok(shop.ok_or_else(|| StoreError::Corrupt("settings: there are none".to_owned()))?)
}
