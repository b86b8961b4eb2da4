//! `verify`: proves the books.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use kernel::Clock as _;
use sales::inventory::verify::{self, Verification};

use super::say;
use crate::{app::Modules, clock::MachineClock, settings::Settings};

/// Replays the ledger. Prints the first difference with its place and fails, if there is one.
pub(super) async fn verify(settings: &Settings) -> anyhow::Result<()> {
    let modules = Modules::open(settings, Arc::new(MachineClock)).await?;
    let proof = verify::verify(&modules.stores.read, MachineClock.now())
        .await
        .context("the books cannot be read")?;
    modules.close().await;
    report(&proof)
}

/// Says what a proof has found, and fails if it is a difference.
pub(super) fn report(proof: &Verification) -> anyhow::Result<()> {
    let checked = proof.checked;
    say(&format!(
        "Checked {} movements of stock, {} stock levels and {} sales.",
        checked.movements, checked.levels, checked.sales
    ))?;
    for notice in &proof.notices {
        say(&format!(
            "Note: on {} the clock was accepted as right ({}); {} movements and {} sales are dated later, up to {}.",
            notice.from, notice.reason, notice.movements, notice.sales, notice.to
        ))?;
    }
    let Some(first) = proof.differences.first() else {
        return say("The books are right.");
    };
    let place = [
        first.product_id.map(|id| format!("product {id}")),
        first.reference.map(|id| format!("reference {id}")),
        first.seq.map(|seq| format!("movement {seq}")),
    ];
    let place: Vec<_> = place.into_iter().flatten().collect();
    bail!(
        "the books are wrong in {}; the first place: {}, {}: expected {}, found {}",
        match proof.differences.len() {
            1 => "one place".to_owned(),
            places => format!("{places} places"),
        },
        first.kind.replace('_', " "),
        if place.is_empty() {
            "the whole shop".to_owned()
        } else {
            place.join(", ")
        },
        first.expected,
        first.found
    );
}
