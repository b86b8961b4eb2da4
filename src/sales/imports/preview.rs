//! The preview of a file: what a commit would do.
//!
//! ```text
//! bytes -> (a spreadsheet: the shell's BookReader) -> files::read::read_file -> what it names
//!       -> the shop (imports::known) -> facts -> Reading::judge -> rows with their states and issues -> stored (imports::stage)
//! ```
//!
//! Reading and judging are pure and take seconds for a large file. They run on blocking threads, two
//! files at a time. In between, the shop's database is queried once about everything that the file
//! names.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use files::read::{
    Book, BookReader, Frame, Mapping, Reading, Source, is_book, read_file, staged::ImportKind,
};
use kernel::{Code, Problem};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Import, Imports, stage::StagedFile};
use crate::{actor::Actor, error::SalesResult};

/// Files that are read at the same time. Each may take a few hundred megabytes.
const MAX_AT_ONCE: usize = 2;
static READERS: Semaphore = Semaphore::const_new(MAX_AT_ONCE);
/// Longest stored file name, in characters.
const MAX_FILE_NAME: usize = 200;

/// A file as it was sent.
#[derive(Debug)]
pub struct SentFile {
    /// What it contains.
    pub kind: ImportKind,
    /// The name from the sender.
    pub name: String,
    /// The content of the file.
    pub bytes: Vec<u8>,
    /// How to read it.
    pub mapping: Mapping,
}

/// A turn at reading. It belongs to the work and is freed only when the work ends, even if the client
/// has disconnected.
type Turn = SemaphorePermit<'static>;

impl Imports {
    /// Reads a file, compares it with the shop, and stores what a commit would do.
    ///
    /// # Errors
    /// `import.unreadable`, `import.columns_missing`, `money.currency_mismatch`,
    /// `request.body_too_large`, and those of the store.
    pub async fn preview(&self, actor: &Actor, file: SentFile) -> SalesResult<Import> {
        // What the file says about stock was true before it was sent.
        let now = actor.asked_at(&*self.ctx.clock);
        let turn = READERS
            .acquire()
            .await
            .map_err(|_| Problem::of(Code::Unavailable).retry_after(5))?;
        let shop = self.ctx.shop.current().await?;
        let frame = Frame {
            currency: shop.currency,
            time_zone: shop.time_zone,
            now,
        };
        let (kind, name) = (file.kind, shown(&file.name));
        let books = self.ctx.books.clone();
        let (book, bytes, turn) = parse(books, file.bytes, turn).await?;
        let file = SentFile { bytes, ..file };
        let (reading, sha256, turn) = read(file, book, frame, turn).await?;
        let known = self.know(kind, &reading.named()).await?;
        let (preview, _turn) =
            off_the_request_threads(move || Ok((reading.judge(&known), turn))).await?;
        let file = StagedFile {
            name,
            sha256,
            at: now,
        };
        self.stage(actor, file, preview).await
    }
}

/// Parses a spreadsheet; `None` for a text file. Returns the bytes as well.
async fn parse(
    reader: Option<Arc<dyn BookReader>>,
    bytes: Vec<u8>,
    turn: Turn,
) -> Result<(Option<Book>, Vec<u8>, Turn), Problem> {
    if !is_book(&bytes) {
        return Ok((None, bytes, turn));
    }
    let Some(reader) = reader else {
        return Err(Problem::new(
            Code::ImportUnreadable,
            "Spreadsheets cannot be read here. Save the sheet as CSV and send that.",
        ));
    };
    off_the_request_threads(move || Ok((Some(reader.read(&bytes)?), bytes, turn))).await
}

/// Reads the bytes and computes their SHA-256.
async fn read(
    file: SentFile,
    book: Option<Book>,
    frame: Frame,
    turn: Turn,
) -> Result<(Reading, String, Turn), Problem> {
    off_the_request_threads(move || {
        let source = match &book {
            Some(book) => Source::Book(book),
            None => Source::Text(&file.bytes),
        };
        let reading = read_file(file.kind, source, &file.mapping, frame)?;
        Ok((reading, HEXLOWER.encode(&Sha256::digest(&file.bytes)), turn))
    })
    .await
}

/// Runs long work on a blocking thread. A panic in it becomes a refusal.
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

/// A file name without folders and invisible characters.
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
