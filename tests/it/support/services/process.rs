//! What both servers need from the system: signals, waiting, ports, and one running process.

use std::fmt::Write as _;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to start, stop or catch up on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

const POLL_EVERY: Duration = Duration::from_millis(10);

/// Below the range from which systems take ports for outgoing connections, so that a server that
/// was killed finds its port free when it comes back.
const PORTS: std::ops::Range<u64> = 16_000..32_000;

/// Waits until `condition` holds; false when `patience` ran out first.
pub fn wait_until(patience: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(POLL_EVERY);
    }
}

/// A free port of 127.0.0.1.
pub fn free_port() -> u16 {
    let span = PORTS.end - PORTS.start;
    (0..1_000)
        .map(|_| PORTS.start + RandomState::new().build_hasher().finish() % span)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .expect("one of a thousand ports is free")
}

/// Sends a signal, named without its `SIG`, to processes that may already be gone.
pub fn send_signal(signal: &str, processes: &[u32]) {
    if processes.is_empty() {
        return;
    }
    // The shell's own `kill`: small images have no program of that name.
    let mut script = String::new();
    for process in processes {
        let _ = writeln!(script, "kill -{signal} {process}");
    }
    let sent = Command::new("sh")
        .args(["-c", &script])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(
        sent.is_ok(),
        "no shell to send {signal} with: {:?}",
        sent.err()
    );
}

/// The processes started by `parent`, and by those, as they are now.
pub fn descendants(parent: u32) -> Vec<u32> {
    let parents = process_table();
    let mut found = vec![parent];
    let mut next = 0;
    while let Some(&ancestor) = found.get(next) {
        found.extend(
            parents
                .iter()
                .filter(|(_, its_parent)| *its_parent == ancestor)
                .map(|(id, _)| *id),
        );
        next += 1;
    }
    found.split_off(1)
}

/// Every process and its parent: from `/proc` where there is one, from `ps` elsewhere.
fn process_table() -> Vec<(u32, u32)> {
    if let Ok(entries) = fs::read_dir("/proc") {
        let table: Vec<_> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter_map(|id| Some((id, status_of(id)?.1)))
            .collect();
        if !table.is_empty() {
            return table;
        }
    }
    let listing = Command::new("ps")
        .args(["-A", "-o", "pid=,ppid="])
        .output()
        .expect("`ps` lists the processes where there is no /proc");
    String::from_utf8_lossy(&listing.stdout)
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
        .collect()
}

/// The state letter and the parent of a process, from `/proc/ID/stat`.
fn status_of(id: u32) -> Option<(char, u32)> {
    let line = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in brackets, may itself hold blanks and brackets.
    let (_, rest) = line.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}

/// Whether a process still runs; one that only waits to be buried does not.
pub fn is_running(id: u32) -> bool {
    if Path::new("/proc/self/stat").exists() {
        return status_of(id).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'));
    }
    Command::new("sh")
        .args(["-c", &format!("kill -0 {id}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Waits for a child to end; `None` when `patience` ran out first.
pub fn wait_for_end(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let mut ended = None;
    wait_until(patience, || {
        ended = child.try_wait().ok().flatten();
        ended.is_some()
    });
    ended
}

/// The last lines of a server's log, for the message of a failure.
pub fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().rev().take(20).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
