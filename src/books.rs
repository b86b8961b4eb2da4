//! Spreadsheets are parsed by a process of its own: `salesflow read-book`, which limits its memory and
//! its time itself (`cli/read_book.rs`) and which this side stops when it takes too long.

use std::{
    env,
    ffi::OsString,
    io::{self, Read as _, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use files::read::{Book, BookReader, unreadable};
use kernel::{Code, Problem};

/// The hidden command.
pub(crate) const READ_BOOK: &str = "read-book";
/// The first byte of an answer that is a book.
pub(crate) const READ: u8 = b'B';
/// The first byte of an answer that says why there is none.
pub(crate) const REFUSED: u8 = b'R';

/// How long a file may take. The process has 15 seconds of a processor; on a busy machine these take
/// longer.
const PATIENCE: Duration = Duration::from_secs(40);
/// The allocator takes no address space in advance, so that the limit counts what is used, and does not
/// give back each page at once. The second one also keeps the program from starting itself again.
const ALLOCATOR: [(&str, &str); 2] = [
    ("MIMALLOC_ARENA_RESERVE", "0"),
    ("MIMALLOC_PURGE_DELAY", "1000"),
];

/// Starts a process for each spreadsheet.
#[derive(Debug)]
pub(crate) struct BookProcess {
    program: Option<PathBuf>,
}

impl BookProcess {
    /// Starts this program, or the one that is named here.
    pub(crate) const fn of(program: Option<PathBuf>) -> Self {
        Self { program }
    }

    fn start(&self) -> io::Result<Child> {
        let program = match &self.program {
            Some(program) => program.clone(),
            // Also when the file was replaced by a newer one meanwhile.
            None if cfg!(target_os = "linux") => "/proc/self/exe".into(),
            None => env::current_exe()?,
        };
        let mut command = Command::new(program);
        command
            .arg(READ_BOOK)
            // What the program was configured with, its secrets among them, stays here.
            .env_clear()
            .envs(ALLOCATOR.map(|(name, value)| (OsString::from(name), value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command.spawn()
    }
}

impl BookReader for BookProcess {
    fn read(&self, bytes: &[u8]) -> Result<Book, Problem> {
        let answer = self.start().and_then(|child| ask(child, bytes));
        let answer = answer.map_err(|error| {
            tracing::error!(%error, "a spreadsheet could not be handed to its reader");
            Problem::of(Code::Unavailable).retry_after(5)
        })?;
        match answer.split_first() {
            Some((&READ, book)) => Book::decode(book),
            Some((&REFUSED, detail)) => Err(unreadable(String::from_utf8_lossy(detail).into_owned())),
            _ => Err(unreadable(
                "The spreadsheet takes more memory or time than a file may, or it is damaged. Save the sheet as CSV and send that."
                    .to_owned(),
            )),
        }
    }
}

/// Sends the bytes, and waits for the answer. Whatever happens, the process has ended afterwards.
fn ask(mut child: Child, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let child = Arc::new(Mutex::new(child));
    let (done, is_done) = mpsc::channel::<()>();
    let mut answer = Vec::new();
    let read = thread::scope(|scope| {
        let watched = Arc::clone(&child);
        scope.spawn(move || {
            // The channel closes when the answer is complete.
            if is_done.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                let mut child = watched.lock().unwrap_or_else(PoisonError::into_inner);
                let _gone = child.kill();
            }
        });
        scope.spawn(move || {
            // A reader that has seen enough, or that is gone, does not take the rest.
            let _refused = stdin.write_all(bytes);
        });
        let most = u64::try_from(Book::MAX_ENCODED).unwrap_or(u64::MAX);
        let read = stdout.take(most).read_to_end(&mut answer);
        drop(done);
        let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
        // It has said all, or too much.
        let _gone = child.kill();
        (read, child.wait())
    });
    read.0?;
    if !read.1?.success() && answer.first() != Some(&READ) && answer.first() != Some(&REFUSED) {
        tracing::warn!("the reader of a spreadsheet was stopped");
        answer.clear();
    }
    Ok(answer)
}
