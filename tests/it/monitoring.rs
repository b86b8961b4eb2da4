//! What watches the shop: every metric is described, and no alert and no panel asks for one that does not
//! exist.
//!
//! The recorder of a process is shared by all tests that run in it: what a test counts, it counts under a
//! label that no other test uses.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use kernel::Role;
use salesflow::exposition::table::{METRICS, MetricKind};
use serde_json::{Value, json};

use crate::support::{
    app::{Db, TestApp, Wishes, run},
    shop::{Wanted, basket},
};

const PAGE: &str = "docs/monitoring.md";
const ALERTS: &str = "config/monitoring/alerts.yml";
const ALERTS_TEST: &str = "config/monitoring/alerts_test.yml";
const DASHBOARD: &str = "config/monitoring/grafana/dashboards/salesflow.json";
/// What Prometheus itself makes.
const OF_PROMETHEUS: [&str; 2] = ["up", "ALERTS"];
/// Words of its language that are no function.
const WORDS: [&str; 12] = [
    "and", "or", "unless", "bool", "offset", "sum", "min", "max", "count", "avg", "topk", "inf",
];
/// Words before a list of labels.
const BEFORE_LABELS: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];
/// Looks at the metrics: another program of this process may show its own state in between.
const MOST_TRIES: u32 = 200;

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// An expression without its texts, selectors and ranges.
fn without_selectors(expression: &str) -> String {
    let (mut plain, mut depth, mut quote) = (String::new(), 0, None);
    for sign in expression.chars() {
        match (quote, sign) {
            (Some(open), _) => quote = (sign != open).then_some(open),
            (None, '"' | '\'') => quote = Some(sign),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth -= 1,
            (None, _) if depth == 0 => plain.push(sign),
            (None, _) => {}
        }
    }
    plain
}

/// The metrics that an expression of Prometheus reads.
fn metrics_of(expression: &str) -> BTreeSet<String> {
    let plain = without_selectors(expression);
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_' || sign == ':';
    let (mut names, mut rest) = (BTreeSet::new(), plain.as_str());
    while let Some(start) = rest.find(is_part) {
        let word = &rest[start..];
        let end = word.find(|sign| !is_part(sign)).unwrap_or(word.len());
        let (word, behind) = word.split_at(end);
        rest = behind;
        let behind = behind.trim_start();
        if BEFORE_LABELS.contains(&word) {
            rest = behind.split_once(')').unwrap().1;
        } else if !behind.starts_with('(')
            && !WORDS.contains(&word)
            && !word.starts_with(|sign: char| sign.is_ascii_digit())
        {
            names.insert(word.to_owned());
        }
    }
    names
}

#[test]
fn the_names_in_an_expression_are_found() {
    let found = |expression| metrics_of(expression).into_iter().collect::<Vec<_>>();
    assert_eq!(found("up{job=\"a\"} == 0"), ["up"]);
    assert_eq!(
        found("sum by (a, b) (rate(x_total{c=~\"y|z{3}\"}[5m])) / count(w) > 0.02"),
        ["w", "x_total"]
    );
    assert_eq!(
        found("time() - a > 86400 or (b unless on (instance) c)"),
        ["a", "b", "c"]
    );
}

/// The name without what Prometheus puts behind that of a histogram.
fn base_name(name: &str) -> &str {
    let parts = ["_bucket", "_sum", "_count"];
    let base = parts.iter().find_map(|part| name.strip_suffix(part));
    let is_histogram = |base: &&str| {
        METRICS
            .iter()
            .any(|one| one.name == *base && one.kind == MetricKind::Histogram)
    };
    base.filter(is_histogram).unwrap_or(name)
}

/// The expressions of a file of rules: the text behind `expr:`, with the lines that are further in.
fn rules() -> Vec<(String, String)> {
    let text = read(ALERTS);
    let mut found: Vec<(String, String)> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(name) = line.trim_start().strip_prefix("- alert: ") {
            found.push((name.to_owned(), String::new()));
        } else if let Some(first) = line.strip_prefix("        expr: ") {
            let expression = &mut found.last_mut().unwrap().1;
            expression.push_str(first.strip_prefix(">-").unwrap_or(first));
            while let Some(more) = lines.next_if(|line| line.starts_with("          ")) {
                expression.push_str(more);
            }
        }
    }
    found
}

fn expressions_of(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_str() {
                    Some(text) if name == "expr" => found.push(text.to_owned()),
                    _ => expressions_of(field, found),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|one| expressions_of(one, found)),
        _ => {}
    }
}

/// The lines of an exposition: metric, labels and value.
fn samples(text: &str) -> Vec<(&str, &str, &str)> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            (name, labels.trim_end_matches('}'), value)
        })
        .collect()
}

/// The sum of all series of a metric with this label.
async fn value_of<T>(app: &TestApp, name: &str, label: &str) -> T
where
    T: std::str::FromStr<Err: std::fmt::Debug> + std::iter::Sum,
{
    let text = app.metrics().await;
    let all = samples(&text).into_iter();
    all.filter(|(one, labels, _)| *one == name && labels.contains(label))
        .map(|(_, _, value)| value.parse::<T>().unwrap())
        .sum()
}

async fn until_value(app: &TestApp, name: &str, label: &str, value: u64) {
    for _ in 0..MOST_TRIES {
        if value_of::<u64>(app, name, label).await == value {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{name} with {label} never was {value}");
}

#[test]
fn no_alert_and_no_panel_asks_for_a_metric_that_does_not_exist() {
    let process = [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_start_time_seconds",
    ];
    let known: BTreeSet<&str> = METRICS
        .iter()
        .map(|metric| metric.name)
        .chain(OF_PROMETHEUS)
        .chain(process)
        .collect();
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let mut expressions = Vec::new();
    expressions_of(&dashboard, &mut expressions);
    assert!(expressions.len() > 40, "the panels were not found");
    let rules = rules();
    assert!(rules.len() >= 17, "the rules were not found");
    for (alert, expression) in &rules {
        assert!(!metrics_of(expression).is_empty(), "{alert}: {expression}");
    }
    expressions.extend(rules.into_iter().map(|(_, expression)| expression));
    for expression in expressions {
        for name in metrics_of(&expression) {
            let is_known = known.contains(base_name(&name));
            assert!(is_known, "nothing exposes {name}: {expression}");
        }
    }
}

#[test]
fn every_metric_can_be_seen_in_the_dashboard() {
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let mut expressions = Vec::new();
    expressions_of(&dashboard, &mut expressions);
    let shown: BTreeSet<String> = expressions
        .iter()
        .flat_map(|expression| metrics_of(expression))
        .map(|name| base_name(&name).to_owned())
        .collect();
    // How many answers are kept says nothing that their memory does not.
    let hidden = ["cache_memory_entries"];
    for metric in METRICS {
        let is_shown = shown.contains(metric.name) || hidden.contains(&metric.name);
        assert!(is_shown, "{} has no panel in {DASHBOARD}", metric.name);
    }
}

#[test]
fn every_alert_is_tested_and_says_what_to_do() {
    let (page, tests) = (read(PAGE), read(ALERTS_TEST));
    for (alert, _) in rules() {
        assert!(
            tests.contains(&alert),
            "{ALERTS_TEST} does not fire {alert}"
        );
        assert!(page.contains(&alert), "{PAGE} does not explain {alert}");
    }
}

#[test]
fn every_metric_is_documented_and_nothing_else_is() {
    let page = read(PAGE);
    let (_, table) = page.split_once("| metric | kind | labels |").unwrap();
    let rows: Vec<&str> = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let expected: Vec<String> = METRICS
        .iter()
        .map(|metric| {
            let labels = metric.labels.iter().map(|label| format!("`{label}`"));
            let labels = labels.collect::<Vec<_>>().join(", ");
            let labels = if labels.is_empty() { "-" } else { &labels };
            let (name, kind) = (metric.name, metric.kind.as_str());
            format!("| `{name}` | {kind} | {labels} | {} |", metric.help)
        })
        .collect();
    assert_eq!(rows, expected, "{PAGE} and src/exposition/table.rs differ");
}

/// Everything that the program counts is in the table, with the kind and the labels that it says.
fn is_in_the_table(text: &str) {
    let kinds: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .collect();
    for (name, kind) in &kinds {
        if name.starts_with("process_") {
            continue;
        }
        let metric = METRICS.iter().find(|metric| metric.name == *name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is not in src/exposition/table.rs"));
        assert_eq!(metric.kind.as_str(), *kind, "{name}");
        let help = format!("# HELP {name} {}", metric.help);
        assert!(text.contains(&help), "{name} is not described");
    }
    for (name, labels, _) in samples(text) {
        let Some(metric) = METRICS.iter().find(|one| one.name == base_name(name)) else {
            continue;
        };
        let names: Vec<&str> = labels
            .split("\",")
            .filter_map(|label| label.split_once("=\""))
            .map(|(label, _)| label)
            .filter(|label| *label != "le")
            .collect();
        assert_eq!(names, metric.labels, "{name}");
    }
}

both_databases!(every_metric_that_is_exposed_is_described, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    manager.post("/sales", basket(product, 1)).await.expect(201);
    manager.get("/inventory/verify").await.expect(200);
    manager
        .get("/analytics/summary?from=2025-01-01&to=2025-01-31")
        .await
        .expect(200);
    let text = app.metrics().await;
    is_in_the_table(&text);
    let word = match app.db {
        Db::Sqlite => "sqlite",
        Db::Postgres => "postgresql",
    };
    let build = format!(
        "salesflow_build_info{{version=\"{}\",database=\"{word}\"}} 1",
        env!("CARGO_PKG_VERSION")
    );
    assert!(text.contains(&build), "{text}");
    // An alert on a rise does not see the first one of a counter that appears with it.
    for metric in METRICS {
        let is_plain = metric.kind == MetricKind::Counter && metric.labels.is_empty();
        let is_there = samples(&text).iter().any(|(name, ..)| *name == metric.name);
        assert!(!is_plain || is_there, "{} is not there yet", metric.name);
    }
    for process in ["process_open_fds", "process_start_time_seconds"] {
        assert!(text.contains(&format!("\n{process} ")), "{process}");
    }
    let proved: f64 = value_of(app, "stock_ledger_proved_timestamp_seconds", "").await;
    assert!(proved > 1.7e9, "{proved}");
    let free: f64 = value_of(app, "disk_free_bytes", "place=\"data\"").await;
    let size: f64 = value_of(app, "disk_size_bytes", "place=\"data\"").await;
    assert!(0.0 < free && free <= size, "{free} of {size}");
});

both_databases!(the_metrics_say_why_the_program_is_not_ready, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    manager.post("/sales", basket(product, 1)).await.expect(201);
    until_value(app, "health_unready", "reason=\"clock_behind\"", 0).await;
    app.clock.advance_seconds(-3 * 86_400);
    app.anonymous().get("/health/ready").await.expect(503);
    until_value(app, "health_unready", "reason=\"clock_behind\"", 1).await;
    app.stopper.start_draining();
    until_value(app, "health_unready", "reason=\"draining\"", 1).await;
});

/// A shop with currencies that no other test uses.
fn shop_in(currency: &str) -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SHOP__CURRENCY", currency.to_owned())],
        ..Wishes::default()
    }
}

async fn money(app: &TestApp, base: &str, foreign: &str) -> [u64; 5] {
    let label = |currency: &str| format!("currency=\"{currency}\"");
    [
        value_of(app, "sales_value_minor_total", &label(base)).await,
        value_of(app, "sales_money_in_minor_total", &label(foreign)).await,
        value_of(app, "sales_money_in_minor_total", &label(base)).await,
        value_of(app, "sales_change_minor_total", &label(base)).await,
        value_of(app, "refunds_money_out_minor_total", &label(base)).await,
    ]
}

async fn counts_money_once(app: &TestApp, base: &str, foreign: &str) {
    let rate = json!({"currency": foreign, "rate_micros": 2_000_000});
    app.admin().await.post("/rates", rate).await.expect(201);
    let wanted = Wanted {
        price_minor: 1_000,
        cost_minor: 500,
        ..Wanted::default()
    };
    let product = app.product(wanted).await;
    let cashier = app.client(Role::Cashier).await;
    assert_eq!(money(app, base, foreign).await, [0; 5]);
    let mut order = basket(product, 1);
    order["id"] = json!(uuid::Uuid::now_v7());
    order["payments"] = json!([{"method": "cash", "currency": foreign, "amount_minor": 1_000}]);
    order["change"] = json!([{"currency": base, "amount_minor": 1_000}]);
    let sale = cashier.post("/sales", &order).await.expect(201);
    assert_eq!(money(app, base, foreign).await, [1_000, 1_000, 0, 1_000, 0]);
    // Sent again, and refused: nothing was recorded.
    cashier.post("/sales", &order).await.expect_success();
    cashier
        .post("/sales", basket(product, 100))
        .await
        .expect_problem(409, "stock.insufficient");
    assert_eq!(money(app, base, foreign).await, [1_000, 1_000, 0, 1_000, 0]);
    let manager = app.manager().await;
    let refunds = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    let refund = json!({"id": uuid::Uuid::now_v7(), "reason": "broken", "lines": [
        {"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true}]});
    manager.post(&refunds, &refund).await.expect(201);
    manager.post(&refunds, &refund).await.expect(200);
    assert_eq!(
        money(app, base, foreign).await,
        [1_000, 1_000, 0, 1_000, 1_000]
    );
    let two = manager.post("/sales", basket(product, 2)).await.expect(201);
    assert_eq!(
        money(app, base, foreign).await,
        [3_000, 1_000, 2_000, 1_000, 1_000]
    );
    let voided: u64 = value_of(app, "sales_voided_total", "").await;
    let void = format!("/sales/{}/void", two["id"].as_str().unwrap());
    manager
        .post(&void, json!({"reason": "wrong"}))
        .await
        .expect(200);
    assert!(value_of::<u64>(app, "sales_voided_total", "").await > voided);
}

#[test]
fn money_is_counted_once_in_its_currency_on_sqlite() {
    let test = "money_is_counted_once";
    run(Db::Sqlite, test, shop_in("GHS"), async |app: &TestApp| {
        counts_money_once(app, "GHS", "CNY").await;
    });
}

#[test]
fn money_is_counted_once_in_its_currency_on_postgres() {
    let test = "money_is_counted_once";
    run(Db::Postgres, test, shop_in("NGN"), async |app: &TestApp| {
        counts_money_once(app, "NGN", "MAD").await;
    });
}
