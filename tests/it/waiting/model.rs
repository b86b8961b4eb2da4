//! The simple model that the ledger is compared with: the stock is what the latest count saw, plus
//! what moved after it.

use std::collections::BTreeMap;

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, ProductId},
};
use serde_json::Value;

use crate::support::app::TestApp;

pub type Place = (ProductId, LocationId);

/// What happened at one place, by the moment at which it happened.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// The stock at the beginning.
    pub before: i64,
    /// Moment and change, thousandths.
    pub moves: Vec<(Timestamp, i64)>,
    /// Moment and what was seen; a count that is repeated for the same moment replaces the one before.
    pub counts: BTreeMap<Timestamp, i64>,
}

impl Shelf {
    /// The stock at a moment.
    pub fn at(&self, moment: Timestamp) -> i64 {
        let counted = self.counts.range(..=moment).next_back();
        let (since, seen) = counted.map_or((None, self.before), |(at, seen)| (Some(*at), *seen));
        let moved = self
            .moves
            .iter()
            .filter(|(at, _)| *at <= moment && since.is_none_or(|since| *at > since))
            .map(|(_, delta)| *delta)
            .sum::<i64>();
        seen + moved
    }

    /// The stock after all events.
    pub fn now(&self) -> i64 {
        self.at(Timestamp::from_micros(i64::MAX))
    }
}

/// All shelves of a shop.
#[derive(Debug, Clone, Default)]
pub struct Truth(pub BTreeMap<Place, Shelf>);

impl Truth {
    pub fn moves(&mut self, place: Place, at: Timestamp, delta: Quantity) {
        let shelf = self.0.entry(place).or_default();
        shelf.moves.push((at, delta.milli()));
    }

    pub fn counts(&mut self, place: Place, at: Timestamp, seen: Quantity) {
        let shelf = self.0.entry(place).or_default();
        shelf.counts.insert(at, seen.milli());
    }

    /// Where the ledger says something else, now or at the moment of a count.
    pub async fn differences(&self, app: &TestApp) -> Vec<String> {
        let manager = app.manager().await;
        let mut found = Vec::new();
        for ((product, location), shelf) in &self.0 {
            let path = format!("/inventory?product_id={product}&location_id={location}");
            let mut moments: Vec<_> = shelf.counts.keys().map(|at| Some(*at)).collect();
            moments.push(None);
            for moment in moments {
                let asked = moment.map_or_else(String::new, |at| format!("&as_of={at}"));
                let page = manager.get(&format!("{path}{asked}")).await.expect(200);
                let stands = page["items"][0]["on_hand"].as_f64().unwrap_or_default();
                let expected = moment.map_or_else(|| shelf.now(), |at| shelf.at(at));
                if milli(&page["items"][0]["on_hand"]) != expected {
                    found.push(format!(
                        "{product} at {moment:?}: {stands} in the ledger, {expected} thousandths are right"
                    ));
                }
            }
        }
        found
    }
}

#[expect(clippy::cast_possible_truncation, reason = "small figures of tests")]
fn milli(quantity: &Value) -> i64 {
    (quantity.as_f64().unwrap_or_default() * 1_000.0).round() as i64
}
