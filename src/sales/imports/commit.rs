//! Commits a staged file in one transaction, all or nothing.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use files::read::staged::{ImportKind, ProductValues, StockValues};
use kernel::{Code, FieldError, Problem, Timestamp, ids::ImportId};
use serde_json::{Value, json};
use store::{ReadDb, Source, Tx};

use super::{
    BigChanges, CommitOptions, EVER, ErrorRows, Import, ImportState, Imports, SAME_FILE, Warnings,
    ahead::Ahead,
    commit_products, commit_sales, commit_stock, file,
    history::History,
    repo,
    work::{Work, stale},
};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    changes,
    error::SalesResult,
    idempotency::{self, Answer, RequestKey},
};

impl Imports {
    /// Commits a staged file once: its preview is compared with the present shop and then written
    /// completely or not at all.
    ///
    /// # Errors
    /// `resource.not_found`, `import.wrong_state`, `import.has_errors`, `import.has_warnings`,
    /// `import.stale`, `stock.insufficient`.
    pub async fn commit(
        &self,
        actor: &Actor,
        id: ImportId,
        options: CommitOptions,
        key: Option<&RequestKey>,
    ) -> SalesResult<Answer> {
        let ctx = &self.ctx;
        let asked_at = actor.asked_at(&*ctx.clock);
        let has_past = AtomicBool::new(false);
        let beside = Mutex::new(Beside::of_open(self, id).await?);
        let answer = idempotency::once(
            &ctx.write,
            &ctx.in_flight,
            &*ctx.clock,
            key,
            async |tx: &Tx| {
                // Another attempt reads again.
                let read = beside.lock().unwrap_or_else(PoisonError::into_inner).take();
                let import = self
                    .commit_in(tx, actor, asked_at, (id, read), options)
                    .await?;
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

    async fn commit_in(
        &self,
        tx: &Tx,
        actor: &Actor,
        asked_at: Timestamp,
        (id, read): (ImportId, Option<Beside>),
        options: CommitOptions,
    ) -> SalesResult<Import> {
        let at = self.ctx.clock.now();
        let import = repo::lock(tx, id, at).await?;
        check_state(&import)?;
        check_twin(tx, &import).await?;
        check_rows(&import, options)?;
        let reading = repo::reading(Source::Tx(tx), id).await?;
        let read = read.filter(|read| read.reading == reading);
        let beside = match read {
            Some(read) => read,
            None => Beside::begin(&self.ctx.read, &import).await?,
        };
        let work = Work {
            tx,
            actor,
            catalogue: &self.catalogue,
            import: &import,
            clock: &*self.ctx.clock,
            asked_at,
            at,
        };
        let done = match beside.rows {
            Rows::Products(rows) => commit_products::commit(work, rows).await?,
            Rows::Stock(rows) => commit_stock::commit(work, rows).await?,
            Rows::Sales(history) => commit_sales::commit(work, *history).await?,
        };
        let mut effects = import.effects.clone();
        effects.extend(done.effects);
        let committed = Import {
            state: ImportState::Committed,
            committed_at: Some(at),
            layout: None,
            effects,
            ..import.clone()
        };
        repo::mark_committed(tx, &committed, done.count_id).await?;
        file::forget(tx, id).await?;
        if let Some(asked) = repo::asked(Source::Tx(tx), id).await?
            && let Some(mapping) = asked.mapping.lasting()
        {
            file::remember(tx, import.kind, &asked.shape, &mapping, at).await?;
        }
        if import.kind == ImportKind::Sales {
            let zone = self.ctx.shop.current_in(tx).await?.time_zone;
            changes::record_history(tx, zone, at);
        }
        let entry = Entry::of(Deed::ImportCommit, id)
            .before(json!({"state": import.state}))
            .after(&committed);
        audit::record(tx, actor, at, entry).await?;
        Ok(committed)
    }
}

/// The rows of a file, read beside the transaction, or before it.
struct Beside {
    /// The reading to which they belong.
    reading: i64,
    rows: Rows,
}

enum Rows {
    Products(Ahead<ProductValues>),
    Stock(Ahead<StockValues>),
    Sales(Box<History>),
}

impl Beside {
    /// Begins before the transaction, unless it will be refused anyway.
    async fn of_open(imports: &Imports, id: ImportId) -> SalesResult<Option<Self>> {
        let import = imports.import(id).await?;
        if import.state != ImportState::Previewed {
            return Ok(None);
        }
        Ok(Some(Self::begin(&imports.ctx.read, &import).await?))
    }

    async fn begin(read: &ReadDb, import: &Import) -> SalesResult<Self> {
        let id = import.id;
        Ok(match import.kind {
            ImportKind::Products => {
                let rows = Ahead::begin(read, id).await?;
                Self {
                    reading: rows.reading,
                    rows: Rows::Products(rows),
                }
            }
            ImportKind::Stock => {
                let rows = Ahead::begin(read, id).await?;
                Self {
                    reading: rows.reading,
                    rows: Rows::Stock(rows),
                }
            }
            ImportKind::Sales => {
                let rows = Ahead::begin(read, id).await?;
                Self {
                    reading: rows.reading,
                    rows: Rows::Sales(Box::new(commit_sales::load(rows).await?)),
                }
            }
        })
    }
}

fn check_state(import: &Import) -> Result<(), Problem> {
    if import.state == ImportState::Previewed {
        return Ok(());
    }
    let detail = match import.state {
        ImportState::Mapping => "The columns of the file are unclear: answer the questions of its layout with PUT /imports/{id}/mapping first.".to_owned(),
        ImportState::Expired => "The preview is older than a day. Send the file again.".to_owned(),
        state => format!(
            "The import is {}; only a previewed one can be committed.",
            state.as_str()
        ),
    };
    Err(Problem::new(Code::ImportState, detail))
}

/// Refuses if the same bytes were committed without this preview mentioning it, for example after it.
/// The preview is then outdated, and its additions have been made already.
async fn check_twin(tx: &Tx, import: &Import) -> SalesResult<()> {
    let says_so = import.issues.iter().any(|issue| issue.code == SAME_FILE);
    let known_until = if says_so { import.created_at } else { EVER };
    let twin = repo::committed_after(Source::Tx(tx), &import.sha256, known_until).await?;
    let Some((name, at)) = twin else {
        return Ok(());
    };
    let detail = format!("the same file was committed in between, as {name} at {at}");
    Err(stale([(0, detail)]))
}

fn check_rows(import: &Import, options: CommitOptions) -> Result<(), Problem> {
    let counts = import.counts;
    if counts.error > 0 && options.errors == ErrorRows::Refuse {
        let detail = format!(
            "{} rows have errors. Correct the file, or send skip_errors to leave them out.",
            counts.error
        );
        let error = FieldError::new("/skip_errors", Code::ImportHasErrors.as_str(), &*detail)
            .with("rows", counts.error);
        return Err(Problem::new(Code::ImportHasErrors, detail).at(error));
    }
    let has_warnings = counts.warning > 0 || !import.issues.is_empty();
    if has_warnings && options.warnings == Warnings::Refuse {
        let mut about_file = String::new();
        for issue in &import.issues {
            about_file.push(' ');
            about_file.push_str(&issue.detail);
        }
        let detail = format!(
            "{} rows have warnings.{about_file} Look at them, then send accept_warnings.",
            counts.warning
        );
        let error = FieldError::new(
            "/accept_warnings",
            Code::ImportHasWarnings.as_str(),
            &*detail,
        )
        .with("rows", counts.warning);
        return Err(Problem::new(Code::ImportHasWarnings, detail).at(error));
    }
    check_big_changes(import, options)
}

/// A warning may be one of hundreds: what would turn the books over is accepted by a word of its own.
fn check_big_changes(import: &Import, options: CommitOptions) -> Result<(), Problem> {
    let rows = import.effects.get("big_changes").and_then(Value::as_i64);
    let rows = rows.unwrap_or(0);
    if rows == 0 || options.big_changes == BigChanges::Accept {
        return Ok(());
    }
    let detail = format!(
        "{rows} rows change a price, a cost or a stock to ten times what it was, or a tenth of it. Look at them, then send accept_big_changes."
    );
    let code = Code::ImportHasBigChanges;
    let error = FieldError::new("/accept_big_changes", code.as_str(), &*detail);
    Err(Problem::new(code, detail).at(error.with("rows", rows)))
}
