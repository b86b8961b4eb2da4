//! The drill: a backup while tills sell, restored elsewhere.

use std::{
    os::unix::fs::PermissionsExt as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use kernel::Role;
use serde_json::Value;
use store::backup::Backup;

use super::{
    demo, demo_with_backup, folder, identity, names_in, open, refuse, succeed, text, words,
};
use crate::support::{
    app::{TestApp, TestDatabase, Wishes},
    shop::{Wanted, basket},
};

const TILLS: usize = 3;
/// Sales that are acknowledged before the backup begins, and after it has ended.
const BEFORE: usize = 12;
const AFTER: usize = 6;

/// A sale that its till has seen acknowledged.
#[derive(Debug, Clone)]
struct Acknowledged {
    key: String,
    id: String,
    number: i64,
    total: i64,
}

fn acknowledged(key: &str, sale: &Value) -> Acknowledged {
    Acknowledged {
        key: key.to_owned(),
        id: sale["id"].as_str().unwrap().to_owned(),
        number: sale["number"].as_i64().unwrap(),
        total: sale["total_minor"].as_i64().unwrap(),
    }
}

both_databases!(
    every_sale_up_to_a_backup_made_under_load_is_in_the_restored_shop,
    |app| async {
        let folder = folder();
        let file = folder.path().join("night.backup");
        let product = app
            .product(Wanted {
                stock: 100_000,
                ..Wanted::default()
            })
            .await;
        let cashier = app.cashier().await;
        let sold = Arc::new(Mutex::new(Vec::<Acknowledged>::new()));
        let is_over = Arc::new(AtomicBool::new(false));
        let mut tills = tokio::task::JoinSet::new();
        for till in 0..TILLS {
            let (client, sold) = (cashier.clone(), Arc::clone(&sold));
            let is_over = Arc::clone(&is_over);
            tills.spawn(async move {
                let mut round = 0;
                while !is_over.load(Ordering::Acquire) {
                    let key = format!("till-{till}-{round}");
                    let answer = client.post_once("/sales", &key, basket(product, 1)).await;
                    let sale = acknowledged(&key, &answer.expect(201));
                    sold.lock().unwrap().push(sale);
                    round += 1;
                }
            });
        }
        let count = || sold.lock().unwrap().len();
        let at_least = async |wanted: usize| {
            while count() < wanted {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        at_least(BEFORE).await;
        let before: Vec<Acknowledged> = sold.lock().unwrap().clone();
        let mut backup = app.database.program(&["backup", text(&file)]);
        let made = tokio::task::spawn_blocking(move || backup.output().unwrap());
        let made = made.await.unwrap();
        assert!(made.status.success(), "{}", words(&made));
        at_least(count() + AFTER).await;
        is_over.store(true, Ordering::Release);
        while let Some(till) = tills.join_next().await {
            till.unwrap();
        }
        let sold = sold.lock().unwrap().clone();

        let head = Backup::open(&file).unwrap().head().clone();
        let last = head.position.sale;
        let of_before = before.iter().map(|sale| sale.number).max().unwrap();
        let newest = sold.iter().map(|sale| sale.number).max().unwrap();
        assert!(
            of_before <= last && last < newest,
            "{of_before} {last} {newest}"
        );
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let restored = TestDatabase::empty(app.db, "restored").unwrap();
        let said = succeed(&restored, &["restore", text(&file)]);
        assert!(said.contains("The books are right."), "{said}");
        goes_on_from(last, app, restored, &sold, &cashier).await;
    }
);

/// The restored shop has exactly the sales up to here, answers their tills, and goes on.
async fn goes_on_from(
    last: i64,
    app: &TestApp,
    restored: TestDatabase,
    sold: &[Acknowledged],
    before: &crate::support::http::Client,
) {
    let url = restored.url.clone();
    assert_ne!(identity(&url).await, identity(&app.database.url).await);
    let wishes = Wishes {
        now: Some(kernel::Clock::now(&*app.clock)),
        ..Wishes::default()
    };
    let other = TestApp::spawn_on(restored, wishes).await;
    assert_eq!(other.figure("SELECT COUNT(*) FROM sales").await, last);
    assert_eq!(other.figure("SELECT MAX(number) FROM sales").await, last);
    // A session of the old shop is none of the new one.
    let cashier = other.client(Role::Cashier).await;
    let old = other.anonymous().with_token(before.token.clone().unwrap());
    old.get("/products")
        .await
        .expect_problem(401, "auth.session_ended");
    let (kept, lost): (Vec<_>, Vec<_>) = sold.iter().partition(|sale| sale.number <= last);
    let product = uuid_of_product(&other).await;
    for sale in kept {
        let answer = cashier
            .post_once("/sales", &sale.key, basket(product, 1))
            .await;
        let again = acknowledged(&sale.key, &answer.expect_success());
        assert_eq!(
            (&again.id, again.number, again.total),
            (&sale.id, sale.number, sale.total)
        );
    }
    assert_eq!(other.figure("SELECT COUNT(*) FROM sales").await, last);
    // What came later is lost; its till sends it again, once.
    let mut next = last;
    for sale in lost {
        let answer = cashier
            .post_once("/sales", &sale.key, basket(product, 1))
            .await;
        next += 1;
        assert_eq!(answer.expect(201)["number"], next);
    }
    // Records are locked as they were.
    let stores = open(&other.database.url).await;
    for sql in [
        "UPDATE stock_movements SET delta_milli = delta_milli + 1",
        "DELETE FROM sale_lines",
        "UPDATE sales SET total_minor = 0",
        "DELETE FROM audit_log",
    ] {
        let refused = stores.write.upkeep(sql).await.unwrap_err();
        let causes = format!("{refused:?}");
        assert!(causes.contains("append-only"), "{sql}: {causes}");
    }
    stores.close().await;
    other.finish().await;
}

async fn uuid_of_product(app: &TestApp) -> kernel::ids::ProductId {
    let read = &app.modules.stores.read;
    let id = read.value("SELECT id FROM products", []).await.unwrap();
    id.unwrap()
}

both_empty_databases!(
    a_backup_can_be_tried_out_without_a_trace,
    |database| async {
        let folder = folder();
        let file = demo_with_backup(database, folder.path());
        let said = succeed(database, &["restore", text(&file), "--verify"]);
        assert!(said.contains("can be restored"), "{said}");
        assert!(said.contains("The books are right."), "{said}");
        assert_eq!(names_in(folder.path()), ["shop.backup"]);

        // Wrong books are reported, on trial and in earnest.
        let stores = open(&database.url).await;
        let sql = "UPDATE stock_levels SET on_hand_milli = on_hand_milli + 1000 WHERE seq > 0";
        stores.write.upkeep(sql).await.unwrap();
        stores.close().await;
        let wrong = folder.path().join("wrong.backup");
        succeed(database, &["backup", "--to", text(&wrong)]);
        refuse(
            database,
            &["restore", text(&wrong), "--verify"],
            "the books are wrong",
        );
        let other = TestDatabase::empty(database.db, "wrong").unwrap();
        let said = refuse(&other, &["restore", text(&wrong)], "the books are wrong");
        assert!(said.contains("is restored into"), "{said}");
    }
);

both_empty_databases!(a_backup_of_every_night_keeps_the_newest, |database| async {
    let folder = folder();
    let nights = folder.path().join("nights");
    demo(database, folder.path(), "1");
    let back_up = |more: &[&str]| {
        let mut command = database.program(&["backup"]);
        command
            .env("SALESFLOW__BACKUP__DIRECTORY", &nights)
            .args(more);
        command.output().unwrap()
    };
    std::fs::create_dir(&nights).unwrap();
    for night in 1..=3 {
        std::fs::write(
            nights.join(format!("salesflow-2026010{night}T004500Z.backup")),
            "",
        )
        .unwrap();
    }
    std::fs::write(nights.join("of-the-owner.backup"), "").unwrap();
    let made = back_up(&["--keep", "2"]);
    assert!(
        words(&made).contains("2 older backups were deleted"),
        "{}",
        words(&made)
    );
    let names = names_in(&nights);
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(names[0], "of-the-owner.backup");
    assert_eq!(names[1], "salesflow-20260103T004500Z.backup");
    Backup::open(&nights.join(&names[2])).unwrap();
    assert!(!back_up(&["--keep", "0"]).status.success());
});
