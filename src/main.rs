//! `salesflow`: the one binary. What it can do stands in [`salesflow::cli`].
#![forbid(unsafe_code)]

use std::process::ExitCode;

/// Threads of the runtime beside those that answer requests: writers of groups, timers, signals.
const RUNTIME_THREADS: usize = 2;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(RUNTIME_THREADS)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(salesflow::cli::run()),
        Err(error) => salesflow::cli::fail(&anyhow::Error::new(error)),
    }
}
