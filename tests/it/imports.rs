//! Files in: previews, their rows, commits that are all or nothing, and sales history.

mod books;
mod bulk;
mod counting;
mod discounts;
mod first_model;
mod mapping;
mod messy;
mod systems;
mod undo;
mod workbooks;
mod writing;

use kernel::{Code, Problem, ids::ProductId};
use reqwest::multipart::{Form, Part};
use sales::{
    Actor,
    imports::{BigChanges, CommitOptions, ErrorRows, ImportState, Warnings},
};
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, Wishes},
    http::{Answer, Client},
    shop::{Wanted, basket},
};

/// Sends a file as it would be on Windows and on an old Macintosh, and then as it is. All must be
/// the same to the program; the last answer is returned.
pub async fn send(client: &Client, kind: &str, csv: impl AsRef<[u8]>) -> Answer {
    send_mapped(client, kind, csv, None).await
}

/// The same with a mapping.
pub async fn send_mapped(
    client: &Client,
    kind: &str,
    csv: impl AsRef<[u8]>,
    mapping: Option<&Value>,
) -> Answer {
    let form = |bytes: Vec<u8>| {
        let form = Form::new().part("file", Part::bytes(bytes).file_name("fichier.csv"));
        match mapping {
            Some(mapping) => form.text("mapping", mapping.to_string()),
            None => form,
        }
    };
    let csv = csv.as_ref();
    let mut others = Vec::new();
    if !csv.contains(&b'\r') {
        for end in [b"\r\n".as_slice(), b"\r"] {
            let lines: Vec<&[u8]> = csv.split(|byte| *byte == b'\n').collect();
            let answer = send_form(client, kind, form(lines.join(end))).await;
            others.push(seen_of(client, &answer).await);
        }
    }
    let answer = send_form(client, kind, form(csv.to_vec())).await;
    let expected = seen_of(client, &answer).await;
    for other in others {
        assert_eq!(other, expected, "the lines end in another way");
    }
    answer
}

/// What an answer says of a file, without what differs from one upload to the next: the bytes, and
/// whether the same ones were sent before.
async fn seen_of(client: &Client, answer: &Answer) -> Value {
    let mut seen = answer.json();
    if answer.status != 201 {
        return json!({"code": seen["code"], "detail": seen["detail"], "errors": seen["errors"]});
    }
    let page = client
        .get(&format!("/imports/{}/rows?limit=200", id(&seen)))
        .await
        .expect(200);
    if let Some(issues) = seen["issues"].as_array_mut() {
        issues.retain(|issue| issue["code"] != "import.same_file");
    }
    json!({
        "mapping": seen["mapping"], "counts": seen["counts"], "effects": seen["effects"],
        "issues": seen["issues"], "rows": page["items"],
    })
}

async fn send_form(client: &Client, kind: &str, form: Form) -> Answer {
    let request = client.request(reqwest::Method::POST, &format!("/imports?kind={kind}"));
    client.send(request.multipart(form)).await
}

async fn rows(client: &Client, import: &Value, state: &str) -> Vec<Value> {
    let path = format!("/imports/{}/rows?state={state}", id(import));
    let page = client.get(&path).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

fn id(import: &Value) -> &str {
    import["id"].as_str().unwrap()
}

pub async fn commit(client: &Client, import: &Value, body: Value) -> Answer {
    client
        .post(&format!("/imports/{}/commit", id(import)), body)
        .await
}

/// `(column, code)` of every issue of a row.
fn issues(row: &Value) -> Vec<(&str, &str)> {
    row["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| {
            (
                issue["column"].as_str().unwrap(),
                issue["code"].as_str().unwrap(),
            )
        })
        .collect()
}

async fn product_of(client: &Client, sku: &str) -> Value {
    let page = client.get(&format!("/products?q={sku}")).await.expect(200);
    let items = page["items"].as_array().unwrap();
    let found = items.iter().find(|product| product["sku"] == sku);
    found.unwrap_or_else(|| panic!("no product {sku}")).clone()
}

async fn summary_of(client: &Client, from: &str, to: &str) -> Value {
    let path = format!("/analytics/summary?from={from}&to={to}");
    client.get(&path).await.expect(200)
}

fn in_pounds() -> Wishes {
    Wishes {
        settings: vec![
            ("SALESFLOW__SHOP__CURRENCY", "GBP".to_owned()),
            ("SALESFLOW__SHOP__TIME_ZONE", "Europe/London".to_owned()),
        ],
        ..Wishes::default()
    }
}

both_databases!(
    a_file_finds_products_by_any_form_of_their_codes,
    |app| async {
        let manager = app.manager().await;
        let make = |sku: &str, barcodes: [&str; 2]| json!({"sku": sku, "name": sku, "barcodes": barcodes, "price_minor": 100});
        let third = manager
            .post("/products", make("S3", ["y3", "x3"]))
            .await
            .expect(201);
        for other in ["S4", "S5"] {
            let codes = [format!("y{other}"), format!("x{other}")];
            let body = make(other, [&codes[0], &codes[1]]);
            manager.post("/products", body).await.expect(201);
        }
        for csv in [
            "sku;barcode;name\nS3;z9;Neuf\n",
            "sku;barcode;name\ns3;z9;Neuf\n",
            "barcode;name\ny3,z9;Neuf\n",
            "barcode;name\nx3,z9,y3;Neuf\n",
        ] {
            let import = send(&manager, "products", csv).await.expect(201);
            let found = rows(&manager, &import, "changed").await;
            let [row] = found.as_slice() else {
                panic!("{csv}: {found:?}");
            };
            assert_eq!(row["values"]["product_id"], third["id"], "{csv}");
            assert_eq!(row["values"]["sku"], "S3", "{csv}");
            let changes = json!({
                "name": {"old": "S3", "new": "Neuf"},
                "barcodes": {"old": ["y3", "x3"], "new": ["y3", "x3", "z9"]},
            });
            assert_eq!(row["changes"], changes, "{csv}");
        }
        let unknown = "sku;name;price\n?;Rien;100\n";
        let import = send(&manager, "products", unknown).await.expect(201);
        assert_eq!(rows(&manager, &import, "new").await.len(), 1);
    }
);

both_databases!(
    a_preview_counts_what_a_commit_would_do_and_changes_nothing,
    |app| async {
        let old = app
            .product(Wanted {
                sku: "SAVON",
                price_minor: 90_000,
                ..Wanted::default()
            })
            .await;
        let same = app.product(Wanted::default()).await;
        let client = app.manager().await;
        let csv = "Référence;Désignation;Prix de vente;Prix d'achat;TVA;Catégorie;stock_add\n\
                   SAVON;;950;;;;2\n\
                   SUCRE-1KG;;3 500;;;;\n\
                   THE;Thé noir;1 200,50;800;16;Boissons > Chaudes;12\n\
                   CAFE;;abc;;120;;-3\n";
        let import = send(&client, "products", csv).await.expect(201);
        assert_eq!(import["kind"], "products");
        assert_eq!(import["state"], "previewed");
        assert_eq!(import["file_name"], "fichier.csv");
        assert_eq!(import["mapping"]["separator"], ";");
        assert_eq!(
            import["counts"],
            json!({"new": 1, "changed": 1, "unchanged": 1, "error": 1, "warning": 0})
        );
        // Two bars of soap at their cost, twelve boxes of tea at theirs.
        assert_eq!(
            import["effects"]["stock_value_minor"],
            2 * 300_000 + 12 * 80_000
        );
        let wrong = rows(&client, &import, "error").await;
        assert_eq!(wrong[0]["row"], 5);
        assert_eq!(
            issues(&wrong[0]),
            [
                ("price", "import.not_a_number"),
                ("tax_rate", "import.not_a_percentage"),
                ("stock_add", "import.negative"),
                ("name", "import.missing"),
            ]
        );
        assert_eq!(wrong[0]["issues"][0]["value"], "abc");
        let changed = rows(&client, &import, "changed").await;
        assert_eq!(
            changed[0]["changes"],
            json!({"price_minor": {"old": 90_000, "new": 95_000}, "on_hand": {"old": 10, "new": 12}})
        );
        let new = rows(&client, &import, "new").await;
        assert_eq!(new[0]["values"]["price_minor"], 120_050);
        assert_eq!(new[0]["values"]["category"], json!(["Boissons", "Chaudes"]));
        assert_eq!(app.on_hand(old).await, 10_000);
        assert_eq!(app.on_hand(same).await, 10_000);
        assert_eq!(app.figure("SELECT COUNT(*) FROM products").await, 2);
        let listed = client.get("/imports").await.expect(200);
        assert_eq!(listed["items"][0]["id"], import["id"]);
        let read = client.get(&format!("/imports/{}", id(&import))).await;
        assert_eq!(read.expect(200)["counts"], import["counts"]);
    }
);

both_databases!(
    a_commit_makes_products_categories_and_stock_and_is_done_once,
    |app| async {
        let old = app
            .product(Wanted {
                sku: "SAVON",
                price_minor: 90_000,
                ..Wanted::default()
            })
            .await;
        let client = app.manager().await;
        let csv = "sku,name,barcode,price,cost,category,unit,reorder_level,stock_set,stock_add\n\
                   SAVON,Savon de Marseille,600100,950,,Hygiène,,5,4,\n\
                   RIZ,Riz,600200,2500,2000,Epicerie > Grains,kg,10,,25.5\n\
                   HUILE,Huile,600300,9000,7000,Epicerie,l,,,\n\
                   ,,,,,,,,,\n\
                   BAD,,,,,,,,,\n";
        let import = send(&client, "products", csv).await.expect(201);
        commit(&client, &import, json!({})).await.expect_problem_at(
            409,
            "import.has_errors",
            "/skip_errors",
        );
        let path = format!("/imports/{}/commit", id(&import));
        let body = json!({"skip_errors": true});
        let first = client.post_once(&path, "key-1", &body).await;
        let done = first.expect(200);
        assert_eq!(done["state"], "committed");
        assert_eq!(done["effects"]["products_new"], 2);
        assert_eq!(done["effects"]["categories_new"], 3);
        assert!(done["committed_at"].is_string());
        let again = client.post_once(&path, "key-1", &body).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.expect(200), done);
        commit(&client, &import, body)
            .await
            .expect_problem(409, "import.wrong_state");

        let soap = product_of(&client, "SAVON").await;
        assert_eq!(soap["name"], "Savon de Marseille");
        assert_eq!(soap["barcodes"], json!(["600100"]));
        assert_eq!(soap["price_minor"], 95_000);
        assert_eq!(app.on_hand(old).await, 4_000);
        let rice = product_of(&client, "RIZ").await;
        assert_eq!(rice["on_hand"], 25.5);
        assert_eq!(rice["unit"], "kg");
        let moved = app
            .figure("SELECT COUNT(*) FROM stock_movements WHERE kind IN ('import', 'count')")
            .await;
        assert_eq!(moved, 2);
        let oil = product_of(&client, "HUILE").await;
        let grains = rice["category_id"].as_str().unwrap();
        assert_ne!(oil["category_id"], rice["category_id"]);
        let categories = client.get("/categories").await.expect(200);
        let items = categories["items"].as_array().unwrap();
        let grains = items.iter().find(|one| one["id"] == grains).unwrap();
        assert_eq!(grains["parent_id"], oil["category_id"]);

        // The same file again: it says so, and has nothing left to do.
        let again = send(&client, "products", csv).await.expect(201);
        assert_eq!(again["issues"][0]["code"], "import.same_file");
        assert_eq!(again["counts"]["unchanged"], 2);
        assert_eq!(again["counts"]["changed"], 1, "stock_add adds once more");
        let refused = commit(&client, &again, json!({"skip_errors": true})).await;
        refused.expect_problem_at(409, "import.has_warnings", "/accept_warnings");
        let figure = "SELECT COUNT(*) FROM audit_log WHERE action = 'import.commit'";
        assert_eq!(app.figure(figure).await, 1);
    }
);

both_databases!(
    a_product_that_changed_since_the_preview_is_refused,
    |app| async {
        let product = app.product(Wanted::default()).await;
        app.product(Wanted {
            sku: "RIZ",
            ..Wanted::default()
        })
        .await;
        let client = app.manager().await;
        let csv = "sku,price,stock_add\nRIZ,3400,5\nSUCRE-1KG,4000,5\n";
        let import = send(&client, "products", csv).await.expect(201);
        client
            .patch(&format!("/products/{product}"), json!({"price_minor": 1}))
            .await
            .expect(200);
        commit(&client, &import, json!({}))
            .await
            .expect_problem_at(409, "import.stale", "/rows/3");
        let rice = product_of(&client, "RIZ").await;
        assert_eq!(rice["price_minor"], 350_000, "nothing of the file is done");
        assert_eq!(rice["on_hand"], 10);
        let read = client.get(&format!("/imports/{}", id(&import))).await;
        assert_eq!(read.expect(200)["state"], "previewed");
    }
);

both_databases!(
    a_commit_that_fails_half_way_leaves_nothing_behind,
    |app| async {
        let client = app.manager().await;
        let csv = "sku,name,price,barcode,category,stock_add\n\
                   A,Un,1,111,Rayon,5\nB,Deux,2,222,Rayon,5\nC,Trois,3,333,Rayon,5\n";
        let import = send(&client, "products", csv).await.expect(201);
        // Somebody else takes the barcode of the last row.
        let rival = json!({"sku": "X", "name": "X", "barcodes": ["333"], "unit": "piece", "price_minor": 1, "cost_minor": 0, "tax_rate_bp": 0, "reorder_level": 0});
        client.post("/products", rival).await.expect(201);
        commit(&client, &import, json!({})).await.expect_problem_at(
            409,
            "import.stale",
            "/rows/4/barcodes/0",
        );
        assert_eq!(app.figure("SELECT COUNT(*) FROM products").await, 1);
        assert_eq!(app.figure("SELECT COUNT(*) FROM categories").await, 0);
        assert_eq!(app.figure("SELECT COUNT(*) FROM stock_movements").await, 0);

        // Less counted than was sold since stops a file of stock as a whole.
        let sugar = app.product(Wanted::default()).await;
        let oil = app
            .product(Wanted {
                sku: "HUILE",
                ..Wanted::default()
            })
            .await;
        let import = send(&client, "stock", "sku,stock_set\nHUILE,30\nSUCRE-1KG,1\n").await;
        let import = import.expect(201);
        app.clock.advance_seconds(20);
        let cashier = app.cashier().await;
        cashier.post("/sales", basket(sugar, 5)).await.expect(201);
        commit(&client, &import, json!({})).await.expect_problem_at(
            409,
            "stock.count_contradicted",
            "/rows/3",
        );
        assert_eq!(app.on_hand(oil).await, 10_000);
    }
);

both_databases!(
    stock_is_set_as_counted_at_the_preview_or_added,
    |app| async {
        let sugar = app.product(Wanted::default()).await;
        let oil = app
            .product(Wanted {
                sku: "HUILE",
                ..Wanted::default()
            })
            .await;
        app.location("Dépôt").await;
        let client = app.manager().await;
        let csv = "sku;emplacement;stock_set;stock_add\n\
                   SUCRE-1KG;;20;\n\
                   HUILE;;;5\n\
                   HUILE;depot;7;\n\
                   RIEN;;1;\n\
                   HUILE;Cave;1;\n\
                   SUCRE-1KG;DEPOT;1;1\n\
                   HUILE;;1;\n\
                   SUCRE-1KG;depot;1,5;\n";
        let import = send(&client, "stock", csv).await.expect(201);
        assert_eq!(
            import["counts"],
            json!({"new": 0, "changed": 2, "unchanged": 0, "error": 6, "warning": 0})
        );
        let wrong = rows(&client, &import, "error").await;
        let codes: Vec<_> = wrong
            .iter()
            .map(|row| (row["row"].as_i64().unwrap(), issues(row)[0].1))
            .collect();
        assert_eq!(
            codes,
            [
                (3, "import.duplicate_key"),
                (5, "import.unknown_product"),
                (6, "import.unknown_location"),
                (7, "import.set_and_add"),
                (8, "import.duplicate_key"),
                (9, "import.duplicate_key"),
            ]
        );
        // Sold between the preview and the commit: it stays sold.
        app.clock.advance_seconds(20);
        let cashier = app.cashier().await;
        cashier.post("/sales", basket(sugar, 4)).await.expect(201);
        commit(&client, &import, json!({"skip_errors": true}))
            .await
            .expect(200);
        assert_eq!(app.on_hand(sugar).await, 16_000);
        assert_eq!(app.on_hand(oil).await, 17_000);
    }
);

const HISTORY: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
    1001,85123A,LANTERN,6,2011-03-01 09:00:00,2.55,17850,UK\n\
    1001,85123A,WHITE LANTERN,6,2011-03-01 09:00:00,2.55,17850,UK\n\
    1001,22752,NESTING BOXES,2,2011-03-01 09:00:00,7.65,17850,UK\n\
    1002,85123A,WHITE LANTERN,3,2011-03-02 10:00:00,2.95,13047,UK\n\
    1002,85123A,WHITE LANTERN,3,2011-03-02 10:00:00,2.95,13047,UK\n\
    C1003,22752,NESTING BOXES,-1,2011-03-03 11:00:00,7.65,17850,UK\n\
    C1004,22752,NESTING BOXES,-1,2011-03-03 12:00:00,7.65,99999,UK\n\
    1005,POST,POSTAGE,1,2011-03-03 12:00:00,18.00,17850,UK\n\
    1006,22752,,1,2011-03-03 12:00:00,0.00,17850,UK\n\
    1007,,WHAT,1,2011-03-03 12:00:00,1.00,17850,UK\n\
    1008,22752,NESTING BOXES,,03/03/2011,1.00,17850,UK\n\
    1009,22752,NESTING BOXES,1,someday,1.00,17850,UK\n\
    1010,85123A,,4,04/03/2011 13:30,2.95,,UK\n\
    C1011,85123A,,-5,2011-03-05 13:30:00,2.55,17850,UK\n\
    C1011,85123A,,-1,2011-03-05 13:30:00,2.55,17850,UK\n";

both_databases!(
    sales_history_is_recorded_and_leaves_todays_stock_alone,
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
        let import = send(&client, "sales", HISTORY).await.expect(201);
        assert_eq!(
            import["counts"],
            json!({"new": 9, "changed": 0, "unchanged": 0, "error": 6, "warning": 2})
        );
        let wrong = rows(&client, &import, "error").await;
        let codes: Vec<_> = wrong
            .iter()
            .map(|row| (row["row"].as_i64().unwrap(), issues(row)[0]))
            .collect();
        assert_eq!(
            codes,
            [
                (8, ("quantity", "import.return_without_sale")),
                (9, ("sku", "import.not_a_product")),
                (10, ("price", "import.price_zero")),
                (11, ("sku", "import.missing")),
                (12, ("quantity", "import.missing")),
                (13, ("date", "import.not_a_date")),
            ]
        );
        let taken = rows(&client, &import, "new").await;
        assert_eq!(issues(&taken[4]), [("", "import.duplicate_line")]);
        assert_eq!(issues(&taken[6]), [("date", "date.order_assumed")]);
        assert_eq!(taken[5]["values"]["returns"], json!({"row": 4}));
        let effects = &import["effects"];
        let sold = 12 * 255 + 2 * 765 + 6 * 295 + 4 * 295;
        let back = 765 + 6 * 255;
        assert_eq!(effects["revenue_minor"], sold - back);
        assert_eq!(effects["refunds_minor"], back);
        assert_eq!(effects["products_new"], 1);
        commit(&client, &import, json!({"skip_errors": true}))
            .await
            .expect_problem(409, "import.has_warnings");
        let done = commit(
            &client,
            &import,
            json!({"skip_errors": true, "accept_warnings": true}),
        )
        .await
        .expect(200);
        assert_eq!(done["effects"]["sales"], 3);
        assert_eq!(done["effects"]["refunds"], 2);

        let lantern = product_of(&client, "85123A").await;
        assert_eq!(lantern["name"], "WHITE LANTERN", "its most frequent name");
        assert_eq!(lantern["price_minor"], 295, "its median price");
        assert_eq!(lantern["on_hand"], 0);
        assert_eq!(app.on_hand(boxes).await, 10_000);
        assert_eq!(
            product_of(&client, "22752").await["price_minor"],
            800,
            "a history is no price list"
        );

        let summary = summary_of(&client, "2011-03-01", "2011-03-05").await;
        assert_eq!(summary["revenue_minor"], sold - back);
        assert_eq!(summary["refunds_minor"], back);
        assert_eq!(summary["units"], 24 - 7);
        assert_eq!(summary["by_day"][0]["date"], "2011-03-01");

        let sales = client.get("/sales").await.expect(200);
        let sales = sales["items"].as_array().unwrap();
        let numbers: Vec<_> = sales
            .iter()
            .map(|sale| {
                (
                    sale["number"].as_i64().unwrap(),
                    sale["external_number"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(numbers, [(3, "1010"), (2, "1002"), (1, "1001")]);
        assert_eq!(sales[2]["state"], "partially_refunded");
        assert_eq!(sales[2]["occurred_at"], "2011-03-01T09:00:00Z");
        assert_eq!(sales[2]["total_minor"], 12 * 255 + 2 * 765);
        assert_eq!(sales[2]["payments"][0]["method"], "cash");
        assert_eq!(stock_dips(app, boxes).await, 0);
    }
);

/// Moments at which the stock was negative, by when things happened.
async fn stock_dips(app: &TestApp, product: ProductId) -> i64 {
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT SUM(delta_milli) OVER (ORDER BY occurred_at_us, seq) AS there
         FROM stock_movements WHERE kind IN ('import', 'sale', 'refund') AND product_id = {}) AS moments WHERE there < 0",
        match app.db {
            crate::support::app::Db::Sqlite => format!("x'{}'", product.as_uuid().simple()),
            crate::support::app::Db::Postgres => format!("'{product}'"),
        }
    );
    app.figure(&sql).await
}

both_databases!(
    a_history_is_not_recorded_twice_and_brings_recorded_sales_back,
    in_pounds(),
    |app| async {
        let boxes = app
            .product(Wanted {
                sku: "22752",
                price_minor: 765,
                ..Wanted::default()
            })
            .await;
        let client = app.manager().await;
        let yes = json!({"skip_errors": true, "accept_warnings": true});
        // The shop keeps no customers: what the file refuses to this one, the shop would take back.
        let lines = HISTORY.lines().filter(|line| !line.starts_with("C1004"));
        let history = lines.collect::<Vec<_>>().join("\n");
        let first = send(&client, "sales", &history).await.expect(201);
        let twin = send(&client, "sales", &history).await.expect(201);
        commit(&client, &first, yes.clone()).await.expect(200);
        commit(&client, &twin, yes.clone())
            .await
            .expect_problem(409, "import.stale");
        let again = send(&client, "sales", &history).await.expect(201);
        assert_eq!(again["counts"]["new"], 0);
        assert_eq!(again["issues"][0]["code"], "import.same_file");
        let wrong = rows(&client, &again, "error").await;
        assert!(
            issues(&wrong[0]).contains(&("invoice", "import.already_imported")),
            "{}",
            wrong[0]
        );
        let refunded = app.figure("SELECT COUNT(*) FROM refunds").await;
        // What comes back now is of sales that are counted: the figures have to be corrected.
        let write = &app.modules.stores.write;
        sales::rollups::fold::fold_all(write).await.unwrap();

        // Of the two boxes of invoice 1001 one is left to come back, for anybody.
        let header = HISTORY.lines().next().unwrap();
        let more = format!(
            "{header}\nC2001,22752,NESTING BOXES,-1,2011-04-01,7.65,17850,UK\n\
             C2002,22752,NESTING BOXES,-1,2011-04-02,7.65,17850,UK\n"
        );
        let import = send(&client, "sales", more).await.expect(201);
        assert_eq!(import["counts"]["new"], 1);
        assert_eq!(import["counts"]["error"], 1);
        commit(&client, &import, yes).await.expect(200);
        assert_eq!(
            app.figure("SELECT COUNT(*) FROM refunds").await,
            refunded + 1
        );
        assert_eq!(app.on_hand(boxes).await, 10_000);
        let states = app
            .figure("SELECT COUNT(*) FROM sales WHERE external_number = '1001' AND state = 'partially_refunded'")
            .await;
        assert_eq!(states, 1);
    }
);

both_databases!(a_preview_can_be_committed_for_a_day, |app| async {
    let client = app.manager().await;
    let csv = "sku,name,price\nA1,Un,1\n";
    let import = send(&client, "products", csv).await.expect(201);
    app.clock.advance_seconds(24 * 3600);
    let imports = &app.modules.sales.imports;
    let old = id(&import).parse().unwrap();
    assert_eq!(
        imports.import(old).await.unwrap().state,
        ImportState::Expired
    );
    let options = CommitOptions {
        errors: ErrorRows::Skip,
        warnings: Warnings::Accept,
        big_changes: BigChanges::Accept,
    };
    let actor = Actor::operator("test");
    let refused = imports.commit(&actor, old, options, None).await;
    let problem = Problem::from(refused.unwrap_err());
    assert_eq!(problem.code, Code::ImportState);
    assert_eq!(app.figure("SELECT COUNT(*) FROM products").await, 0);
});

both_databases!(files_that_are_no_files_are_refused, |app| async {
    let client = app.manager().await;
    let refused = |answer: Answer, status: u16, code: &str| {
        answer.expect_problem(status, code);
    };
    refused(
        send(&client, "products", "").await,
        422,
        "import.unreadable",
    );
    refused(
        send(&client, "products", b"PK\x03\x04zip".as_slice()).await,
        422,
        "import.unreadable",
    );
    refused(
        send(&client, "products", format!("sku\n{}", "x".repeat(10_001))).await,
        422,
        "import.unreadable",
    );
    refused(
        send(&client, "products", format!("sku{}\nA\n", ",x".repeat(250))).await,
        422,
        "import.unreadable",
    );
    let two = Form::new()
        .part("file", Part::text("sku\nA\n"))
        .part("file", Part::text("sku\nB\n"));
    refused(
        send_form(&client, "products", two).await,
        422,
        "request.invalid_body",
    );
    let none = Form::new().part("mapping", Part::text("{}"));
    refused(
        send_form(&client, "products", none).await,
        422,
        "request.invalid_body",
    );
    let foreign = Form::new()
        .part("file", Part::text("sku,name,price\nA,B,1\n"))
        .part("mapping", Part::text("{\"currency\": \"USD\"}"));
    refused(
        send_form(&client, "products", foreign).await,
        422,
        "money.currency_mismatch",
    );
    let path = "/imports?kind=products";
    refused(
        client.post(path, json!({})).await,
        415,
        "request.unsupported_media_type",
    );
    refused(
        client
            .post_raw(path, "multipart/form-data; boundary=x", "--y\r\nnothing")
            .await,
        400,
        "request.malformed_multipart",
    );
    refused(
        client
            .post_raw(
                "/imports?kind=sandwiches",
                "multipart/form-data; boundary=x",
                "",
            )
            .await,
        400,
        "request.invalid_query",
    );
    refused(
        client
            .post_empty("/imports/0192f0c1-7c00-7000-8000-000000000000/commit")
            .await,
        404,
        "resource.not_found",
    );
    assert_eq!(app.figure("SELECT COUNT(*) FROM imports").await, 0);
});

both_databases!(a_mapping_says_which_header_means_what, |app| async {
    let client = app.manager().await;
    let form = Form::new()
        .part("file", Part::text("Truc;Machin;Bidule\nA1;Savon;900\n"))
        .part(
            "mapping",
            Part::text(
                "{\"columns\": {\"sku\": \"truc\", \"name\": \"Machin\", \"price\": \"BIDULE\"}}",
            ),
        );
    let import = send_form(&client, "products", form).await.expect(201);
    assert_eq!(import["counts"]["new"], 1);
    assert_eq!(import["mapping"]["columns"]["price"], "Bidule");
});

both_databases!(rows_are_paged_in_the_order_of_the_file, |app| async {
    let client = app.manager().await;
    let mut csv = String::from("sku,name,price\n");
    for number in 0..120 {
        csv.push_str(&format!("P{number:03},Produit,{number}\n"));
    }
    let import = send(&client, "products", csv).await.expect(201);
    let mut path = format!("/imports/{}/rows?limit=50", id(&import));
    let mut lines = Vec::new();
    loop {
        let page = client.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap();
        lines.extend(items.iter().map(|row| row["row"].as_i64().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/imports/{}/rows?limit=50&cursor={cursor}", id(&import));
    }
    assert_eq!(lines, (2..122).collect::<Vec<i64>>());
});
