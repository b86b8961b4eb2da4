//! `salesflow`: the one binary. What it can do stands in [`salesflow::cli`].
#![forbid(unsafe_code)]

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[cfg(unix)]
    thrift::begin_again();
    salesflow::cli::run()
}

/// Memory that was freed goes back to the system at once.
#[cfg(unix)]
mod thrift {
    use std::{env, os::unix::process::CommandExt as _, process::Command};

    /// After how many milliseconds the allocator gives freed pages back. Any other value only counts
    /// when somebody allocates again: an idle program kept 15 MB that it had freed long ago.
    const PURGE_DELAY: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "0");
    /// The allocator reads its options before `main`, from the environment only. The process
    /// therefore becomes itself again, with the same id; where that fails it goes on as it is.
    #[expect(
        clippy::disallowed_methods,
        reason = "an option of the allocator, not a setting of ours"
    )]
    pub(super) fn begin_again() {
        let (name, value) = PURGE_DELAY;
        if env::var_os(name).is_some() {
            return;
        }
        let Ok(program) = env::current_exe() else {
            return;
        };
        let mut arguments = env::args_os();
        let mut again = Command::new(program);
        if let Some(called) = arguments.next() {
            again.arg0(called);
        }
        // It answers only when it could not be done.
        let _as_it_is = again.args(arguments).env(name, value).exec();
    }
}
