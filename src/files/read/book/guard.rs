//! The limits of a zip archive, before anything in it is parsed.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

use kernel::Problem;
use zip::ZipArchive;

use super::hints::Hints;
use crate::read::sniff::unreadable;

/// Most members of an archive.
const MAX_MEMBERS: usize = 10_000;
/// Most bytes of all members together, unpacked.
const MAX_UNPACKED: u64 = 512 * 1024 * 1024;
/// Most unpacked bytes for each packed one, in an archive above [`FREE`]. A sheet of nothing but equal
/// rows comes to less than a hundred.
const MAX_RATIO: u64 = 200;
/// Unpacked bytes that no ratio is asked of.
const FREE: u64 = 4 * 1024 * 1024;
/// Bytes that are unpacked at once.
const CHUNK: usize = 64 * 1024;

/// The archive of a workbook.
pub type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Opens an archive and checks it: what its directory says of the sizes, and whether its members keep
/// to it. Returns what their bytes hint at, by name.
///
/// # Errors
/// `import.unreadable`.
pub fn check(bytes: &[u8]) -> Result<(Archive<'_>, BTreeMap<String, Hints>), Problem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|_| unreadable("The file is a damaged spreadsheet or zip archive.".to_owned()))?;
    if archive.len() > MAX_MEMBERS {
        return Err(unreadable(format!(
            "The file is an archive of more than {MAX_MEMBERS} members."
        )));
    }
    let (mut packed, mut unpacked) = (0u64, 0u64);
    for position in 0..archive.len() {
        let member = archive.by_index_raw(position).map_err(|_| damaged())?;
        if member.encrypted() {
            return Err(unreadable(
                "The file has a password. Save it without one.".to_owned(),
            ));
        }
        packed = packed.saturating_add(member.compressed_size());
        unpacked = unpacked.saturating_add(member.size());
    }
    if unpacked > MAX_UNPACKED || unpacked > FREE && unpacked > packed.saturating_mul(MAX_RATIO) {
        return Err(unreadable(format!(
            "Unpacked, the file would have {unpacked} bytes: more than a spreadsheet of its size has."
        )));
    }
    let mut found = BTreeMap::new();
    for position in 0..archive.len() {
        let mut member = archive.by_index(position).map_err(|_| damaged())?;
        let name = member.name().map_err(|_| damaged())?.into_owned();
        let is_parsed = [".xml", ".rels", ".bin"]
            .iter()
            .any(|ending| name.to_ascii_lowercase().ends_with(ending));
        if !is_parsed {
            continue;
        }
        let mut left = member.size();
        let mut hints = Hints::default();
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = member.read(&mut chunk).map_err(|_| damaged())?;
            if count == 0 {
                break;
            }
            left = left
                .checked_sub(u64::try_from(count).unwrap_or(u64::MAX))
                .ok_or_else(damaged)?;
            hints.look_at(chunk.get(..count).unwrap_or_default());
        }
        found.insert(name, hints);
    }
    Ok((archive, found))
}

fn damaged() -> Problem {
    unreadable("The archive of the spreadsheet is damaged.".to_owned())
}
