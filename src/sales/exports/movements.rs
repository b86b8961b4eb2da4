//! Movements of the ledger as rows.

use files::write::table::Value;
use kernel::ids::MovementId;

use super::{
    names,
    table::{ExportTable, Fault, optional, quantity},
    words::{Headings, Word},
};
use crate::{
    context::Context,
    inventory::movements::{self, MovementFilter},
};

/// Movements of a page.
const PAGE: u32 = 1_000;

/// The movements that a filter finds, the newest first.
pub(super) struct MovementRows {
    ctx: Context,
    filter: MovementFilter,
    before: Option<MovementId>,
}

impl MovementRows {
    pub(super) fn new(ctx: &Context, filter: MovementFilter) -> Self {
        Self {
            ctx: ctx.clone(),
            filter,
            before: None,
        }
    }

    pub(super) fn headings(words: &Headings) -> Vec<Word> {
        vec![
            words.date,
            words.recorded,
            words.sku,
            words.name,
            words.location,
            words.place,
            words.kind,
            words.change,
            words.balance,
            words.reason,
            words.person,
            words.reference,
        ]
    }

    /// Writes the next page; `false` after the last.
    pub(super) async fn write(&mut self, table: &mut ExportTable) -> Result<bool, Fault> {
        let read = &self.ctx.read;
        let page = movements::list(read, self.filter, self.before, PAGE).await?;
        let items = || page.items.iter();
        let articles = names::articles(read, items().map(|one| one.product_id)).await?;
        let people = names::people(read, items().filter_map(|one| one.actor)).await?;
        let places = names::locations(read, items().map(|one| one.location_id)).await?;
        for movement in items() {
            let article = articles.get(&movement.product_id);
            let person = movement.actor.and_then(|id| people.get(&id));
            let reference = movement.reference.map(|id| id.to_string());
            table.push(&[
                Value::Moment(movement.occurred_at.to_utc()),
                Value::Moment(movement.recorded_at.to_utc()),
                optional(article.map(|one| one.sku.as_str())),
                optional(article.map(|one| one.name.as_str())),
                optional(places.get(&movement.location_id).map(String::as_str)),
                Value::whole(movement.seq),
                Value::Text(movement.kind.as_str()),
                quantity(movement.delta),
                quantity(movement.balance_after),
                optional(movement.reason.as_deref()),
                optional(person.map(String::as_str)),
                optional(reference.as_deref()),
            ])?;
        }
        let last = page.items.last().filter(|_| page.has_more);
        self.before = last.map(|one| one.id);
        Ok(self.before.is_some())
    }
}
