//! Every single write, sync and truncation of a sale, a refund and an import fails once, with and
//! without the plug pulled afterwards.

use kernel::ids::SaleId;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::{
    shaky_disk::{Failure, ShakyDisk},
    till::{Till, key_of},
};
use crate::support::{
    app::{Db, TestDatabase, run_on_database},
    http::Answer,
};

/// More calls than any of the operations makes.
const MOST_CALLS: i32 = 5_000;
/// Attempts at the repetition of what failed.
const ATTEMPTS: usize = 20;
const IMPORTED_ROWS: i64 = 100;

/// The request of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// Under an id of the client's, without a key.
    SaleById,
    SaleByKey,
    Refund,
    Import,
}

/// What happens between a failure and the repetition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoesOn,
    IsKilled,
}

/// A request that may be sent again and again.
struct Request {
    deed: Deed,
    name: String,
    path: String,
    body: serde_json::Value,
}

macro_rules! every_call_fails {
    ($name:ident, $deed:expr, $failure:expr, $then:expr) => {
        #[test]
        fn $name() {
            every_call_fails(stringify!($name), $deed, $failure, $then);
        }
    };
}

every_call_fails!(
    a_sale_by_id_survives_io_errors,
    Deed::SaleById,
    Failure::Once,
    Then::GoesOn
);
every_call_fails!(
    a_sale_by_key_survives_a_full_disk,
    Deed::SaleByKey,
    Failure::Full,
    Then::GoesOn
);
every_call_fails!(
    a_sale_by_key_survives_io_errors_and_kills,
    Deed::SaleByKey,
    Failure::Once,
    Then::IsKilled
);
every_call_fails!(
    a_sale_by_id_survives_a_full_disk_and_kills,
    Deed::SaleById,
    Failure::Full,
    Then::IsKilled
);
every_call_fails!(
    a_refund_survives_io_errors,
    Deed::Refund,
    Failure::Once,
    Then::GoesOn
);
every_call_fails!(
    a_refund_survives_a_full_disk,
    Deed::Refund,
    Failure::Full,
    Then::GoesOn
);
every_call_fails!(
    a_refund_survives_io_errors_and_kills,
    Deed::Refund,
    Failure::Once,
    Then::IsKilled
);
every_call_fails!(
    an_import_survives_io_errors,
    Deed::Import,
    Failure::Once,
    Then::GoesOn
);
every_call_fails!(
    an_import_survives_a_full_disk,
    Deed::Import,
    Failure::Full,
    Then::GoesOn
);
every_call_fails!(
    an_import_survives_io_errors_and_kills,
    Deed::Import,
    Failure::Once,
    Then::IsKilled
);

fn every_call_fails(test: &str, deed: Deed, failure: Failure, then: Then) {
    let database = TestDatabase::migrated(Db::Sqlite, test).unwrap();
    let path = database.path.clone().unwrap();
    let Some(disk) = ShakyDisk::under(&path, test) else {
        return;
    };
    run_on_database(Some(database), async |database: &TestDatabase| {
        let mut till = Till::open(database, Some(disk)).await;
        if deed == Deed::Import {
            stock_articles(&till).await;
        }
        let mut failures = 0;
        for call in 1..MOST_CALLS {
            let request = prepare(&mut till, deed, call).await;
            till.disk().fail(call, failure);
            // At the same time somebody requests a record that does not exist.
            let (answer, ()) =
                tokio::join!(send(&till, &request), refused_at_the_same_time(&till, deed));
            let failed = till.disk().heal();
            if then == Then::IsKilled && failed > 0 {
                till.kill().await;
            }
            settle(&mut till, &request, answer).await;
            if failed == 0 {
                break;
            }
            failures += 1;
        }
        assert!(failures > 10, "{failures} calls failed");
        till.recovers_by_itself().await;
        till.prove().await;
    });
}

/// The last connection that closes writes what is in the log into the file.
#[test]
fn a_stop_whose_last_writes_fail_loses_nothing() {
    let test = "a_stop_whose_last_writes_fail_loses_nothing";
    let database = TestDatabase::migrated(Db::Sqlite, test).unwrap();
    let path = database.path.clone().unwrap();
    let Some(disk) = ShakyDisk::under(&path, test) else {
        return;
    };
    run_on_database(Some(database), async |database: &TestDatabase| {
        let mut till = Till::open(database, Some(disk)).await;
        let mut failures = 0;
        for call in 1..MOST_CALLS {
            let name = format!("before stop {call}");
            till.sell(&name).await.expect(201);
            till.owes_sale(&name);
            let failure = if call % 2 == 0 {
                Failure::Once
            } else {
                Failure::Full
            };
            till.disk().fail(call, failure);
            till.stop().await;
            let failed = till.disk().heal();
            till.start().await;
            if failed == 0 {
                break;
            }
            failures += 1;
        }
        assert!(failures > 4, "{failures} calls failed");
        till.prove().await;
    });
}

async fn refused_at_the_same_time(till: &Till, deed: Deed) {
    if matches!(deed, Deed::SaleById | Deed::SaleByKey) {
        let order = json!({"lines": [{"product_id": till.product, "quantity": 2_000_000}], "note": "refused"});
        let answer = till.client.post("/sales", order).await;
        // In one group with a sale whose write fails, it shares its failure.
        let status = answer.status.as_u16();
        assert!([409, 503].contains(&status), "{status}: {}", answer.text());
    }
}

/// What has to be there before the deed.
async fn prepare(till: &mut Till, deed: Deed, call: i32) -> Request {
    let name = format!("{deed:?} {call}");
    let (path, body) = match deed {
        Deed::SaleById => {
            let mut order = till.order(&name);
            order["id"] = SaleId::generate().to_string().into();
            ("/sales".to_owned(), order)
        }
        Deed::SaleByKey => ("/sales".to_owned(), till.order(&name)),
        Deed::Refund => {
            let sold = format!("to be refunded {call}");
            let sale = till.sell(&sold).await.expect(201);
            till.owes_sale(&sold);
            let line =
                json!({"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true});
            let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
            (path, json!({"lines": [line], "reason": name}))
        }
        Deed::Import => {
            let mut file = "sku,stock_add\n".to_owned();
            file += &format!("SUCRE-1KG,{call}\n");
            for row in 1..IMPORTED_ROWS {
                file += &format!("ART-{row},{call}\n");
            }
            let import = upload(till, "stock", file).await;
            (format!("/imports/{import}/commit"), json!({}))
        }
    };
    Request {
        deed,
        name,
        path,
        body,
    }
}

/// The articles that the imported files name.
async fn stock_articles(till: &Till) {
    let rows = (1..IMPORTED_ROWS).map(|row| format!("ART-{row},Article {row},1000\n"));
    let file = format!("sku,name,price\n{}", rows.collect::<String>());
    let import = upload(till, "products", file).await;
    let path = format!("/imports/{import}/commit");
    till.client.post(&path, json!({})).await.expect_success();
}

/// Uploads a file; returns the id of the import.
async fn upload(till: &Till, kind: &str, file: String) -> String {
    let part = Part::bytes(file.into_bytes()).file_name("stock.csv");
    let path = format!("/imports?kind={kind}");
    let request = till.client.request(reqwest::Method::POST, &path);
    let form = Form::new().part("file", part);
    let import = till.client.send(request.multipart(form)).await.expect(201);
    import["id"].as_str().unwrap().to_owned()
}

async fn send(till: &Till, request: &Request) -> Answer {
    if request.deed == Deed::SaleById {
        till.client.post(&request.path, &request.body).await
    } else {
        till.client
            .post_once(&request.path, &key_of(&request.name), &request.body)
            .await
    }
}

/// Repeats what was left open until it is done, and writes down what the shop owes for it.
async fn settle(till: &mut Till, request: &Request, first: Answer) {
    let mut answer = first;
    for _ in 0..ATTEMPTS {
        let status = answer.status.as_u16();
        // By its id a sale that was recorded after all is found again.
        let is_there = (200..300).contains(&status)
            || (request.deed == Deed::SaleById && answer.text().contains("sale.exists"));
        if is_there {
            match request.deed {
                Deed::SaleById | Deed::SaleByKey => till.owes_sale(&request.name),
                Deed::Refund => till.owes_stock(1),
                Deed::Import => {
                    let added = request.name.rsplit(' ').next().unwrap();
                    till.owes_stock(added.parse().unwrap());
                }
            }
            return;
        }
        assert_eq!(status, 503, "{}: {}", request.name, answer.text());
        answer = send(till, request).await;
    }
    panic!("{} is never done: {}", request.name, answer.text());
}
