//! Undoes a committed file in one transaction, as if it had never come: compensating movements
//! ([`crate::inventory::undone`]), fields as they were, made products archived, sales voided.
//!
//! What something depends on by now stays, and is named ([`kept`]). Categories stay as well: an
//! archived product is still in its own.

mod cards;
mod history;
mod kept;

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
};

use files::read::staged::ImportKind;
use kernel::{
    Code, Problem, Timestamp,
    ids::{ImportId, ProductId},
};
use serde_json::json;
use store::Tx;
use uuid::Uuid;

use self::kept::WhatStays;
use super::{Import, ImportState, Imports, repo, trace, undone::ImportUndone, work::Work};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    changes,
    error::SalesResult,
    idempotency::{self, Answer, RequestKey},
    inventory::undone::{FileMoves, undo_file},
    shop_reader,
};

/// What is undone, and with what.
#[derive(Clone, Copy)]
struct Undo<'a> {
    work: Work<'a>,
    count_id: Option<Uuid>,
}

impl Undo<'_> {
    /// Why, for movements and voided sales.
    fn reason(self) -> String {
        format!("Import undone: {}", self.work.import.file_name)
    }
}

impl Imports {
    /// Undoes a committed file, once: what something depends on stays and is named.
    ///
    /// # Errors
    /// `resource.not_found`, `import.wrong_state`.
    pub async fn undo(
        &self,
        actor: &Actor,
        id: ImportId,
        key: Option<&RequestKey>,
    ) -> SalesResult<Answer> {
        let ctx = &self.ctx;
        let asked_at = actor.asked_at(&*ctx.clock);
        let has_past = AtomicBool::new(false);
        let answer = idempotency::once(
            &ctx.write,
            &ctx.in_flight,
            &*ctx.clock,
            key,
            async |tx: &Tx| {
                let import = self.undo_in(tx, actor, asked_at, id).await?;
                has_past.store(import.kind == ImportKind::Sales, Ordering::Relaxed);
                Answer::first(200, &import)
            },
        )
        .await?;
        if let Some(listener) = &ctx.past_imported
            && has_past.into_inner()
        {
            listener.past_imported().await;
        }
        Ok(answer)
    }

    async fn undo_in(
        &self,
        tx: &Tx,
        actor: &Actor,
        asked_at: Timestamp,
        id: ImportId,
    ) -> SalesResult<Import> {
        let at = self.ctx.clock.now();
        let import = repo::lock(tx, id, at).await?;
        check_committed(&import)?;
        let count_id = trace::count_of(tx, id).await?.ok_or_else(not_traced)?;
        let work = Work {
            tx,
            actor,
            catalogue: &self.catalogue,
            import: &import,
            clock: &*self.ctx.clock,
            asked_at,
            at,
        };
        let undo = Undo { work, count_id };
        let undone = undo.all().await?;
        let after = Import {
            state: ImportState::Undone,
            undone: Some(undone),
            ..import.clone()
        };
        repo::mark_undone(tx, &after).await?;
        if import.kind == ImportKind::Sales {
            let zone = self.ctx.shop.current_in(tx).await?.time_zone;
            changes::record_history(tx, zone, at);
        }
        let brief = Import {
            undone: after.undone.clone().map(ImportUndone::brief),
            ..after.clone()
        };
        let entry = Entry::of(Deed::ImportUndo, id)
            .before(json!({"state": import.state}))
            .after(&brief);
        audit::record(tx, actor, at, entry).await?;
        Ok(after)
    }
}

impl Undo<'_> {
    async fn all(self) -> SalesResult<ImportUndone> {
        let mut kept = WhatStays::default();
        let mut undone = ImportUndone {
            at: self.work.at,
            by: self.work.actor.user_id,
            products_archived: 0,
            products_restored: 0,
            levels_restored: 0,
            sales_voided: 0,
            refunds_voided: 0,
            kept_count: 0,
            kept: Vec::new(),
        };
        match self.work.import.kind {
            ImportKind::Products | ImportKind::Stock => {
                let cards = cards::undo(self, &mut kept).await?;
                undone.products_archived = cards.archived;
                undone.products_restored = cards.restored;
                undone.levels_restored = self.levels(&cards.in_use, &mut kept).await?;
            }
            ImportKind::Sales => {
                let sold = history::undo(self, &mut kept).await?;
                undone.products_archived = sold.archived;
                undone.sales_voided = sold.sales;
                undone.refunds_voided = sold.refunds;
            }
        }
        (undone.kept_count, undone.kept) = kept.into_parts();
        Ok(undone)
    }

    /// The stock, except that of products that the file made and that are in use.
    async fn levels(self, in_use: &HashSet<ProductId>, kept: &mut WhatStays) -> SalesResult<i64> {
        let work = self.work;
        let file = FileMoves {
            import_id: work.import.id.as_uuid(),
            count_id: self.count_id,
            reason: self.reason(),
            actor_id: work.actor.user_id,
        };
        let undone = undo_file(work.tx, work.clock, &file, in_use).await?;
        for ((product_id, _), reliance) in undone.kept {
            kept.stock(product_id, reliance);
        }
        let zone = shop_reader::load_in(work.tx).await?.time_zone;
        changes::record_days(work.tx, zone, work.at, undone.moments);
        Ok(i64::try_from(undone.levels).unwrap_or(i64::MAX))
    }
}

fn check_committed(import: &Import) -> Result<(), Problem> {
    if import.state == ImportState::Committed {
        return Ok(());
    }
    let detail = format!(
        "The import is {}; only a committed one can be undone.",
        import.state.as_str()
    );
    Err(Problem::new(Code::ImportState, detail))
}

fn not_traced() -> Problem {
    let detail = "The file was committed by an older version of the program, which did not note what it made. It cannot be undone.";
    Problem::new(Code::ImportState, detail)
}
