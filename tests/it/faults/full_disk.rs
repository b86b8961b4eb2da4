//! The disk is full, or may only be read: sales are refused in words, and go on once there is space.

use std::{io::Write as _, path::PathBuf, process::Command};

use tempfile::TempDir;

use super::{
    shaky_disk::{Failure, ShakyDisk},
    till::Till,
};
use crate::support::{
    app::{Db, TestDatabase, run_on_database},
    services::{self, say_skipped},
};

/// A small disk in memory, mounted for one test.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// `None` where nothing may be mounted.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir_in(services::fast_directory()).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "salesflow-test"])
            .arg(folder.path())
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(Self { folder })
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    fn fill(&self) {
        let mut filler = std::fs::File::create(self.filler()).unwrap();
        for size in [1 << 20, 4_096, 1] {
            let bytes = vec![0; size];
            while filler.write_all(&bytes).is_ok() {}
        }
    }

    fn make_space(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn remount(&self, how: &str) {
        let options = format!("remount,{how}");
        let mut mount = Command::new("mount");
        let status = mount
            .args(["-o", &options])
            .arg(self.folder.path())
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.folder.path())
            .status();
    }
}

/// The one that is mounted where that is allowed, else one that only says that it is full.
enum Disk {
    Small(SmallDisk),
    Shaky,
}

impl Disk {
    fn fill(&self, till: &Till) {
        match self {
            Self::Small(disk) => disk.fill(),
            Self::Shaky => till.disk().fail(1, Failure::Full),
        }
    }

    fn make_space(&self, till: &Till) {
        match self {
            Self::Small(disk) => disk.make_space(),
            Self::Shaky => _ = till.disk().heal(),
        }
    }
}

#[test]
fn a_small_disk_that_was_full_keeps_what_is_sold_afterwards() {
    let test = "a small disk that was full";
    let Some(disk) = SmallDisk::mount() else {
        say_skipped(
            test,
            "nothing may be mounted here; a shaky disk is full in its place",
        );
        return;
    };
    let database = TestDatabase::migrated_at(disk.file());
    run_on_database(Some(database), async |database: &TestDatabase| {
        let till = Till::open(database, None).await;
        is_full_and_recovers(till, &Disk::Small(disk)).await;
    });
}

#[test]
fn a_disk_without_space_keeps_what_is_sold_afterwards() {
    let Some(database) = TestDatabase::migrated(Db::Sqlite, "") else {
        return;
    };
    let path = database.path.clone().unwrap();
    let Some(disk) = ShakyDisk::under(&path, "a disk without space") else {
        return;
    };
    run_on_database(Some(database), async |database: &TestDatabase| {
        let till = Till::open(database, Some(disk)).await;
        is_full_and_recovers(till, &Disk::Shaky).await;
    });
}

async fn is_full_and_recovers(mut till: Till, disk: &Disk) {
    till.sell("before").await.expect(201);
    till.owes_sale("before");
    disk.fill(&till);
    // Pages that are in the log already leave room for more.
    let mut refused = None;
    for number in 0..5_000 {
        let name = format!("filling {number}");
        let answer = till.sell(&name).await;
        if answer.status == 201 {
            till.owes_sale(&name);
        } else {
            let problem = answer.expect_problem(503, "storage.full");
            assert_eq!(problem["detail"], "The disk of the server is full.");
            assert!(answer.header("retry-after").is_some());
            refused = Some(name);
            break;
        }
    }
    let refused = refused.expect("the disk is full at some time");
    assert_eq!(till.readiness().await, (503, "storage_full".to_owned()));
    let reason = till.client.get("/health/ready").await.json()["reason"].to_string();
    assert!(reason.contains("make space"), "{reason}");
    till.client.get("/products").await.expect(200);
    till.client.get("/health/live").await.expect(200);
    // Those who go on trying while it is full.
    for _ in 0..3 {
        till.sell(&refused)
            .await
            .expect_problem(503, "storage.full");
    }

    disk.make_space(&till);
    till.recovers_by_itself().await;
    till.sell(&refused).await.expect(201);
    till.owes_sale(&refused);
    for number in 0..20 {
        // A refusal in between: it made the driver undo what came before.
        if number == 3 {
            till.ask_too_much().await;
        }
        let name = format!("afterwards {number}");
        till.sell(&name).await.expect(201);
        till.owes_sale(&name);
    }
    let log = std::fs::read_to_string(&till.log).unwrap();
    assert!(log.contains("the database cannot be written"), "{log}");
    till.prove().await;
}

#[test]
fn a_start_on_a_full_disk_or_one_to_be_read_only_says_so() {
    let Some(disk) = SmallDisk::mount() else {
        say_skipped("a start on a full disk", "nothing may be mounted here");
        return;
    };
    let database = TestDatabase::empty_at(disk.file());
    disk.fill();
    let words = fails_to_start(&database);
    assert!(words.contains("is full: make space"), "{words}");
    disk.make_space();
    let migrated = database.program(&["migrate"]).output().unwrap();
    assert!(migrated.status.success());
    disk.remount("ro");
    let words = fails_to_start(&database);
    assert!(words.contains("may only be read"), "{words}");
    std::fs::metadata(disk.file()).unwrap();
    disk.remount("rw");
}

fn fails_to_start(database: &TestDatabase) -> String {
    let output = database.program(&["serve"]).output().unwrap();
    assert!(!output.status.success());
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!words.contains("a stored value is not valid"), "{words}");
    words
}
