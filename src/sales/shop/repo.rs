//! The one row of settings.

use chrono_tz::Tz;
use kernel::{Currency, Timestamp};
use store::{ReadDb, Row, StoreError, Tx};

use super::{Shop, TaxMode};
use crate::error::SalesResult;

const SELECT: &str = "SELECT shop_name, currency, time_zone, locale, tax_mode, cash_step_minor, receipt_header, receipt_footer, version, updated_at_us, lead_time_days, service_level_bp FROM settings WHERE id = 1";

pub(super) async fn load(read: &ReadDb) -> SalesResult<Shop> {
    from_row(read.row(SELECT, []).await?)
}

pub(super) async fn load_in(tx: &Tx) -> SalesResult<Shop> {
    from_row(tx.row(SELECT, []).await?)
}

pub(super) async fn insert_if_missing(tx: &Tx, shop: &Shop) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO settings (id, shop_name, currency, time_zone, locale, tax_mode, cash_step_minor, receipt_header, receipt_footer, version, updated_at_us, lead_time_days, service_level_bp)
         VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11) ON CONFLICT DO NOTHING",
        [
            shop.name.as_str().into(),
            shop.currency.code().into(),
            shop.time_zone.name().into(),
            shop.locale.as_str().into(),
            shop.tax_mode.as_str().into(),
            shop.cash_step_minor.into(),
            shop.receipt_header.as_str().into(),
            shop.receipt_footer.as_str().into(),
            shop.updated_at.micros().into(),
            shop.lead_time_days.into(),
            shop.service_level_bp.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &Tx, shop: &Shop) -> SalesResult<()> {
    tx.execute(
        "UPDATE settings SET shop_name = $1, currency = $2, time_zone = $3, locale = $4, tax_mode = $5, cash_step_minor = $6,
                receipt_header = $7, receipt_footer = $8, version = $9, updated_at_us = $10,
                lead_time_days = $11, service_level_bp = $12 WHERE id = 1",
        [
            shop.name.as_str().into(),
            shop.currency.code().into(),
            shop.time_zone.name().into(),
            shop.locale.as_str().into(),
            shop.tax_mode.as_str().into(),
            shop.cash_step_minor.into(),
            shop.receipt_header.as_str().into(),
            shop.receipt_footer.as_str().into(),
            shop.version.into(),
            shop.updated_at.micros().into(),
            shop.lead_time_days.into(),
            shop.service_level_bp.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The settings, locked until the end of the transaction.
pub(super) async fn lock(tx: &Tx) -> SalesResult<Shop> {
    let sql = format!("{SELECT}{}", tx.dialect().for_update());
    from_row(tx.row(&sql, []).await?)
}

/// True once an amount was written down in the base currency.
pub(super) async fn has_amounts(tx: &Tx) -> SalesResult<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM products) OR EXISTS (SELECT 1 FROM rates) OR EXISTS (SELECT 1 FROM sales)";
    Ok(tx.row(sql, []).await?.map_or(Ok(false), |row| row.get(0))?)
}

fn from_row(row: Option<Row>) -> SalesResult<Shop> {
    let row = row.ok_or_else(|| corrupt("there are no settings"))?;
    Ok(Shop {
        name: row.get(0)?,
        currency: Currency::parse(&row.get::<String>(1)?)
            .map_err(|_| corrupt("the currency is unknown"))?,
        time_zone: row
            .get::<String>(2)?
            .parse::<Tz>()
            .map_err(|_| corrupt("the time zone is unknown"))?,
        locale: row.get(3)?,
        tax_mode: TaxMode::parse(&row.get::<String>(4)?)
            .ok_or_else(|| corrupt("the tax mode is unknown"))?,
        cash_step_minor: row.get(5)?,
        receipt_header: row.get(6)?,
        receipt_footer: row.get(7)?,
        version: row.get(8)?,
        updated_at: Timestamp::from_micros(row.get(9)?),
        lead_time_days: row.get(10)?,
        service_level_bp: row.get(11)?,
    })
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("settings: {what}"))
}
