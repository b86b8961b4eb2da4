//! `salesflow`: the program. Its commands are in [`salesflow::cli`].
#![forbid(unsafe_code)]

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[cfg(unix)]
    thrift::begin_again();
    salesflow::cli::run()
}

/// Returns freed memory to the system at once.
#[cfg(unix)]
mod thrift {
    use std::{env, os::unix::process::CommandExt as _, process::Command};

    /// Milliseconds until the allocator returns freed pages. Any other value takes effect only at the
    /// next allocation: an idle program kept 15 MB that it had freed long before.
    const PURGE_DELAY: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "0");
    /// The allocator reads its options from the environment before `main`. So the process replaces
    /// itself, keeping its id. If that fails, it runs as it is.
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
        // `exec` returns only on failure.
        let _as_it_is = again.args(arguments).env(name, value).exec();
    }
}
