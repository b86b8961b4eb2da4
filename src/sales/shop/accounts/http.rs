//! The HTTP operations of payment accounts.

use actix_web::{HttpResponse, get, patch, post, web};
use kernel::ids::PaymentAccountId;
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    headers::{IdempotencyKey, IfMatch},
    patch::present,
    problem::{ApiResult, ProblemBody},
    query::{PageQuery, PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{Account, AccountFields, AccountMethod};
use crate::{Sales, actor::Actor, idempotency::RequestKey, paging};

pub(in crate::shop) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_payment_accounts)
        .service(create_payment_account)
        .service(update_payment_account);
}

/// A page of payment accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountsPage {
    /// Accounts by name, including archived ones.
    pub items: Vec<Account>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// A new wallet or bank account.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    /// The account's name, unique in the shop.
    #[validate(length(min = 1, max = 100), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 100, example = "M-Pesa")]
    pub name: String,
    /// The payment method that it takes. It cannot be changed.
    pub method: AccountMethod,
}

/// A change of an account. Absent fields stay as they are.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAccount {
    /// The account's new name.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    /// True: it takes no more payments. Refunds can still use it.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub archived: Option<bool>,
}

/// List the payment accounts.
#[utoipa::path(
    operation_id = "list_payment_accounts", tag = "settings", params(PageQuery),
    responses((status = 200, description = "A page", body = AccountsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/payment-accounts")]
pub async fn list_payment_accounts(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadSettings>,
    query: QueryOf<PageQuery>,
) -> ApiResult<web::Json<AccountsPage>> {
    let limit = page_limit(query.0.limit)?;
    let all = sales.shop.payment_accounts().await?;
    let cursor = query.0.cursor.as_deref();
    let page = paging::page_of_whole("payment_accounts", all, cursor, limit, |one| one.id);
    let (items, next_cursor) = page?;
    Ok(web::Json(AccountsPage { items, next_cursor }))
}

/// Create a payment account.
///
/// A wallet of an operator, a card terminal or a bank account. Money lines of sales and refunds name
/// it, so that each can be compared with the operator's statement.
#[utoipa::path(
    operation_id = "create_payment_account", tag = "settings", request_body = CreateAccount,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters")),
    responses(
        (status = 201, description = "The account", body = Account),
        (status = 400, description = "The body is not JSON, or a header is not valid", body = ProblemBody),
        (status = 409, description = "Another account has this name", body = ProblemBody),
        (status = 422, description = "A field is not valid", body = ProblemBody),
    )
)]
#[post("/payment-accounts")]
pub async fn create_payment_account(
    sales: web::Data<Sales>,
    access: Allowed<to::ChangeSettings>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<CreateAccount>,
) -> ApiResult<HttpResponse> {
    let operation = "create_payment_account";
    let key = RequestKey::of_request(key, access.caller.user_id, operation, &body.raw);
    let actor = Actor::new(access.caller, origin);
    let new = body.value;
    let answer = sales
        .shop
        .create_payment_account(&actor, key.as_ref(), &new.name, new.method)
        .await?;
    Ok(answer.into())
}

/// Rename or archive a payment account.
#[utoipa::path(
    operation_id = "update_payment_account", tag = "settings", request_body = UpdateAccount,
    params(
        ("id" = PaymentAccountId, Path),
        ("If-Match" = Option<String>, Header, description = "The version that the change is based on, in quotes"),
    ),
    responses(
        (status = 200, description = "The account as it is now", body = Account),
        (status = 400, description = "The body is not JSON, or a header is not valid", body = ProblemBody),
        (status = 404, description = "No such account", body = ProblemBody),
        (status = 409, description = "Another account has this name", body = ProblemBody),
        (status = 412, description = "It has changed since", body = ProblemBody),
        (status = 422, description = "A field is not valid", body = ProblemBody),
    )
)]
#[patch("/payment-accounts/{id}")]
pub async fn update_payment_account(
    sales: web::Data<Sales>,
    access: Allowed<to::ChangeSettings>,
    origin: Origin,
    id: PathId<PaymentAccountId>,
    if_match: IfMatch,
    body: JsonBody<UpdateAccount>,
) -> ApiResult<web::Json<Account>> {
    let actor = Actor::new(access.caller, origin);
    let fields = AccountFields {
        name: body.value.name,
        archived: body.value.archived,
    };
    let account = sales
        .shop
        .update_payment_account(&actor, id.0, if_match, &fields)
        .await?;
    Ok(web::Json(account))
}
