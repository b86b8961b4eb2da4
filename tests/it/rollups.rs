//! Figures kept beside the facts: whatever is sold, voided, refunded, imported and folded, in any
//! order and at once, the figures are those of a scan of all facts.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Timelike as _};
use chrono_tz::Tz;
use kernel::{
    Period, Timestamp,
    ids::ProductId,
    read::{PaymentFacts, Readers, SalesTotals},
};
use sales::rollups::fold;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    app::{BY_HAND, TestApp, Wishes},
    http::Client,
    shop::{Wanted, basket},
};

const NOW: &str = "2026-11-22T10:00:00Z";
const ZONES: [Tz; 4] = [
    chrono_tz::Africa::Lubumbashi,
    chrono_tz::Europe::Brussels,
    chrono_tz::Asia::Kolkata,
    chrono_tz::America::New_York,
];

fn in_autumn() -> Wishes {
    Wishes {
        now: Some(Timestamp::parse(NOW).unwrap()),
        settings: vec![("SALESFLOW__SHOP__TAX_MODE", "added".to_owned())],
        ..Wishes::default()
    }
}

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let sides = u64::try_from(items.len()).unwrap();
        &items[usize::try_from(self.below(sides)).unwrap()]
    }
}

/// A sale or refund in the books.
struct Fact {
    at: Timestamp,
    location: Uuid,
    cashier: Uuid,
    totals: SalesTotals,
}

/// A line of one.
struct LineFact {
    at: Timestamp,
    product: ProductId,
    totals: SalesTotals,
}

store::selection! {
    /// A line of a sale or of a refund.
    struct OfLine {
        at: Timestamp,
        product_id: ProductId,
        total_minor: i64,
        tax_minor: i64,
        cost_minor: i64,
        quantity_milli: i64,
        id: Uuid,
        location_id: Uuid,
        cashier_id: Uuid,
    }
    Discount(discount_minor: i64)
}

impl OfLine {
    /// Total, tax, cost and thousandths.
    fn amounts(&self) -> [i128; 4] {
        [
            self.total_minor,
            self.tax_minor,
            self.cost_minor,
            self.quantity_milli,
        ]
        .map(i128::from)
    }
}

/// Reads the books row by row and adds nothing up: that is for the test.
async fn books(app: &TestApp) -> (Vec<Fact>, Vec<LineFact>) {
    let read = &app.modules.stores.read;
    let mut lines = Vec::new();
    let sql = "SELECT sale.occurred_at_us AS at, line.product_id, line.total_minor, line.tax_minor, line.cost_minor,
                      line.quantity_milli, sale.id, sale.location_id, sale.cashier_id, line.discount_minor
               FROM sale_lines AS line JOIN sales AS sale ON sale.id = line.sale_id WHERE sale.state <> 'voided'";
    let mut facts: BTreeMap<Uuid, Fact> = BTreeMap::new();
    for (row, discount) in read.select::<(OfLine, Discount)>(sql, []).await.unwrap() {
        let [total, tax, cost, milli] = row.amounts();
        let totals = SalesTotals {
            revenue_minor: total - tax,
            revenue_before_refunds_minor: total - tax,
            cost_minor: cost,
            tax_minor: tax,
            tax_before_refunds_minor: tax,
            discount_minor: discount.into(),
            sales: 1,
            units_milli: milli,
            units_sold_milli: milli,
            ..SalesTotals::default()
        };
        lines.push(LineFact {
            at: row.at,
            product: row.product_id,
            totals,
        });
        let fact = facts.entry(row.id).or_insert(Fact {
            at: row.at,
            location: row.location_id,
            cashier: row.cashier_id,
            totals: SalesTotals::default(),
        });
        fact.totals = SalesTotals {
            sales: 1,
            ..fact.totals.plus(&totals)
        };
    }
    let sql = "SELECT refund.occurred_at_us AS at, line.product_id, part.total_minor, part.tax_minor, part.cost_minor,
                      part.quantity_milli, refund.id, sale.location_id, sale.cashier_id
               FROM refund_lines AS part JOIN refunds AS refund ON refund.id = part.refund_id
               JOIN sale_lines AS line ON line.sale_id = part.sale_id AND line.id = part.sale_line_id
               JOIN sales AS sale ON sale.id = part.sale_id";
    for row in read.select::<OfLine>(sql, []).await.unwrap() {
        let [total, tax, cost, milli] = row.amounts();
        let totals = SalesTotals {
            revenue_minor: tax - total,
            cost_minor: -cost,
            tax_minor: -tax,
            refunds_minor: total,
            refunds: 1,
            units_milli: -milli,
            ..SalesTotals::default()
        };
        lines.push(LineFact {
            at: row.at,
            product: row.product_id,
            totals,
        });
        let fact = facts.entry(row.id).or_insert(Fact {
            at: row.at,
            location: row.location_id,
            cashier: row.cashier_id,
            totals: SalesTotals::default(),
        });
        fact.totals = SalesTotals {
            refunds: 1,
            ..fact.totals.plus(&totals)
        };
    }
    (facts.into_values().collect(), lines)
}

fn summed<K: Ord, T>(
    items: &[T],
    key: impl Fn(&T) -> K,
    totals: impl Fn(&T) -> SalesTotals,
) -> BTreeMap<K, SalesTotals> {
    let mut sums: BTreeMap<K, SalesTotals> = BTreeMap::new();
    for item in items {
        let sum = sums.entry(key(item)).or_default();
        *sum = sum.plus(&totals(item));
    }
    sums
}

fn readers(app: &TestApp) -> &Readers {
    &app.modules.analytics.readers
}

/// Every port against the books.
async fn compare(app: &TestApp, zone: Tz) {
    let (facts, lines) = books(app).await;
    let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
    let period = Period::new(day("2026-09-01"), day("2026-12-31"), zone).unwrap();
    let sales = &readers(app).sales;

    let days: BTreeMap<_, _> = sales
        .daily_totals(&period)
        .await
        .unwrap()
        .into_iter()
        .map(|fact| (fact.date, fact.totals))
        .collect();
    assert_eq!(days, summed(&facts, |f| f.at.date_in(zone), |f| f.totals));

    let hours: BTreeMap<_, _> = sales
        .totals_by_local_hour(&period)
        .await
        .unwrap()
        .into_iter()
        .map(|fact| (fact.key, fact.totals))
        .collect();
    let wall = |fact: &Fact| fact.at.to_utc().with_timezone(&zone).hour();
    assert_eq!(hours, summed(&facts, wall, |f| f.totals));

    let hourly = sales.hourly_totals(&period, None, 100_000).await.unwrap();
    let sum: SalesTotals = hourly.iter().map(|hour| hour.totals).sum();
    assert_eq!(sum, days.values().copied().sum());

    let cashiers: BTreeMap<_, _> = sales
        .totals_by_cashier(&period, 1_000)
        .await
        .unwrap()
        .into_iter()
        .map(|fact| (fact.key.as_uuid(), fact.totals))
        .collect();
    assert_eq!(cashiers, summed(&facts, |f| f.cashier, |f| f.totals));

    let locations: BTreeMap<_, _> = sales
        .totals_by_location(&period, 1_000)
        .await
        .unwrap()
        .into_iter()
        .map(|fact| (fact.key.as_uuid(), fact.totals))
        .collect();
    assert_eq!(locations, summed(&facts, |f| f.location, |f| f.totals));

    let products: BTreeMap<_, _> = sales
        .totals_by_product(&period, 1_000)
        .await
        .unwrap()
        .into_iter()
        .map(|fact| (fact.key, fact.totals))
        .collect();
    assert_eq!(products, summed(&lines, |l| l.product, |l| l.totals));

    let product_days: BTreeMap<_, _> = sales
        .product_days(&period, 100_000)
        .await
        .unwrap()
        .into_iter()
        .map(|fact| {
            let figures = (
                fact.units_sold_milli,
                fact.units_milli,
                fact.revenue_minor,
                fact.cost_minor,
            );
            ((fact.product_id, fact.date), figures)
        })
        .collect();
    let expected: BTreeMap<_, _> =
        summed(&lines, |l| (l.product, l.at.date_in(zone)), |l| l.totals)
            .into_iter()
            .map(|(key, t)| {
                let figures = (
                    t.units_sold_milli,
                    t.units_milli,
                    t.revenue_minor,
                    t.cost_minor,
                );
                (key, figures)
            })
            .collect();
    assert_eq!(product_days, expected);

    let weeks: i128 = sales
        .product_weeks(&period, 100_000)
        .await
        .unwrap()
        .iter()
        .map(|week| week.units_sold_milli)
        .sum();
    let sold: i128 = lines.iter().map(|line| line.totals.units_sold_milli).sum();
    assert_eq!(weeks, sold);

    let money = sales.payments(&period).await.unwrap();
    let sums = |of: fn(&PaymentFacts) -> i128| money.lines.iter().map(of).sum::<i128>();
    let kept = sums(|line| line.paid.base_minor - line.change.base_minor);
    let back = sums(|line| line.refunded.base_minor);
    let sum = |expression: &str| app.modules.stores.read.dialect().sum(expression);
    let due = sum("total_minor + rounding_minor");
    let due = app
        .figure(&format!("SELECT {due} FROM sales WHERE state <> 'voided'"))
        .await;
    assert_eq!(kept, i128::from(due));
    let paid_back = format!("SELECT {} FROM refunds", sum("paid_minor"));
    assert_eq!(back, i128::from(app.figure(&paid_back).await));
    let sold: i64 = days.values().map(|totals| totals.sales).sum();
    assert_eq!(money.sales, sold);

    let proof =
        sales::inventory::verify::verify(&app.modules.stores.read, kernel::Clock::now(&*app.clock))
            .await;
    let proof = proof.unwrap();
    assert!(proof.ok, "{:#?}", proof.differences);
}

/// A sale that may have happened weeks ago, may be paid in dollars, may have several lines.
async fn sell(
    client: &Client,
    dice: &mut Dice,
    products: &[ProductId],
    places: &[String],
) -> Option<Value> {
    let lines: Vec<_> = (0..=dice.below(3))
        .map(|_| json!({"product_id": dice.pick(products), "quantity": 1 + dice.below(4)}))
        .collect();
    let mut order = json!({"lines": lines, "location_id": dice.pick(places)});
    if dice.below(2) == 0 {
        // Around both clock changes and midnights of all zones.
        let back = i64::try_from(dice.below(60 * 24 * 60)).unwrap();
        let at = Timestamp::parse(NOW).unwrap().plus_seconds(-60 * back);
        order["occurred_at"] = json!(at.to_string());
    }
    if dice.below(3) == 0 {
        order["payments"] = json!([{"method": "cash", "currency": "USD", "amount_minor": 10_000}]);
    }
    let answer = client.post("/sales", order).await;
    (answer.status == 201).then(|| answer.json())
}

async fn refund(client: &Client, sale: &Value, dice: &mut Dice) -> u16 {
    let lines = sale["lines"].as_array().unwrap();
    let line = dice.pick(lines);
    let body = json!({
        "lines": [{"sale_line_id": line["id"], "quantity": 1, "restock": dice.below(2) == 0}],
        "reason": "abîmé",
    });
    let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    client.post(&path, body).await.status.as_u16()
}

async fn void(client: &Client, sale: &Value) -> u16 {
    let path = format!("/sales/{}/void", sale["id"].as_str().unwrap());
    let answer = client
        .post(&path, json!({"reason": "erreur de caisse"}))
        .await;
    answer.status.as_u16()
}

async fn shop(app: &TestApp) -> (Vec<ProductId>, Vec<String>) {
    let mut products = Vec::new();
    for (sku, price_minor) in [("SUCRE", 350_000), ("HUILE", 900_100), ("SAVON", 77_700)] {
        let wanted = Wanted {
            sku,
            price_minor,
            tax_rate_bp: 1600,
            stock: 100_000,
            ..Wanted::default()
        };
        products.push(app.product(wanted).await);
    }
    let admin = app.admin().await;
    let rate = json!({"currency": "USD", "rate_micros": 2_850_500_000_i64, "valid_from": "2026-01-01T00:00:00Z"});
    admin.post("/rates", rate).await.expect(201);
    let depot = app.location("Dépôt").await;
    let mut places = Vec::new();
    for item in admin.get("/locations").await.expect(200)["items"]
        .as_array()
        .unwrap()
    {
        places.push(item["id"].as_str().unwrap().to_owned());
    }
    assert!(places.contains(&depot.to_string()));
    let lines: Vec<_> = products
        .iter()
        .map(|product| json!({"product_id": product, "quantity": 10_000}))
        .collect();
    let receipt = json!({"lines": lines, "location_id": depot});
    admin.post("/inventory/receipts", receipt).await.expect(201);
    (products, places)
}

/// What happened in a random day of the shop.
#[derive(Default)]
struct Happened {
    sold: Vec<Value>,
    voids: u32,
    refunds: u32,
}

/// Sells, voids, refunds, folds or changes the settings, by chance. Returns the shop's new time zone
/// if that was changed.
async fn one_random_deed(
    app: &TestApp,
    clients: &[Client; 2],
    dice: &mut Dice,
    (products, places): &(Vec<ProductId>, Vec<String>),
    happened: &mut Happened,
) -> Option<Tz> {
    let [_, manager] = clients;
    match dice.below(20) {
        0..=10 => {
            let client = dice.pick(clients).clone();
            happened
                .sold
                .extend(sell(&client, dice, products, places).await);
        }
        11..=12 if !happened.sold.is_empty() => {
            let sale = dice.pick(&happened.sold).clone();
            happened.voids += u32::from(void(manager, &sale).await == 200);
        }
        13..=15 if !happened.sold.is_empty() => {
            let sale = dice.pick(&happened.sold).clone();
            app.clock
                .advance_seconds(i64::try_from(dice.below(7200)).unwrap());
            happened.refunds += u32::from(refund(manager, &sale, dice).await == 201);
        }
        16..=18 => {
            fold::fold_all(&app.modules.stores.write).await.unwrap();
        }
        _ => {
            let zone = *dice.pick(&ZONES);
            // Each sale keeps the tax mode it was made in.
            let tax_mode = dice.pick(&["added", "included"]);
            let body = json!({"time_zone": zone.name(), "tax_mode": tax_mode});
            let admin = app.admin().await;
            admin.patch("/settings", body).await.expect(200);
            return Some(zone);
        }
    }
    None
}

both_databases!(
    answers_are_those_of_a_scan_whatever_happens_in_which_order,
    in_autumn(),
    |app| async {
        let shop = shop(app).await;
        let clients = [app.cashier().await, app.manager().await];
        let catalog = &app.modules.analytics.readers.catalog;
        let mut zone = catalog.shop().await.unwrap().time_zone;
        let mut dice = Dice(0x5eed_0007);
        let mut happened = Happened::default();
        for step in 0..160 {
            let changed = one_random_deed(app, &clients, &mut dice, &shop, &mut happened).await;
            zone = changed.unwrap_or(zone);
            if step % 16 == 15 {
                compare(app, zone).await;
            }
        }
        let Happened {
            sold,
            voids,
            refunds,
        } = happened;
        let sales = sold.len();
        assert!(
            sales > 40 && voids > 3 && refunds > 3,
            "{sales} {voids} {refunds}"
        );
        let write = &app.modules.stores.write;
        fold::fold_all(write).await.unwrap();
        assert_eq!(fold::backlog(write).await.unwrap().waiting, 0);
        compare(app, zone).await;
        for zone in ZONES {
            // A period in another zone than the rollups': counted, not looked up.
            compare(app, zone).await;
        }
    }
);

both_databases!(
    selling_voiding_refunding_and_folding_at_once_loses_nothing,
    in_autumn(),
    |app| async {
        let (products, places) = shop(app).await;
        let manager = app.manager().await;
        let mut running = tokio::task::JoinSet::new();
        for seller in 0..6_u64 {
            let (client, products, places) = (manager.clone(), products.clone(), places.clone());
            running.spawn(async move {
                let mut dice = Dice(0xfeed + seller * 7919);
                let mut refused = Vec::new();
                for _ in 0..14 {
                    let Some(sale) = sell(&client, &mut dice, &products, &places).await else {
                        continue;
                    };
                    // A sale is voided on its own day only.
                    let is_of_today = sale["occurred_at"] == NOW;
                    match dice.below(3) {
                        0 if is_of_today => refused.push(void(&client, &sale).await),
                        1 => refused.push(refund(&client, &sale, &mut dice).await),
                        _ => {}
                    }
                }
                refused.retain(|status| !matches!(status, 200 | 201));
                refused
            });
        }
        // Two instances that fold meanwhile.
        let ended = std::sync::atomic::AtomicBool::new(false);
        let keep_folding = async || {
            while !ended.load(std::sync::atomic::Ordering::SeqCst) {
                fold::fold_all(&app.modules.stores.write).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let selling = async {
            let refused: Vec<u16> = running.join_all().await.into_iter().flatten().collect();
            ended.store(true, std::sync::atomic::Ordering::SeqCst);
            refused
        };
        let (refused, (), ()) = tokio::join!(selling, keep_folding(), keep_folding());
        assert!(refused.is_empty(), "{refused:?}");
        fold::fold_all(&app.modules.stores.write).await.unwrap();
        let zone = app
            .modules
            .analytics
            .readers
            .catalog
            .shop()
            .await
            .unwrap()
            .time_zone;
        compare(app, zone).await;
    }
);

both_databases!(
    a_wrong_figure_is_found_with_its_place,
    BY_HAND,
    |app| async {
        let product = app.product(Wanted::default()).await;
        app.cashier()
            .await
            .post("/sales", basket(product, 2))
            .await
            .expect(201);
        let write = &app.modules.stores.write;
        fold::fold_all(write).await.unwrap();
        assert_eq!(
            app.figure("SELECT folded_number FROM rollup_state").await,
            1
        );
        let sql = "UPDATE rollup_products SET sold_milli = sold_milli + 1";
        assert_eq!(app.write(sql, Vec::new()).await, 1);
        let read = &app.modules.stores.read;
        let now = kernel::Clock::now(&*app.clock);
        let proof = sales::inventory::verify::verify(read, now).await.unwrap();
        let difference = &proof.differences[0];
        assert_eq!(difference.kind, "figures_of_product_are_not_facts");
        assert_eq!(difference.product_id, Some(product));
        assert_eq!((difference.expected, difference.found), (2_000, 2_001));
        let sql = "UPDATE rollup_products SET sold_milli = sold_milli - 1";
        app.write(sql, Vec::new()).await;
    }
);

both_databases!(
    a_shop_that_has_sales_already_is_counted,
    BY_HAND,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let cashier = app.cashier().await;
        for _ in 0..3 {
            cashier.post("/sales", basket(product, 1)).await.expect(201);
        }
        // As the migration leaves it behind: nothing counted, in no time zone.
        for sql in [
            "DELETE FROM rollup_days",
            "DELETE FROM rollup_hours",
            "DELETE FROM rollup_products",
            "DELETE FROM rollup_payments",
            "UPDATE rollup_state SET folded_number = 0, time_zone = ''",
        ] {
            app.write(sql, Vec::new()).await;
        }
        let viewer = app.viewer().await;
        let day = kernel::Clock::now(&*app.clock)
            .date_in(readers(app).catalog.shop().await.unwrap().time_zone);
        let path = format!("/analytics/summary?from={day}&to={day}");
        let before = viewer.get(&path).await.expect(200);
        assert_eq!(before["sales"], 3);
        fold::fold_all(&app.modules.stores.write).await.unwrap();
        let sum = app.modules.stores.read.dialect().sum("sales");
        assert_eq!(
            app.figure(&format!("SELECT {sum} FROM rollup_days")).await,
            3
        );
        let after = viewer.get(&path).await.expect(200);
        assert_eq!(after["revenue_minor"], before["revenue_minor"]);
    }
);
