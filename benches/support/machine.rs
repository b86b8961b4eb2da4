//! What the system knows about processes: the time they took, the memory they hold.

use std::{collections::HashMap, fs, time::Duration};

/// Linux counts the time of processes in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// A line of `/proc/PID/stat`.
struct Stat {
    name: String,
    parent: u32,
    own: u32,
    /// With the children that ended.
    children: u32,
}

fn stat(id: u32) -> Option<Stat> {
    let line = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (front, rest) = line.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u32>().ok();
    Some(Stat {
        name: front.split_once('(')?.1.to_owned(),
        parent: number(1)?,
        own: number(11)? + number(12)?,
        children: number(13)? + number(14)?,
    })
}

/// Processor time that a process has taken so far.
pub fn cpu_of(id: u32) -> Duration {
    stat(id).map_or(Duration::ZERO, |stat| TICK * stat.own)
}

/// Processor time that all processes of this name below ours have taken so far.
pub fn cpu_of_all(name: &str) -> Duration {
    let table: HashMap<u32, Stat> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|id| Some((id, stat(id)?)))
        .collect();
    let is_ours = |mut id: u32| {
        while let Some(stat) = table.get(&id) {
            if stat.parent == std::process::id() {
                return true;
            }
            id = stat.parent;
        }
        false
    };
    let ticks = table
        .iter()
        .filter(|(id, stat)| stat.name == name && is_ours(**id))
        .map(|(_, stat)| stat.own + stat.children)
        .sum();
    TICK * ticks
}

/// Resident memory of a process, in MB.
pub fn resident_mb(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

/// How many processes waited for a processor in the last minute: on a machine that is shared, what
/// a wall clock says is worth little.
pub fn load() -> f64 {
    fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .unwrap_or(f64::NAN)
}
