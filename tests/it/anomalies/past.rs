//! A shop with history: sales of earlier days, recorded through the till.

use chrono::NaiveDate;
use futures_util::future::join_all;
use kernel::{
    Clock as _, Quantity, Role, Timestamp,
    ids::{ProductId, SaleId},
};
use platform::request::Origin;
use sales::{
    Actor,
    orders::model::{NewLine, NewSale},
};
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, Wishes},
    http::Client,
    shop::{Wanted, amount},
};

/// The time zone of these shops.
pub const ZONE: chrono_tz::Tz = chrono_tz::Africa::Lubumbashi;
/// Today, for every shop of these tests: a Friday in the middle of a quarter.
pub const TODAY: &str = "2026-11-20";

/// At noon of [`TODAY`].
pub fn now() -> Wishes {
    Wishes {
        now: Some(at(TODAY, 12)),
        settings: vec![("SALESFLOW__SHOP__TIME_ZONE", ZONE.name().to_owned())],
        ..Wishes::default()
    }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An hour of a day.
pub fn at(date: &str, hour: i64) -> Timestamp {
    Timestamp::start_of_day(day(date), ZONE).plus_seconds(hour * 3600)
}

/// The days from one to another, both included.
pub fn days(from: &str, to: &str) -> Vec<String> {
    let last = day(to);
    day(from)
        .iter_days()
        .take_while(|date| *date <= last)
        .map(|date| date.to_string())
        .collect()
}

/// A sale to record.
#[derive(Clone)]
pub struct Sold {
    pub id: SaleId,
    pub product: ProductId,
    pub at: Timestamp,
    pub milli: i64,
    pub price_minor: Option<i64>,
    pub discount_minor: i64,
    pub by: Role,
}

/// A number of units of a product, at the catalogue's price, by the cashier.
pub fn sold_on(product: ProductId, date: &str, hour: i64, units: f64) -> Sold {
    #[expect(clippy::cast_possible_truncation, reason = "small figures of tests")]
    let milli = (units * 1_000.0).round() as i64;
    Sold {
        id: SaleId::generate(),
        product,
        at: at(date, hour),
        milli,
        price_minor: None,
        discount_minor: 0,
        by: Role::Cashier,
    }
}

/// A shop that gets a history.
pub struct Past<'a> {
    pub app: &'a TestApp,
    actors: Vec<Actor>,
}

impl<'a> Past<'a> {
    pub async fn new(app: &'a TestApp) -> Self {
        let mut actors = Vec::new();
        for role in Role::ALL {
            actors.push(Actor {
                user_id: Some(app.user(role).await),
                role,
                origin: Origin::local("test"),
            });
        }
        Self { app, actors }
    }

    /// A product that has always been in stock, with plenty of it.
    pub async fn product(&self, sku: &'static str, price: i64, cost: i64) -> ProductId {
        let clock = &self.app.clock;
        let now = clock.now();
        clock.set(at("2024-01-01", 8));
        let product = self.product_of_now(sku, price, cost).await;
        clock.set(now);
        product
    }

    /// A product with plenty of stock from now on.
    pub async fn product_of_now(&self, sku: &'static str, price: i64, cost: i64) -> ProductId {
        self.app
            .product(Wanted {
                sku,
                unit: "kg",
                price_minor: price,
                cost_minor: cost,
                stock: 100_000,
                ..Wanted::default()
            })
            .await
    }

    /// Records sales.
    pub async fn sell(&self, sold: &[Sold]) {
        for group in sold.chunks(200) {
            let recorded = group.iter().map(|one| {
                let mut actor = self
                    .actors
                    .iter()
                    .find(|actor| actor.role == one.by)
                    .unwrap()
                    .clone();
                // Sales of months ago, or at other prices, are entered by the manager, in nobody else's
                // name.
                actor.role = Role::Admin;
                let order = NewSale {
                    id: Some(one.id),
                    lines: vec![NewLine {
                        id: None,
                        product_id: one.product,
                        quantity: Quantity::from_milli(one.milli),
                        unit_price_minor: one.price_minor.map(amount),
                        discount_minor: amount(one.discount_minor),
                    }],
                    discount_minor: amount(0),
                    payments: None,
                    change: None,
                    location_id: None,
                    occurred_at: Some(one.at),
                    note: None,
                    cashier_id: None,
                    external_number: None,
                    discount_reason: None,
                };
                self.app.modules.sales.orders.record(actor, order, None)
            });
            for answer in join_all(recorded).await {
                answer.unwrap();
            }
        }
    }

    /// Refunds a whole sale of one line.
    pub async fn refund(&self, sale: &Sold, by: Role, at: Timestamp, restock: bool) {
        self.app.travel_to(at).await;
        let client = self.app.client(by).await;
        let known = client.get(&format!("/sales/{}", sale.id)).await.expect(200);
        let body = json!({
            "lines": [{"sale_line_id": known["lines"][0]["id"], "quantity": known["lines"][0]["quantity"], "restock": restock}],
            "reason": "as it happened",
        });
        client
            .post(&format!("/sales/{}/refunds", sale.id), body)
            .await
            .expect(201);
    }

    /// Voids a sale.
    pub async fn void(&self, sale: &Sold, by: Role, at: Timestamp) {
        self.app.travel_to(at).await;
        let client = self.app.client(by).await;
        client
            .post(
                &format!("/sales/{}/void", sale.id),
                json!({"reason": "mistake"}),
            )
            .await
            .expect(200);
    }

    /// The findings in November, at noon of [`TODAY`].
    pub async fn found(&self) -> Vec<Value> {
        self.app.travel_to(at(TODAY, 12)).await;
        all(&self.app.viewer().await, "from=2026-11-01&to=2026-11-20").await
    }

    /// The findings of one kind.
    pub async fn found_of(&self, kind: &str) -> Vec<Value> {
        let found = self.found().await;
        found
            .into_iter()
            .filter(|one| one["kind"] == kind)
            .collect()
    }
}

/// Every page of a list of findings.
pub async fn all(client: &Client, query: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    for _ in 0..50 {
        let page = client
            .get(&format!("/analytics/anomalies?{query}&limit=200{cursor}"))
            .await
            .expect(200);
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
    panic!("the list does not end");
}

/// Names of the subjects of findings, sorted.
pub fn subjects(found: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = found
        .iter()
        .map(|one| one["subject"]["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}
