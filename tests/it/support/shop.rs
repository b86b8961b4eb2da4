//! A shop to sell in: products with stock, made through the one function that moves stock.

use kernel::{
    Amount, Quantity, Role, Timestamp,
    ids::{LocationId, ProductId},
};
use sales::{
    Actor, SalesError,
    catalogue::products::{NewProduct, OrderingRule},
    inventory::{
        held::Held,
        ledger::move_stock,
        locations,
        movement::{MovementKind, StockMove},
    },
};
use serde_json::{Value, json};
use store::Tx;

use super::app::TestApp;

/// An amount of minor units.
pub fn amount(minor: i64) -> Amount {
    Amount::new(minor).unwrap()
}

/// What a test may want of a product.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub sku: &'static str,
    pub unit: &'static str,
    pub price_minor: i64,
    pub cost_minor: i64,
    pub tax_rate_bp: i64,
    pub stock: i64,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            sku: "SUCRE-1KG",
            unit: "piece",
            price_minor: 350_000,
            cost_minor: 300_000,
            tax_rate_bp: 0,
            stock: 10,
        }
    }
}

impl TestApp {
    /// A product with opening stock at the default location.
    pub async fn product(&self, wanted: Wanted) -> ProductId {
        let new = NewProduct {
            sku: wanted.sku.to_owned(),
            name: wanted.sku.to_owned(),
            barcodes: Vec::new(),
            category_id: None,
            unit: wanted.unit.to_owned(),
            price_minor: amount(wanted.price_minor),
            cost_minor: amount(wanted.cost_minor),
            tax_rate_bp: wanted.tax_rate_bp,
            reorder_level: Quantity::ZERO,
            ordering: OrderingRule::default(),
            initial_stock: Quantity::from_units(wanted.stock),
        };
        let catalogue = &self.modules.sales.catalogue;
        let actor = Actor::operator("test");
        let stores = &self.modules.stores;
        let create = async |tx: &Tx| catalogue.create_product(tx, &actor, &new).await;
        stores.write.transaction(create).await.unwrap()
    }

    /// Brings stock in as an opening movement.
    pub async fn put_in_stock(&self, product_id: ProductId, delta: Quantity, at: Timestamp) {
        self.modules
            .stores
            .write
            .transaction(async |tx: &Tx| {
                let location_id = locations::default_location(tx).await?;
                let opening = StockMove {
                    product_id,
                    location_id,
                    delta,
                    kind: MovementKind::Opening,
                    reference_id: None,
                    unit_cost_minor: None,
                    reason: None,
                    actor_id: None,
                    occurred_at: at,
                };
                let held = Held::take(tx, &*self.clock, [opening.level()]).await?;
                move_stock(tx, held, &[opening]).await?;
                Ok::<_, SalesError>(())
            })
            .await
            .unwrap();
    }

    /// The stock of a product at all locations, thousandths.
    pub async fn on_hand(&self, product: ProductId) -> i64 {
        let sum = self.modules.stores.read.dialect().sum("on_hand_milli");
        let sql = format!("SELECT {sum} FROM stock_levels WHERE product_id = $1");
        let read = &self.modules.stores.read;
        let on_hand = read.value(&sql, [product.as_uuid().into()]).await;
        on_hand.unwrap().unwrap()
    }

    /// Another location.
    pub async fn location(&self, name: &str) -> LocationId {
        let created = self
            .client(Role::Admin)
            .await
            .post("/locations", json!({ "name": name }))
            .await;
        created.expect(201)["id"].as_str().unwrap().parse().unwrap()
    }
}

/// A sale of some quantity of one product.
pub fn basket(product: ProductId, quantity: impl Into<Value>) -> Value {
    json!({ "lines": [{ "product_id": product, "quantity": quantity.into() }] })
}

/// A sale as it was recorded, without what lists and reads add: names, and the sum of its refunds.
pub fn as_recorded(mut sale: Value) -> Value {
    for name in [
        "cashier_name",
        "recorded_by_name",
        "location_name",
        "refunded_minor",
    ] {
        let added = sale.as_object_mut().and_then(|sale| sale.remove(name));
        assert!(added.is_some(), "{name} is missing in {sale}");
    }
    sale
}
