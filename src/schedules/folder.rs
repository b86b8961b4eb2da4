//! The folder of the server into which reports are put. Names are made by the program from the report:
//! no part of them is chosen by a user.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use analytics::reports::shelf::KeptReport;

use crate::settings;

/// The ending of a file that is being written.
const UNFINISHED: &str = "part";
/// Characters of the job's id in a name: two reports of the same days get different files.
const ID_LENGTH: usize = 8;

/// A folder for reports.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder of the settings; `None` for an empty path. It is created when the first report comes.
    #[must_use]
    pub fn at(path: &Path) -> Option<Self> {
        (!path.as_os_str().is_empty()).then(|| Self(path.to_owned()))
    }

    /// Puts a report into the folder under its name, which is returned. Put again, it replaces itself. The
    /// file is there as a whole or not at all, also after a power cut.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn put(&self, report: &KeptReport, file: &[u8]) -> io::Result<String> {
        settings::make_directory(&self.0)?;
        let name = name_of(report);
        let whole = self.0.join(&name);
        let unfinished = self.0.join(format!(".{name}.{UNFINISHED}"));
        let written = write_whole(&unfinished, file).and_then(|()| fs::rename(&unfinished, &whole));
        if let Err(error) = written {
            // It may not be there at all.
            let _removed = fs::remove_file(&unfinished);
            return Err(error);
        }
        File::open(&self.0)?.sync_all()?;
        Ok(name)
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Kind, first and last day, language, and the end of the id, which is its random part.
fn name_of(report: &KeptReport) -> String {
    let locale = match report.locale {
        analytics::reports::ReportLocale::Fr => "fr",
        analytics::reports::ReportLocale::En => "en",
    };
    let id = report.id.as_uuid().simple().to_string();
    let (_, tail) = id.split_at(id.len().saturating_sub(ID_LENGTH));
    let kind = report.kind.as_str().replace('_', "-");
    let (from, to, ending) = (report.from, report.to, report.format.extension());
    format!("{kind}-{from}-{to}-{locale}-{tail}.{ending}")
}
