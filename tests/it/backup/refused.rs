//! Files and databases that are refused, each with a sentence, and nothing is changed.

use std::{fs, path::Path, process::Stdio};

use serde_json::json;

use super::{
    HEAD_BYTES, contents, demo, demo_with_backup, figure, folder, names_in, open, refuse, rewrite,
    succeed, text, words,
};
use crate::support::app::{TestApp, TestDatabase, Wishes};

/// Nothing is where the backup was to be restored.
async fn is_untouched(target: &TestDatabase) {
    if let Some(path) = &target.path {
        let name = path.file_name().unwrap().to_str().unwrap();
        let beside = names_in(path.parent().unwrap());
        let traces: Vec<_> = beside.iter().filter(|one| one.contains(name)).collect();
        assert!(traces.is_empty(), "{traces:?}");
    } else {
        let sql = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'";
        assert_eq!(figure(&target.url, sql).await, 0);
    }
}

both_empty_databases!(
    a_file_that_is_cut_damaged_foreign_or_newer_is_refused,
    |database| async {
        let folder = folder();
        let good = demo_with_backup(database, folder.path());
        let target = TestDatabase::empty(database.db, "refused").unwrap();
        let bytes = fs::read(&good).unwrap();
        let bad = folder.path().join("bad.backup");
        let check = async |expected: &str| {
            refuse(&target, &["restore", text(&bad)], expected);
            refuse(&target, &["restore", text(&bad), "--verify"], expected);
            is_untouched(&target).await;
        };
        for length in [30, HEAD_BYTES - 1, HEAD_BYTES, bytes.len() - 1] {
            fs::write(&bad, &bytes[..length]).unwrap();
            check("is cut").await;
        }
        for at in [
            40,
            HEAD_BYTES,
            bytes.len() / 2 + HEAD_BYTES / 2,
            bytes.len() - 1,
        ] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs::write(&bad, damaged).unwrap();
            check("is damaged").await;
        }
        let mut longer = bytes.clone();
        longer.push(0);
        fs::write(&bad, longer).unwrap();
        check("is damaged").await;
        for foreign in [&b""[..], b"SQLite format 3\0", b"SalesFlow backup ?\n"] {
            fs::write(&bad, foreign).unwrap();
            check("is not a backup of SalesFlow").await;
        }
        let mut newer = bytes.clone();
        newer[..18].copy_from_slice(b"SalesFlow backup 2");
        fs::write(&bad, newer).unwrap();
        check("was made by a newer program (format 2").await;

        fs::write(&bad, &bytes).unwrap();
        rewrite(&bad, |head| {
            let migrations = head["migrations"].as_array_mut().unwrap();
            migrations.push(json!("m20991231_000099_wings"));
            head["program"] = json!("9.9.9");
        });
        check("made by the newer program 9.9.9, which has the change m20991231_000099_wings").await;
        fs::write(&bad, &bytes).unwrap();
        rewrite(&bad, |head| {
            head["migrations"].as_array_mut().unwrap().remove(3);
        });
        check("lack the change").await;
        fs::remove_file(&bad).unwrap();
        check("cannot be read or written").await;
    }
);

// The checksum of the file is right, but a row is not what its table's sum says: a fault of the
// program that wrote it. It is noticed after the rows were written, and nothing stays.
both_empty_databases!(
    a_table_that_differs_after_writing_is_refused,
    |database| async {
        let folder = folder();
        let file = demo_with_backup(database, folder.path());
        rewrite(&file, |head| {
            let tables = head["tables"].as_array_mut().unwrap();
            let sales = tables.iter_mut().find(|table| table["name"] == "sales");
            sales.unwrap()["digest"] = json!("0".repeat(64));
        });
        let target = TestDatabase::empty(database.db, "differs").unwrap();
        refuse(
            &target,
            &["restore", text(&file)],
            "the table sales differs",
        );
        if target.db == Db::Sqlite {
            is_untouched(&target).await;
        } else {
            assert_eq!(figure(&target.url, "SELECT COUNT(*) FROM sales").await, 0);
            // What was prepared for it is no obstacle for a good one.
            let good = folder.path().join("good.backup");
            succeed(database, &["backup", text(&good)]);
            succeed(&target, &["restore", text(&good)]);
        }
    }
);

both_empty_databases!(
    a_shop_that_is_there_is_never_overwritten,
    |database| async {
        let folder = folder();
        let file = demo_with_backup(database, folder.path());
        let before = contents(&database.url).await;
        refuse(database, &["restore", text(&file)], "there is a shop in");
        assert_eq!(contents(&database.url).await, before);
        refuse(database, &["backup", text(&file)], "there is a file");
        let said = refuse(
            database,
            &["restore", text(&file), "--to", "mysql://shop"],
            "--to must be the URL of a database",
        );
        assert!(said.contains("sqlite://"), "{said}");

        // A database that a program has open is not empty enough, even without anything in it.
        let running = TestDatabase::empty(database.db, "running").unwrap();
        let app = TestApp::spawn_on(running.twin(), Wishes::default()).await;
        refuse(&running, &["restore", text(&file)], "stop it first");
        app.finish().await;
        // Once it has ended, its first settings are no obstacle.
        succeed(&running, &["restore", text(&file)]);
        assert_eq!(contents(&running.url).await, before);
    }
);

both_empty_databases!(
    the_database_of_another_program_is_left_alone,
    |database| async {
        let folder = folder();
        let file = demo_with_backup(database, folder.path());
        let theirs = TestDatabase::empty(database.db, "theirs").unwrap();
        if let Some(path) = &theirs.path {
            fs::write(path, "a letter to the tax office").unwrap();
            refuse(&theirs, &["restore", text(&file)], "another program");
            assert_eq!(fs::read(path).unwrap(), b"a letter to the tax office");
            fs::remove_file(path).unwrap();
            fill(path, "CREATE TABLE letters (body TEXT)").await;
        } else {
            let stores = open(&theirs.url).await;
            let sql = "CREATE TABLE letters (body TEXT)";
            stores.write.upkeep(sql).await.unwrap();
            stores.close().await;
        }
        refuse(&theirs, &["restore", text(&file)], "another program");
        assert_eq!(figure(&theirs.url, "SELECT COUNT(*) FROM letters").await, 0);
    }
);

async fn fill(path: &Path, sql: &str) {
    fs::write(path, "").unwrap();
    // The options refuse an empty file only where nothing is asked of it.
    let stores = open(&format!("sqlite://{}?mode=rwc", path.display())).await;
    stores.write.upkeep(sql).await.unwrap();
    stores.close().await;
}

both_empty_databases!(an_older_backup_is_brought_up_to_date, |database| async {
    let folder = folder();
    demo(database, folder.path(), "3");
    succeed(database, &["migrate", "down"]);
    let file = folder.path().join("older.backup");
    succeed(database, &["backup", text(&file)]);
    let target = TestDatabase::empty(database.db, "older").unwrap();
    let said = succeed(&target, &["restore", text(&file)]);
    assert!(said.contains("The books are right."), "{said}");
    let states = succeed(&target, &["migrate", "status"]);
    assert!(!states.contains("pending"), "{states}");
    succeed(database, &["migrate"]);
    assert_eq!(contents(&target.url).await, contents(&database.url).await);
});

both_empty_databases!(nothing_is_backed_up_where_no_shop_is, |database| async {
    let folder = folder();
    let file = folder.path().join("none.backup");
    let expected = match database.db {
        Db::Sqlite => "there is no file",
        Db::Postgres => "there is no shop in",
    };
    let mut command = database.program(&["backup", text(&file)]);
    // The profile of tests would create it.
    command.env("SALESFLOW__DATABASE__CREATE", "false");
    let output = command.output().unwrap();
    assert!(!output.status.success());
    assert!(words(&output).contains(expected), "{}", words(&output));
    assert!(names_in(folder.path()).is_empty());
});

both_empty_databases!(a_backup_on_a_full_disk_leaves_no_file, |database| async {
    let folder = folder();
    let good = demo_with_backup(database, folder.path());
    let size = fs::metadata(&good).unwrap().len();
    fs::remove_file(&good).unwrap();
    // A limit for files is what a full disk is for one: the write fails in its middle.
    let program = env!("CARGO_BIN_EXE_salesflow");
    let file = folder.path().join("full.backup");
    let blocks = size / 1024 - 8;
    let script = format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec {program} backup {}",
        text(&file)
    );
    let mut command = std::process::Command::new("bash");
    command
        .args(["-c", &script])
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    for (name, value) in database.program(&[]).get_envs() {
        command.env(name, value.unwrap());
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = words(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("the space on the disk"), "{said}");
    assert!(
        names_in(folder.path()).is_empty(),
        "{:?}",
        names_in(folder.path())
    );
});
