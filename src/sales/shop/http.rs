//! The HTTP operations of the settings.

use actix_web::{HttpResponse, get, http::header, patch, web};
use chrono_tz::Tz;
use kernel::{Currency, Problem, Timestamp};
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    headers::{IfMatch, etag},
    patch::present,
    problem::{ApiResult, ProblemBody},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::{Validate, ValidationError};

use super::settings::{LOCALES, MAX_CASH_STEP, ShopFields};
use crate::{
    Sales,
    actor::Actor,
    shop_reader::{Shop, TaxMode},
};

pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_settings).service(update_settings);
}

/// The settings of the shop.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingsView {
    /// The shop's name on receipts.
    #[schema(example = "Boutique Mapendo")]
    name: String,
    /// The base currency of every price, cost and total.
    currency: Currency,
    /// Digits after the decimal point that people see and type. Most currencies store two.
    display_digits: u8,
    /// Minor units in one unit of the currency.
    minor_per_major: i64,
    /// The IANA time zone of the shop's days.
    #[schema(example = "Africa/Lubumbashi")]
    time_zone: String,
    /// Language of receipts and reports, such as `fr-CD`.
    #[schema(example = "fr-CD")]
    locale: String,
    /// Whether prices include the tax.
    tax_mode: TaxMode,
    /// Smallest amount that can be paid in cash, minor units.
    cash_step_minor: i64,
    /// Days from order to delivery, for products without their own.
    lead_time_days: i64,
    /// How sure the stock must last until the delivery, basis points, for products without their own.
    service_level_bp: i64,
    /// The tax number (NIF), on receipts and reports; empty without one.
    tax_number: String,
    /// The number in the trade register (RCCM), on receipts and reports; empty without one.
    trade_register_number: String,
    /// The address, on receipts and reports, in one or several lines.
    address: String,
    /// The telephone numbers, on receipts and reports.
    telephone: String,
    /// Text printed above a receipt.
    receipt_header: String,
    /// Text printed below a receipt.
    receipt_footer: String,
    /// Number of changes, for `If-Match`.
    version: i64,
    /// When the settings were last changed.
    updated_at: Timestamp,
}

impl From<&Shop> for SettingsView {
    fn from(shop: &Shop) -> Self {
        Self {
            name: shop.name.clone(),
            currency: shop.currency,
            display_digits: shop.currency.display_digits(),
            minor_per_major: shop.currency.minor_per_major(),
            time_zone: shop.time_zone.name().to_owned(),
            locale: shop.locale.clone(),
            tax_mode: shop.tax_mode,
            cash_step_minor: shop.cash_step_minor,
            lead_time_days: shop.lead_time_days,
            service_level_bp: shop.service_level_bp,
            tax_number: shop.tax_number.clone(),
            trade_register_number: shop.trade_register_number.clone(),
            address: shop.address.clone(),
            telephone: shop.telephone.clone(),
            receipt_header: shop.receipt_header.clone(),
            receipt_footer: shop.receipt_footer.clone(),
            version: shop.version,
            updated_at: shop.updated_at,
        }
    }
}

/// A change of the settings. Absent fields stay as they are.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSettings {
    /// The shop's name on receipts.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    name: Option<String>,
    /// The base currency. It can be changed only while the shop has no products, rates or sales.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    currency: Option<Currency>,
    /// A name of the IANA time-zone database.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 64))]
    #[schema(
        min_length = 1,
        max_length = 64,
        nullable = false,
        example = "Africa/Lubumbashi"
    )]
    time_zone: Option<String>,
    /// Language of receipts and reports: fr-CD, fr, fr-FR, en or en-US.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 2, max = 10), custom(function = known_locale))]
    #[schema(min_length = 2, max_length = 10, nullable = false, example = "fr-CD")]
    locale: Option<String>,
    /// Whether prices include the tax.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    tax_mode: Option<TaxMode>,
    /// Smallest amount that can be paid in cash, minor units.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000, nullable = false)]
    cash_step_minor: Option<i64>,
    /// Days from order to delivery, for products without their own.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 1, max = 180))]
    #[schema(minimum = 1, maximum = 180, nullable = false)]
    lead_time_days: Option<i64>,
    /// How sure the stock must last until the delivery, basis points, for products without their own.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 5_000, max = 9_990))]
    #[schema(minimum = 5_000, maximum = 9_990, nullable = false)]
    service_level_bp: Option<i64>,
    /// The tax number (NIF). An empty text removes it.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 50))]
    #[schema(max_length = 50, nullable = false, example = "A0704736X")]
    tax_number: Option<String>,
    /// The number in the trade register (RCCM). An empty text removes it.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 50))]
    #[schema(max_length = 50, nullable = false, example = "CD/GOM/RCCM/14-A-0123")]
    trade_register_number: Option<String>,
    /// The address, in one or several lines. An empty text removes it.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 300))]
    #[schema(max_length = 300, nullable = false)]
    address: Option<String>,
    /// The telephone numbers. An empty text removes them.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 100))]
    #[schema(max_length = 100, nullable = false, example = "+243 997 000 000")]
    telephone: Option<String>,
    /// Text printed above a receipt.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 500))]
    #[schema(max_length = 500, nullable = false)]
    receipt_header: Option<String>,
    /// Text printed below a receipt.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 500))]
    #[schema(max_length = 500, nullable = false)]
    receipt_footer: Option<String>,
}

const _: () = assert!(MAX_CASH_STEP == 1_000_000);

fn known_locale(locale: &str) -> Result<(), ValidationError> {
    if LOCALES.contains(&locale) {
        Ok(())
    } else {
        Err(ValidationError::new("locale")
            .with_message("must be fr-CD, fr, fr-FR, en or en-US".into()))
    }
}

impl UpdateSettings {
    fn into_fields(self) -> Result<ShopFields, Problem> {
        let time_zone = self.time_zone.map(|name| {
            name.parse::<Tz>().map_err(|_| {
                Problem::invalid(
                    "/time_zone",
                    "field.unknown_value",
                    "must be a name of the IANA time-zone database, such as Africa/Lubumbashi",
                )
            })
        });
        Ok(ShopFields {
            name: self.name,
            currency: self.currency,
            time_zone: time_zone.transpose()?,
            locale: self.locale,
            tax_mode: self.tax_mode,
            cash_step_minor: self.cash_step_minor,
            lead_time_days: self.lead_time_days,
            service_level_bp: self.service_level_bp,
            tax_number: self.tax_number,
            trade_register_number: self.trade_register_number,
            address: self.address,
            telephone: self.telephone,
            receipt_header: self.receipt_header,
            receipt_footer: self.receipt_footer,
        })
    }
}

fn tagged(shop: &Shop) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, etag(shop.version)))
        .json(SettingsView::from(shop))
}

/// Read the settings.
#[utoipa::path(
    operation_id = "get_settings", tag = "settings",
    responses((status = 200, description = "The settings, with their version as ETag", body = SettingsView))
)]
#[get("/settings")]
pub async fn get_settings(
    _access: Allowed<to::ReadSettings>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    Ok(tagged(&*sales.shop.settings().await?))
}

/// Change the settings.
#[utoipa::path(
    operation_id = "update_settings", tag = "settings",
    params(("If-Match" = Option<String>, Header, description = "The version that the change is based on, in quotes")),
    request_body = UpdateSettings,
    responses(
        (status = 200, description = "The settings as they are now", body = SettingsView),
        (status = 400, description = "The body is not JSON, or a header is not valid", body = ProblemBody),
        (status = 409, description = "The currency cannot change any more", body = ProblemBody),
        (status = 412, description = "They have changed since", body = ProblemBody),
        (status = 422, description = "A field is not valid", body = ProblemBody),
    )
)]
#[patch("/settings")]
pub async fn update_settings(
    access: Allowed<to::ChangeSettings>,
    origin: Origin,
    if_match: IfMatch,
    body: JsonBody<UpdateSettings>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(access.caller, origin);
    let fields = body.value.into_fields()?;
    let shop = sales.shop.patch_settings(&actor, if_match, &fields).await?;
    Ok(tagged(&shop))
}
