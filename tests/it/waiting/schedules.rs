//! Random schedules: what arrives in one order and is recorded in another.
//!
//! `SALESFLOW_TEST_COUNTS=1000 cargo test --test it waiting` plays more of them.

use futures_util::future::join_all;
use kernel::{
    Amount, Clock as _, Quantity, Role, Timestamp,
    ids::{LocationId, ProductId, SaleId, SaleLineId},
};
use platform::request::Origin;
use sales::{
    Actor, SalesError,
    idempotency::Answer,
    inventory::{
        documents::{Heading, Posting, post},
        locations,
    },
    orders::model::{
        NewLine, NewSale,
        refund::{Goods, NewRefund, NewRefundLine},
    },
};
use serde_json::Value;
use store::Tx;

use super::{gate::Gate, model::Truth};
use crate::support::{
    app::{Db, TestApp, TestDatabase, Wishes, run_on_database},
    shop::Wanted,
};

/// Schedules of each kind in the suite.
const ROUNDS: usize = 20;
/// What arrives in one schedule.
const DEEDS: usize = 9;

#[expect(
    clippy::disallowed_methods,
    reason = "how patient the tester is, is no setting of the program"
)]
fn rounds() -> usize {
    std::env::var("SALESFLOW_TEST_COUNTS")
        .ok()
        .and_then(|word| word.parse().ok())
        .unwrap_or(ROUNDS)
}

/// Chance that can be repeated: splitmix64.
pub struct Chance(u64);

impl Chance {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        usize::try_from(z % u64::try_from(bound).unwrap()).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place + 1));
        }
    }
}

/// A request to the shop.
#[derive(Debug, Clone)]
enum Deed {
    Sell(Vec<(ProductId, i64)>),
    Receive(ProductId, i64),
    Adjust(ProductId, i64),
    Count(Vec<(ProductId, i64)>),
    Transfer(ProductId, i64),
    Refund(Sold),
    Void(Sold),
}

/// A sale that was recorded before the schedule began.
#[derive(Debug, Clone)]
struct Sold {
    id: SaleId,
    line: SaleLineId,
    product: ProductId,
    units: i64,
    at: Timestamp,
}

/// A shop in which schedules are played.
struct Stage<'a> {
    apps: Vec<&'a TestApp>,
    actor: Actor,
    products: Vec<ProductId>,
    shop: LocationId,
    store: LocationId,
}

impl<'a> Stage<'a> {
    async fn new(apps: Vec<&'a TestApp>) -> Self {
        let app = apps[0];
        let mut products = Vec::new();
        for sku in ["A", "B", "C"] {
            let wanted = Wanted {
                sku,
                stock: 100_000,
                ..Wanted::default()
            };
            products.push(app.product(wanted).await);
        }
        let default = async |tx: &Tx| locations::default_location(tx).await;
        Self {
            actor: Actor {
                user_id: Some(app.user(Role::Admin).await),
                role: Role::Admin,
                origin: Origin::local("test"),
            },
            products,
            shop: app.modules.stores.write.transaction(default).await.unwrap(),
            store: app.location("Dépôt").await,
            apps,
        }
    }

    /// One schedule: sales of before, then what arrives one after the other.
    async fn deeds(&self, chance: &mut Chance) -> Vec<(Timestamp, Deed)> {
        let mut deeds = Vec::new();
        for number in 0..DEEDS {
            let product = self.products[chance.below(self.products.len())];
            let units = 1 + i64::try_from(chance.below(9)).unwrap();
            let near = 50_000 + i64::try_from(chance.below(100)).unwrap();
            deeds.push(match (number, chance.below(9)) {
                // Each schedule has a count of everything, and sales of everything.
                (0, _) => Deed::Count(self.products.iter().map(|one| (*one, near)).collect()),
                (1 | 2, _) => Deed::Sell(self.products.iter().map(|one| (*one, units)).collect()),
                (_, 0 | 1) => Deed::Sell(vec![(product, units)]),
                (_, 2) => Deed::Receive(product, units),
                (_, 3) => Deed::Adjust(product, -units),
                (_, 4) => Deed::Transfer(product, units),
                (_, 5) => Deed::Refund(self.sell_before(product, units).await),
                (_, 6) => Deed::Void(self.sell_before(product, units).await),
                _ => Deed::Count(vec![(product, near)]),
            });
        }
        chance.shuffle(&mut deeds);
        let app = self.apps[0];
        let mut arriving = Vec::new();
        for deed in deeds {
            app.clock.advance_seconds(1);
            arriving.push((app.clock.now(), deed));
        }
        app.clock.advance_seconds(1);
        for other in &self.apps {
            other.clock.set(app.clock.now());
        }
        arriving
    }

    async fn sell_before(&self, product: ProductId, units: i64) -> Sold {
        let app = self.apps[0];
        app.clock.advance_seconds(1);
        let at = app.clock.now();
        let answer = self.sell(app, at, &[(product, units)]).await.unwrap();
        let sale: Value = serde_json::from_str(&answer.body).unwrap();
        Sold {
            id: sale["id"].as_str().unwrap().parse().unwrap(),
            line: sale["lines"][0]["id"].as_str().unwrap().parse().unwrap(),
            product,
            units,
            at,
        }
    }

    fn asking(&self, at: Timestamp) -> Actor {
        let mut actor = self.actor.clone();
        actor.origin.arrived_at = Some(at);
        actor
    }

    async fn sell(
        &self,
        app: &TestApp,
        at: Timestamp,
        lines: &[(ProductId, i64)],
    ) -> Result<Answer, SalesError> {
        app.modules
            .sales
            .orders
            .record(self.asking(at), order(lines), None)
            .await
    }

    /// What each shelf holds now, before anything arrives.
    async fn truth(&self) -> Truth {
        let mut truth = Truth::default();
        for product in &self.products {
            for place in [self.shop, self.store] {
                let sql = format!(
                    "SELECT COALESCE((SELECT on_hand_milli FROM stock_levels WHERE product_id = {0} AND location_id = {1}), 0)",
                    literal(self.apps[0], product.as_uuid()),
                    literal(self.apps[0], place.as_uuid())
                );
                let shelf = truth.0.entry((*product, place)).or_default();
                shelf.before = self.apps[0].figure(&sql).await;
            }
        }
        truth
    }

    /// Writes down what a deed that was accepted means.
    fn believe(&self, truth: &mut Truth, at: Timestamp, deed: &Deed) {
        let units = Quantity::from_units;
        match deed {
            Deed::Sell(lines) => {
                for (product, sold) in lines {
                    truth.moves((*product, self.shop), at, units(-sold));
                }
            }
            Deed::Receive(product, moved) | Deed::Adjust(product, moved) => {
                truth.moves((*product, self.shop), at, units(*moved));
            }
            Deed::Count(lines) => {
                for (product, seen) in lines {
                    truth.counts((*product, self.shop), at, units(*seen));
                }
            }
            Deed::Transfer(product, moved) => {
                truth.moves((*product, self.shop), at, units(-moved));
                truth.moves((*product, self.store), at, units(*moved));
            }
            Deed::Refund(sold) => truth.moves((sold.product, self.shop), at, units(sold.units)),
            Deed::Void(sold) => truth.moves((sold.product, self.shop), sold.at, units(sold.units)),
        }
    }

    async fn check(&self, truth: &Truth, what: &str) {
        let differences = truth.differences(self.apps[0]).await;
        assert!(differences.is_empty(), "{what}: {differences:#?}");
    }
}

/// An id as SQL writes it.
fn literal(app: &TestApp, id: uuid::Uuid) -> String {
    match app.db {
        Db::Sqlite => format!("X'{}'", id.simple()),
        Db::Postgres => format!("'{id}'::uuid"),
    }
}

fn order(lines: &[(ProductId, i64)]) -> NewSale {
    let line = |(product_id, units): &(ProductId, i64)| NewLine {
        id: None,
        product_id: *product_id,
        quantity: Quantity::from_units(*units),
        unit_price_minor: None,
        discount_minor: Amount::ZERO,
    };
    NewSale {
        id: None,
        lines: lines.iter().map(line).collect(),
        discount_minor: Amount::ZERO,
        payments: None,
        change: None,
        location_id: None,
        occurred_at: None,
        note: None,
        cashier_id: None,
        external_number: None,
        discount_reason: None,
    }
}

/// Asks one deed of one program.
async fn ask(
    modules: salesflow::app::Modules,
    actor: Actor,
    (shop, store): (LocationId, LocationId),
    deed: Deed,
) -> Result<Answer, SalesError> {
    let orders = &modules.sales.orders;
    let units = Quantity::from_units;
    let posting = match deed {
        Deed::Sell(lines) => return orders.record(actor, order(&lines), None).await,
        Deed::Void(sold) => return orders.void(&actor, sold.id, "mistake", None).await,
        Deed::Refund(sold) => {
            let line = NewRefundLine {
                sale_line_id: sold.line,
                quantity: units(sold.units),
                goods: Goods::Resaleable,
            };
            let refund = NewRefund {
                id: None,
                lines: vec![line],
                payments: None,
                reason: "back".to_owned(),
            };
            return orders.refund(&actor, sold.id, &refund, None).await;
        }
        Deed::Receive(product, moved) => Posting::Receipt {
            lines: vec![(product, units(moved), None)],
            location_id: None,
            occurred_at: None,
        },
        Deed::Adjust(product, moved) => Posting::Adjustment {
            lines: vec![(product, units(moved))],
            location_id: None,
        },
        Deed::Count(lines) => Posting::Count {
            lines: lines
                .iter()
                .map(|(one, seen)| (*one, units(*seen)))
                .collect(),
            location_id: None,
            counted_at: None,
        },
        Deed::Transfer(product, moved) => Posting::Transfer {
            lines: vec![(product, units(moved))],
            from: shop,
            to: store,
        },
    };
    post(
        &modules.sales.ctx,
        &actor,
        None,
        &Heading::default(),
        &posting,
    )
    .await
}

fn accepted(outcome: Result<Answer, SalesError>, what: &str) -> bool {
    match outcome {
        Ok(answer) => answer.status < 300,
        Err(SalesError::Refused(problem)) if problem.code.status() == 409 => false,
        Err(error) => panic!("{what}: {error:?}"),
    }
}

both_databases!(
    whatever_is_recorded_first_a_count_has_seen_what_arrived_before_it,
    |app| async {
        let stage = Stage::new(vec![app]).await;
        for seed in 0..rounds() {
            let mut chance = Chance(seed.try_into().unwrap());
            let mut deeds = stage.deeds(&mut chance).await;
            let mut truth = stage.truth().await;
            chance.shuffle(&mut deeds);
            for (at, deed) in &deeds {
                let (modules, actor) = (app.modules.clone(), stage.asking(*at));
                let outcome = ask(modules, actor, (stage.shop, stage.store), deed.clone()).await;
                if accepted(outcome, &format!("{deed:?}")) {
                    stage.believe(&mut truth, *at, deed);
                }
            }
            stage
                .check(&truth, &format!("seed {seed}, {deeds:#?}"))
                .await;
        }
    }
);

/// Plays schedules on PostgreSQL, each statement of each transaction in an order of chance.
async fn play(database: &TestDatabase, port: u16, programs: usize) {
    let gate = Gate::before(port).await;
    let gated = database
        .url
        .replace(&format!(":{port}/"), &format!(":{}/", gate.port));
    let mut apps = Vec::new();
    for _ in 0..programs {
        let wishes = Wishes {
            settings: vec![("SALESFLOW__DATABASE__WRITE_CONNECTIONS", "16".to_owned())],
            ..Wishes::default()
        };
        apps.push(TestApp::spawn_on(TestDatabase::at(gated.clone()), wishes).await);
    }
    let stage = Stage::new(apps.iter().collect()).await;
    let mut taken = 0;
    for seed in 0..rounds() {
        let mut chance = Chance(seed.try_into().unwrap());
        let deeds = stage.deeds(&mut chance).await;
        let mut truth = stage.truth().await;
        let mut work = Vec::new();
        for (number, (at, deed)) in deeds.iter().enumerate() {
            let modules = stage.apps[number % programs].modules.clone();
            let asked = ask(
                modules,
                stage.asking(*at),
                (stage.shop, stage.store),
                deed.clone(),
            );
            work.push(asked);
        }
        let outcomes = gate.schedule(&mut chance, join_all(work)).await;
        for ((at, deed), outcome) in deeds.iter().zip(outcomes) {
            if accepted(outcome, &format!("{deed:?}")) {
                taken += 1;
                stage.believe(&mut truth, *at, deed);
            }
        }
        stage
            .check(&truth, &format!("seed {seed}, {deeds:#?}"))
            .await;
    }
    assert!(
        taken * 10 >= rounds() * DEEDS * 9,
        "{taken} deeds were taken"
    );
    drop(stage);
    for app in apps {
        app.finish().await;
    }
}

fn on_postgres(test: &'static str, programs: usize) {
    let Some(server) = crate::support::services::postgres(test) else {
        return;
    };
    let port = server.port();
    let database = TestDatabase::migrated(Db::Postgres, test);
    run_on_database(database, async |database: &TestDatabase| {
        play(database, port, programs).await;
    });
}

// SQLite has one writer: no statement of another transaction comes in between.
#[test]
fn no_order_of_statements_takes_goods_out_twice() {
    on_postgres("no_order_of_statements_takes_goods_out_twice", 1);
}

#[test]
fn no_order_of_statements_of_two_programs_takes_goods_out_twice() {
    on_postgres(
        "no_order_of_statements_of_two_programs_takes_goods_out_twice",
        2,
    );
}
