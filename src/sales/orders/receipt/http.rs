//! The HTTP operations of receipts.

use actix_web::{
    HttpResponse, get,
    http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY},
    web,
};
use kernel::ids::{RefundId, SaleId};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf},
    request::Origin,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Paper, Receipt, ReceiptFormat, html};
use crate::{Sales, actor::Actor};

/// The format of the receipt.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReceiptQuery {
    /// `html` (the default), `pdf`, or `text` to send it as a message.
    #[param(inline)]
    format: Option<ReceiptFormat>,
    /// The printer's paper, `58mm` or `80mm` (the default). A line of text has 32 or 42 characters.
    #[param(inline)]
    paper: Option<Paper>,
}

/// Print a receipt.
///
/// In the shop's language: a page to print from a browser, a PDF, or plain text. Cashiers get only
/// receipts of their own sales.
#[utoipa::path(
    operation_id = "get_receipt", tag = "sales", params(("id" = SaleId, Path), ReceiptQuery),
    responses(
        (status = 200, description = "The receipt", content((String = "text/html"), (Vec<u8> = "application/pdf"), (String = "text/plain"))),
        (status = 400, description = "Unknown format or paper", body = ProblemBody),
        (status = 404, description = "No such sale, or another cashier's", body = ProblemBody),
    )
)]
#[get("/sales/{id}/receipt")]
pub async fn get_receipt(
    sales: web::Data<Sales>,
    access: Allowed<to::ReadSales>,
    origin: Origin,
    id: PathId<SaleId>,
    query: QueryOf<ReceiptQuery>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(access.caller, origin);
    let format = query.0.format.unwrap_or_default();
    let paper = query.0.paper.unwrap_or_default();
    let receipt = sales.orders.receipt(&actor, id.0, format, paper).await?;
    Ok(respond(receipt))
}

/// Print the receipt of a refund.
///
/// What was returned from which sale, and how the money was paid back, in the shop's language.
/// Cashiers get only those of their own sales.
#[utoipa::path(
    operation_id = "get_refund_receipt", tag = "sales", params(("id" = RefundId, Path), ReceiptQuery),
    responses(
        (status = 200, description = "The receipt", content((String = "text/html"), (Vec<u8> = "application/pdf"), (String = "text/plain"))),
        (status = 400, description = "Unknown format or paper", body = ProblemBody),
        (status = 404, description = "No such refund, or one of another cashier's sale", body = ProblemBody),
    )
)]
#[get("/refunds/{id}/receipt")]
pub async fn get_refund_receipt(
    sales: web::Data<Sales>,
    access: Allowed<to::ReadSales>,
    origin: Origin,
    id: PathId<RefundId>,
    query: QueryOf<ReceiptQuery>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(access.caller, origin);
    let format = query.0.format.unwrap_or_default();
    let paper = query.0.paper.unwrap_or_default();
    let orders = &sales.orders;
    let receipt = orders.refund_receipt(&actor, id.0, format, paper).await?;
    Ok(respond(receipt))
}

fn respond(receipt: Receipt) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    match receipt.format {
        ReceiptFormat::Html => {
            response.content_type("text/html; charset=utf-8");
            response.insert_header((CONTENT_SECURITY_POLICY, html::policy(receipt.paper)));
        }
        ReceiptFormat::Text => {
            response.content_type("text/plain; charset=utf-8");
        }
        ReceiptFormat::Pdf => {
            response.content_type("application/pdf");
            let name = format!("inline; filename=\"{}.pdf\"", receipt.name);
            response.insert_header((CONTENT_DISPOSITION, name));
        }
    }
    response.body(receipt.bytes)
}
