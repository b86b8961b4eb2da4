//! The HTTP operation of a change of many products.

use actix_web::{post, web};
use kernel::{
    Amount, FieldError, Problem, Quantity,
    ids::{CategoryId, ProductId},
};
use platform::{
    access::{Allowed, to},
    body::JsonBody,
    patch::present,
    problem::{ApiResult, ProblemBody},
    request::Origin,
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};
use utoipa::ToSchema;
use validator::Validate;

use super::{BelowCost, BulkChange, BulkFields, BulkOutcome, BulkTarget, MAX_PRODUCTS, Repricing};
use crate::{Sales, actor::Actor};

/// A product of a change.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkProduct {
    /// The product to change.
    id: ProductId,
    /// The version that the preview returned; required unless `dry_run` is true.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    version: Option<i64>,
}

/// How prices change: to a price, or by a part of the present one.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkPrice {
    /// The new price of a unit, minor units. Either this or `by_bp`.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64, nullable = false)]
    set_minor: Option<i64>,
    /// The change in basis points of the present price: 500 raises it by 5 %, -500 lowers it by 5 %.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = -9_999, max = 100_000))]
    #[schema(minimum = -9_999, maximum = 100_000, nullable = false)]
    by_bp: Option<i64>,
    /// With `by_bp`: the step to which new prices are rounded, minor units, such as 5000 for 50 francs;
    /// what the currency shows when absent.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 1, max = 1_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 1_000_000_000_i64, nullable = false)]
    step_minor: Option<i64>,
}

/// What changes on every product. Absent fields stay as they are.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::option_option,
    reason = "absent, null and a value say three things"
)]
pub struct BulkFieldsBody {
    /// How the price of each product changes.
    #[serde(default, deserialize_with = "present_object")]
    #[validate(nested)]
    #[schema(nullable = false)]
    price: Option<BulkPrice>,
    /// The new category; null removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<CategoryId>)]
    category_id: Option<Option<CategoryId>>,
    /// The new tax rate, basis points.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 0, max = 10_000))]
    #[schema(minimum = 0, maximum = 10_000, nullable = false)]
    tax_rate_bp: Option<i64>,
    /// The new stock at which to order; zero for never.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    reorder_level: Option<Quantity>,
    /// Whether they are no longer sold.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    archived: Option<bool>,
}

/// A change of many products, all or none.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProducts {
    /// The products, 1 to 1,000, each once.
    #[validate(length(min = 1, max = 1_000), nested)]
    #[schema(min_items = 1, max_items = 1_000)]
    products: Vec<BulkProduct>,
    /// What changes on every one of them.
    #[serde(deserialize_with = "object")]
    #[validate(nested)]
    change: BulkFieldsBody,
    /// True to let prices without tax fall below the cost.
    #[serde(default)]
    #[schema(default = false)]
    allow_below_cost: bool,
    /// True for a preview: nothing is changed. It returns the version of each product.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

/// Reads an object. Without it, an empty array would be read as a structure without any field.
fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let members = serde_json::Map::deserialize(deserializer)?;
    serde_json::from_value(members.into()).map_err(D::Error::custom)
}

/// The same for a field that may be absent.
fn present_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    object(deserializer).map(Some)
}

impl ChangeProducts {
    fn into_change(self) -> Result<BulkChange, Problem> {
        if !self.dry_run {
            let without = self.products.iter().enumerate();
            let without = without.filter(|(_, one)| one.version.is_none());
            let faults: Vec<FieldError> = without
                .take(100)
                .map(|(index, _)| {
                    let pointer = format!("/products/{index}/version");
                    let detail = "is required: take the one of the preview";
                    FieldError::new(pointer, "field.required", detail)
                })
                .collect();
            if !faults.is_empty() {
                return Err(Problem::validation(faults));
            }
        }
        let change = self.change;
        Ok(BulkChange {
            products: self
                .products
                .into_iter()
                .map(|one| BulkTarget {
                    id: one.id,
                    version: one.version,
                })
                .collect(),
            fields: BulkFields {
                price: change.price.map(BulkPrice::into_change).transpose()?,
                category_id: change.category_id,
                tax_rate_bp: change.tax_rate_bp,
                reorder_level: change.reorder_level,
                archived: change.archived,
            },
            below_cost: if self.allow_below_cost {
                BelowCost::Allowed
            } else {
                BelowCost::Refused
            },
        })
    }
}

impl BulkPrice {
    fn into_change(self) -> Result<Repricing, Problem> {
        match (self.set_minor, self.by_bp) {
            (Some(price), None) if self.step_minor.is_none() => {
                Ok(Repricing::Set(Amount::new(price)?))
            }
            (None, Some(by_bp)) => Ok(Repricing::Percent {
                by_bp,
                step_minor: self.step_minor,
            }),
            _ => {
                let detail = "takes either set_minor alone, or by_bp with or without step_minor";
                Err(Problem::invalid("/change/price", "price.one_way", detail))
            }
        }
    }
}

/// Change many products, or preview the change.
///
/// One change of up to 1,000 products, all or none. Send it with `dry_run` first: the response shows
/// each product before and after, and its version. Then send it with these versions: if a product has
/// changed meanwhile, nothing happens.
#[utoipa::path(
    operation_id = "change_products", tag = "products", request_body = ChangeProducts,
    responses(
        (status = 200, description = "What the change did, or would do", body = BulkOutcome),
        (status = 409, description = "A code of a product belongs to an older one", body = ProblemBody),
        (status = 412, description = "A product has changed since the preview", body = ProblemBody),
        (status = 422, description = "A field is not valid, a product or the category is unknown, or a price would pass below the cost", body = ProblemBody),
    )
)]
#[post("/products/changes")]
pub async fn change_products(
    sales: web::Data<Sales>,
    access: Allowed<to::ChangeCatalogue>,
    origin: Origin,
    body: JsonBody<ChangeProducts>,
) -> ApiResult<web::Json<BulkOutcome>> {
    let actor = Actor::new(access.caller, origin);
    let is_preview = body.value.dry_run;
    let change = body.value.into_change()?;
    let outcome = if is_preview {
        sales.catalogue.preview_many(&actor, &change).await?
    } else {
        sales.catalogue.change_many(&actor, &change).await?
    };
    Ok(web::Json(outcome))
}

const _: () = assert!(MAX_PRODUCTS == 1_000);
