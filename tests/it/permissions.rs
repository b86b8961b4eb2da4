//! Permissions: every operation of the document × every role × a stranger, compared with one table.
//!
//! An operation without a row fails, so that nobody adds one without deciding who may use it.

use kernel::{Permission, Role};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{app::TestApp, http::Client};

/// What each operation needs; `None` is open to everybody, and that list is short on purpose.
const TABLE: &[(&str, Option<Permission>)] = &[
    // auth
    ("complete_setup", None),
    ("login", None),
    ("refresh_session", None),
    ("logout", Some(Permission::UseOwnAccount)),
    ("get_me", Some(Permission::UseOwnAccount)),
    ("change_password", Some(Permission::UseOwnAccount)),
    ("list_own_sessions", Some(Permission::UseOwnAccount)),
    ("end_own_session", Some(Permission::UseOwnAccount)),
    ("get_second_factor", Some(Permission::UseOwnAccount)),
    ("begin_second_factor", Some(Permission::UseOwnAccount)),
    ("confirm_second_factor", Some(Permission::UseOwnAccount)),
    ("renew_recovery_codes", Some(Permission::UseOwnAccount)),
    ("remove_second_factor", Some(Permission::UseOwnAccount)),
    (
        "remove_second_factor_of_user",
        Some(Permission::ManageUsers),
    ),
    // users
    ("list_staff", Some(Permission::ReadStaff)),
    ("list_users", Some(Permission::ManageUsers)),
    ("create_user", Some(Permission::ManageUsers)),
    ("get_user", Some(Permission::ManageUsers)),
    ("update_user", Some(Permission::ManageUsers)),
    ("reset_password", Some(Permission::ManageUsers)),
    ("list_audit", Some(Permission::ReadAudit)),
    ("get_cache", Some(Permission::OperateServer)),
    ("accept_clock", Some(Permission::OperateServer)),
    // catalogue
    ("list_categories", Some(Permission::ReadCatalogue)),
    ("create_category", Some(Permission::ChangeCatalogue)),
    ("update_category", Some(Permission::ChangeCatalogue)),
    ("get_favourites", Some(Permission::ReadCatalogue)),
    ("set_favourites", Some(Permission::ChangeCatalogue)),
    ("list_products", Some(Permission::ReadCatalogue)),
    ("get_till_catalogue", Some(Permission::ReadCatalogue)),
    ("create_product", Some(Permission::ChangeCatalogue)),
    ("get_product", Some(Permission::ReadCatalogue)),
    ("get_product_sheet", Some(Permission::ReadStock)),
    ("update_product", Some(Permission::ChangeCatalogue)),
    ("archive_product", Some(Permission::ChangeCatalogue)),
    ("unarchive_product", Some(Permission::ChangeCatalogue)),
    ("list_product_prices", Some(Permission::ReadCatalogue)),
    // settings
    ("get_settings", Some(Permission::ReadSettings)),
    ("update_settings", Some(Permission::ChangeSettings)),
    ("list_rates", Some(Permission::ReadSettings)),
    ("create_rate", Some(Permission::ChangeSettings)),
    ("list_payment_accounts", Some(Permission::ReadSettings)),
    ("create_payment_account", Some(Permission::ChangeSettings)),
    ("update_payment_account", Some(Permission::ChangeSettings)),
    ("withdraw_rate", Some(Permission::ChangeSettings)),
    // inventory
    ("list_locations", Some(Permission::ReadLocations)),
    ("create_location", Some(Permission::MoveStock)),
    ("update_location", Some(Permission::MoveStock)),
    ("change_products", Some(Permission::ChangeCatalogue)),
    ("list_product_figures", Some(Permission::ReadAnalytics)),
    ("review_product", Some(Permission::ReadAnalytics)),
    ("get_last_proof", Some(Permission::VerifyBooks)),
    ("list_stock_documents", Some(Permission::ReadStock)),
    ("get_stock_document", Some(Permission::ReadStock)),
    ("list_levels", Some(Permission::ReadCatalogue)),
    ("list_movements", Some(Permission::ReadStock)),
    ("list_product_movements", Some(Permission::ReadStock)),
    ("receive_stock", Some(Permission::MoveStock)),
    ("adjust_stock", Some(Permission::MoveStock)),
    ("count_stock", Some(Permission::MoveStock)),
    ("transfer_stock", Some(Permission::MoveStock)),
    ("verify_books", Some(Permission::VerifyBooks)),
    ("order_verification", Some(Permission::VerifyBooks)),
    // sales
    ("create_sale", Some(Permission::Sell)),
    ("create_sales_batch", Some(Permission::Sell)),
    ("list_sales", Some(Permission::ReadSales)),
    ("get_receipt", Some(Permission::ReadSales)),
    ("get_refund_receipt", Some(Permission::ReadSales)),
    ("get_sale", Some(Permission::ReadSales)),
    ("void_sale", Some(Permission::VoidSales)),
    ("refund_sale", Some(Permission::RefundSales)),
    ("list_sale_refunds", Some(Permission::ReadSales)),
    ("list_refunds", Some(Permission::ReadSales)),
    // imports
    ("list_imports", Some(Permission::ImportFiles)),
    ("create_import", Some(Permission::ImportFiles)),
    ("get_import", Some(Permission::ImportFiles)),
    ("get_import_template", Some(Permission::ImportFiles)),
    ("export_import_errors", Some(Permission::ImportFiles)),
    ("list_import_rows", Some(Permission::ImportFiles)),
    ("map_import", Some(Permission::ImportFiles)),
    ("correct_import_row", Some(Permission::ImportFiles)),
    ("commit_import", Some(Permission::ImportFiles)),
    ("undo_import", Some(Permission::ImportFiles)),
    // exports
    ("export_products_csv", Some(Permission::ExportData)),
    ("export_products_xlsx", Some(Permission::ExportData)),
    ("export_sales_csv", Some(Permission::ExportData)),
    ("export_sales_xlsx", Some(Permission::ExportData)),
    ("export_movements_csv", Some(Permission::ExportData)),
    ("export_movements_xlsx", Some(Permission::ExportData)),
    // reports
    ("order_report", Some(Permission::CreateReports)),
    ("list_reports", Some(Permission::ReadReports)),
    ("get_report", Some(Permission::ReadReports)),
    ("download_report", Some(Permission::ReadReports)),
    // schedules
    ("list_schedules", Some(Permission::CreateReports)),
    ("create_schedule", Some(Permission::CreateReports)),
    ("update_schedule", Some(Permission::CreateReports)),
    ("delete_schedule", Some(Permission::CreateReports)),
    ("run_schedule", Some(Permission::CreateReports)),
    // jobs
    ("list_jobs", Some(Permission::ReadJobs)),
    ("get_job", Some(Permission::ReadJobs)),
    ("watch_job", Some(Permission::ReadJobs)),
    ("cancel_job", Some(Permission::ManageJobs)),
    ("watch_shop", Some(Permission::ReadSales)),
    // analytics
    ("get_dashboard", Some(Permission::ReadAnalytics)),
    ("get_stock_figures", Some(Permission::ReadAnalytics)),
    ("get_order_list", Some(Permission::ReadAnalytics)),
    ("get_order_risk", Some(Permission::ReadAnalytics)),
    ("get_anomaly", Some(Permission::ReadAnalytics)),
    ("get_summary", Some(Permission::ReadAnalytics)),
    ("list_forecasts", Some(Permission::ReadAnalytics)),
    ("get_forecast", Some(Permission::ReadAnalytics)),
    ("refit_forecasts", Some(Permission::ManageJobs)),
    ("get_accuracy", Some(Permission::ReadAnalytics)),
    ("list_low_stock", Some(Permission::ReadAnalytics)),
    ("get_timeseries", Some(Permission::ReadAnalytics)),
    ("get_breakdown", Some(Permission::ReadAnalytics)),
    ("list_product_performance", Some(Permission::ReadAnalytics)),
    ("list_bought_together", Some(Permission::ReadAnalytics)),
    ("list_anomalies", Some(Permission::ReadAnalytics)),
    ("judge_anomaly", Some(Permission::JudgeAnomalies)),
];

struct Operation {
    id: String,
    method: Method,
    path: String,
    asks: Option<Permission>,
}

/// Every operation of the document, with ids that do not exist in its path.
fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let row = TABLE.iter().find(|(name, _)| *name == id);
            let (_, asks) = row.unwrap_or_else(|| panic!("{id} ({method} {template}) is not in the table of tests/it/permissions.rs: decide who may"));
            assert_eq!(
                operation["security"] == json!([{}]),
                asks.is_none(),
                "{id}: the document and the table disagree about who may"
            );
            let path = template
                .split('/')
                .map(|segment| match segment.split_once('}') {
                    Some((_, behind)) => format!("0192f0c1-7c00-7000-8000-000000000000{behind}"),
                    None => segment.to_owned(),
                })
                .collect::<Vec<_>>()
                .join("/");
            found.push(Operation {
                id,
                method: method.to_uppercase().parse().unwrap(),
                path,
                asks: *asks,
            });
        }
    }
    found
}

async fn status_of(client: &Client, operation: &Operation) -> u16 {
    let request = client.request(operation.method.clone(), &operation.path);
    let request = match operation.method {
        Method::GET | Method::DELETE => request,
        _ => request.json(&json!({})),
    };
    client.send(request).await.status.as_u16()
}

/// Each request comes from a session of its own: signing out ends one.
async fn client_of(app: &TestApp, role: Role) -> Client {
    let user = app.user(role).await;
    app.client_of(user, role).await
}

both_databases!(
    every_operation_is_open_to_its_roles_and_closed_to_all_others,
    |app| async {
        let document = app
            .anonymous()
            .get("/api-docs/openapi.json")
            .await
            .expect(200);
        let operations = operations(&document);
        assert!(!operations.is_empty());
        let mut wrong = Vec::new();
        for operation in &operations {
            let nobody = status_of(&app.anonymous(), operation).await;
            if (nobody == 401) != operation.asks.is_some() {
                wrong.push(format!("{}: {nobody} for nobody", operation.id));
            }
            for role in Role::ALL {
                let status = status_of(&client_of(app, role).await, operation).await;
                let may = operation
                    .asks
                    .is_none_or(|permission| role.allows(permission));
                let is_let_in = status != 401 && status != 403;
                let is_refused = status == 403;
                if (may && !is_let_in) || (!may && !is_refused) || status >= 500 {
                    wrong.push(format!("{}: {status} for {role}", operation.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
);

/// Everything about such a request is wrong.
async fn nonsense(client: &Client, operation: &Operation) -> u16 {
    let path = operation
        .path
        .replace("0192f0c1-7c00-7000-8000-000000000000", "no-id");
    let request = client.request(operation.method.clone(), &format!("{path}?no=such"));
    let request = match operation.method {
        Method::GET => request,
        _ => request
            .header("content-type", "text/plain")
            .header("idempotency-key", "x".repeat(200))
            .body("{"),
    };
    client.send(request).await.status.as_u16()
}

both_databases!(
    whoever_may_not_ask_learns_nothing_of_what_else_is_wrong,
    |app| async {
        let document = app.anonymous().get("/api-docs/openapi.json").await;
        let operations = operations(&document.expect(200));
        let mut wrong = Vec::new();
        for operation in operations.iter().filter(|one| one.asks.is_some()) {
            // The end of this session has to be looked up.
            let ended = client_of(app, Role::Admin).await;
            ended.post_empty("/auth/logout").await.expect(204);
            for (who, client) in [("nobody", app.anonymous()), ("an ended session", ended)] {
                let status = nonsense(&client, operation).await;
                if status != 401 {
                    wrong.push(format!("{}: {status} for {who}", operation.id));
                }
            }
            for role in Role::ALL {
                let may = operation
                    .asks
                    .is_some_and(|permission| role.allows(permission));
                let status = nonsense(&client_of(app, role).await, operation).await;
                if may != (status != 403) || status >= 500 || status == 401 {
                    wrong.push(format!("{}: {status} for {role}", operation.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
);
