//! Reads and changes the settings.

use std::sync::Arc;

use chrono_tz::Tz;
use kernel::{Code, Currency, Problem, Timestamp};
use platform::headers::IfMatch;
use serde_json::{Value, json};
use store::Tx;

use super::{ShopService, repo};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::SalesResult,
    rollups,
    shop_reader::{self, Shop, TaxMode},
};

/// Languages of receipts and reports.
pub(super) const LOCALES: [&str; 5] = ["fr-CD", "fr", "fr-FR", "en", "en-US"];
/// Largest cash step, minor units: ten thousand francs.
pub(super) const MAX_CASH_STEP: i64 = 1_000_000;

/// A change of the settings. `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ShopFields {
    /// The name on receipts.
    pub name: Option<String>,
    /// The base currency, only while no amount has been recorded.
    pub currency: Option<Currency>,
    /// The time zone of the shop's days.
    pub time_zone: Option<Tz>,
    /// Language of receipts and reports.
    pub locale: Option<String>,
    /// Whether prices include the tax.
    pub tax_mode: Option<TaxMode>,
    /// Smallest amount that can be paid in cash, minor units.
    pub cash_step_minor: Option<i64>,
    /// Days from order to delivery, for products without their own.
    pub lead_time_days: Option<i64>,
    /// How sure the stock must last until the delivery, basis points, for products without their own.
    pub service_level_bp: Option<i64>,
    /// The tax number (NIF).
    pub tax_number: Option<String>,
    /// The number in the trade register (RCCM).
    pub trade_register_number: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// The telephone numbers.
    pub telephone: Option<String>,
    /// Text above a receipt.
    pub receipt_header: Option<String>,
    /// Text below a receipt.
    pub receipt_footer: Option<String>,
}

impl ShopService {
    /// The present settings.
    pub async fn settings(&self) -> SalesResult<Arc<Shop>> {
        self.ctx.shop.current().await
    }

    /// Changes the settings. Earlier sales keep the settings of their time.
    ///
    /// # Errors
    /// `request.precondition_failed`; `setup.shop_not_empty` for another currency once there are
    /// amounts; `request.validation_failed`.
    pub async fn patch_settings(
        &self,
        actor: &Actor,
        if_match: IfMatch,
        fields: &ShopFields,
    ) -> SalesResult<Shop> {
        let at = self.ctx.clock.now();
        let shop = self
            .ctx
            .write
            .transaction(async |tx: &Tx| change_in(tx, actor, at, if_match, fields).await)
            .await?;
        self.ctx.shop.forget();
        Ok(shop)
    }
}

/// Changes the settings in a transaction. The caller then calls
/// [`crate::shop_reader::ShopReader::forget`].
///
/// # Errors
/// Those of [`ShopService::patch_settings`].
pub(crate) async fn change_in(
    tx: &Tx,
    actor: &Actor,
    at: Timestamp,
    if_match: IfMatch,
    fields: &ShopFields,
) -> SalesResult<Shop> {
    let before = shop_reader::lock(tx).await?;
    if_match.check(before.version)?;
    let mut after = changed(&before, fields);
    if after == before {
        return Ok(before);
    }
    if after.currency != before.currency && repo::has_amounts(tx).await? {
        return Err(Problem::new(
            Code::ShopNotEmpty,
            "The currency can only change while the shop has no products, rates or sales.",
        )
        .at_pointer("/currency")
        .into());
    }
    after.version = before.version.saturating_add(1);
    after.updated_at = at;
    repo::update(tx, &after).await?;
    if after.time_zone != before.time_zone {
        rollups::fold::start_over(tx, after.time_zone).await?;
    }
    let entry = Entry::of(Deed::SettingsUpdate, "1".to_owned())
        .before(to_audit(&before))
        .after(to_audit(&after));
    audit::record(tx, actor, at, entry).await?;
    Ok(after)
}

fn changed(before: &Shop, fields: &ShopFields) -> Shop {
    let text = |new: &Option<String>, old: &String| new.clone().unwrap_or_else(|| old.clone());
    let currency = fields.currency.unwrap_or(before.currency);
    Shop {
        name: text(&fields.name, &before.name),
        currency,
        time_zone: fields.time_zone.unwrap_or(before.time_zone),
        locale: text(&fields.locale, &before.locale),
        tax_mode: fields.tax_mode.unwrap_or(before.tax_mode),
        cash_step_minor: match fields.cash_step_minor {
            Some(step) => step,
            // The cash step of another currency has no meaning in this one.
            None if currency != before.currency => currency.cash_step_minor(),
            None => before.cash_step_minor,
        },
        lead_time_days: fields.lead_time_days.unwrap_or(before.lead_time_days),
        service_level_bp: fields.service_level_bp.unwrap_or(before.service_level_bp),
        tax_number: text(&fields.tax_number, &before.tax_number),
        trade_register_number: text(&fields.trade_register_number, &before.trade_register_number),
        address: text(&fields.address, &before.address),
        telephone: text(&fields.telephone, &before.telephone),
        receipt_header: text(&fields.receipt_header, &before.receipt_header),
        receipt_footer: text(&fields.receipt_footer, &before.receipt_footer),
        ..before.clone()
    }
}

fn to_audit(shop: &Shop) -> Value {
    json!({
        "name": shop.name,
        "currency": shop.currency,
        "time_zone": shop.time_zone.name(),
        "locale": shop.locale,
        "tax_mode": shop.tax_mode,
        "cash_step_minor": shop.cash_step_minor,
        "lead_time_days": shop.lead_time_days,
        "service_level_bp": shop.service_level_bp,
        "tax_number": shop.tax_number,
        "trade_register_number": shop.trade_register_number,
        "address": shop.address,
        "telephone": shop.telephone,
        "receipt_header": shop.receipt_header,
        "receipt_footer": shop.receipt_footer,
        "version": shop.version,
    })
}
