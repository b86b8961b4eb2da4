//! The file of a backup: a head that says what it is, readable by people, and the rows, compressed.
//!
//! The head has a fixed size, so that it can be written last: it has the counts, the sums and the
//! checksum of what follows. Its first line names the format, its second is JSON, its third is the
//! checksum of the two. A restore reads the whole file once before anything is changed.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::TempPath;

use super::{BackupError, tables::ColumnHead};
use crate::StoreError;

/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;
/// The first line is this and the format.
const MAGIC: &str = "SalesFlow backup ";
/// Bytes of the head: five times what today's tables need.
const HEAD_BYTES: usize = 65_536;
/// How the name of a backup begins that is not complete.
pub const DRAFT: &str = ".salesflow-draft-";
/// Bytes that are read or written at once.
const CHUNK: usize = 256 * 1024;

/// What a backup is and holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the program that made it.
    pub program: String,
    /// The kind of database that it was made from.
    pub database: String,
    /// The name of the shop.
    pub shop: String,
    /// When it was made.
    pub taken_at: String,
    /// How far the shop was.
    pub position: Position,
    /// The changes of the schema that had run.
    pub migrations: Vec<String>,
    /// The tables, in the order of the file.
    pub tables: Vec<TableHead>,
    /// Bytes behind the head.
    pub body_bytes: u64,
    /// Their SHA-256.
    pub body_sha256: String,
}

impl Head {
    /// All rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// The size of the whole file.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        HEAD_BYTES as u64 + self.body_bytes
    }
}

/// How far a shop was. Everything up to here is in the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Position {
    /// The number of the last sale.
    pub sale: i64,
    /// The place of the last movement of stock.
    pub movement: i64,
    /// The number of the last line in the log of changes.
    pub change: i64,
}

/// A table of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHead {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of the fields.
    pub columns: Vec<ColumnHead>,
    /// Its rows.
    pub rows: u64,
    /// A sum of the hashes of its rows, whatever their order.
    pub digest: String,
}

/// A backup that is being written, under a name of its own beside its place. It is deleted unless it
/// is finished.
#[derive(Debug)]
pub(super) struct Draft {
    path: PathBuf,
    file: TempPath,
    body: Option<Body>,
}

/// The rows of a backup that is being written.
#[derive(Debug)]
pub(super) struct Body {
    path: PathBuf,
    encoder: GzEncoder<Counted>,
}

impl Body {
    /// Writes a row.
    pub(super) fn write_line(&mut self, line: &[u8]) -> Result<(), BackupError> {
        let written = self
            .encoder
            .write_all(line)
            .and_then(|()| self.encoder.write_all(b"\n"));
        written.map_err(BackupError::of_file(&self.path))
    }
}

/// Counts and hashes what is written.
#[derive(Debug)]
struct Counted {
    file: BufWriter<File>,
    bytes: u64,
    hash: Sha256,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Draft {
    /// Begins a backup that gets this name. Only its owner may read it.
    pub(super) fn create(path: &Path) -> Result<Self, BackupError> {
        if path.exists() {
            return Err(BackupError::Exists(path.to_owned()));
        }
        let draft = tempfile::Builder::new()
            .prefix(DRAFT)
            .tempfile_in(folder_of(path));
        let (file, draft) = draft.map_err(BackupError::of_file(path))?.into_parts();
        let mut counted = Counted {
            file: BufWriter::with_capacity(CHUNK, file),
            bytes: 0,
            hash: Sha256::new(),
        };
        let room = counted.file.write_all(&vec![b' '; HEAD_BYTES]);
        room.map_err(BackupError::of_file(path))?;
        Ok(Self {
            path: path.to_owned(),
            file: draft,
            body: Some(Body {
                path: path.to_owned(),
                encoder: GzEncoder::new(counted, Compression::fast()),
            }),
        })
    }

    /// Its rows.
    pub(super) fn body(&mut self) -> Result<&mut Body, BackupError> {
        let gone = || BackupError::of_file(&self.path)(io::ErrorKind::Other.into());
        self.body.as_mut().ok_or_else(gone)
    }

    /// Completes it: its head, its way to the disk and its name.
    pub(super) fn finish(self, head: Head) -> Result<Head, BackupError> {
        let Self { path, file, body } = self;
        let head = complete(body, head).map_err(BackupError::of_file(&path))?;
        // Another backup may have taken the name meanwhile: it is not replaced.
        file.persist_noclobber(&path)
            .map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => BackupError::Exists(path.clone()),
                _ => BackupError::of_file(&path)(error.error),
            })?;
        if let Err(error) = sync_folder_of(&path) {
            // A file that may be gone after a loss of power is no backup.
            let _gone = fs::remove_file(&path);
            return Err(BackupError::of_file(&path)(error));
        }
        Ok(head)
    }
}

/// Writes the head, and brings the file to the disk.
fn complete(body: Option<Body>, mut head: Head) -> io::Result<Head> {
    let body = body.ok_or(io::ErrorKind::Other)?;
    let counted = body.encoder.finish()?;
    head.body_bytes = counted.bytes;
    head.body_sha256 = hex(&counted.hash.finalize());
    let mut file = counted
        .file
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&head_bytes(&head)?)?;
    file.sync_all()?;
    Ok(head)
}

/// The folder in which a path lies.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Brings the name of a file to the disk.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = File::open(folder_of(path))?;
    match folder.sync_all() {
        // Some file systems, such as those of memory sticks, cannot do that.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}

fn head_bytes(head: &Head) -> io::Result<Vec<u8>> {
    let mut text = format!("{MAGIC}{FORMAT}\n{}\n", serde_json::to_string(head)?);
    text.push_str(&hex(&Sha256::digest(text.as_bytes())));
    text.push('\n');
    if text.len() >= HEAD_BYTES {
        return Err(io::Error::other("the head of the backup is too long"));
    }
    let mut bytes = text.into_bytes();
    bytes.resize(HEAD_BYTES - 1, b' ');
    bytes.push(b'\n');
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A backup whose file is whole.
#[derive(Debug)]
pub struct Backup {
    path: PathBuf,
    head: Head,
}

impl Backup {
    /// Opens a file, and reads all of it to compare it with its checksums.
    ///
    /// # Errors
    /// [`BackupError`] for a file that is cut, damaged, of another program or of a newer one.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        let mut file = File::open(path).map_err(BackupError::of_file(path))?;
        let head = read_head(path, &mut file)?;
        let found = file.metadata().map_err(BackupError::of_file(path))?.len();
        if found < head.file_bytes() {
            return Err(BackupError::Cut {
                path: path.to_owned(),
                expected: head.file_bytes(),
                found,
            });
        }
        let mut hash = Sha256::new();
        let mut reader = BufReader::with_capacity(CHUNK, file);
        loop {
            let bytes = reader.fill_buf().map_err(BackupError::of_file(path))?;
            let length = bytes.len();
            if length == 0 {
                break;
            }
            hash.update(bytes);
            reader.consume(length);
        }
        // What is appended counts as damage.
        if hex(&hash.finalize()) != head.body_sha256 {
            return Err(BackupError::Damaged(path.to_owned()));
        }
        Ok(Self {
            path: path.to_owned(),
            head,
        })
    }

    /// What it is and holds.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that this program knows its tables, and returns how many migrations made them.
    pub(super) fn known_migrations(&self, known: &[String]) -> Result<usize, BackupError> {
        let applied = &self.head.migrations;
        if let Some(unknown) = applied.iter().find(|name| !known.contains(name)) {
            return Err(BackupError::NewerSchema {
                path: self.path.clone(),
                program: self.head.program.clone(),
                migration: unknown.clone(),
            });
        }
        let missing = known.iter().take(applied.len());
        if let Some(missing) = missing.clone().find(|name| !applied.contains(name)) {
            return Err(BackupError::OtherSchema {
                path: self.path.clone(),
                program: self.head.program.clone(),
                migration: missing.clone(),
            });
        }
        Ok(applied.len())
    }

    /// Reads its rows from the first on.
    pub(super) fn rows(&self) -> Result<RowReader, BackupError> {
        let open = || -> io::Result<File> {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(HEAD_BYTES as u64))?;
            Ok(file)
        };
        let file = open().map_err(BackupError::of_file(&self.path))?;
        let decoder = GzDecoder::new(BufReader::with_capacity(CHUNK, file));
        Ok(RowReader {
            path: self.path.clone(),
            lines: BufReader::with_capacity(CHUNK, decoder),
        })
    }
}

/// The rows of a backup, one after the other.
#[derive(Debug)]
pub(super) struct RowReader {
    path: PathBuf,
    lines: BufReader<GzDecoder<BufReader<File>>>,
}

impl RowReader {
    /// Reads the next row into a buffer.
    pub(super) fn next_into(&mut self, line: &mut Vec<u8>) -> Result<(), BackupError> {
        line.clear();
        let read = self.lines.read_until(b'\n', line);
        read.map_err(BackupError::of_file(&self.path))?;
        match line.pop() {
            Some(b'\n') => Ok(()),
            _ => Err(BackupError::Damaged(self.path.clone())),
        }
    }
}

fn read_head(path: &Path, file: &mut File) -> Result<Head, BackupError> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES);
    let read = Read::by_ref(file)
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut bytes);
    let found = read.map_err(BackupError::of_file(path))? as u64;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines();
    let format = lines
        .next()
        .and_then(|line| line.strip_prefix(MAGIC))
        .and_then(|number| number.parse::<u32>().ok());
    match format {
        None => return Err(BackupError::Foreign(path.to_owned())),
        Some(newer) if newer > FORMAT => {
            return Err(BackupError::NewerFormat {
                path: path.to_owned(),
                found: newer,
                known: FORMAT,
            });
        }
        Some(_) => {}
    }
    if bytes.len() < HEAD_BYTES {
        return Err(BackupError::Cut {
            path: path.to_owned(),
            expected: HEAD_BYTES as u64,
            found,
        });
    }
    let damaged = || BackupError::Damaged(path.to_owned());
    let (json, sum) = lines.next().zip(lines.next()).ok_or_else(damaged)?;
    let signed = format!("{MAGIC}{FORMAT}\n{json}\n");
    if hex(&Sha256::digest(signed.as_bytes())) != sum {
        return Err(damaged());
    }
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt(error.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::moment;

    fn draft_of(path: &Path, line: &[u8]) -> Result<(Draft, Head), BackupError> {
        let mut draft = Draft::create(path)?;
        draft.body()?.write_line(line)?;
        let head = moment::head("sqlite", "Shop".to_owned(), (1, 2, 3), Vec::new());
        Ok((draft, head))
    }

    #[test]
    fn a_backup_has_its_name_once_it_is_whole_and_never_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.backup");
        let (first, head) = draft_of(&path, b"first").unwrap();
        let (second, other) = draft_of(&path, b"second").unwrap();
        let (third, _) = draft_of(&path, b"third").unwrap();
        assert!(!path.exists());
        let made = first.finish(head).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes.len() as u64, made.file_bytes());
        assert!(matches!(second.finish(other), Err(BackupError::Exists(_))));
        drop(third);
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert_eq!(Backup::open(&path).unwrap().head(), &made);
        assert!(matches!(Draft::create(&path), Err(BackupError::Exists(_))));
        // Nothing of the others stays.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
