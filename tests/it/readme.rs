//! The tour of the README: cut out and run to its end, twice, on one shop.
//!
//! On SQLite only: this tests the tour, and other tests cover its requests on both databases.

use std::{path::Path, process::Command};

use kernel::{Clock as _, clock::SystemClock};
use salesflow::demo::{self, Story};

use crate::support::app::{Db, TestApp, TestDatabase, Wishes};

const README: &str = include_str!("../../README.md");
/// Enough for findings; the forecasts are averages, as in a shop without a model.
const DAYS: u32 = 70;

/// The commands of the tour.
fn tour() -> &'static str {
    let (_, behind) = README.split_once("## A tour with curl").unwrap();
    let (_, behind) = behind.split_once("```sh\n").unwrap();
    let (commands, _) = behind.split_once("```").unwrap();
    commands
}

/// Without a model the first question orders one; the proof of the books does not wait for it.
fn two_workers(reports: &Path) -> Wishes {
    Wishes {
        settings: vec![
            ("SALESFLOW__JOBS__WORKERS", "2".to_owned()),
            ("SALESFLOW__REPORTS__FOLDER", reports.display().to_string()),
        ],
        ..Wishes::default()
    }
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn run(script: &str, folder: &Path) -> String {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_the_readme_runs_to_its_end_twice() {
    if !["bash", "curl", "jq"].into_iter().all(has) {
        println!("SKIPPED: the tour needs bash, curl and jq.");
        return;
    }
    let database = TestDatabase::empty(Db::Sqlite, "the_tour").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let story = Story {
        days: DAYS,
        ..Story::until_yesterday(now)
    };
    let tally = demo::fill(&database.settings(&[]), story, now).await;
    let logins = tally.unwrap().logins;
    let lines = logins.iter().map(|login| {
        let (role, email) = (login.role, &login.email);
        format!("{role}   {email} {}\n", login.password)
    });
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let file = folder.path().join("data/demo-login.txt");
    std::fs::write(file, lines.collect::<String>()).unwrap();
    let app = TestApp::spawn_on(database.twin(), two_workers(folder.path())).await;
    let script = tour().replace(
        "http://127.0.0.1:8080/api/v1",
        &format!("{}/api/v1", app.address),
    );
    assert!(!script.contains(":8080"));
    for turn in 1..=2 {
        let (script, place) = (script.clone(), folder.path().to_owned());
        let said = tokio::task::spawn_blocking(move || run(&script, &place));
        let said = said.await.unwrap();
        for expected in [
            "\"on_hand\": 10",
            "Idempotency-Replayed: true",
            "\"code\": \"stock.insufficient\"",
            "\"balance_after\":8",
            "\"currency\": \"USD\"",
            "\"code\": \"import.not_a_number\"",
            "\"committed\"",
            "\"next_run_at\": \"20",
            "\"state\": \"normal\"",
            "\"ok\": true",
            "\"ok\":true",
        ] {
            let is_said = said.to_lowercase().contains(&expected.to_lowercase());
            assert!(is_said, "turn {turn} does not say {expected}:\n{said}");
        }
        let receipt = std::fs::read(folder.path().join("receipt.pdf")).unwrap();
        assert!(receipt.starts_with(b"%PDF"), "turn {turn}");
    }
    app.finish().await;
}
