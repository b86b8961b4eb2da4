//! A disk that fails on command: a small C library that is loaded before the program.

use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use tempfile::TempDir;

use crate::support::services;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/faults/shaky_disk.c");
/// Numbers of Linux, as `errno` has them.
const INPUT_OUTPUT: i32 = 5;
const NO_SPACE: i32 = 28;
/// Five integers of 32 bits.
const CONTROL_BYTES: usize = 20;

/// How the disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// One call fails with an I/O error, and the next succeeds.
    Once,
    /// From one call on there is no space left.
    Full,
}

/// The disk under one database.
pub struct ShakyDisk {
    control: File,
    control_path: PathBuf,
    database: PathBuf,
    library: &'static Path,
    _folder: TempDir,
}

impl ShakyDisk {
    /// Under this database; `None`, said loudly, where there is no compiler.
    pub fn under(database: &Path, test: &str) -> Option<Self> {
        if !services::require_compiler(test) {
            return None;
        }
        let folder = tempfile::tempdir_in(services::fast_directory()).unwrap();
        let control_path = folder.path().join("control");
        let control = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&control_path)
            .unwrap();
        control.write_all_at(&[0; CONTROL_BYTES], 0).unwrap();
        Some(Self {
            control,
            control_path,
            // As the links of /proc name it.
            database: database.canonicalize().unwrap_or_else(|_| database.into()),
            library: library(),
            _folder: folder,
        })
    }

    /// What a program needs in its environment to run on it.
    pub fn environment(&self) -> [(&str, &Path); 3] {
        [
            ("LD_PRELOAD", self.library),
            ("SHAKY_DISK_CONTROL", &self.control_path),
            ("SHAKY_DISK_DATABASE", &self.database),
        ]
    }

    /// The call of this number fails, counted from now, from one.
    pub fn fail(&self, at: i32, failure: Failure) {
        let (error, is_lasting) = match failure {
            Failure::Once => (INPUT_OUTPUT, 0),
            Failure::Full => (NO_SPACE, 1),
        };
        self.write(4, &[error, is_lasting, 0, 0]);
        self.write(0, &[at]);
    }

    /// Nothing fails any more; returns how many calls had failed.
    pub fn heal(&self) -> i32 {
        self.write(0, &[0]);
        let mut failed = [0; 4];
        self.control.read_exact_at(&mut failed, 16).unwrap();
        i32::from_ne_bytes(failed)
    }

    fn write(&self, offset: u64, values: &[i32]) {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_ne_bytes())
            .collect();
        self.control.write_all_at(&bytes, offset).unwrap();
    }
}

/// Built once for each run of the tests; it goes with the folder of what cargo built.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let name = format!("shaky_disk_{}.so", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let built = Command::new("gcc")
            .args([
                "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o",
            ])
            .arg(&path)
            .arg(SOURCE)
            .arg("-ldl")
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&built.stderr);
        assert!(
            built.status.success(),
            "the shaky disk is not built: {words}"
        );
        path
    })
}
