//! An example for every request body and path, for use in Swagger UI on the demo shop. Examples that
//! work only once, or need data that only the sender has, say so.

use serde_json::{Value, json};
use utoipa::openapi::{
    Content, OpenApi, RefOr, Schema,
    example::ExampleBuilder,
    path::Operation,
    schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
};

use super::{BASE, refusals::operations};
use crate::example_ids;

/// The passwords of the examples. Everybody can read them, so production refuses them.
pub const PASSWORDS: &[&str] = &[OF_SETUP, OF_CHANGE, OF_NEW_USER, OF_RESET];
const OF_SETUP: &str = "mangue verte 1960";
const OF_CHANGE: &str = "papaye rouge 1975";
const OF_NEW_USER: &str = "ananas doux 1982";
const OF_RESET: &str = "goyave mûre 1990";

const ALWAYS: &str = "Works on the demo shop.";

/// An example body.
struct Body {
    operation: &'static str,
    /// When it works, and what to change otherwise.
    works: &'static str,
    value: fn() -> Value,
}

/// The table. A test fails if an operation takes JSON and has no row here.
const BODIES: &[Body] = &[
    Body {
        operation: "complete_setup",
        works: "For a new shop: put in the token that the program printed at its first start, and a password \
                of your own: production refuses those of the examples.",
        value: || {
            json!({"token": "the token that was printed", "email": "amani@example.com", "name": "Amani Bahati",
                "password": OF_SETUP, "shop_name": "Alimentation Amani", "currency": "CDF",
                "time_zone": "Africa/Lubumbashi"})
        },
    },
    Body {
        operation: "login",
        works: "Put in the password that the demo shop printed: every demo shop has others. `make run` prints \
                them at each start; they are kept in data/demo-login.txt.",
        value: || json!({"email": "furaha@demo.example.com", "password": "the password that was printed"}),
    },
    Body {
        operation: "refresh_session",
        works: "Put in the `refresh_token` of the last sign-in or refresh: it works once.",
        value: || json!({"refresh_token": "the token of the last answer"}),
    },
    Body {
        operation: "change_password",
        works: "Put in the present password; it ends the other sessions.",
        value: || json!({"current_password": "the present one", "new_password": OF_CHANGE}),
    },
    Body {
        operation: "begin_second_factor",
        works: "Put in your password: the answer has the secret for the app.",
        value: || json!({"password": "the password that was printed"}),
    },
    Body {
        operation: "confirm_second_factor",
        works: "Put in the six digits that the app shows.",
        value: || json!({"otp": "492039"}),
    },
    Body {
        operation: "renew_recovery_codes",
        works: "Put in your password and the six digits that the app shows.",
        value: || json!({"password": "the password that was printed", "otp": "492039"}),
    },
    Body {
        operation: "remove_second_factor",
        works: "Put in your password and the six digits that the app shows.",
        value: || json!({"password": "the password that was printed", "otp": "492039"}),
    },
    Body {
        operation: "create_user",
        works: "Works once: an address has one user.",
        value: || {
            json!({"email": "neema@example.com", "name": "Neema Furaha", "role": "cashier",
                "password": OF_NEW_USER})
        },
    },
    Body {
        operation: "update_user",
        works: ALWAYS,
        value: || json!({"name": "Esther Kavira"}),
    },
    Body {
        operation: "reset_password",
        works: "Works on the demo shop, and ends the sessions of that user.",
        value: || json!({"password": OF_RESET}),
    },
    Body {
        operation: "update_settings",
        works: ALWAYS,
        value: || json!({"receipt_footer": "Merci et à bientôt !"}),
    },
    Body {
        operation: "create_rate",
        works: ALWAYS,
        value: || json!({"currency": "USD", "rate_micros": 2_850_500_000_i64, "confirm": true}),
    },
    Body {
        operation: "withdraw_rate",
        works: "Works once for each rate: take an `id` from GET /rates.",
        value: || json!({"reason": "a slip of the pen"}),
    },
    Body {
        operation: "create_payment_account",
        works: "Works once: a name has one account.",
        value: || json!({"name": "Airtel Money 2", "method": "mobile_money"}),
    },
    Body {
        operation: "update_payment_account",
        works: "Take an `id` from GET /payment-accounts.",
        value: || json!({"archived": false}),
    },
    Body {
        operation: "create_category",
        works: "Works once: a name is unique below its parent.",
        value: || json!({"name": "Boissons chaudes"}),
    },
    Body {
        operation: "update_category",
        works: ALWAYS,
        value: || json!({"parent_id": null}),
    },
    Body {
        operation: "create_product",
        works: "Works once: a SKU has one product.",
        value: || {
            json!({"sku": "CAF-250", "name": "Café moulu 250 g", "category_id": example_ids::CATEGORY,
                "price_minor": 450_000, "cost_minor": 300_000, "initial_stock": 12})
        },
    },
    Body {
        operation: "update_product",
        works: ALWAYS,
        value: || json!({"reorder_level": 12}),
    },
    Body {
        operation: "create_location",
        works: "Works once: a name has one location.",
        value: || json!({"name": "Kiosque du port"}),
    },
    Body {
        operation: "update_location",
        works: "Works once: a name has one location.",
        value: || json!({"name": "Kiosque du marché"}),
    },
    Body {
        operation: "change_products",
        works: ALWAYS,
        value: || {
            json!({"products": [{"id": example_ids::PRODUCT}], "change": {"price": {"by_bp": 500, "step_minor": 5_000}},
                "dry_run": true})
        },
    },
    Body {
        operation: "receive_stock",
        works: ALWAYS,
        value: || json!({"lines": [{"product_id": example_ids::PRODUCT, "quantity": 24}]}),
    },
    Body {
        operation: "adjust_stock",
        works: ALWAYS,
        value: || json!({"lines": [{"product_id": example_ids::PRODUCT, "delta": -1}], "reason": "Emballage percé"}),
    },
    Body {
        operation: "count_stock",
        works: ALWAYS,
        value: || json!({"lines": [{"product_id": example_ids::PRODUCT, "counted": 40}]}),
    },
    Body {
        operation: "transfer_stock",
        works: ALWAYS,
        value: || {
            json!({"from_location_id": example_ids::LOCATION, "to_location_id": example_ids::STOREROOM,
                "lines": [{"product_id": example_ids::PRODUCT, "quantity": 1}]})
        },
    },
    Body {
        operation: "create_sale",
        works: "Works on the demo shop: the exact total is paid in cash.",
        value: || json!({"lines": [{"product_id": example_ids::PRODUCT, "quantity": 2}]}),
    },
    Body {
        operation: "set_favourites",
        works: ALWAYS,
        value: || json!({"product_ids": [example_ids::PRODUCT]}),
    },
    Body {
        operation: "create_sales_batch",
        works: "Works on the demo shop: the first time the sale is recorded, later the same one is returned.",
        value: || {
            json!({"sales": [{"id": "0192f0c1-7c00-7000-8000-0000000000b1",
                "lines": [{"product_id": example_ids::PRODUCT, "quantity": 1}]}]})
        },
    },
    Body {
        operation: "refund_sale",
        works: "Works twice, from the day on which the demo shop was created: two pieces were sold.",
        value: || {
            json!({"lines": [{"sale_line_id": example_ids::SALE_LINE, "quantity": 1, "restock": true}],
                "reason": "Le client a changé d'avis"})
        },
    },
    Body {
        operation: "void_sale",
        works: "Works once, on the day on which the demo shop was made, while nothing of the sale is refunded. \
                Later, sell something and take its `id`.",
        value: || json!({"reason": "Encaissé deux fois"}),
    },
    Body {
        operation: "order_report",
        works: ALWAYS,
        value: || json!({"kind": "sales", "format": "pdf"}),
    },
    Body {
        operation: "create_schedule",
        works: ALWAYS,
        value: || {
            json!({"kind": "sales", "format": "pdf", "period": "last_month", "cron": "0 7 1 * *",
                "to_folder": true})
        },
    },
    Body {
        operation: "update_schedule",
        works: "Take an `id` from GET /schedules.",
        value: || json!({"cron": "30 6 * * 1", "period": "last_week"}),
    },
    Body {
        operation: "map_import",
        works: "Works until the commit: take the `id` that POST /imports returned.",
        value: || json!({"header_row": 1}),
    },
    Body {
        operation: "correct_import_row",
        works: "Works until the commit: take the `id` that POST /imports returned, and a row of its file.",
        value: || json!({"values": {"price": "1500"}}),
    },
    Body {
        operation: "commit_import",
        works: "Works once for each file: take the `id` that POST /imports returned.",
        value: || json!({"accept_warnings": true}),
    },
    Body {
        operation: "judge_anomaly",
        works: "Take an `id` from GET /analytics/anomalies.",
        value: || json!({"verdict": "normal"}),
    },
    Body {
        operation: "accept_clock",
        works: "Works only while the clock is behind what is recorded (`clock.behind`).",
        value: || json!({"now_is_right": true, "reason": "L'horloge avançait hier"}),
    },
];

type MakeId = fn() -> String;

/// The value for `{id}`, by the path segment before it.
const NAMED: &[(&str, MakeId)] = &[
    ("/products", || example_ids::PRODUCT.to_string()),
    ("/analytics/forecasts", || example_ids::PRODUCT.to_string()),
    ("/categories", || example_ids::CATEGORY.to_string()),
    ("/users", || example_ids::USER.to_string()),
    ("/sales", || example_ids::SALE.to_string()),
];

/// Writes the examples into the document.
pub(super) fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            offer_body(operation);
            name_thing(path, operation);
        }
    }
}

fn offer_body(operation: &mut Operation) {
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let Some(body) = BODIES.iter().find(|body| body.operation == id) else {
        return;
    };
    let Some(RefOr::T(request)) = &mut operation.request_body else {
        return;
    };
    if let Some(RefOr::T(content)) = request.content.get_mut("application/json") {
        offer(content, body);
    }
}

fn offer(content: &mut Content, body: &Body) {
    let example = ExampleBuilder::new()
        .summary("On the demo shop")
        .description(body.works)
        .value(Some((body.value)()))
        .build();
    content
        .examples
        .insert("demo".to_owned(), RefOr::T(example));
}

fn name_thing(path: &str, operation: &mut Operation) {
    let Some((list, _)) = path
        .strip_prefix(BASE)
        .and_then(|path| path.split_once("/{"))
    else {
        return;
    };
    let Some((_, name)) = NAMED.iter().find(|(named, _)| *named == list) else {
        return;
    };
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.name == "id"
        {
            parameter.schema = Some(uuid(&name()));
        }
    }
}

fn uuid(example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .examples([example])
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_password_of_an_example_is_refused_in_production_or_put_in_by_its_sender() {
        let mut set = 0;
        for body in BODIES {
            let value = (body.value)();
            for (name, member) in value.as_object().into_iter().flatten() {
                let text = member.as_str().unwrap_or_default();
                if name.ends_with("password") && !text.starts_with("the ") {
                    assert!(PASSWORDS.contains(&text), "{}: {text}", body.operation);
                    set += 1;
                }
            }
        }
        assert_eq!(set, PASSWORDS.len());
    }
}
