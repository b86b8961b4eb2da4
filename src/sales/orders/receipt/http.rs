//! Receipts on the wire.

use actix_web::{
    HttpResponse, get,
    http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY},
    web,
};
use kernel::ids::SaleId;
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf},
    request::Origin,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ReceiptFormat, html};
use crate::{Sales, actor::Actor};

/// How the receipt is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReceiptQuery {
    /// `html` (the default) or `pdf`.
    #[param(inline)]
    format: Option<ReceiptFormat>,
}

/// Print a receipt.
///
/// 80 mm wide, in the shop's language: a page to print from a browser, or a PDF. A cashier gets the
/// receipts of own sales.
#[utoipa::path(
    operation_id = "get_receipt", tag = "sales", params(("id" = SaleId, Path), ReceiptQuery),
    responses(
        (status = 200, description = "The receipt", content((String = "text/html"), (Vec<u8> = "application/pdf"))),
        (status = 400, description = "Not a format", body = ProblemBody),
        (status = 404, description = "No such sale, or somebody else's", body = ProblemBody),
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
    let receipt = sales.orders.receipt(&actor, id.0, format).await?;
    let mut response = HttpResponse::Ok();
    match receipt.format {
        ReceiptFormat::Html => {
            response.content_type("text/html; charset=utf-8");
            response.insert_header((CONTENT_SECURITY_POLICY, html::POLICY.as_str()));
        }
        ReceiptFormat::Pdf => {
            response.content_type("application/pdf");
            let name = format!("inline; filename=\"receipt-{}.pdf\"", receipt.number);
            response.insert_header((CONTENT_DISPOSITION, name));
        }
    }
    Ok(response.body(receipt.bytes))
}
