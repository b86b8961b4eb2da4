//! Sales that a till has kept while it had no network, sent together.

use std::collections::HashMap;

use actix_web::{post, web};
use kernel::{Code, FieldError, Problem, ids::SaleId};
use platform::{
    access::{Allowed, to},
    body::{self, JsonParts},
    problem::{ApiResult, ProblemBody, render},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use validator::Validate;

use super::CreateSale;
use crate::{
    Sales,
    actor::Actor,
    idempotency::Answer,
    orders::model::{NewSale, Sale},
};

/// Most sales of a batch.
pub const MAX_SALES: usize = 100;

/// Sales to record, each for itself.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSalesBatch {
    /// 1 to 100 sales, in the order in which they happened. Each needs an `id` of its own.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100, value_type = Vec<CreateSale>)]
    pub sales: Vec<Box<RawValue>>,
}

/// What became of the sales of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct SalesBatchResult {
    /// One result for each sale, in their order.
    pub results: Vec<BatchedSale>,
}

/// What became of one sale of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchedSale {
    /// Its place in the request, from 0.
    pub index: usize,
    /// The status that `POST /sales` would have had: 201 recorded, 200 recorded before, otherwise
    /// refused.
    pub status: u16,
    /// The sale; null when it is refused.
    #[schema(required, value_type = Option<Sale>)]
    pub sale: Option<Box<RawValue>>,
    /// Why it is refused, with pointers into the sale; null when it is recorded.
    #[schema(required, value_type = Option<ProblemBody>)]
    pub problem: Option<Box<RawValue>>,
}

/// Record many sales.
///
/// For a till that has sold without a network. Each sale is recorded or refused for itself, as by `POST
/// /sales`, and its `id` is its key: send a batch again as often as needed, and each sale is recorded
/// once. The answer is 200 with one result for each sale, in their order. The batch itself is refused,
/// and nothing is recorded, if it has no sales, more than 100, or the same `id` twice. A refusal with
/// status 503 or 408 is about the moment: send that sale again later.
#[utoipa::path(
    operation_id = "create_sales_batch", tag = "sales", request_body = CreateSalesBatch,
    responses(
        (status = 200, description = "What became of each sale", body = SalesBatchResult),
        (status = 422, description = "No sales, more than 100, or the same id twice", body = ProblemBody),
    )
)]
#[post("/sales/batch")]
pub async fn create_sales_batch(
    sales: web::Data<Sales>,
    access: Allowed<to::Sell>,
    origin: Origin,
    body: JsonParts<CreateSalesBatch>,
) -> ApiResult<web::Json<SalesBatchResult>> {
    let request_id = origin.request_id.clone();
    let orders: Vec<Result<NewSale, Problem>> = body.0.sales.iter().map(|raw| read(raw)).collect();
    refuse_repeated(&orders)?;
    let actor = Actor::new(access.caller, origin);
    let answers = sales.orders.record_all(&actor, orders).await;
    let results = answers
        .into_iter()
        .enumerate()
        .map(|(index, answer)| BatchedSale::of(index, answer, &request_id))
        .collect::<Result<_, _>>()?;
    Ok(web::Json(SalesBatchResult { results }))
}

fn read(raw: &RawValue) -> Result<NewSale, Problem> {
    let sale: CreateSale = body::parse(raw.get().as_bytes())?;
    if sale.id.is_none() {
        let detail = "each sale of a batch needs an id";
        return Err(Problem::invalid("/id", "field.required", detail));
    }
    sale.into_order()
}

/// The same id twice is a mistake of the client: which of the two sales would be the right one?
fn refuse_repeated(orders: &[Result<NewSale, Problem>]) -> Result<(), Problem> {
    let mut first: HashMap<SaleId, usize> = HashMap::with_capacity(orders.len());
    let mut faults = Vec::new();
    for (index, order) in orders.iter().enumerate() {
        let Some(id) = order.as_ref().ok().and_then(|order| order.id) else {
            continue;
        };
        if let Some(before) = first.insert(id, index) {
            let detail = format!("is the id of sale {before} as well");
            faults.push(FieldError::new(
                format!("/sales/{index}/id"),
                "sale.id_repeated",
                detail,
            ));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    let mut problem = Problem::of(Code::ValidationFailed);
    problem.errors = faults;
    Err(problem)
}

impl BatchedSale {
    fn of(
        index: usize,
        answer: Result<Answer, Problem>,
        request_id: &str,
    ) -> Result<Self, Problem> {
        let raw = |text: String| {
            RawValue::from_string(text).map_err(|error| {
                tracing::error!(%error, "a result of a batch is no JSON");
                Problem::of(Code::Internal)
            })
        };
        Ok(match answer {
            Ok(answer) => Self {
                index,
                status: answer.status,
                sale: Some(raw(answer.body)?),
                problem: None,
            },
            Err(problem) => Self {
                index,
                status: problem.code.status(),
                sale: None,
                problem: Some(raw(render(&problem, request_id))?),
            },
        })
    }
}

const _: () = assert!(MAX_SALES == 100);
