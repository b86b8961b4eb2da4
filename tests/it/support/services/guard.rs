//! The directory of one server, and the promise that nothing of it outlives the test process.
//!
//! A dropped server cleans up after itself. But statics are never dropped, and a test process may
//! be killed; so each directory has a guard, a small shell that reads a pipe held open by this
//! process. Whatever ends the process, the system closes the pipe: the guard then stops the server
//! whose number is in the `pid` file, and removes the directory.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// `$1` the directory, `$2` the signal that asks the server to end at once.
const GUARD_SCRIPT: &str = r#"
cat >/dev/null
[ -d "$1" ] || exit 0
pid=$(cat "$1/pid" 2>/dev/null)
if [ -n "$pid" ]; then
    kill -CONT "$pid"
    kill -"$2" "$pid"
    tries=0
    # An ended process that nobody has buried yet (a zombie) still takes signals.
    while kill -0 "$pid" && ! grep -q "^State:.*Z" "/proc/$pid/status" && [ "$tries" -lt 80 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -KILL "$pid"
fi
rm -rf "$1"
"#;

/// Where Linux keeps files in memory.
const MEMORY_DIRECTORY: &str = "/dev/shm";
/// Some hundred databases of 8 MB. Containers often have 64 MB there.
const MEMORY_NEEDED_KIB: u64 = 4 * 1024 * 1024;

/// Where throw-away files are quickest: in memory if there is plenty, else where temporary files
/// go. Copying a template database took 25 ms in memory and 300 ms on a slow disk.
pub fn fast_directory() -> PathBuf {
    static FAST_DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    FAST_DIRECTORY
        .get_or_init(|| {
            let is_roomy = free_kib(MEMORY_DIRECTORY).is_some_and(|free| free >= MEMORY_NEEDED_KIB);
            if is_roomy && tempfile::tempfile_in(MEMORY_DIRECTORY).is_ok() {
                PathBuf::from(MEMORY_DIRECTORY)
            } else {
                std::env::temp_dir()
            }
        })
        .clone()
}

fn free_kib(directory: &str) -> Option<u64> {
    let output = Command::new("df").args(["-Pk", directory]).output().ok()?;
    let table = String::from_utf8(output.stdout).ok()?;
    table
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()
}

/// A temporary directory that is removed, with the server in it, at the latest when we end.
pub struct GuardedDirectory {
    /// `None` only while being dropped.
    directory: Option<TempDir>,
    guard: Child,
}

impl GuardedDirectory {
    /// `end_signal` is what makes this kind of server end at once, such as `QUIT`.
    pub fn create(parent: &Path, prefix: &str, end_signal: &str) -> Self {
        let directory = tempfile::Builder::new()
            .prefix(prefix)
            .tempdir_in(parent)
            .expect("a temporary directory for a server can be made");
        let guard = Command::new("sh")
            .args(["-c", GUARD_SCRIPT, "guard"])
            .arg(directory.path())
            .arg(end_signal)
            .current_dir("/")
            // A Ctrl-C in the terminal is for the tests; the guard must live to clean up.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell can be started to guard a server's directory");
        Self {
            directory: Some(directory),
            guard,
        }
    }

    /// The directory of the server's files.
    pub fn path(&self) -> &Path {
        self.directory.as_ref().map_or(Path::new(""), TempDir::path)
    }

    /// Tells the guard which process to end.
    pub fn note_process(&self, id: u32) {
        fs::write(self.pid_file(), id.to_string())
            .expect("the process number of a server can be written down");
    }

    /// Tells the guard that no process is left, before its number goes to somebody else.
    pub fn forget_process(&self) {
        let _ = fs::remove_file(self.pid_file());
    }

    fn pid_file(&self) -> PathBuf {
        self.path().join("pid")
    }
}

impl Drop for GuardedDirectory {
    fn drop(&mut self) {
        // First the directory, then the pipe: the guard finds nothing left to do and ends.
        drop(self.directory.take());
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}
