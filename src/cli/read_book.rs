//! `read-book`: the process in which a spreadsheet is parsed, within limits of its own.

use std::io::{Read as _, Write as _, stdin, stdout};

use files::read::{Book, MAX_BYTES};
use rlimit::Resource;

use crate::books::{READ, REFUSED};

/// Most memory, in bytes. A parser takes a few times what it reads: a sheet of 100,000 rows some 60
/// MB, a sparse one of the old format up to 800.
const MAX_MEMORY: u64 = 1024 * 1024 * 1024;
/// Most seconds of a processor.
const MAX_CPU_SECONDS: u64 = 15;

/// Reads the file from standard input, and writes the book or the refusal to standard output: first a
/// byte that says which of the two.
pub(super) fn run() -> anyhow::Result<()> {
    // No file is opened or grown, no other process started, and nothing is dumped when it ends badly.
    for (resource, most) in [
        (Resource::DATA, MAX_MEMORY),
        (Resource::CPU, MAX_CPU_SECONDS),
        (Resource::FSIZE, 0),
        (Resource::CORE, 0),
    ] {
        resource.set(most, most)?;
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES)?;
    stdin().lock().take(most + 1).read_to_end(&mut bytes)?;
    let book = if bytes.len() > MAX_BYTES {
        Err("The file is too large.".to_owned())
    } else {
        Book::open(&bytes).map_err(|problem| problem.detail)
    };
    drop(bytes);
    let (mark, answer) = match book {
        Ok(book) => (READ, book.encode()),
        Err(detail) => (REFUSED, detail.into_bytes()),
    };
    let mut out = stdout().lock();
    out.write_all(&[mark])?;
    out.write_all(&answer)?;
    out.flush()?;
    Ok(())
}
