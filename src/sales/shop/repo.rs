//! The one row of settings.

use store::Tx;

use crate::{error::SalesResult, shop_reader::Shop};

pub(super) async fn insert_if_missing(tx: &Tx, shop: &Shop) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO settings (id, shop_name, currency, time_zone, locale, tax_mode, cash_step_minor, receipt_header, receipt_footer, version, updated_at_us, lead_time_days, service_level_bp, tax_number, trade_register_number, address, telephone)
         VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING",
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
            shop.tax_number.as_str().into(),
            shop.trade_register_number.as_str().into(),
            shop.address.as_str().into(),
            shop.telephone.as_str().into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &Tx, shop: &Shop) -> SalesResult<()> {
    tx.execute(
        "UPDATE settings SET shop_name = $1, currency = $2, time_zone = $3, locale = $4, tax_mode = $5, cash_step_minor = $6,
                receipt_header = $7, receipt_footer = $8, version = $9, updated_at_us = $10,
                lead_time_days = $11, service_level_bp = $12, tax_number = $13,
                trade_register_number = $14, address = $15, telephone = $16 WHERE id = 1",
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
            shop.tax_number.as_str().into(),
            shop.trade_register_number.as_str().into(),
            shop.address.as_str().into(),
            shop.telephone.as_str().into(),
        ],
    )
    .await?;
    Ok(())
}

/// True once an amount has been recorded in the base currency.
pub(super) async fn has_amounts(tx: &Tx) -> SalesResult<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM products) OR EXISTS (SELECT 1 FROM rates) OR EXISTS (SELECT 1 FROM sales)";
    Ok(tx.value(sql, []).await?.unwrap_or(false))
}
