//! The result file of a run: complete or absent.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// Rows for a file. They go into a temporary file beside it, which is renamed at the end.
pub struct Output {
    path: PathBuf,
    beside: PathBuf,
    writer: Option<csv::Writer<File>>,
}

impl Output {
    /// Begins a file with a header row.
    pub fn new(path: &Path, columns: &[&str]) -> anyhow::Result<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let beside = path.with_file_name(name);
        let file = File::create(&beside)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        let mut output = Self {
            path: path.to_owned(),
            beside,
            writer: Some(csv::Writer::from_writer(file)),
        };
        output.write(columns)?;
        Ok(output)
    }

    pub fn write<T: AsRef<[u8]>>(&mut self, fields: &[T]) -> anyhow::Result<()> {
        if let Some(writer) = &mut self.writer {
            let written = writer.write_record(fields);
            written.with_context(|| format!("{} cannot be written", self.path.display()))?;
        }
        Ok(())
    }

    /// Gives the complete file its name.
    pub fn finish(mut self) -> anyhow::Result<()> {
        let context = || format!("{} cannot be written", self.path.display());
        if let Some(writer) = self.writer.take() {
            let file = writer.into_inner().map_err(csv::IntoInnerError::into_error);
            file.and_then(|file| file.sync_all())
                .with_context(context)?;
            std::fs::rename(&self.beside, &self.path).with_context(context)?;
        }
        Ok(())
    }
}

impl Drop for Output {
    /// Deletes an unfinished file if possible.
    fn drop(&mut self) {
        if self.beside.exists() {
            let _gone = std::fs::remove_file(&self.beside);
        }
    }
}
