//! Sums of any size: the sales of an old shop exceed 64 bits, and every figure is still right, or
//! refused with a reason.

use kernel::{Period, Role, ids::ProductId};
use sales::rollups::fold;
use serde_json::{Value, json};
use store::{StoreError, StoreOptions, Tx, migrate_down, migrate_up, migration_status};

use crate::{
    anomalies::past::{Past, TODAY, ZONE, all, at, day, days, now, sold_on},
    support::{
        app::TestApp,
        http::Client,
        shop::{Wanted, basket},
    },
};

/// Largest price and total before sales had a limit of their own.
const OLD_LIMIT: i128 = 1_000_000_000_000_000;
/// The largest sale.
const LIMIT: i64 = 10_000_000_000_000;
/// Number of sales at the old limit that exceed 64 bits.
const MANY: i128 = 9_600;

/// A day on which the sum of sales at the limit is just below what the API can send.
const QUIET: &str = "2026-11-12";
const LOUD: &str = "2026-11-13";

/// Sales at the limit, made a hundred times larger, as an old version allowed.
async fn old_shop(app: &TestApp) -> ProductId {
    let past = Past::new(app).await;
    let product = past.product("OR", LIMIT, LIMIT).await;
    let mut sold: Vec<_> = (0..MANY)
        .map(|number| sold_on(product, LOUD, 9 + i64::try_from(number % 3).unwrap(), 1.0))
        .collect();
    sold.extend((0..9).map(|_| sold_on(product, QUIET, 10, 1.0)));
    let voided = sold_on(product, QUIET, 10, 1.0);
    sold.push(voided.clone());
    past.sell(&sold).await;
    for sql in [
        "UPDATE sales SET subtotal_minor = subtotal_minor * 100, total_minor = total_minor * 100,
             cost_minor = cost_minor * 100, paid_minor = paid_minor * 100",
        "UPDATE sale_lines SET unit_price_minor = unit_price_minor * 100, unit_cost_minor = unit_cost_minor * 100,
             total_minor = total_minor * 100, cost_minor = cost_minor * 100",
        "UPDATE payments SET amount_minor = amount_minor * 100, base_minor = base_minor * 100",
    ] {
        assert!(app.forge(sql, Vec::new()).await >= 9_610);
    }
    // What the import has counted already is counted again.
    let soon = voided.at.plus_seconds(60);
    past.void(&voided, Role::Admin, soon).await;
    app.travel_to(at(TODAY, 12)).await;
    let start_over = async |tx: &Tx| fold::start_over(tx, ZONE).await;
    app.modules
        .stores
        .write
        .transaction(start_over)
        .await
        .unwrap();
    // The remaining stock is not a figure of a day, and would be the largest of all.
    app.write("UPDATE products SET cost_minor = 1", Vec::new())
        .await;
    product
}

/// Every response with the figures of a day.
fn paths(date: &str) -> Vec<String> {
    let mut paths = vec![
        format!("/analytics/summary?from={date}&to={date}&compare=previous"),
        format!("/analytics/products?from={date}&to={date}"),
    ];
    for interval in ["hour", "day", "week", "month"] {
        paths.push(format!(
            "/analytics/timeseries?from={date}&to={date}&interval={interval}"
        ));
    }
    for by in [
        "product", "category", "cashier", "location", "payment", "hour", "weekday",
    ] {
        paths.push(format!(
            "/analytics/breakdown?from={date}&to={date}&by={by}"
        ));
    }
    paths
}

async fn check_answers(app: &TestApp, viewer: &Client, product: ProductId, sales: i128) {
    for path in paths(LOUD) {
        let problem = viewer
            .get(&path)
            .await
            .expect_problem(422, "figure.out_of_range");
        let place = &problem["errors"][0];
        assert_eq!(
            (&place["from"], &place["to"]),
            (&json!(LOUD), &json!(LOUD)),
            "{path}"
        );
        assert_eq!(place["max"], 9_007_199_254_740_991_i64);
        assert!(problem["detail"].as_str().unwrap().contains(LOUD), "{path}");
    }
    let nine = i64::try_from(9 * OLD_LIMIT).unwrap();
    for path in paths(QUIET) {
        let told = viewer.get(&path).await.expect(200).to_string();
        assert!(told.contains(&format!("_minor\":{nine}")), "{path}: {told}");
    }
    let page = viewer.get("/analytics/anomalies?limit=200").await;
    assert!(matches!(page.status.as_u16(), 200 | 422), "{}", page.status);

    let period = Period::new(day(LOUD), day(LOUD), ZONE).unwrap();
    let readers = &app.modules.analytics.readers;
    let facts = readers.sales.daily_totals(&period).await.unwrap();
    assert_eq!(facts[0].totals.revenue_minor, sales * OLD_LIMIT);
    assert_eq!(facts[0].totals.margin_minor(), 0);
    let facts = readers.sales.product_days(&period, 10).await.unwrap();
    assert_eq!(facts[0].product_id, product);
    assert_eq!(facts[0].cost_minor, sales * OLD_LIMIT);
    assert_eq!(facts[0].units_sold_milli, sales * 1_000);
    let facts = readers.sales.payments(&period).await.unwrap();
    assert_eq!(facts.lines[0].paid.base_minor, sales * OLD_LIMIT);
    assert_eq!(i128::from(facts.sales), sales);
    let proof = viewer.get("/inventory/verify").await;
    assert!(proof.status.as_u16() != 500, "{}", proof.status);
}

async fn refund_the_newest_sale(admin: &Client) {
    let page = admin.get("/sales?limit=1").await.expect(200);
    let id = page["items"][0]["id"].as_str().unwrap();
    let sale = admin.get(&format!("/sales/{id}")).await.expect(200);
    let body = json!({
        "lines": [{"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true}],
        "reason": "comme il est venu",
    });
    let refunds = format!("/sales/{id}/refunds");
    admin.post(&refunds, body).await.expect(201);
}

both_databases!(
    sums_above_64_bits_are_exact_and_refused_with_a_reason,
    now().by_hand(),
    |app| async {
        let product = old_shop(app).await;
        let admin = app.admin().await;
        // Before the fold everything is counted by the query, afterwards nothing.
        check_answers(app, &admin, product, MANY).await;
        fold::fold_all(&app.modules.stores.write).await.unwrap();
        let backlog = fold::backlog(&app.modules.stores.write).await.unwrap();
        assert_eq!(backlog.waiting, 0);
        check_answers(app, &admin, product, MANY).await;
        let verified = admin.get("/inventory/verify").await.expect(200);
        assert_eq!(verified["ok"], true, "{verified}");

        // Refunds are deducted from both parts of the sums.
        refund_the_newest_sale(&admin).await;
        let today = Period::new(day(TODAY), day(TODAY), ZONE).unwrap();
        let facts = app
            .modules
            .analytics
            .readers
            .sales
            .daily_totals(&today)
            .await;
        assert_eq!(facts.unwrap()[0].totals.revenue_minor, -OLD_LIMIT);
        let summary = format!("/analytics/summary?from={TODAY}&to={TODAY}");
        let summary = admin.get(&summary).await.expect(200);
        assert_eq!(summary["revenue_minor"], -i64::try_from(OLD_LIMIT).unwrap());

        // A cashier with a day above 64 bits: voids and discounts of any size.
        let irregular = &app.modules.analytics.readers.irregular;
        app.forge(
            "UPDATE sales SET discount_minor = total_minor, subtotal_minor = 2 * total_minor",
            Vec::new(),
        )
        .await;
        app.forge(
            "UPDATE sale_lines SET discount_minor = total_minor",
            Vec::new(),
        )
        .await;
        let period = Period::new(day(LOUD), day(LOUD), ZONE).unwrap();
        let facts = irregular.cashier_days(&period, 10).await.unwrap();
        let given: i128 = facts.iter().map(|fact| fact.discount_minor).sum();
        assert_eq!(given, MANY * OLD_LIMIT);
        app.forge(
            "UPDATE sales SET discount_minor = 0, subtotal_minor = total_minor",
            Vec::new(),
        )
        .await;
        app.forge("UPDATE sale_lines SET discount_minor = 0", Vec::new())
            .await;
    }
);

both_databases!(
    findings_about_a_billion_pieces_on_a_line_are_kept_like_others,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("GRAINS", 1, 1).await;
        let opened = at("2024-01-01", 9);
        for _ in 0..4 {
            let billion = kernel::Quantity::from_units(1_000_000_000);
            app.put_in_stock(product, billion, opened).await;
        }
        let mut sold = Vec::new();
        for date in days("2026-06-01", "2026-09-10") {
            sold.extend((0..3).map(|hour| sold_on(product, &date, 9 + hour, 2.0)));
        }
        sold.extend((0..3).map(|hour| sold_on(product, "2026-09-11", 9 + hour, 1e9)));
        for date in days("2026-09-12", "2026-09-30") {
            sold.extend((0..3).map(|hour| sold_on(product, &date, 9 + hour, 2.0)));
        }
        past.sell(&sold).await;
        let viewer = app.viewer().await;
        for _ in 0..2 {
            let found = all(&viewer, "from=2026-09-01&to=2026-09-30").await;
            let quantity = |one: &Value| one["evidence"][0]["quantity"].clone();
            let spike = found.iter().find(|one| quantity(one) == 3_000_000_000_i64);
            assert!(spike.is_some(), "{found:#?}");
        }
        let path = "/analytics/products?from=2026-09-01&to=2026-09-30";
        let page = viewer.get(path).await.expect(200);
        assert_eq!(page["items"][0]["units"], 3_000_000_000_i64 + 6 * 29);
    }
);

both_databases!(a_sale_and_its_cost_have_a_limit_of_their_own, |app| async {
    let wanted = Wanted {
        price_minor: LIMIT / 10,
        cost_minor: 0,
        stock: 100,
        ..Wanted::default()
    };
    let dear = app.product(wanted).await;
    let wanted = Wanted {
        sku: "PERTE",
        price_minor: 100,
        cost_minor: LIMIT / 10,
        stock: 100,
        ..Wanted::default()
    };
    let costly = app.product(wanted).await;
    let manager = app.manager().await;
    for product in [dear, costly] {
        manager
            .post("/sales", basket(product, 10))
            .await
            .expect(201);
        manager
            .post("/sales", basket(product, 11))
            .await
            .expect_problem(422, "money.out_of_range");
    }
});

both_empty_databases!(figures_of_an_older_version_are_dropped, |database| async {
    let options = StoreOptions {
        url: database.url.clone(),
        read_url: None,
        read_connections: 1,
        analytics_connections: 1,
        write_connections: 1,
        missing_file: store::MissingFile::Create,
    };
    migrate_up(&options).await.unwrap();
    let states = migration_status(&options).await.unwrap();
    let place = states
        .iter()
        .position(|state| state.name.ends_with("000014_figures"));
    let steps = u32::try_from(states.len() - place.unwrap()).unwrap();
    migrate_down(&options, Some(steps)).await.unwrap();
    let old = async |sql: &str| {
        let stores = store::connect(&options).await.unwrap();
        let write = async |tx: &Tx| -> Result<u64, StoreError> { tx.execute(sql, []).await };
        stores.write.transaction(write).await.unwrap();
        stores.close().await;
    };
    // Revenue with tax included, as it was counted then.
    old("INSERT INTO rollup_payments (day, method, currency, payments, amount_minor, base_minor) VALUES (20000, 'cash', 'CDF', 1, 11600, 11600)").await;
    old("UPDATE rollup_state SET folded_number = 7").await;
    for _ in 0..2 {
        migrate_up(&options).await.unwrap();
        let stores = store::connect(&options).await.unwrap();
        let sql = "SELECT folded_number + (SELECT COUNT(*) FROM rollup_payments) FROM rollup_state";
        assert_eq!(stores.read.value::<i64>(sql, []).await.unwrap(), Some(0));
        stores.close().await;
        migrate_down(&options, Some(steps)).await.unwrap();
    }
});
