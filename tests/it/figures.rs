//! The figures of the demo shop compared with SQL written by hand, independent of the program's own
//! counting: Goma is two hours ahead of UTC all year, and its prices include tax, which is not revenue.

use std::collections::BTreeMap;

use kernel::{
    Period, Timestamp,
    read::{BasketQuestion, PairRank},
};
use salesflow::demo::{self, Story, TIME_ZONE};
use serde_json::Value;
use store::Json;

use crate::support::{
    app::{Db, TestApp, TestDatabase, Wishes},
    http::Client,
};

/// The day of an instant, counted from 1970-01-01.
const DAY: &str = "(occurred_at_us + 7200000000) / 86400000000";
/// The local hour.
const HOUR: &str = "(occurred_at_us + 7200000000) / 3600000000 % 24";

fn now() -> Timestamp {
    Timestamp::start_of_day("2026-11-21".parse().unwrap(), TIME_ZONE).plus_seconds(9 * 3600)
}

async fn demo_shop(database: &TestDatabase) -> TestApp {
    let story = Story {
        end: "2026-11-20".parse().unwrap(),
        days: 45,
        seed: demo::DEFAULT_SEED,
    };
    demo::fill(&database.settings(&[]), story, now())
        .await
        .unwrap();
    let wishes = Wishes {
        now: Some(now()),
        ..Wishes::default()
    };
    TestApp::spawn_on(database.twin(), wishes).await
}

store::selection! {
    Summed(key: String, sums: Json<Vec<i64>>)
}

/// Sums by a key, from a query of `key` and of sums in brackets; `sum(…)` and the brackets are
/// translated for the database.
async fn by_hand(app: &TestApp, sql: &str) -> BTreeMap<String, Vec<i64>> {
    let read = &app.modules.stores.read;
    let mut text = String::new();
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once("sum(") {
        let (inner, behind) = after.split_once(')').unwrap();
        text.push_str(before);
        text.push_str(&read.dialect().sum(inner));
        rest = behind;
    }
    text.push_str(rest);
    let (key, array, end) = match app.db {
        Db::Sqlite => (
            "CASE typeof(key) WHEN 'blob' THEN lower(hex(key)) ELSE CAST(key AS text) END",
            "json_array(",
            ")",
        ),
        Db::Postgres => ("CAST(key AS text)", "CAST(json_build_array(", ") AS text)"),
    };
    let text = text
        .replace('[', array)
        .replace(']', &format!("{end} AS sums"));
    let sql = format!("SELECT {key} AS key, sums FROM ({text}) AS found");
    let rows = read.select::<Summed>(&sql, []).await.unwrap().into_iter();
    let as_written = |key: String| match key.parse::<uuid::Uuid>() {
        Ok(id) => id.to_string(),
        Err(_) => key,
    };
    rows.map(|(key, sums)| (as_written(key), sums.0)).collect()
}

fn day_number(text: &str) -> String {
    let date: chrono::NaiveDate = text.parse().unwrap();
    (date - chrono::NaiveDate::default()).num_days().to_string()
}

fn within(from: &str, to: &str) -> String {
    format!("{DAY} BETWEEN {} AND {}", day_number(from), day_number(to))
}

/// A quantity of JSON in thousandths.
fn milli(value: &Value) -> i64 {
    kernel::Quantity::parse(&value.to_string()).unwrap().milli()
}

/// Revenue, cost and number of sales, less refunds.
async fn totals_by_hand(
    app: &TestApp,
    key: &str,
    from: &str,
    to: &str,
) -> BTreeMap<String, [i64; 3]> {
    let within = within(from, to);
    let sold = by_hand(
        app,
        &format!("SELECT {key} AS key, [sum(total_minor - tax_minor), sum(cost_minor), COUNT(*)] FROM sales WHERE state <> 'voided' AND {within} GROUP BY 1"),
    )
    .await;
    // Of a refund only time and amount; place and user of its sale have a test of their own.
    let back = by_hand(
        app,
        &format!(
            "SELECT {key} AS key, [sum(total_minor - tax_minor), sum(cost_minor)] FROM refunds WHERE {within} GROUP BY 1"
        ),
    )
    .await;
    let mut totals: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for (key, sums) in sold {
        totals.insert(key, [sums[0], sums[1], sums[2]]);
    }
    for (key, sums) in back {
        let total = totals.entry(key).or_default();
        total[0] -= sums[0];
        total[1] -= sums[1];
    }
    totals
}

fn figures_of(item: &Value) -> [i64; 3] {
    ["revenue_minor", "cost_minor", "sales"].map(|name| item[name].as_i64().unwrap())
}

async fn check_summary(app: &TestApp, viewer: &Client) {
    let path = "/analytics/summary?from=2026-11-01&to=2026-11-20&compare=previous";
    let summary = viewer.get(path).await.expect(200);
    let one = |totals: BTreeMap<String, [i64; 3]>| totals.into_values().next().unwrap();
    let now = one(totals_by_hand(app, "'all'", "2026-11-01", "2026-11-20").await);
    let before = one(totals_by_hand(app, "'all'", "2026-10-12", "2026-10-31").await);
    assert_eq!(figures_of(&summary), now);
    assert_eq!(figures_of(&summary["previous"]), before);
    assert_eq!(summary["margin_minor"].as_i64().unwrap(), now[0] - now[1]);

    let days = totals_by_hand(app, DAY, "2026-11-01", "2026-11-20").await;
    for day in summary["by_day"].as_array().unwrap() {
        let key = day_number(day["date"].as_str().unwrap());
        let expected = days.get(&key).copied().unwrap_or_default();
        assert_eq!(day["revenue_minor"], expected[0], "{day}");
        assert_eq!(day["sales"], expected[2], "{day}");
    }
    let within = within("2026-11-01", "2026-11-20");
    let sql = format!(
        "SELECT 'units' AS key, [(SELECT sum(line.quantity_milli) FROM sale_lines AS line JOIN sales AS sale ON sale.id = line.sale_id WHERE sale.state <> 'voided' AND {within})
                       - (SELECT sum(part.quantity_milli) FROM refund_lines AS part JOIN refunds AS refund ON refund.id = part.refund_id WHERE {within}),
                (SELECT sum(total_minor) FROM refunds WHERE {within}), (SELECT COUNT(*) FROM refunds WHERE {within}),
                (SELECT sum(total_minor) FROM sales WHERE state <> 'voided' AND {within}) - (SELECT sum(total_minor) FROM refunds WHERE {within})]"
    );
    let units = by_hand(app, &sql).await;
    let expected = &units["units"];
    assert_eq!(milli(&summary["units"]), expected[0]);
    assert_eq!(summary["refunds_minor"], expected[1]);
    assert_eq!(summary["refunds"], expected[2]);
    assert_eq!(summary["revenue_with_tax_minor"], expected[3]);
}

async fn check_series(app: &TestApp, viewer: &Client) {
    for (interval, key, from) in [
        ("day", DAY.to_owned(), "2026-10-20"),
        // 1970-01-01 was a Thursday: three days later a week begins on Monday.
        ("week", format!("({DAY} + 3) / 7"), "2026-10-20"),
        (
            "hour",
            "(occurred_at_us + 7200000000) / 3600000000".to_owned(),
            "2026-11-10",
        ),
    ] {
        let path = format!("/analytics/timeseries?from={from}&to=2026-11-20&interval={interval}");
        let series = viewer.get(&path).await.expect(200);
        let expected = totals_by_hand(app, &key, from, "2026-11-20").await;
        let mut seen = 0;
        for point in series["points"].as_array().unwrap() {
            let at = Timestamp::parse(point["starts_at"].as_str().unwrap()).unwrap();
            let local = at.micros() + 7_200_000_000;
            let key = match interval {
                "day" => local / 86_400_000_000,
                "week" => (local / 86_400_000_000 + 3) / 7,
                _ => local / 3_600_000_000,
            };
            let wanted = expected.get(&key.to_string());
            seen += usize::from(wanted.is_some());
            assert_eq!(
                figures_of(point),
                wanted.copied().unwrap_or_default(),
                "{interval} {point}"
            );
        }
        assert_eq!(seen, expected.len(), "{interval}");
    }
    let path = "/analytics/timeseries?from=2026-10-20&to=2026-11-20&interval=month";
    let months = viewer.get(path).await.expect(200);
    let first = totals_by_hand(app, "'all'", "2026-10-20", "2026-10-31").await;
    assert_eq!(figures_of(&months["points"][0]), first["all"]);
    assert_eq!(months["points"].as_array().unwrap().len(), 2);
}

async fn groups(viewer: &Client, by: &str) -> (BTreeMap<String, Value>, Value) {
    let path = format!("/analytics/breakdown?from=2026-10-20&to=2026-11-20&by={by}&limit=200");
    let breakdown = viewer.get(&path).await.expect(200);
    let groups = breakdown["groups"].as_array().unwrap().iter();
    let keyed = groups.map(|group| {
        (
            group["key"].as_str().unwrap_or("none").to_owned(),
            group.clone(),
        )
    });
    (keyed.collect(), breakdown)
}

async fn check_breakdowns(app: &TestApp, viewer: &Client) {
    let (from, to) = ("2026-10-20", "2026-11-20");
    for (by, key) in [
        ("hour", HOUR.to_owned()),
        ("weekday", format!("({DAY} + 3) % 7 + 1")),
    ] {
        let expected = totals_by_hand(app, &key, from, to).await;
        let (found, _) = groups(viewer, by).await;
        assert_eq!(found.len(), if by == "hour" { 24 } else { 7 });
        for (key, group) in &found {
            let wanted = expected.get(key).copied().unwrap_or_default();
            assert_eq!(figures_of(group), wanted, "{by} {group}");
        }
    }

    let sale_within = within(from, to).replace("occurred_at_us", "sale.occurred_at_us");
    let refund_within = within(from, to).replace("occurred_at_us", "refund.occurred_at_us");
    for (by, key, name) in [
        (
            "cashier",
            "sale.cashier_id",
            "SELECT name FROM users WHERE id = $1",
        ),
        (
            "location",
            "sale.location_id",
            "SELECT name FROM locations WHERE id = $1",
        ),
    ] {
        let sold = format!(
            "SELECT {key} AS key, [sum(sale.total_minor - sale.tax_minor), COUNT(*)] FROM sales AS sale WHERE sale.state <> 'voided' AND {sale_within} GROUP BY 1"
        );
        let back = format!(
            "SELECT {key} AS key, [sum(refund.total_minor - refund.tax_minor)] FROM refunds AS refund JOIN sales AS sale ON sale.id = refund.sale_id WHERE {refund_within} GROUP BY 1"
        );
        let (sold, back) = (by_hand(app, &sold).await, by_hand(app, &back).await);
        let (found, _) = groups(viewer, by).await;
        assert_eq!(found.len(), sold.len(), "{by}");
        for (key, sums) in &sold {
            let returned = back.get(key).map_or(0, |sums| sums[0]);
            let group = &found[key];
            assert_eq!(group["revenue_minor"], sums[0] - returned, "{by} {group}");
            assert_eq!(group["sales"], sums[1], "{by} {group}");
            let id: uuid::Uuid = key.parse().unwrap();
            let primary = app.modules.stores.write.primary();
            let name = primary.value::<String>(name, [id.into()]).await.unwrap();
            assert_eq!(group["name"], name.unwrap());
        }
    }

    for (by, key) in [
        ("product", "product.id"),
        ("category", "product.category_id"),
    ] {
        let sold = format!(
            "SELECT {key} AS key, [sum(line.total_minor - line.tax_minor), sum(line.quantity_milli)] FROM sale_lines AS line JOIN sales AS sale ON sale.id = line.sale_id
             JOIN products AS product ON product.id = line.product_id WHERE sale.state <> 'voided' AND {sale_within} GROUP BY 1"
        );
        let back = format!(
            "SELECT {key} AS key, [sum(part.total_minor - part.tax_minor), sum(part.quantity_milli)] FROM refund_lines AS part JOIN refunds AS refund ON refund.id = part.refund_id
             JOIN sale_lines AS line ON line.sale_id = part.sale_id AND line.id = part.sale_line_id
             JOIN products AS product ON product.id = line.product_id WHERE {refund_within} GROUP BY 1"
        );
        let (sold, back) = (by_hand(app, &sold).await, by_hand(app, &back).await);
        let (found, breakdown) = groups(viewer, by).await;
        assert_eq!(breakdown["rest"], Value::Null);
        assert_eq!(found.len(), sold.len(), "{by}");
        let mut whole = 0;
        for (key, sums) in &sold {
            let nothing = vec![0, 0];
            let returned = back.get(key).unwrap_or(&nothing);
            let group = &found[key];
            assert_eq!(
                group["revenue_minor"],
                sums[0] - returned[0],
                "{by} {group}"
            );
            assert_eq!(
                milli(&group["units"]),
                sums[1] - returned[1],
                "{by} {group}"
            );
            assert!(group["name"].is_string(), "{group}");
            whole += sums[0] - returned[0];
        }
        assert_eq!(breakdown["total"]["revenue_minor"], whole);
        let shares: f64 = found
            .values()
            .map(|group| group["share"].as_f64().unwrap())
            .sum();
        assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    }

    let paid = format!(
        "SELECT payment.method AS key, [sum(payment.base_minor), COUNT(DISTINCT sale.id)] FROM payments AS payment JOIN sales AS sale ON sale.id = payment.sale_id
         WHERE sale.state <> 'voided' AND payment.direction = 'in' AND {sale_within} GROUP BY 1"
    );
    let change = format!(
        "SELECT 'cash' AS key, [sum(change_minor)] FROM sales AS sale WHERE sale.state <> 'voided' AND {sale_within}"
    );
    let back = format!(
        "SELECT payment.method AS key, [sum(payment.base_minor)] FROM refund_payments AS payment JOIN refunds AS refund ON refund.id = payment.refund_id
         WHERE {refund_within} GROUP BY 1"
    );
    let (paid, change) = (by_hand(app, &paid).await, by_hand(app, &change).await);
    let back = by_hand(app, &back).await;
    let (found, breakdown) = groups(viewer, "payment").await;
    for (method, sums) in &paid {
        let given = if method == "cash" {
            change["cash"][0]
        } else {
            0
        };
        let group = &found[method];
        let returned = back.get(method).map_or(0, |sums| sums[0]);
        assert_eq!(group["takings_minor"], sums[0] - given, "{method}");
        assert_eq!(group["in_minor"], sums[0], "{method}");
        assert_eq!(group["change_minor"], given, "{method}");
        assert_eq!(group["refunds_minor"], returned, "{method}");
        assert_eq!(group["net_minor"], sums[0] - given - returned, "{method}");
        assert_eq!(group["revenue_minor"], Value::Null, "{method}");
        assert_eq!(group["sales"], sums[1], "{method}");
    }
    assert_eq!(found.len(), paid.len());
    let sales = format!(
        "SELECT 'all' AS key, [COUNT(*)] FROM sales AS sale WHERE state <> 'voided' AND {sale_within}"
    );
    let sales = by_hand(app, &sales).await["all"][0];
    assert_eq!(breakdown["total"]["sales"], sales);

    let few = "/analytics/breakdown?from=2026-10-20&to=2026-11-20&by=product&limit=3";
    let few = viewer.get(few).await.expect(200);
    assert_eq!(few["groups"].as_array().unwrap().len(), 3);
    let shown: i64 = few["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| g["revenue_minor"].as_i64().unwrap())
        .sum();
    let rest = few["rest"]["revenue_minor"].as_i64().unwrap();
    assert_eq!(few["total"]["revenue_minor"], shown + rest);
}

async fn check_products(app: &TestApp, viewer: &Client) {
    let mut items = Vec::new();
    let base = "/analytics/products?from=2026-10-20&to=2026-11-20&dead_after_days=30&limit=70";
    let mut path = base.to_owned();
    let first = loop {
        let page = viewer.get(&path).await.expect(200);
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{base}&cursor={cursor}"),
            None => break page,
        }
    };
    let products = app.figure("SELECT COUNT(*) FROM products").await;
    assert_eq!(i64::try_from(items.len()).unwrap(), products);
    assert_eq!(first["considered"], products);
    assert_eq!(first["truncated"], false);
    let revenues: Vec<i64> = items
        .iter()
        .map(|item| item["revenue_minor"].as_i64().unwrap())
        .collect();
    assert!(revenues.is_sorted_by(|a, b| a >= b), "{revenues:?}");

    // A is the class that reaches 80 %: without its last product it is below.
    let whole: i64 = revenues.iter().filter(|revenue| **revenue > 0).sum();
    let of_a: Vec<i64> = items
        .iter()
        .filter(|item| item["abc"] == "A")
        .map(|item| item["revenue_minor"].as_i64().unwrap())
        .collect();
    let sum: i64 = of_a.iter().sum();
    assert!(sum * 100 >= whole * 80 && (sum - of_a.last().unwrap()) * 100 < whole * 80);

    let limit = day_number("2026-10-22");
    let dead = by_hand(
        app,
        &format!(
            "SELECT 'dead' AS key, [COUNT(*), sum(value)] FROM (
                 SELECT product.id, level.milli * product.cost_minor / 1000 AS value FROM products AS product
                 JOIN (SELECT product_id, SUM(on_hand_milli) AS milli FROM stock_levels GROUP BY product_id) AS level ON level.product_id = product.id
                 WHERE level.milli > 0 AND (product.created_at_us + 7200000000) / 86400000000 < {limit}
                   AND NOT EXISTS (SELECT 1 FROM sale_lines AS line JOIN sales AS sale ON sale.id = line.sale_id
                                   WHERE line.product_id = product.id AND sale.state <> 'voided' AND {DAY} >= {limit})
             ) AS dead"
        ),
    )
    .await;
    assert!(dead["dead"][0] >= 5, "{dead:?}");
    assert_eq!(first["dead_products"], dead["dead"][0]);
    let (found, by_hand) = (first["dead_stock_minor"].as_i64().unwrap(), dead["dead"][1]);
    // Each value is rounded to a minor unit once.
    assert!(
        (found - by_hand).abs() <= dead["dead"][0],
        "{found} {by_hand}"
    );
    let only = viewer
        .get(&format!("{base}&dead=true&sort=stock_value"))
        .await
        .expect(200);
    assert_eq!(only["count"], first["dead_products"]);
    assert!(items.iter().any(|item| item["xyz"].is_null()));
}

/// Computed from the baskets of both products and of each.
type Rank = fn(i64, i64, i64) -> f64;

async fn check_baskets(app: &TestApp, viewer: &Client) {
    let path = "/analytics/bought-together?from=2026-10-20&to=2026-11-20&sort=support&limit=5";
    let together = viewer.get(path).await.expect(200);
    let within = within("2026-10-20", "2026-11-20");
    let baskets = by_hand(
        app,
        &format!("SELECT 'all' AS key, [COUNT(*)] FROM sales WHERE state <> 'voided' AND {within}"),
    )
    .await;
    assert_eq!(together["baskets"], baskets["all"][0]);
    let pairs = together["pairs"].as_array().unwrap();
    assert!(!pairs.is_empty(), "{together}");
    for pair in pairs {
        let holds = |side: &str| {
            let id = pair[side]["id"].as_str().unwrap().replace('-', "");
            let id = match app.db {
                Db::Sqlite => format!("X'{id}'"),
                Db::Postgres => format!("'{id}'::uuid"),
            };
            format!(
                "EXISTS (SELECT 1 FROM sale_lines AS line WHERE line.sale_id = sale.id AND line.product_id = {id})"
            )
        };
        let count = async |condition: String| {
            let sql = format!(
                "SELECT 'all' AS key, [COUNT(*)] FROM sales AS sale WHERE state <> 'voided' AND {within} AND {condition}"
            );
            by_hand(app, &sql).await["all"][0]
        };
        let both = count(format!("{} AND {}", holds("product"), holds("other"))).await;
        let (one, other) = (count(holds("product")).await, count(holds("other")).await);
        assert_eq!(pair["baskets"], both, "{pair}");
        assert_eq!(pair["product"]["baskets"], one, "{pair}");
        assert_eq!(pair["other"]["baskets"], other, "{pair}");
        let all = baskets["all"][0];
        #[allow(clippy::cast_precision_loss, reason = "some thousands of baskets")]
        let lift = both as f64 * all as f64 / (one as f64 * other as f64);
        assert!(
            (pair["lift"].as_f64().unwrap() - lift).abs() < 1e-9,
            "{pair}"
        );
    }
    let product = pairs[0]["other"]["id"].as_str().unwrap();
    let path = format!("{path}&product_id={product}");
    let asked = viewer.get(&path).await.expect(200);
    let of_product = asked["pairs"].as_array().unwrap();
    assert!(
        of_product
            .iter()
            .all(|pair| pair["product"]["id"] == product)
    );
    assert_eq!(of_product[0]["baskets"], pairs[0]["baskets"]);

    // The database decides which pairs come first: a limit of one returns the first of all.
    let period = Period::new(
        "2026-10-20".parse().unwrap(),
        "2026-11-20".parse().unwrap(),
        TIME_ZONE,
    );
    let sales = &app.modules.analytics.readers.sales;
    let period = period.unwrap();
    let ask = async |first: PairRank, limit: u32| {
        let question = BasketQuestion {
            product_id: None,
            newest_sales: 20_000,
            at_least: 5,
            limit,
            first,
        };
        sales.bought_together(&period, &question).await.unwrap()
    };
    let all = ask(PairRank::Baskets, 100_000).await;
    let of: BTreeMap<_, _> = all.products.iter().copied().collect();
    #[allow(clippy::cast_precision_loss, reason = "some thousands of baskets")]
    let ranks: [(PairRank, Rank); 3] = [
        (PairRank::Baskets, |both, _, _| both as f64),
        (PairRank::Confidence, |both, one, other| {
            both as f64 / one.min(other) as f64
        }),
        (PairRank::Lift, |both, one, other| {
            both as f64 / one as f64 / other as f64
        }),
    ];
    for (first, rank) in ranks {
        let rank = |(one, other, both): &(_, _, i64)| rank(*both, of[one], of[other]);
        let best = all.pairs.iter().map(rank).fold(0.0, f64::max);
        let told = ask(first, 1).await;
        assert_eq!(told.pairs.len(), 1);
        assert!((rank(&told.pairs[0]) - best).abs() < 1e-12, "{first:?}");
    }
}

both_empty_databases!(
    the_figures_of_the_demo_shop_equal_sql_by_hand,
    |database| async {
        let app = demo_shop(database).await;
        let viewer = app.viewer().await;
        check_summary(&app, &viewer).await;
        check_series(&app, &viewer).await;
        check_breakdowns(&app, &viewer).await;
        check_products(&app, &viewer).await;
        check_baskets(&app, &viewer).await;
        app.finish().await;
    }
);

both_databases!(an_invalid_period_is_refused_clearly, |app| async {
    let viewer = app.viewer().await;
    for room in [
        "summary",
        "timeseries",
        "breakdown",
        "products",
        "bought-together",
    ] {
        let by = if room == "breakdown" {
            "&by=product"
        } else {
            ""
        };
        for (from, to) in [
            ("2026-11-02", "2026-11-01"),
            ("1926-11-22", "2026-11-22"),
            ("2016-01-01", "2026-11-22"),
            ("2999-01-01", "2999-01-31"),
            ("0000-01-01", "0000-01-02"),
            ("+262000-01-01", "+262000-01-02"),
        ] {
            let path = format!(
                "/analytics/{room}?from={}&to={}{by}",
                from.replace('+', "%2B"),
                to.replace('+', "%2B")
            );
            viewer
                .get(&path)
                .await
                .expect_problem(400, "request.invalid_query");
        }
        let path = format!("/analytics/{room}?from=2026-11-31&to=2026-12-01{by}");
        viewer
            .get(&path)
            .await
            .expect_problem(400, "request.invalid_query");
    }
    for path in [
        "/analytics/timeseries?from=2020-01-01&to=2020-12-31&interval=hour",
        "/analytics/timeseries?from=2020-01-01&to=2020-12-31&interval=second",
        "/analytics/breakdown?from=2020-01-01&to=2020-12-31&by=colour",
        "/analytics/breakdown?from=2020-01-01&to=2020-12-31&by=product&limit=0",
        "/analytics/products?from=2020-01-01&to=2020-12-31&dead_after_days=0",
        "/analytics/bought-together?from=2020-01-01&to=2020-12-31&limit=201",
        "/analytics/bought-together?from=2020-01-01&to=2020-12-31&min_baskets=0",
    ] {
        viewer
            .get(path)
            .await
            .expect_problem(400, "request.invalid_query");
    }
    let path = "/analytics/products?from=2020-01-01&to=2020-12-31&cursor=AAAA";
    viewer
        .get(path)
        .await
        .expect_problem(400, "request.invalid_cursor");
});

both_databases!(an_empty_shop_has_figures_of_zero, |app| async {
    let viewer = app.viewer().await;
    let period = "from=2020-01-01&to=2020-01-07";
    let summary = viewer
        .get(&format!("/analytics/summary?{period}&compare=previous"))
        .await
        .expect(200);
    assert_eq!(
        (&summary["revenue_minor"], &summary["average_basket_minor"]),
        (&Value::from(0), &Value::from(0))
    );
    for interval in ["hour", "day", "week", "month"] {
        let path = format!("/analytics/timeseries?{period}&interval={interval}");
        let series = viewer.get(&path).await.expect(200);
        assert!(!series["points"].as_array().unwrap().is_empty());
    }
    for by in [
        "product", "category", "cashier", "payment", "hour", "weekday", "location",
    ] {
        let path = format!("/analytics/breakdown?{period}&by={by}");
        let breakdown = viewer.get(&path).await.expect(200);
        let figure = if by == "payment" {
            "takings_minor"
        } else {
            "revenue_minor"
        };
        assert_eq!(breakdown["total"][figure], 0, "{by}");
        for group in breakdown["groups"].as_array().unwrap() {
            assert_eq!(group["share"], Value::Null);
        }
    }
    let products = viewer
        .get(&format!("/analytics/products?{period}"))
        .await
        .expect(200);
    assert_eq!(products["count"], 0);
    let together = viewer
        .get(&format!("/analytics/bought-together?{period}"))
        .await
        .expect(200);
    assert_eq!(together["pairs"].as_array().unwrap().len(), 0);
});

both_databases!(
    a_shop_with_more_products_than_are_read_is_reported,
    |app| async {
        let manager = app.manager().await;
        let path = "/analytics/products?from=2026-10-20&to=2026-11-20&limit=1";
        app.many_products(1..=20_000).await;
        let page = manager.get(path).await.expect(200);
        assert_eq!(page["considered"], 20_000);
        assert_eq!(page["count"], 20_000);
        assert_eq!(page["truncated"], false);

        // The youngest product is left out, and a new period is not cached.
        app.many_products(20_001..=20_001).await;
        let path = "/analytics/products?from=2026-10-19&to=2026-11-20&limit=1";
        let page = manager.get(path).await.expect(200);
        assert_eq!(page["considered"], 20_000);
        assert_eq!(page["truncated"], true);
    }
);
