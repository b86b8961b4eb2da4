//! The first past of a shop: the model is fitted at once, and everybody sees how far it is.

use serde_json::json;

use super::{commit, send};
use crate::support::{app::Wishes, http::Client};

const JOBS: &str = "/jobs?kind=forecasts.refit";

fn without_workers() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__JOBS__WORKERS", "0".to_owned())],
        ..Wishes::default()
    }
}

/// A file of some days of sales, each file with its own receipts.
fn past(numbers: std::ops::Range<i64>) -> String {
    let mut csv = "invoice,date,sku,quantity,price\n".to_owned();
    for number in numbers {
        csv.push_str(&format!(
            "F-{number},2025-03-{:02},THE,2,1500\n",
            number % 28 + 1
        ));
    }
    csv
}

async fn import(client: &Client, kind: &str, csv: &str) {
    let preview = send(client, kind, csv).await.expect(201);
    let options = json!({"skip_errors": true, "accept_warnings": true});
    commit(client, &preview, options).await.expect(200);
}

async fn refits(client: &Client) -> usize {
    let page = client.get(JOBS).await.expect(200);
    page["items"].as_array().unwrap().len()
}

both_databases!(
    the_first_imported_past_orders_a_model_at_once,
    without_workers(),
    |app| async {
        let client = app.admin().await;
        import(&client, "products", "sku,name,price\nTHE,Thé,1500\n").await;
        assert_eq!(refits(&client).await, 0, "products are no past");
        import(&client, "sales", &past(0..20)).await;
        assert_eq!(refits(&client).await, 1);
        import(&client, "sales", &past(20..40)).await;
        assert_eq!(refits(&client).await, 1, "one that waits is enough");
        let job = &client.get(JOBS).await.expect(200)["items"][0];
        assert_eq!(
            (&job["state"], &job["progress"]),
            (&json!("queued"), &json!(0.0))
        );
    }
);

both_databases!(
    a_shop_with_a_model_waits_for_the_night,
    without_workers(),
    |app| async {
        let client = app.admin().await;
        import(&client, "products", "sku,name,price\nTHE,Thé,1500\n").await;
        crate::forecasts::refit(app).await;
        import(&client, "sales", &past(0..20)).await;
        assert_eq!(refits(&client).await, 0);
    }
);
