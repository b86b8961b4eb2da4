//! The plug is pulled while a job runs.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
};

use kernel::{clock::SystemClock, jobs::JobState};
use salesflow::app::Application;
use serde_json::json;

use super::{
    order,
    puppet::{Puppet, runs_of},
    until, until_state, with_workers,
};
use crate::support::app::{Db, TestApp, TestDatabase, run_on_database};

/// Makes this test binary play the program that is killed.
const VICTIM: &str = "SALESFLOW_TEST_JOBS_VICTIM";

/// The other process; dropped, it is killed with SIGKILL.
pub struct Victim(Child);

impl Victim {
    pub fn start(url: &str) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "jobs::crash::the_program_that_is_killed"])
            .env(VICTIM, url)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_killed_programs_job_is_taken_again_on_sqlite() {
    killed(Db::Sqlite);
}

#[test]
fn a_killed_programs_job_is_taken_again_on_postgres() {
    killed(Db::Postgres);
}

fn killed(db: Db) {
    let database = TestDatabase::migrated(db, "a killed program's job is taken again");
    run_on_database(database, async |database: &TestDatabase| {
        let watcher = TestApp::spawn_on(database.twin(), with_workers(0)).await;
        let id = order(&watcher, json!({"wait_first": true, "answer": "after all"})).await;
        let victim = Victim::start(&database.url);
        until(&watcher, id, "half done", |job| job.progress > 0.4).await;
        drop(victim);
        assert_eq!(runs_of(id), [0u32; 0], "it ran in the other process");

        let next = TestApp::spawn_on(database.twin(), with_workers(1)).await;
        super::canary(&next).await;
        let state = super::job(&next, id).await.state;
        assert_eq!(state, JobState::Running, "its lease is not over");
        next.clock.advance_seconds(60);
        let done = until_state(&next, id, JobState::Done).await;
        assert_eq!(done.result, Some(json!("after all")));
        assert_eq!(done.attempts, 2);
        assert_eq!(runs_of(id), [2], "once, by the program that came after");
        next.finish().await;
        watcher.finish().await;
    });
}

/// Does nothing by itself: [`killed`] starts it in a process of its own.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how the other process learns what it is"
)]
fn the_program_that_is_killed() {
    let Ok(url) = std::env::var(VICTIM) else {
        return;
    };
    let database = TestDatabase::at(url);
    run_on_database(Some(database), async |database: &TestDatabase| {
        let settings = database.settings(&with_workers(1).settings);
        let application =
            Application::build_with(&settings, Arc::new(SystemClock), vec![Arc::new(Puppet)])
                .await
                .unwrap();
        application.run().await.unwrap();
    });
}
