//! Files in: the one use case that needs both modules. `analytics` reads and judges a file,
//! `sales` keeps and commits it; here the preview passes from one to the other, so that analytics
//! never gets a handle that writes.

pub mod http;

use std::sync::Arc;

use analytics::{
    Analytics,
    imports::{Known, Mapping, Reading, read_file},
};
use kernel::{Code, Problem, ids::ProductId, import::ImportKind, read::ReadError};
use sales::{
    Actor, Sales,
    imports::{Import, SentFile},
};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

/// Files that are read at the same time: each may take a few hundred megabytes.
const MAX_AT_ONCE: usize = 2;
static READERS: Semaphore = Semaphore::const_new(MAX_AT_ONCE);
/// Longest file name that is kept.
const MAX_FILE_NAME: usize = 200;

/// A file as it was sent.
#[derive(Debug)]
pub struct FileIn {
    /// What it holds.
    pub kind: ImportKind,
    /// What the sender calls it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How it is to be read.
    pub mapping: Mapping,
}

/// Reads a file, holds it against the shop and stages what it would do.
///
/// # Errors
/// `import.unreadable`, `import.columns_missing`, `money.currency_mismatch`,
/// `request.body_too_large`, and those of the store.
pub async fn preview(
    sales: &Sales,
    analytics: &Analytics,
    actor: &Actor,
    file: FileIn,
) -> Result<Import, Problem> {
    // What the file says of the stock was so before the file was sent.
    let now = actor.asked_at(&*analytics.clock);
    let turn = READERS
        .acquire()
        .await
        .map_err(|_| Problem::of(Code::Unavailable).retry_after(5))?;
    let catalog = &analytics.readers.catalog;
    let shop = Arc::new(catalog.shop().await.map_err(refuse)?);
    let FileIn {
        kind,
        name,
        bytes,
        mapping,
    } = file;
    let facts = Arc::clone(&shop);
    // The turn goes along: it is not free before the work ends, not even when the client has gone.
    let (reading, sha256, turn) = off_the_request_threads(move || {
        let reading = read_file(kind, &bytes, &mapping, &facts, now)?;
        Ok((reading, hex(&Sha256::digest(&bytes)), turn))
    })
    .await?;
    let mut known = reading.look_up(catalog.as_ref()).await.map_err(refuse)?;
    complete(sales, &reading, &mut known).await?;
    let (preview, _turn) = off_the_request_threads(move || {
        let preview = reading.judge(&known, &shop);
        Ok((preview, turn))
    })
    .await?;
    let sent = SentFile {
        name: shown(&name),
        sha256,
        at: now,
    };
    Ok(sales.imports.stage(actor, sent, preview).await?)
}

/// Adds what only `sales` can tell.
async fn complete(sales: &Sales, reading: &Reading, known: &mut Known) -> Result<(), Problem> {
    let imports = &sales.imports;
    match reading.kind() {
        ImportKind::Products | ImportKind::Stock => {
            let products: Vec<ProductId> = known.products.iter().map(|one| one.id).collect();
            known.places = imports.places().await?;
            known.levels = imports.levels(&products).await?;
        }
        ImportKind::Sales => {
            let returned = reading.returned_products(&known.products);
            known.history.invoices = imports.recorded_invoices(&reading.invoices()).await?;
            known.history.refundable = imports.refundable_lines(&returned).await?;
        }
    }
    Ok(())
}

/// Runs heavy work where it stops no request. A panic in it becomes a refusal.
async fn off_the_request_threads<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            tracing::error!(%error, "a file broke its reader");
            Err(Problem::new(
                Code::ImportUnreadable,
                "The file cannot be read.",
            ))
        })
}

fn refuse(error: ReadError) -> Problem {
    match error {
        ReadError::Unavailable => Problem::of(Code::Unavailable).retry_after(2),
        ReadError::Failed => Problem::of(Code::Internal),
    }
}

/// A file name without its folders and without what does not show.
fn shown(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_FILE_NAME)
        .collect();
    if kernel::text::has_visible(&name) {
        name
    } else {
        "import".to_owned()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
            use std::fmt::Write as _;
            let _infallible = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_shown_without_folders_and_tricks() {
        assert_eq!(shown("C:\\Bureau\\produits.csv"), "produits.csv");
        assert_eq!(shown("../../etc/passwd"), "passwd");
        assert_eq!(shown("\u{0}\n"), "import");
        assert_eq!(shown(&"é".repeat(500)).chars().count(), MAX_FILE_NAME);
    }
}
