//! The back room: sets up the catalogue, throws spoilt goods away, counts and revises prices. It
//! tracks the stock of each shelf, so that a customer who asks in vain leaves before the till is
//! called.

use std::collections::BTreeMap;

use anyhow::Context as _;
use kernel::{
    Quantity,
    ids::{CategoryId, ProductId},
};
use sales::{
    Actor, SalesError, SalesResult,
    catalogue::Catalogue,
    catalogue::products::{NewProduct, OrderingRule, ProductChange, ProductFields},
    inventory::documents::{Heading, Posting, post},
};
use store::Tx;

use super::{
    PLANTED, PlantedKind, baskets,
    catalogue::{self, SHELVES, Shelf, ShelfFacts},
    chance::{Chance, nearest, real},
    items::{self, ITEMS, Item},
    order_book::OrderBook,
    paying,
    staff::Staff,
};
use crate::{app::Modules, example_ids};

/// The product that the examples of the OpenAPI document name.
pub(super) const EXAMPLE_SKU: &str = "SAV-TOI";
const EXAMPLE_SHELF: Shelf = Shelf::Hygiene;
/// Minor units in a franc.
pub(super) const CENTIMES: i64 = 100;
/// Prices in francs end in 00 or 50.
const PRICE_STEP: i64 = 50;
/// A product in the story.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) item: &'static Item,
    pub(super) facts: &'static ShelfFacts,
    pub(super) id: ProductId,
    /// On the shelf, in thousandths.
    pub(super) on_hand: i64,
    /// In the storeroom, in thousandths.
    pub(super) stored: i64,
    pub(super) price_minor: i64,
    pub(super) cost_minor: i64,
    usual_price_minor: i64,
}

impl Slot {
    /// A product with its first price and cost, and without stock.
    fn priced(chance: &mut Chance, item: &'static Item) -> Option<Self> {
        let facts = catalogue::facts(item.shelf)?;
        let margin = chance.between(-3.0, 3.0);
        // Prices include tax, which does not belong to the shop.
        let net = real(item.price_francs) * 10_000.0 / real(10_000 + facts.tax_rate_bp);
        let cost = nearest(net * (real(facts.cost_percent) + margin) / 100.0);
        let price_minor = item.price_francs * CENTIMES;
        Some(Self {
            item,
            facts,
            id: if item.sku == EXAMPLE_SKU {
                example_ids::PRODUCT
            } else {
                ProductId::generate()
            },
            on_hand: 0,
            stored: 0,
            price_minor,
            cost_minor: cost.max(1) * CENTIMES,
            usual_price_minor: price_minor,
        })
    }

    /// The product at this position of the catalogue, with its opening stock.
    fn product(&self, position: usize, category_id: Option<CategoryId>) -> NewProduct {
        let Self { item, facts, .. } = self;
        NewProduct {
            sku: item.sku.to_owned(),
            name: item.name.to_owned(),
            barcodes: if facts.has_barcodes {
                vec![items::barcode(position)]
            } else {
                Vec::new()
            },
            category_id,
            unit: item.unit.word().to_owned(),
            price_minor: paying::amount(self.price_minor),
            cost_minor: paying::amount(self.cost_minor),
            tax_rate_bp: facts.tax_rate_bp,
            reorder_level: Quantity::from_units(reorder_level(item)),
            ordering: OrderingRule {
                lead_time_days: Some(facts.lead_days),
                service_level_bp: None,
            },
            initial_stock: Quantity::from_milli(self.on_hand),
        }
    }
}

/// Creates a category for each shelf, below those of the groups of shelves.
async fn create_shelves(
    tx: &Tx,
    catalogue: &Catalogue,
    owner: &Actor,
) -> SalesResult<BTreeMap<Shelf, CategoryId>> {
    let mut parents = BTreeMap::new();
    let mut shelves = BTreeMap::new();
    for facts in SHELVES {
        let parent = if let Some(id) = parents.get(facts.parent) {
            *id
        } else {
            let made = catalogue
                .create_category(tx, owner, facts.parent, None)
                .await?;
            parents.insert(facts.parent, made.id);
            made.id
        };
        let id = if facts.shelf == EXAMPLE_SHELF {
            example_ids::CATEGORY
        } else {
            CategoryId::generate()
        };
        catalogue
            .create_category_as(tx, owner, id, facts.name, Some(parent))
            .await?;
        shelves.insert(facts.shelf, id);
    }
    Ok(shelves)
}

/// The stock of the shop, in the order of the catalogue.
#[derive(Debug)]
pub(super) struct Stockroom {
    pub(super) slots: Vec<Slot>,
    pub(super) orders: OrderBook,
    counted_shelves: usize,
}

impl Stockroom {
    /// Creates categories and products with their opening stock.
    pub(super) async fn set_up(
        modules: &Modules,
        chance: &mut Chance,
        staff: &Staff,
    ) -> anyhow::Result<Self> {
        let mut slots: Vec<Slot> = ITEMS
            .iter()
            .filter_map(|item| Slot::priced(chance, item))
            .collect();
        for slot in &mut slots {
            slot.on_hand = opening_stock(chance, slot.item);
        }
        let ids: Vec<ProductId> = slots.iter().map(|slot| slot.id).collect();
        let catalogue = &modules.sales.catalogue;
        let owner = &staff.owner;
        modules
            .stores
            .write
            .transaction(async |tx: &Tx| {
                let shelves = create_shelves(tx, catalogue, owner).await?;
                let new = slots.iter().enumerate().map(|(position, slot)| {
                    slot.product(position, shelves.get(&slot.item.shelf).copied())
                });
                let new: Vec<NewProduct> = new.collect();
                catalogue.create_products_as(tx, owner, &ids, &new).await
            })
            .await
            .context("the catalogue of the demo shop is refused")?;
        Ok(Self {
            slots,
            orders: OrderBook::default(),
            counted_shelves: 0,
        })
    }

    /// Throws away what spoiled in the week.
    pub(super) async fn throw_spoilt_away(
        &mut self,
        modules: &Modules,
        chance: &mut Chance,
        staff: &Staff,
    ) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        for (position, slot) in self.slots.iter().enumerate() {
            let mean = real(slot.on_hand) / 1000.0 * slot.facts.weekly_spoilage;
            let lost = if mean > 0.0 {
                chance.poisson(mean) * 1000
            } else {
                0
            };
            if lost > 0 && lost <= slot.on_hand {
                lines.push((position, -lost));
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let heading = Heading {
            reason: Some("Périmé ou abîmé".to_owned()),
            ..Heading::default()
        };
        let posting = Posting::Adjustment {
            lines: self
                .identify(lines.iter().copied())
                .map(|(id, milli)| (id, Quantity::from_milli(milli)))
                .collect(),
            location_id: None,
        };
        post(&modules.sales.ctx, &staff.manager, None, &heading, &posting).await?;
        for (position, milli) in lines {
            self.add(position, milli);
        }
        Ok(())
    }

    /// Counts one shelf after closing time. A little is always missing.
    pub(super) async fn count_a_shelf(
        &mut self,
        modules: &Modules,
        chance: &mut Chance,
        staff: &Staff,
    ) -> anyhow::Result<()> {
        let Some(shelf) = SHELVES.iter().cycle().nth(self.counted_shelves) else {
            return Ok(());
        };
        self.counted_shelves = (self.counted_shelves + 1) % SHELVES.len();
        let mut lines = Vec::new();
        for (position, slot) in self.slots.iter().enumerate() {
            if slot.item.shelf == shelf.shelf {
                let missing = if chance.happens(0.25) {
                    chance.whole(1, 2) * 1000
                } else {
                    0
                };
                lines.push((position, (slot.on_hand - missing).max(0)));
            }
        }
        let heading = Heading {
            reason: Some(format!("Inventaire tournant : {}", shelf.name)),
            ..Heading::default()
        };
        let posting = Posting::Count {
            lines: self
                .identify(lines.iter().copied())
                .map(|(id, milli)| (id, Quantity::from_milli(milli)))
                .collect(),
            location_id: None,
            counted_at: None,
        };
        post(&modules.sales.ctx, &staff.manager, None, &heading, &posting).await?;
        for (position, counted) in lines {
            if let Some(slot) = self.slots.get_mut(position) {
                slot.on_hand = counted;
            }
        }
        Ok(())
    }

    /// Raises prices and costs twice a year with the market, so that the margin stays the same.
    pub(super) async fn revise_prices(
        &mut self,
        modules: &Modules,
        chance: &mut Chance,
        staff: &Staff,
    ) -> anyhow::Result<()> {
        let mut changes = Vec::new();
        for slot in &mut self.slots {
            if slot.item.asked_a_day == 0.0 {
                continue;
            }
            let rise = chance.between(1.0, 1.06);
            let price = risen(slot.usual_price_minor, rise);
            if price > slot.usual_price_minor {
                slot.cost_minor = cost_at(slot.cost_minor, slot.usual_price_minor, price);
                slot.usual_price_minor = price;
                slot.price_minor = price;
                changes.push(priced(slot.id, price));
            }
        }
        change(modules, &staff.owner, &changes).await
    }

    /// Sets and corrects the planted wrong prices.
    pub(super) async fn slip_prices(
        &mut self,
        modules: &Modules,
        staff: &Staff,
        today: &[(usize, bool)],
    ) -> anyhow::Result<()> {
        let mut changes = Vec::new();
        for (position, slot) in self.slots.iter_mut().enumerate() {
            let slipped = today.iter().any(|(index, _)| {
                PLANTED.get(*index).is_some_and(|planted| {
                    planted.kind == PlantedKind::PriceBelowCost
                        && baskets::position_of(planted.sku) == Some(position)
                })
            });
            let price = if slipped {
                slot.cost_minor * 3 / 4 / (PRICE_STEP * CENTIMES) * PRICE_STEP * CENTIMES
            } else {
                slot.usual_price_minor
            };
            if price != slot.price_minor {
                slot.price_minor = price;
                changes.push(priced(slot.id, price));
            }
        }
        change(modules, &staff.manager, &changes).await
    }

    /// Adds to a shelf, or takes from it.
    pub(super) fn add(&mut self, position: usize, milli: i64) {
        if let Some(slot) = self.slots.get_mut(position) {
            slot.on_hand += milli;
        }
    }

    pub(super) fn identify<T>(
        &self,
        lines: impl Iterator<Item = (usize, T)>,
    ) -> impl Iterator<Item = (ProductId, T)> {
        lines.filter_map(|(position, rest)| self.slots.get(position).map(|slot| (slot.id, rest)))
    }
}

/// A raised price, in steps of the smallest note.
fn risen(price_minor: i64, rise: f64) -> i64 {
    let steps = real(price_minor) * rise / real(CENTIMES * PRICE_STEP);
    nearest(steps) * PRICE_STEP * CENTIMES
}

/// The supplier's new cost after the shop's price has risen by the same share. Goods that cost one or
/// two notes keep their price for years.
fn cost_at(cost_minor: i64, old_price_minor: i64, price_minor: i64) -> i64 {
    nearest(real(cost_minor) * real(price_minor) / real(old_price_minor.max(1)) / real(CENTIMES))
        * CENTIMES
}

fn priced(id: ProductId, price_minor: i64) -> ProductChange {
    ProductChange {
        id,
        fields: ProductFields {
            price_minor: Some(paying::amount(price_minor)),
            ..ProductFields::default()
        },
    }
}

async fn change(modules: &Modules, actor: &Actor, changes: &[ProductChange]) -> anyhow::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    modules
        .stores
        .write
        .transaction(async |tx: &Tx| {
            modules
                .sales
                .catalogue
                .update_products(tx, actor, changes)
                .await?;
            Ok::<_, SalesError>(())
        })
        .await?;
    Ok(())
}

/// Dead stock is there from the start; other products have stock for a fortnight.
fn opening_stock(chance: &mut Chance, item: &Item) -> i64 {
    if item.asked_a_day == 0.0 {
        return chance.whole(3, 12) * 1000;
    }
    let fortnight = item.asked_a_day * item.unit.mean_portion() / 1000.0 * 14.0;
    (nearest(fortnight) + chance.whole(2, 6)) * 1000
}

fn reorder_level(item: &Item) -> i64 {
    nearest((item.asked_a_day * item.unit.mean_portion() / 1000.0 * 6.0).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_earned_stays_when_prices_rise() {
        for item in ITEMS {
            let facts = catalogue::facts(item.shelf).unwrap();
            let mut price = item.price_francs * CENTIMES;
            let net = |price: i64| real(price) * 10_000.0 / real(10_000 + facts.tax_rate_bp);
            // The dearest supplier and the dearest delivery.
            let share = (real(facts.cost_percent) + 3.0) / 100.0;
            let mut cost = nearest(net(price) / real(CENTIMES) * share) * CENTIMES;
            for rise in [1.06, 1.02, 1.0, 1.045, 1.06, 1.01] {
                let risen = risen(price, rise);
                if risen > price {
                    cost = cost_at(cost, price, risen);
                    price = risen;
                }
                assert!(
                    real(cost) * 1.02 < net(price),
                    "{}: {cost} of {price}",
                    item.sku
                );
            }
        }
    }
}
