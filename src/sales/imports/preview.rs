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

use std::{collections::BTreeMap, sync::Arc};

use data_encoding::HEXLOWER;
use files::read::{
    Book, BookReader, Clarity, FileRead, Frame, Mapping, Source, TaxBasis, check_correction,
    is_book, read_file, staged::ImportKind,
};
use kernel::{Code, Problem, Timestamp, ids::ImportId};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    Import, Imports, file,
    repo::{self, WantedReading},
    stage::{Judged, StagedFile, check_open},
    upload::Room,
};
use crate::{actor::Actor, error::SalesResult, shop_reader::TaxMode};

/// Files that are read at the same time. Each may take a few hundred megabytes.
const MAX_AT_ONCE: usize = 2;
static READERS: Semaphore = Semaphore::const_new(MAX_AT_ONCE);
/// Rows of a file in which cells may be corrected.
const MAX_CORRECTED: usize = 1_000;
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
    /// Reads a file, compares it with the shop, and stores what a commit would do; or what has to be
    /// said about its columns first.
    ///
    /// # Errors
    /// `import.unreadable`, `import.columns_missing`, `money.currency_mismatch`,
    /// `request.body_too_large`, and those of the store.
    pub async fn preview(&self, actor: &Actor, file: SentFile) -> SalesResult<Import> {
        // What the file says about stock was true before it was sent.
        let at = actor.asked_at(&*self.ctx.clock);
        let (judged, bytes) = self.judge(file.kind, file.bytes, file.mapping, at).await?;
        let name = shown(&file.name);
        self.stage(actor, StagedFile { name, at, bytes }, judged)
            .await
    }

    /// Reads a file again by another mapping, as of the moment at which it was sent.
    ///
    /// # Errors
    /// `resource.not_found`, `import.wrong_state`, and those of [`Self::preview`].
    pub async fn map(
        &self,
        actor: &Actor,
        id: ImportId,
        mapping: Mapping,
        room: &mut Room,
    ) -> SalesResult<Import> {
        let import = self.import(id).await?;
        check_open(&import)?;
        let before = repo::asked(store::Source::Read(&self.ctx.read), id).await?;
        let mapping = Mapping {
            corrections: before.map_or_else(BTreeMap::new, |asked| asked.mapping.corrections),
            ..mapping
        };
        self.read_again(actor, import, mapping, room).await
    }

    /// Writes texts into cells of a row, and reads the file again. An empty text empties the cell.
    ///
    /// # Errors
    /// `resource.not_found`, `import.wrong_state`, `import.columns_missing`, and those of the store.
    pub async fn correct(
        &self,
        actor: &Actor,
        id: ImportId,
        row: i64,
        values: BTreeMap<String, String>,
        room: &mut Room,
    ) -> SalesResult<Import> {
        let import = self.import(id).await?;
        check_open(&import)?;
        check_correction(import.kind, &values)?;
        if !repo::has_row(&self.ctx.read, id, row).await? {
            return Err(Problem::not_found("row").into());
        }
        let before = repo::asked(store::Source::Read(&self.ctx.read), id).await?;
        let mut mapping = before.ok_or_else(not_kept)?.mapping;
        mapping.corrections.entry(row).or_default().extend(values);
        if mapping.corrections.len() > MAX_CORRECTED {
            let detail = format!(
                "At most {MAX_CORRECTED} rows can be corrected here. Correct the file and send it again."
            );
            return Err(Problem::new(Code::ImportState, detail).into());
        }
        self.read_again(actor, import, mapping, room).await
    }

    /// Reads a file again by the same mapping, because the shop has changed since its preview: the
    /// differences to the present shop are shown instead of those to the old one.
    ///
    /// # Errors
    /// As those of [`Self::map`].
    pub(super) async fn preview_anew(
        &self,
        actor: &Actor,
        id: ImportId,
        room: &mut Room,
    ) -> SalesResult<Import> {
        let import = self.import(id).await?;
        check_open(&import)?;
        let before = repo::asked(store::Source::Read(&self.ctx.read), id).await?;
        let mapping = before.ok_or_else(not_kept)?.mapping;
        self.read_again(actor, import, mapping, room).await
    }

    async fn read_again(
        &self,
        actor: &Actor,
        import: Import,
        mapping: Mapping,
        room: &mut Room,
    ) -> SalesResult<Import> {
        let id = import.id;
        let size = file::size(&self.ctx.read, id).await?;
        if size == 0 {
            return Err(not_kept().into());
        }
        room.hold(size)?;
        let bytes = file::load(&self.ctx.read, id, size).await?;
        let at = import.created_at;
        let (judged, _bytes) = self.judge(import.kind, bytes, mapping, at).await?;
        self.stage_again(actor, import, judged).await
    }

    /// Reads bytes by a mapping, and compares them with the shop. The bytes come back.
    async fn judge(
        &self,
        kind: ImportKind,
        bytes: Vec<u8>,
        mapping: Mapping,
        now: Timestamp,
    ) -> SalesResult<(Judged, Vec<u8>)> {
        let turn = READERS
            .acquire()
            .await
            .map_err(|_| Problem::of(Code::Unavailable).retry_after(5))?;
        let (file, sha256, bytes, turn) = self.read(kind, bytes, mapping, now, turn).await?;
        let FileRead {
            shape,
            mapping,
            mut layout,
            reading,
        } = file;
        let preview = match reading {
            Clarity::Clear(reading) => {
                let known = self.know(kind, &reading.named()).await?;
                let (preview, _turn) =
                    off_the_request_threads(move || Ok((reading.judge(&known), turn))).await?;
                Ok(preview)
            }
            Clarity::Unclear { mapping, trial } => {
                if let Some(trial) = trial {
                    let known = self.know(kind, &trial.named()).await?;
                    (layout, _) = off_the_request_threads(move || {
                        layout.show_stock(trial.judge(&known).rows);
                        Ok((layout, turn))
                    })
                    .await?;
                }
                Err(mapping)
            }
        };
        let judged = Judged {
            kind,
            sha256,
            asked: WantedReading {
                mapping,
                shape: hash(shape.as_bytes()),
            },
            layout,
            preview,
        };
        Ok((judged, bytes))
    }

    /// Reads bytes by a mapping, or by the one that is remembered for their headers.
    async fn read(
        &self,
        kind: ImportKind,
        bytes: Vec<u8>,
        mapping: Mapping,
        now: Timestamp,
        turn: Turn,
    ) -> SalesResult<(FileRead, String, Vec<u8>, Turn)> {
        let shop = self.ctx.shop.current().await?;
        let frame = Frame {
            currency: shop.currency,
            time_zone: shop.time_zone,
            prices: match shop.tax_mode {
                TaxMode::Included => TaxBasis::WithTax,
                TaxMode::Added => TaxBasis::WithoutTax,
            },
            now,
        };
        let books = self.ctx.books.clone();
        let (book, bytes, turn) = parse(books, bytes, turn).await?;
        let remembered = file::remembered(&self.ctx.read, kind).await?;
        let read = off_the_request_threads(move || {
            let source = match &book {
                Some(book) => Source::Book(book),
                None => Source::Text(&bytes),
            };
            let remembered = |shape: &str| remembered.get(&hash(shape.as_bytes())).cloned();
            let file = read_file(kind, source, &mapping, &remembered, frame)?;
            Ok((file, hash(&bytes), bytes, turn))
        });
        Ok(read.await?)
    }
}

fn not_kept() -> Problem {
    Problem::new(
        Code::ImportState,
        "The file is not kept any more. Send it again, with the mapping.",
    )
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
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
