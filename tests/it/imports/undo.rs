//! Undo: the shop is as if the file had never come, except for what something depends on by now.

use kernel::{Clock as _, ids::ProductId};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use super::{HISTORY, commit, id, in_pounds, product_of, send, summary_of};
use crate::support::{
    app::TestApp,
    http::{Answer, Client},
    shop::{Wanted, basket},
};

const STEP: i64 = 20;

async fn undo(client: &Client, import: &Value) -> Answer {
    client
        .post_empty(&format!("/imports/{}/undo", id(import)))
        .await
}

async fn committed(app: &TestApp, client: &Client, kind: &str, csv: &str) -> Value {
    app.clock.advance_seconds(STEP);
    let import = send(client, kind, csv).await.expect(201);
    app.clock.advance_seconds(STEP);
    let options = json!({"skip_errors": true, "accept_warnings": true, "accept_big_changes": true});
    let import = commit(client, &import, options).await.expect(200);
    app.clock.advance_seconds(STEP);
    import
}

/// What people see of a shop: products that are sold, stock, figures, and the sales that count.
async fn seen(app: &TestApp, client: &Client) -> Vec<String> {
    let mut seen = Vec::new();
    for path in [
        "/exports/products.csv",
        "/exports/sales.csv?state=completed",
    ] {
        let answer = client.get(path).await;
        answer.expect(200);
        seen.push(answer.text());
    }
    let levels = "SELECT COALESCE(SUM(on_hand_milli * on_hand_milli), 0) FROM stock_levels";
    seen.push(
        app.figure(&format!("SELECT CAST(({levels}) AS BIGINT)"))
            .await
            .to_string(),
    );
    for (from, to) in [("2011-01-01", "2011-12-31"), ("2026-01-01", "2027-12-31")] {
        let mut figures = summary_of(client, from, to).await;
        figures.as_object_mut().unwrap().remove("computed_at");
        seen.push(figures.to_string());
    }
    seen
}

fn kept(undone: &Value) -> Vec<(&str, &str)> {
    let items = undone["undone"]["kept"].as_array().unwrap();
    assert_eq!(undone["undone"]["kept_count"], items.len());
    let word = |item: &Value, name: &str| -> &str {
        Box::leak(
            item[name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
                .into_boxed_str(),
        )
    };
    items
        .iter()
        .map(|item| (word(item, "code"), word(item, "field")))
        .collect()
}

async fn patch(client: &Client, product: ProductId, fields: Value) {
    let path = format!("/products/{product}");
    client.patch(&path, fields).await.expect(200);
}

both_databases!(
    an_undone_file_of_products_leaves_the_shop_as_it_was,
    |app| async {
        let sugar = app.product(Wanted::default()).await;
        app.product(Wanted {
            sku: "SEL",
            ..Wanted::default()
        })
        .await;
        app.product(Wanted {
            sku: "HUILE",
            ..Wanted::default()
        })
        .await;
        let client = app.manager().await;
        let before = seen(app, &client).await;
        let import = committed(
            app,
            &client,
            "products",
            "sku;name;barcode;category;price;cost;tax_rate;reorder_level;stock_set;stock_add\n\
         SUCRE-1KG;Sucre;5410188001013;Epicerie > Sucre;4000;3500;16;4;;10\n\
         SEL;Sel fin;;;;;;;3;\n\
         HUILE;;;;;2000;;;;\n\
         NEUF;Neuf;111;Epicerie;100;50;;;;7\n\
         VIDE;Vide;;;100;;;;;\n",
        )
        .await;
        assert_eq!(app.on_hand(sugar).await, 20_000);
        assert_ne!(seen(app, &client).await, before);
        let cost = product_of(&client, "SUCRE-1KG").await["cost_minor"].clone();
        assert_eq!(cost, 325_000, "the average of both");
        let undone = undo(&client, &import).await.expect(200);
        assert_eq!(undone["state"], "undone");
        assert_eq!(kept(&undone), []);
        assert_eq!(undone["undone"]["products_archived"], 2);
        assert_eq!(undone["undone"]["products_restored"], 3);
        assert_eq!(undone["undone"]["levels_restored"], 3);
        assert_eq!(seen(app, &client).await, before);
        // Movements show both ways.
        let path = format!("/products/{sugar}/movements");
        let moves = client.get(&path).await.expect(200);
        let deltas: Vec<&Value> = moves["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["delta"])
            .collect();
        assert_eq!(deltas, [&json!(-10), &json!(10), &json!(10)]);
        // Once, and the same file can come again.
        undo(&client, &import)
            .await
            .expect_problem(409, "import.wrong_state");
        let read = client
            .get(&format!("/imports/{}", id(&import)))
            .await
            .expect(200);
        assert_eq!(read["undone"], undone["undone"]);
    }
);

both_databases!(an_undo_is_done_once_for_a_key, |app| async {
    let sugar = app.product(Wanted::default()).await;
    let client = app.manager().await;
    let import = committed(app, &client, "stock", "sku;stock_add\nSUCRE-1KG;5\n").await;
    let path = format!("/imports/{}/undo", id(&import));
    let send = || {
        client
            .request(reqwest::Method::POST, &path)
            .header("Idempotency-Key", "once")
    };
    let first = client.send(send()).await.expect(200);
    let again = client.send(send()).await;
    assert_eq!(again.expect(200), first);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(app.on_hand(sugar).await, 10_000);
    // A preview cannot be undone, and neither can what nobody knows.
    let preview = super::send(&client, "stock", "sku;stock_add\nSUCRE-1KG;6\n")
        .await
        .expect(201);
    undo(&client, &preview)
        .await
        .expect_problem(409, "import.wrong_state");
    let unknown = json!({"id": uuid::Uuid::now_v7()});
    undo(&client, &unknown)
        .await
        .expect_problem(404, "resource.not_found");
    let cashier = app.cashier().await;
    undo(&cashier, &preview)
        .await
        .expect_problem(403, "auth.forbidden");
});

both_databases!(
    what_was_changed_or_sold_since_stays_and_is_named,
    |app| async {
        let sugar = app.product(Wanted::default()).await;
        let salt = app
            .product(Wanted {
                sku: "SEL",
                ..Wanted::default()
            })
            .await;
        let client = app.manager().await;
        let import = committed(
        app,
        &client,
        "products",
        "sku;name;price;stock_add\nSUCRE-1KG;Sucre;4000;\nSEL;;;5\nNEUF;Neuf;100;7\nVENDU;Vendu;100;7\n",
    )
    .await;
        patch(&client, sugar, json!({"price_minor": 1_234})).await;
        client.post("/sales", basket(salt, 12)).await.expect(201);
        let sold: ProductId = product_of(&client, "VENDU").await["id"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        client.post("/sales", basket(sold, 1)).await.expect(201);
        let undone = undo(&client, &import).await.expect(200);
        let mut named = kept(&undone);
        named.sort_unstable();
        assert_eq!(
            named,
            [
                ("undo.changed_since", "price_minor"),
                ("undo.product_used", ""),
                ("undo.stock_used", "")
            ]
        );
        let sugar = product_of(&client, "SUCRE-1KG").await;
        assert_eq!(
            (&sugar["name"], &sugar["price_minor"]),
            (&json!("SUCRE-1KG"), &json!(1_234))
        );
        assert_eq!(app.on_hand(salt).await, 3_000);
        assert_eq!(app.on_hand(sold).await, 6_000);
        assert_eq!(product_of(&client, "VENDU").await["archived"], false);
        let new = client
            .get("/products?q=NEUF&archived=true")
            .await
            .expect(200);
        assert_eq!(new["items"][0]["archived"], true);
        assert_eq!(new["items"][0]["on_hand"], 0);
    }
);

both_databases!(goods_that_were_sold_and_replaced_stay, |app| async {
    let sugar = app
        .product(Wanted {
            stock: 0,
            ..Wanted::default()
        })
        .await;
    let client = app.manager().await;
    let import = committed(app, &client, "stock", "sku;stock_add\nSUCRE-1KG;5\n").await;
    client.post("/sales", basket(sugar, 4)).await.expect(201);
    app.clock.advance_seconds(STEP);
    let receipt = json!({"lines": [{"product_id": sugar, "quantity": 9}]});
    client
        .post("/inventory/receipts", receipt)
        .await
        .expect(201);
    // Ten lie there, but without the file there would have been four less than none.
    let undone = undo(&client, &import).await.expect(200);
    assert_eq!(kept(&undone), [("undo.stock_used", "")]);
    assert_eq!(app.on_hand(sugar).await, 10_000);
});

both_databases!(a_count_after_the_file_stands, |app| async {
    let sugar = app.product(Wanted::default()).await;
    let salt = app
        .product(Wanted {
            sku: "SEL",
            ..Wanted::default()
        })
        .await;
    let client = app.manager().await;
    let import = committed(
        app,
        &client,
        "stock",
        "sku;stock_add;stock_set\nSUCRE-1KG;5;\nSEL;;4\n",
    )
    .await;
    let lines: Vec<Value> = [(sugar, 12), (salt, 6)]
        .iter()
        .map(|(product, counted)| json!({"product_id": product, "counted": counted}))
        .collect();
    client
        .post("/inventory/counts", json!({"lines": lines}))
        .await
        .expect(201);
    app.clock.advance_seconds(STEP);
    let undone = undo(&client, &import).await.expect(200);
    assert_eq!(kept(&undone), []);
    assert_eq!(
        (app.on_hand(sugar).await, app.on_hand(salt).await),
        (12_000, 6_000)
    );
});

both_databases!(a_withdrawn_count_has_seen_nothing, |app| async {
    let sugar = app.product(Wanted::default()).await;
    let salt = app
        .product(Wanted {
            sku: "SEL",
            ..Wanted::default()
        })
        .await;
    let client = app.manager().await;
    app.clock.advance_seconds(STEP);
    let before = app.clock.now();
    let import = committed(
        app,
        &client,
        "stock",
        "sku;stock_set\nSUCRE-1KG;7\nSEL;10\n",
    )
    .await;
    assert_eq!(app.on_hand(sugar).await, 7_000);
    undo(&client, &import).await.expect(200);
    assert_eq!(
        (app.on_hand(sugar).await, app.on_hand(salt).await),
        (10_000, 10_000)
    );
    // An entry from before the count takes effect, although the count had seen it.
    for product in [sugar, salt] {
        let mut late = basket(product, 2);
        late["occurred_at"] = json!(before);
        client.post("/sales", late).await.expect(201);
        assert_eq!(app.on_hand(product).await, 8_000);
    }
});

both_databases!(a_count_on_which_entries_rely_stays, |app| async {
    let sugar = app.product(Wanted::default()).await;
    let client = app.manager().await;
    app.clock.advance_seconds(STEP);
    let before = app.clock.now();
    let import = committed(app, &client, "stock", "sku;stock_set\nSUCRE-1KG;7\n").await;
    let mut late = basket(sugar, 2);
    late["occurred_at"] = json!(before);
    client.post("/sales", late).await.expect(201);
    assert_eq!(app.on_hand(sugar).await, 7_000);
    let undone = undo(&client, &import).await.expect(200);
    assert_eq!(kept(&undone), [("undo.count_used", "")]);
    assert_eq!(app.on_hand(sugar).await, 7_000);
});

both_databases!(
    an_undone_history_leaves_the_shop_as_it_was,
    in_pounds(),
    |app| async {
        let boxes = app
            .product(Wanted {
                sku: "22752",
                price_minor: 800,
                cost_minor: 300,
                ..Wanted::default()
            })
            .await;
        let client = app.manager().await;
        client.post("/sales", basket(boxes, 1)).await.expect(201);
        let before = seen(app, &client).await;
        for fold in [false, true] {
            let import = committed(app, &client, "sales", HISTORY).await;
            if fold {
                sales::rollups::fold::fold_all(&app.modules.stores.write)
                    .await
                    .unwrap();
            }
            assert_ne!(seen(app, &client).await, before);
            let undone = undo(&client, &import).await.expect(200);
            assert_eq!(kept(&undone), []);
            assert_eq!(undone["undone"]["sales_voided"], undone["effects"]["sales"]);
            assert_eq!(
                undone["undone"]["refunds_voided"],
                undone["effects"]["refunds"]
            );
            assert_eq!(seen(app, &client).await, before, "folded: {fold}");
            assert_eq!(app.on_hand(boxes).await, 9_000);
            // Stock of the past is without it as well.
            let path = format!("/inventory?product_id={boxes}&as_of=2011-03-03T10:00:00Z");
            let past = client.get(&path).await.expect(200);
            assert_eq!(past["items"][0]["on_hand"], json!(0));
            let verified = client.get("/inventory/verify").await.expect(200);
            assert_eq!(verified["ok"], true, "{verified}");
        }
    }
);

both_databases!(
    a_sale_that_was_refunded_since_stays,
    in_pounds(),
    |app| async {
        let client = app.manager().await;
        let import = committed(app, &client, "sales", HISTORY).await;
        let sales = client.get("/sales?limit=50").await.expect(200);
        let sale = sales["items"].as_array().unwrap().iter().find(|sale| {
            sale["lines"].as_array().unwrap().len() == 2 && sale["state"] == "completed"
        });
        let sale = sale.unwrap();
        let line = &sale["lines"][0];
        let refund = json!({"lines": [{"sale_line_id": line["id"], "quantity": 1, "restock": true}], "reason": "retour"});
        let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
        client.post(&path, refund).await.expect(201);
        let product: ProductId = line["product_id"].as_str().unwrap().parse().unwrap();
        assert_eq!(app.on_hand(product).await, 1_000);
        let undone = undo(&client, &import).await.expect(200);
        assert_eq!(kept(&undone), [("undo.sale_refunded", "")]);
        assert_eq!(app.on_hand(product).await, 1_000);
        let standing = app
            .figure("SELECT COUNT(*) FROM sales WHERE state <> 'voided'")
            .await;
        assert_eq!(standing, 1);
        let archived = client.get("/products?archived=true").await.expect(200);
        let archived: Vec<&Value> = archived["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["id"])
            .collect();
        assert!(!archived.contains(&&line["product_id"]));
    }
);

/// A file of products, stock or sales, as it comes to mind.
fn any_file(random: &mut StdRng, round: usize) -> (&'static str, String) {
    let sku = |random: &mut StdRng| format!("P{}", random.random_range(0..6));
    match random.random_range(0..3) {
        0 => {
            let mut csv = String::from("sku;name;price;cost;stock_set;stock_add\n");
            for number in 0..6 {
                if random.random_bool(0.6) {
                    let (price, cost) = (random.random_range(1..500), random.random_range(0..300));
                    let stock = match random.random_range(0..3) {
                        0 => format!("{};", random.random_range(0..30)),
                        1 => format!(";{}", random.random_range(1..30)),
                        _ => ";".to_owned(),
                    };
                    csv.push_str(&format!("P{number};Nom {round};{price};{cost};{stock}\n"));
                }
            }
            csv.push_str(&format!("N{round};Neuf;10;5;;3\n"));
            ("products", csv)
        }
        1 => {
            let mut csv = String::from("sku;stock_set;stock_add\n");
            for number in 0..6 {
                match random.random_range(0..3) {
                    0 => csv.push_str(&format!("P{number};{};\n", random.random_range(0..30))),
                    1 => csv.push_str(&format!("P{number};;{}\n", random.random_range(1..30))),
                    _ => {}
                }
            }
            csv.push_str(&format!("P{};1;\n", 9));
            ("stock", csv)
        }
        _ => {
            let mut csv = String::from("invoice;sku;quantity;date;price\n");
            for number in 0..random.random_range(1..12) {
                let day = random.random_range(1..28);
                let quantity = random.random_range(1..9);
                let sku = sku(random);
                csv.push_str(&format!(
                    "{round}-{number};{sku};{quantity};2011-03-{day:02};5\n"
                ));
                if random.random_bool(0.4) {
                    csv.push_str(&format!(
                        "C{round}{number};{sku};-{};2011-04-{day:02};5\n",
                        random.random_range(1..=quantity)
                    ));
                }
            }
            ("sales", csv)
        }
    }
}

both_databases!(whatever_file_is_undone_the_shop_is_as_before, |app| async {
    for sku in ["P0", "P1", "P2"] {
        app.product(Wanted {
            sku,
            ..Wanted::default()
        })
        .await;
    }
    let client = app.manager().await;
    for round in 0..9 {
        let mut random = StdRng::seed_from_u64(u64::try_from(round).unwrap());
        let before = seen(app, &client).await;
        let (kind, csv) = any_file(&mut random, round);
        let import = committed(app, &client, kind, &csv).await;
        if random.random_bool(0.5) {
            sales::rollups::fold::fold_all(&app.modules.stores.write)
                .await
                .unwrap();
        }
        let undone = undo(&client, &import).await.expect(200);
        assert_eq!(kept(&undone), [], "{kind} {csv}");
        assert_eq!(seen(app, &client).await, before, "{kind} {csv}");
        // Some of them stay, so that the next ones find another shop.
        if round % 3 == 2 {
            let (kind, csv) = any_file(&mut random, round + 100);
            committed(app, &client, kind, &csv).await;
        }
    }
});
