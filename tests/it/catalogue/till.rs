//! The catalogue that a till keeps: loaded once, then by differences.

use std::collections::BTreeMap;

use kernel::Clock as _;
use rand::{Rng as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};
use store::changes;

use super::{id_of, make, path_of, product, product_with};
use crate::support::{
    app::TestApp,
    http::{Answer, Client},
    shop::Wanted,
};

const WHOLE: &str = "/products/till";
/// What the positions of this list are sealed with.
const SEAL: &str = "position till catalogue";

/// A till's copy of the catalogue.
#[derive(Default)]
struct Till {
    products: BTreeMap<String, Value>,
    position: Option<String>,
}

impl Till {
    /// Walks all pages, and returns how many products and ids came.
    async fn catch_up(&mut self, client: &Client, limit: u32) -> usize {
        let since = self
            .position
            .as_ref()
            .map_or_else(String::new, |position| format!("&since={position}"));
        let mut cursor = String::new();
        let mut came = 0;
        loop {
            let path = format!("{WHOLE}?limit={limit}{since}{cursor}");
            let page = client.get(&path).await.expect(200);
            for item in page["items"].as_array().unwrap() {
                self.products.insert(id_of(item).to_owned(), item.clone());
                came += 1;
            }
            for id in page["archived"].as_array().unwrap() {
                self.products.remove(id.as_str().unwrap());
                came += 1;
            }
            self.position = page["position"].as_str().map(str::to_owned);
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return came,
            }
        }
    }
}

async fn fresh(client: &Client) -> BTreeMap<String, Value> {
    let mut till = Till::default();
    till.catch_up(client, 1_000).await;
    till.products
}

async fn patch(client: &Client, id: &str, change: Value) {
    client
        .patch(&format!("/products/{id}"), change)
        .await
        .expect(200);
}

/// One thing that happens in a shop.
async fn something(admin: &Client, known: &mut Vec<String>, chance: &mut ChaCha8Rng, number: u32) {
    let Some(id) = known.choose(chance).cloned() else {
        let first = make(admin, product(&format!("FIRST-{number}"), "Premier")).await;
        known.push(id_of(&first).to_owned());
        return;
    };
    match chance.random_range(0..10) {
        0..3 => {
            let (sku, name) = (format!("P-{number}"), format!("Produit {number}"));
            let barcodes = json!({ "barcodes": [format!("A{number}")], "initial_stock": 5 });
            let made = make(admin, product_with(&sku, &name, barcodes)).await;
            known.push(id_of(&made).to_owned());
        }
        3 => {
            patch(
                admin,
                &id,
                json!({ "price_minor": 1_000 + 100 * i64::from(number) }),
            )
            .await;
        }
        4 => {
            patch(
                admin,
                &id,
                json!({ "name": format!("Nouveau nom {number}") }),
            )
            .await;
        }
        5 => {
            patch(
                admin,
                &id,
                json!({ "barcodes": [format!("B{number}"), format!("C{number}")] }),
            )
            .await;
        }
        6 | 7 => {
            let deed = if chance.random_bool(0.6) {
                "archive"
            } else {
                "unarchive"
            };
            admin
                .post_empty(&format!("/products/{id}/{deed}"))
                .await
                .expect(200);
        }
        8 => {
            let goods = json!({ "lines": [{ "product_id": id, "quantity": 3, "unit_cost_minor": 500 + number }] });
            // An archived product receives nothing.
            let status = admin.post("/inventory/receipts", goods).await.status;
            assert!(status == 201 || status == 409, "{status}");
        }
        _ => {
            let name = json!({ "name": format!("Rayon {number}") });
            let category = admin.post("/categories", name).await.expect(201);
            patch(
                admin,
                &id,
                json!({ "category_id": category["id"], "tax_rate_bp": 1_600 }),
            )
            .await;
        }
    }
}

async fn a_week(app: &TestApp, seed: u64) {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let admin = app.admin().await;
    let cashier = app.cashier().await;
    let mut known = Vec::new();
    let mut tills = [Till::default(), Till::default(), Till::default()];
    for number in (0..70).map(|number| u32::try_from(seed).unwrap() * 1_000 + number) {
        something(&admin, &mut known, &mut chance, number).await;
        app.clock.advance_seconds(chance.random_range(0..4 * 3_600));
        // The third till is on a bad network.
        let often = [0.5, 0.15, 0.04];
        for (till, often) in tills.iter_mut().zip(often) {
            if chance.random_bool(often) {
                till.catch_up(&cashier, chance.random_range(1..6)).await;
                assert_eq!(till.products, fresh(&cashier).await, "seed {seed}");
            }
        }
    }
    for till in &mut tills {
        till.catch_up(&cashier, 1_000).await;
        assert_eq!(till.products, fresh(&cashier).await, "seed {seed}");
        assert_eq!(till.catch_up(&cashier, 1_000).await, 0);
    }
}

both_databases!(
    a_catalogue_kept_by_differences_over_a_week_is_the_one_that_a_new_till_loads,
    |app| async {
        for seed in 1..4 {
            a_week(app, seed).await;
        }
    }
);

both_databases!(
    no_change_is_lost_between_many_writers_and_a_till_that_looks_meanwhile,
    |app| async {
        let admin = app.admin().await;
        let mut ids = Vec::new();
        for number in 0..8 {
            let made = make(&admin, product(&format!("P-{number}"), "Produit")).await;
            ids.push(id_of(&made).to_owned());
        }
        let mut writers = tokio::task::JoinSet::new();
        for (place, id) in ids.into_iter().enumerate() {
            let admin = admin.clone();
            writers.spawn(async move {
                for round in 0..12 {
                    patch(
                        &admin,
                        &id,
                        json!({ "price_minor": 10_000 + 100 * round + place }),
                    )
                    .await;
                }
            });
        }
        let mut till = Till::default();
        while !writers.is_empty() {
            till.catch_up(&admin, 3).await;
            while writers.try_join_next().is_some() {}
        }
        till.catch_up(&admin, 3).await;
        assert_eq!(till.products, fresh(&admin).await);
    }
);

async fn if_none_match(client: &Client, path: &str, tag: &str) -> Answer {
    let request = client.request(Method::GET, path);
    client.send(request.header("if-none-match", tag)).await
}

both_databases!(
    an_unchanged_catalogue_is_a_304_whatever_was_sold_and_received,
    |app| async {
        let (admin, cashier) = (app.admin().await, app.cashier().await);
        let made = make(
            &admin,
            product_with("P", "Produit", json!({ "initial_stock": 9 })),
        )
        .await;
        let first = cashier.get(WHOLE).await;
        let body = first.expect(200);
        assert_eq!(body["currency"], "CDF");
        let item = &body["items"][0];
        let fields: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
        let expected = [
            "barcodes",
            "category_id",
            "id",
            "name",
            "price_minor",
            "sku",
            "tax_rate_bp",
            "unit",
        ];
        assert_eq!(fields, expected, "neither cost nor stock");
        let tag = first.header("etag").unwrap().to_owned();
        let sold = json!({ "lines": [{ "product_id": made["id"], "quantity": 1 }] });
        cashier.post("/sales", sold).await.expect(201);
        let goods =
            json!({ "lines": [{ "product_id": made["id"], "quantity": 1, "unit_cost_minor": 7 }] });
        admin.post("/inventory/receipts", goods).await.expect(201);
        let again = if_none_match(&cashier, WHOLE, &tag).await;
        again.expect(304);
        assert_eq!(again.header("etag"), Some(tag.as_str()));
        let since = format!(
            "/products/till?since={}",
            body["position"].as_str().unwrap()
        );
        if_none_match(&cashier, &since, &format!("W/{tag}"))
            .await
            .expect(304);
        let nothing = cashier.get(&since).await.expect(200);
        assert_eq!(
            (&nothing["items"], &nothing["archived"]),
            (&json!([]), &json!([]))
        );
        admin
            .patch(&path_of(&made), json!({ "price_minor": 5_000 }))
            .await
            .expect(200);
        for path in [WHOLE, &since] {
            let changed = if_none_match(&cashier, path, &tag).await;
            assert_eq!(changed.expect(200)["items"][0]["price_minor"], 5_000);
            assert_ne!(changed.header("etag"), Some(tag.as_str()));
        }
    }
);

both_databases!(
    the_list_with_stock_has_a_tag_of_what_it_shows,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let cashier = app.cashier().await;
        let first = cashier.get("/products").await;
        let tag = first.header("etag").unwrap().to_owned();
        if_none_match(&cashier, "/products", &tag).await.expect(304);
        let managers = app.manager().await.get("/products").await;
        assert_ne!(
            managers.header("etag"),
            Some(tag.as_str()),
            "it has the cost"
        );
        let sold = json!({ "lines": [{ "product_id": product, "quantity": 1 }] });
        cashier.post("/sales", sold).await.expect(201);
        if_none_match(&cashier, "/products", &tag).await.expect(200);
    }
);

both_databases!(on_hand_here_is_what_one_location_has, |app| async {
    let admin = app.admin().await;
    let product = app.product(Wanted::default()).await;
    let depot = app.location("Dépôt").await;
    let here = async |location: &str| {
        let list = admin
            .get(&format!("/products?location_id={location}"))
            .await;
        list.expect(200)["items"][0].clone()
    };
    let empty = here(&depot.to_string()).await;
    assert_eq!(
        (&empty["on_hand"], &empty["on_hand_here"]),
        (&json!(10), &json!(0))
    );
    let shop = admin.get("/locations").await.expect(200);
    let shop = id_of(&shop["items"][0]).to_owned();
    let moved = json!({
        "from_location_id": shop, "to_location_id": depot, "lines": [{ "product_id": product, "quantity": 4 }],
    });
    admin.post("/inventory/transfers", moved).await.expect(201);
    assert_eq!(here(&depot.to_string()).await["on_hand_here"], 4);
    let shops = here(&shop).await;
    assert_eq!(
        (&shops["on_hand"], &shops["on_hand_here"]),
        (&json!(10), &json!(6))
    );
    let plain = admin.get("/products").await.expect(200);
    assert!(plain["items"][0].get("on_hand_here").is_none());
    let unknown = format!("/products?location_id={product}");
    admin
        .get(&unknown)
        .await
        .expect_problem_at(422, "request.unknown_reference", "?location_id");
});

/// A position with one of its fields changed.
fn forged(position: &str, field: &str, value: impl FnOnce(i64) -> i64) -> String {
    let mut state: Value = platform::cursor::open(SEAL, position).unwrap();
    state[field] = json!(value(state[field].as_i64().unwrap()));
    platform::cursor::seal(SEAL, &state)
}

both_databases!(
    a_position_that_cannot_be_used_is_refused_with_its_reason,
    |app| async {
        let admin = app.admin().await;
        make(&admin, product("A", "Un")).await;
        let old = admin.get(WHOLE).await.expect(200)["position"].clone();
        let old = old.as_str().unwrap();
        make(&admin, product("B", "Deux")).await;
        let position = admin.get(WHOLE).await.expect(200)["position"].clone();
        let position = position.as_str().unwrap();
        assert_ne!(old, position);
        let levels = platform::cursor::seal("position levels", &json!([1, 2, 3]));
        let refusals = [
            ("x".to_owned(), "position.unreadable"),
            (String::new(), "position.unreadable"),
            (format!("{position}A"), "position.unreadable"),
            (levels, "position.unreadable"),
            (
                forged(position, "shop", |shop| shop ^ 1),
                "position.foreign",
            ),
            (forged(position, "at_us", |at| at + 1), "position.foreign"),
            (forged(old, "at_us", |at| at + 1), "position.foreign"),
            (forged(position, "seq", |seq| seq + 1), "position.ahead"),
            (forged(position, "seq", |_| i64::MAX), "position.ahead"),
        ];
        for (given, reason) in refusals {
            let answer = admin.get(&format!("/products/till?since={given}")).await;
            let problem = answer.expect_problem_at(400, "request.invalid_position", "?since");
            assert_eq!(problem["errors"][0]["code"], reason, "{given}");
        }
        let changes = admin
            .get(&format!("/products/till?since={old}"))
            .await
            .expect(200);
        assert_eq!(changes["items"].as_array().unwrap().len(), 1);
        let walk = admin.get(&format!("{WHOLE}?limit=1")).await.expect(200);
        let cursor = walk["next_cursor"].as_str().unwrap();
        admin
            .get(&format!("{WHOLE}?since={old}&cursor={cursor}"))
            .await
            .expect_problem(400, "request.invalid_cursor");
    }
);

both_databases!(
    a_position_is_good_for_thirty_days_and_for_ever_while_nothing_changes,
    crate::support::app::BY_HAND,
    |app| async {
        let admin = app.admin().await;
        let empty = admin.get(WHOLE).await.expect(200)["position"].clone();
        make(&admin, product("A", "Un")).await;
        let position = admin.get(WHOLE).await.expect(200)["position"].clone();
        let fetch = async |position: &Value| {
            let write = &app.modules.stores.write;
            changes::forget_old(write, app.clock.now()).await.unwrap();
            let path = format!("/products/till?since={}", position.as_str().unwrap());
            admin.get(&path).await
        };
        app.clock.advance_seconds(40 * 24 * 3_600);
        fetch(&position).await.expect(200);
        make(&admin, product("B", "Deux")).await;
        fetch(&position)
            .await
            .expect_problem_at(410, "position.expired", "?since");
        assert_eq!(
            fetch(&empty).await.expect(200)["items"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        let later = admin.get(WHOLE).await.expect(200)["position"].clone();
        app.clock.advance_seconds(29 * 24 * 3_600);
        make(&admin, product("C", "Trois")).await;
        assert_eq!(
            fetch(&later).await.expect(200)["items"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
);

both_databases!(
    the_catalogue_of_a_till_takes_no_filters_and_has_limits,
    |app| async {
        let admin = app.admin().await;
        for query in [
            "q=x",
            "archived=true",
            "sort=name",
            "fields=all",
            "since=x&since=y",
        ] {
            admin
                .get(&format!("{WHOLE}?{query}"))
                .await
                .expect_problem(400, "request.invalid_query");
        }
        for query in ["limit=0", "limit=1001"] {
            admin
                .get(&format!("{WHOLE}?{query}"))
                .await
                .expect_problem_at(400, "request.invalid_query", "?limit");
        }
    }
);
