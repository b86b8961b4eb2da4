//! The HTTP operations of stock documents: receipts, adjustments, counts, transfers.

use actix_web::{HttpResponse, post, web};
use kernel::{
    Amount, MoneyError, Problem, Quantity, Timestamp,
    ids::{LocationId, ProductId},
};
use platform::{
    access::{Allowed, Caller, to},
    body::{JsonBody, rules},
    headers::IdempotencyKey,
    problem::{ApiResult, ProblemBody},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    Sales,
    actor::Actor,
    idempotency::RequestKey,
    inventory::documents::{self, Heading, PostedDocument, Posting},
};

/// Goods that came in.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiveStock {
    /// The products that came in, 1 to 500 lines.
    #[validate(length(min = 1, max = 1000), nested)]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<ReceiveLine>,
    /// The location that receives them; the default one when absent.
    pub location_id: Option<LocationId>,
    /// The supplier of the goods.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub supplier: Option<String>,
    /// The number on the delivery note or invoice.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// When the goods came in; the time of the request when absent.
    pub occurred_at: Option<Timestamp>,
}

/// A line of goods that came in.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiveLine {
    /// The product that came in.
    pub product_id: ProductId,
    /// The quantity in the product's unit.
    #[validate(custom(function = rules::quantity_positive))]
    pub quantity: Quantity,
    /// The purchase cost of a unit, minor units. The product's cost becomes the weighted average.
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub unit_cost_minor: Option<i64>,
}

/// An adjustment of the stock, with a reason.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustStock {
    /// The products that are adjusted.
    #[validate(length(min = 1, max = 1000), nested)]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<AdjustLine>,
    /// Why the stock is adjusted.
    #[validate(length(min = 1, max = 500), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// The location to adjust; the default one when absent.
    pub location_id: Option<LocationId>,
}

/// A line of an adjustment.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustLine {
    /// The product to adjust.
    pub product_id: ProductId,
    /// The change in the product's unit; negative takes out.
    #[validate(custom(function = rules::quantity_not_zero))]
    pub delta: Quantity,
}

/// A count of the stock.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountStock {
    /// The counted products, each of them once.
    #[validate(length(min = 1, max = 1000), nested)]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<CountLine>,
    /// When it was counted; the time of the request when absent. Later movements are added to the
    /// count. Movements at that time or before that are recorded later were seen by the count.
    pub counted_at: Option<Timestamp>,
    /// The location that was counted; the default one when absent.
    pub location_id: Option<LocationId>,
}

/// A line of a count.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountLine {
    /// The product that was counted.
    pub product_id: ProductId,
    /// The counted quantity in the product's unit.
    #[validate(custom(function = rules::quantity_not_negative))]
    pub counted: Quantity,
}

/// A transfer of goods between locations.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferStock {
    /// The location from which the goods leave.
    pub from_location_id: LocationId,
    /// The location at which they arrive.
    pub to_location_id: LocationId,
    /// The products that are transferred.
    #[validate(length(min = 1, max = 1000), nested)]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<TransferLine>,
}

/// A line of a transfer.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferLine {
    /// The product to transfer.
    pub product_id: ProductId,
    /// The quantity in the product's unit.
    #[validate(custom(function = rules::quantity_positive))]
    pub quantity: Quantity,
}

/// The heading and the lines of a document.
struct Document {
    heading: Heading,
    posting: Posting,
}

impl TryFrom<ReceiveStock> for Document {
    type Error = MoneyError;

    fn try_from(received: ReceiveStock) -> Result<Self, MoneyError> {
        let lines = received.lines.iter().map(|line| {
            let cost = line.unit_cost_minor.map(Amount::new).transpose()?;
            Ok((line.product_id, line.quantity, cost))
        });
        Ok(Self {
            heading: Heading {
                supplier: received.supplier,
                reference: received.reference,
                reason: None,
            },
            posting: Posting::Receipt {
                lines: lines.collect::<Result<_, _>>()?,
                location_id: received.location_id,
                occurred_at: received.occurred_at,
            },
        })
    }
}

impl From<AdjustStock> for Document {
    fn from(adjusted: AdjustStock) -> Self {
        let lines = adjusted.lines.iter();
        Self {
            heading: Heading {
                reason: Some(adjusted.reason),
                ..Heading::default()
            },
            posting: Posting::Adjustment {
                lines: lines.map(|line| (line.product_id, line.delta)).collect(),
                location_id: adjusted.location_id,
            },
        }
    }
}

impl From<CountStock> for Document {
    fn from(counted: CountStock) -> Self {
        let lines = counted.lines.iter();
        Self {
            heading: Heading::default(),
            posting: Posting::Count {
                lines: lines.map(|line| (line.product_id, line.counted)).collect(),
                location_id: counted.location_id,
                counted_at: counted.counted_at,
            },
        }
    }
}

impl From<TransferStock> for Document {
    fn from(moved: TransferStock) -> Self {
        let lines = moved.lines.iter();
        Self {
            heading: Heading::default(),
            posting: Posting::Transfer {
                lines: lines.map(|line| (line.product_id, line.quantity)).collect(),
                from: moved.from_location_id,
                to: moved.to_location_id,
            },
        }
    }
}

/// Receive goods.
#[utoipa::path(
    operation_id = "receive_stock", tag = "inventory", request_body = ReceiveStock,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters")),
    responses((status = 201, description = "Posted", body = PostedDocument), (status = 422, description = "A rule is broken", body = ProblemBody))
)]
#[post("/inventory/receipts")]
pub async fn receive_stock(
    sales: web::Data<Sales>,
    access: Allowed<to::MoveStock>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<ReceiveStock>,
) -> ApiResult<HttpResponse> {
    post_document(&sales, access.caller, origin, key, "receive_stock", body).await
}

/// Adjust stock, with a reason.
#[utoipa::path(
    operation_id = "adjust_stock", tag = "inventory", request_body = AdjustStock,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters")),
    responses((status = 201, description = "Posted", body = PostedDocument), (status = 409, description = "Not enough stock", body = ProblemBody))
)]
#[post("/inventory/adjustments")]
pub async fn adjust_stock(
    sales: web::Data<Sales>,
    access: Allowed<to::MoveStock>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<AdjustStock>,
) -> ApiResult<HttpResponse> {
    post_document(&sales, access.caller, origin, key, "adjust_stock", body).await
}

/// Post a count.
///
/// Each counted quantity is compared with the stock at the time of the count. Later movements are
/// added to it.
#[utoipa::path(
    operation_id = "count_stock", tag = "inventory", request_body = CountStock,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters")),
    responses((status = 201, description = "Posted", body = PostedDocument), (status = 409, description = "More has left since than was counted", body = ProblemBody))
)]
#[post("/inventory/counts")]
pub async fn count_stock(
    sales: web::Data<Sales>,
    access: Allowed<to::MoveStock>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<CountStock>,
) -> ApiResult<HttpResponse> {
    post_document(&sales, access.caller, origin, key, "count_stock", body).await
}

/// Transfer goods to another location.
#[utoipa::path(
    operation_id = "transfer_stock", tag = "inventory", request_body = TransferStock,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters")),
    responses((status = 201, description = "Posted", body = PostedDocument), (status = 409, description = "Not enough stock", body = ProblemBody))
)]
#[post("/inventory/transfers")]
pub async fn transfer_stock(
    sales: web::Data<Sales>,
    access: Allowed<to::MoveStock>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<TransferStock>,
) -> ApiResult<HttpResponse> {
    post_document(&sales, access.caller, origin, key, "transfer_stock", body).await
}

async fn post_document<D: TryInto<Document, Error: Into<Problem>>>(
    sales: &Sales,
    caller: Caller,
    origin: Origin,
    key: IdempotencyKey,
    operation: &str,
    body: JsonBody<D>,
) -> ApiResult<HttpResponse> {
    let key = RequestKey::of_request(key, caller.user_id, operation, &body.raw);
    let Document { heading, posting } = body.value.try_into().map_err(Into::into)?;
    let actor = Actor::new(caller, origin);
    let posted = documents::post(&sales.ctx, &actor, key.as_ref(), &heading, &posting).await?;
    Ok(posted.into())
}
