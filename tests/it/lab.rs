//! The engines on plain files: a mistake is reported with its file and line, and a failed run leaves no
//! file. Without a database, so not on both.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

const DAYS: &str = "series_id,date,quantity\na,2026-01-01,4\na,2026-01-02,5\na,2026-01-03,\n";
const REQUESTS: &str = "group,series_id,cutoff,k\nshop,a,2026-01-03,1\n";

/// Runs the lab in a folder with these files; returns its success and output.
fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_salesflow"))
        .arg("lab")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

const FORECAST: &[&str] = &["forecast", "--dir", ".", "--out", "said.csv"];
const ANOMALIES: &[&str] = &[
    "anomalies",
    "--series",
    "history_1.csv",
    "--out",
    "said.csv",
];

/// Fails with all of these words, leaves no new file, and does not change an older one.
#[track_caller]
fn refuses(arguments: &[&str], requests: &str, history: &str, words: &[&str]) {
    for before in [None, Some("from before")] {
        let folder = folder(&[("requests.csv", requests), ("history_1.csv", history)]);
        if let Some(before) = before {
            fs::write(folder.path().join("said.csv"), before).unwrap();
        }
        let (succeeded, said) = run(folder.path(), arguments);
        assert!(!succeeded, "{said}");
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
        let kept = fs::read_to_string(folder.path().join("said.csv")).ok();
        assert_eq!(kept.as_deref(), before);
        let files = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(
            files,
            2 + usize::from(before.is_some()),
            "there is no other file"
        );
    }
}

#[test]
fn forecasts_are_written_for_every_request() {
    let folder = folder(&[("requests.csv", REQUESTS), ("history_1.csv", DAYS)]);
    let (succeeded, said) = run(folder.path(), FORECAST);
    assert!(succeeded, "{said}");
    let written = fs::read_to_string(folder.path().join("said.csv")).unwrap();
    assert_eq!(written.lines().count(), 29);
    assert!(written.starts_with("series_id,cutoff,date,yhat,lo80,hi80\na,2026-01-03,2026-01-04,"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_mistake_in_the_requests_is_reported() {
    let twice = format!("{REQUESTS}shop,a,2026-01-03,1\n");
    for (requests, words) in [
        (
            "group,series_id,k\nshop,a,1\n",
            &["requests.csv, line 1", "cutoff"][..],
        ),
        ("group,series_id,cutoff,k\n", &["requests.csv", "no row"]),
        (
            "group,series_id,cutoff,k\nshop,a,3.1.2026,1\n",
            &["requests.csv, line 2", "cutoff", "3.1.2026"],
        ),
        (twice.as_str(), &["requests.csv, line 3", "line 2"]),
        (
            "group,series_id,cutoff,k\nshop,a,2026-01-03,1\nshop,b,2026-01-03,1\n",
            &[
                "requests.csv, line 3",
                "b",
                "history_1.csv",
                "no such series",
            ],
        ),
        (
            "group,series_id,cutoff,k\nshop,a,2025-12-31,1\n",
            &["requests.csv, line 2", "no day up to the cutoff 2025-12-31"],
        ),
        (
            "group,series_id,cutoff,k\nshop,a,2026-01-03,7\n",
            &["history_7.csv"],
        ),
    ] {
        refuses(FORECAST, requests, DAYS, words);
    }
}

#[test]
fn a_mistake_in_a_history_is_reported() {
    let twice = format!("{DAYS}a,2026-01-02,9\n");
    for (history, words) in [
        (
            "series_id,date\na,2026-01-01\n",
            &["history_1.csv, line 1", "quantity"][..],
        ),
        ("", &["history_1.csv"]),
        ("series_id,date,quantity\n", &["history_1.csv", "no row"]),
        (
            "series_id,date,quantity\na,2026-01-01,4\na,2026-01-02,many\n",
            &["history_1.csv, line 3", "quantity", "many"],
        ),
        (
            "series_id,date,quantity\na,2026-02-30,4\n",
            &["history_1.csv, line 2", "date", "2026-02-30"],
        ),
        (
            "series_id,date,quantity\na,2026-01-01\n",
            &["history_1.csv", "line: 2"],
        ),
        (
            "series_id,date,quantity\n,2026-01-01,3\n",
            &["history_1.csv, line 2", "series_id"],
        ),
        (
            twice.as_str(),
            &["history_1.csv, line 5", "2026-01-02", "line 3"],
        ),
    ] {
        refuses(FORECAST, REQUESTS, history, words);
        refuses(ANOMALIES, REQUESTS, history, words);
    }
}

#[test]
fn mistakes_in_hours_are_reported() {
    let hours = "series_id,timestamp,value\na,2026-01-01 00:00:00,1\n";
    for (rows, words) in [
        (
            format!("{hours}a,2026-01-01 00:00:00,2\n"),
            &["line 3", "line 2"][..],
        ),
        (
            format!("{hours}a,2026-01-01 25:00:00,2\n"),
            &["line 3", "timestamp"],
        ),
        (
            format!("{hours}a,2026-01-01 01:00:00,\n"),
            &["line 3", "value"],
        ),
        (
            "series_id,timestamp\na,2026-01-01 00:00:00\n".to_owned(),
            &["line 1", "value"],
        ),
    ] {
        refuses(ANOMALIES, REQUESTS, &rows, words);
    }
    let folder = folder(&[("history_1.csv", hours)]);
    let (succeeded, said) = run(folder.path(), ANOMALIES);
    assert!(succeeded, "{said}");
}
