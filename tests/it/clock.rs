//! A wrong clock: no record is dated wrongly, nobody is locked out, and a person corrects it.

use std::{sync::Arc, time::Duration};

use kernel::{
    Clock, Timestamp,
    clock::{ManualClock, SystemClock},
    ids::ProductId,
};
use serde_json::{Value, json};

use crate::support::{
    app::{Db, PASSWORD, TestApp, Wishes, email_of},
    shop::{Wanted, basket},
};

const DAYS: i64 = 86_400;
/// Questions until another instance has seen what was recorded.
const MOST_TRIES: u32 = 300;

fn counted(product: ProductId, pieces: i64) -> Value {
    json!({"lines": [{"product_id": product, "counted": pieces}]})
}

fn received(product: ProductId, pieces: i64) -> Value {
    json!({"lines": [{"product_id": product, "quantity": pieces}]})
}

async fn shop_of_88(app: &TestApp) -> ProductId {
    let wanted = Wanted {
        stock: 88,
        ..Wanted::default()
    };
    app.product(wanted).await
}

/// While the clock is behind, nothing is recorded, and the person who corrects it can sign in and read.
async fn stands_still(app: &TestApp, product: ProductId, right: Timestamp, ahead: Timestamp) {
    let (admin, manager) = (app.admin().await, app.manager().await);
    let refused = manager
        .post("/inventory/receipts", received(product, 10))
        .await;
    refused.expect_problem(503, "clock.behind");
    assert!(refused.header("retry-after").is_some());
    manager
        .post("/sales", basket(product, 1))
        .await
        .expect_problem(503, "clock.behind");
    let ready = admin.get("/health/ready").await.expect(503);
    assert_eq!(ready["status"], "clock_behind");
    assert_eq!(ready["clock"]["now"], json!(right));
    assert_eq!(ready["clock"]["floor"], json!(ahead));
    let login = json!({"email": email_of(kernel::Role::Admin), "password": PASSWORD});
    admin.post("/auth/login", login).await.expect(200);
    admin.get("/sales").await.expect(200);
}

/// The owner, and nobody else, says once that the time is right now.
async fn accept_the_clock(app: &TestApp, right: Timestamp, ahead: Timestamp) {
    let (admin, manager) = (app.admin().await, app.manager().await);
    let word = json!({"now_is_right": true, "reason": "the battery was changed"});
    manager
        .post("/admin/clock", &word)
        .await
        .expect_problem(403, "auth.forbidden");
    let wrong = json!({"now_is_right": false, "reason": "no"});
    admin.post("/admin/clock", wrong).await.expect_problem_at(
        422,
        "request.validation_failed",
        "/now_is_right",
    );
    let correction = admin.post("/admin/clock", &word).await.expect(200);
    assert_eq!(correction["now"], json!(right));
    assert_eq!(correction["floor"], json!(ahead));
    assert_eq!(correction["movements"], 1);
    admin
        .post("/admin/clock", &word)
        .await
        .expect_problem(409, "clock.not_behind");
    let log = admin.get("/audit?action=clock.accept").await.expect(200);
    assert_eq!(
        log["items"][0]["after"]["reason"],
        "the battery was changed"
    );
}

both_databases!(
    a_count_under_a_clock_that_was_ahead_swallows_nothing_once_the_clock_is_right,
    |app| async {
        let product = shop_of_88(app).await;
        let (admin, manager) = (app.admin().await, app.manager().await);
        let right = app.clock.now();
        app.clock.advance_seconds(400 * DAYS);
        let ahead = app.clock.now();
        manager
            .post("/inventory/counts", counted(product, 88))
            .await
            .expect(201);
        app.clock.set(right);

        stands_still(app, product, right, ahead).await;
        accept_the_clock(app, right, ahead).await;
        admin.get("/health/ready").await.expect(200);
        app.clock.advance_seconds(60);
        manager
            .post("/inventory/receipts", received(product, 10))
            .await
            .expect(201);
        assert_eq!(app.on_hand(product).await, 98_000);
        app.clock.advance_seconds(60);
        manager
            .post("/inventory/counts", counted(product, 40))
            .await
            .expect(201);
        assert_eq!(app.on_hand(product).await, 40_000);
        let now = app.clock.now();
        let levels = format!("/inventory?product_id={product}&as_of={now}");
        let levels = manager.get(&levels).await.expect(200);
        assert_eq!(levels["items"][0]["on_hand"], 40);
        let proof = manager.get("/inventory/verify").await.expect(200);
        assert_eq!(proof["ok"], true);
        assert_eq!(proof["notices"][0]["kind"], "clock.corrected");
        assert_eq!(proof["notices"][0]["movements"], 1);

        // In 400 days the clock shows again what it wrongly showed, and rightly.
        app.clock.set(ahead.plus_seconds(DAYS));
        manager.post("/sales", basket(product, 1)).await.expect(201);
        assert_eq!(app.on_hand(product).await, 39_000);
    }
);

both_databases!(
    what_was_sold_under_a_clock_that_was_ahead_was_gone_when_somebody_counts,
    |app| async {
        let product = shop_of_88(app).await;
        let (admin, manager) = (app.admin().await, app.manager().await);
        let right = app.clock.now();
        app.clock.advance_seconds(400 * DAYS);
        manager.post("/sales", basket(product, 8)).await.expect(201);
        app.clock.set(right.plus_seconds(60));
        let word = json!({"now_is_right": true, "reason": "the battery was changed"});
        admin.post("/admin/clock", &word).await.expect(200);
        app.clock.advance_seconds(60);
        manager
            .post("/inventory/counts", counted(product, 80))
            .await
            .expect(201);
        assert_eq!(app.on_hand(product).await, 80_000);
    }
);

both_databases!(a_clock_may_be_put_back_by_less_than_a_minute, |app| async {
    let product = shop_of_88(app).await;
    let cashier = app.cashier().await;
    cashier.post("/sales", basket(product, 1)).await.expect(201);
    app.clock.advance_seconds(-55);
    cashier.post("/sales", basket(product, 1)).await.expect(201);
    app.clock.advance_seconds(-55);
    cashier
        .post("/sales", basket(product, 1))
        .await
        .expect_problem(503, "clock.behind");
});

both_databases!(the_last_word_on_the_clock_counts, |app| async {
    let product = shop_of_88(app).await;
    let admin = app.admin().await;
    let word = json!({"now_is_right": true, "reason": "I looked at the church tower"});
    app.clock.advance_seconds(3 * DAYS);
    admin.post("/sales", basket(product, 1)).await.expect(201);
    for _ in 0..2 {
        app.clock.advance_seconds(-DAYS);
        admin.post("/admin/clock", &word).await.expect(200);
        admin.post("/sales", basket(product, 1)).await.expect(201);
    }
});

/// A clock with a time at which the program was built, or with the time of the world, give or take.
struct OddClock {
    hand: Arc<ManualClock>,
    not_before: Timestamp,
    /// Where it runs, by how much it is ahead.
    ahead_seconds: Option<i64>,
}

impl Clock for OddClock {
    fn now(&self) -> Timestamp {
        match self.ahead_seconds {
            Some(ahead) => SystemClock.now().plus_seconds(ahead),
            None => self.hand.now(),
        }
    }

    fn not_before(&self) -> Timestamp {
        self.not_before
    }

    fn runs(&self) -> bool {
        self.ahead_seconds.is_some()
    }
}

fn wishes_of(not_before: &str, ahead_seconds: Option<i64>) -> Wishes {
    let not_before = Timestamp::parse(not_before).unwrap();
    Wishes {
        clock: Some(Box::new(move |hand| {
            Arc::new(OddClock {
                hand,
                not_before,
                ahead_seconds,
            })
        })),
        ..Wishes::default()
    }
}

both_databases!(
    a_clock_from_before_the_program_was_built_is_right_for_nobody,
    wishes_of("2026-01-01T00:00:00Z", None),
    |app| async {
        let product = shop_of_88(app).await;
        let admin = app.admin().await;
        let right = app.clock.now();
        app.clock
            .set(Timestamp::parse("2020-01-01T00:00:00Z").unwrap());
        admin
            .post("/sales", basket(product, 1))
            .await
            .expect_problem(503, "clock.behind");
        let ready = admin.get("/health/ready").await.expect(503);
        assert_eq!(ready["clock"]["now"], "2020-01-01T00:00:00Z");
        let word = json!({"now_is_right": true, "reason": "I say so"});
        admin
            .post("/admin/clock", word)
            .await
            .expect_problem(503, "clock.behind");
        app.clock.set(right);
        admin.post("/sales", basket(product, 1)).await.expect(201);
    }
);

both_databases!(
    an_instance_apart_from_the_clock_of_its_database_records_nothing,
    wishes_of("2026-01-01T00:00:00Z", Some(20)),
    |app| async {
        let product = shop_of_88(app).await;
        let admin = app.admin().await;
        let answer = admin.post("/sales", basket(product, 1)).await;
        // SQLite has no clock but that of the machine.
        if app.db == Db::Sqlite {
            answer.expect(201);
            return;
        }
        answer.expect_problem(503, "clock.apart");
        let ready = admin.get("/health/ready").await.expect(503);
        assert_eq!(ready["status"], "clock_apart");
        assert!(ready["clock"]["database"].is_string(), "{ready}");
        admin.get("/sales").await.expect(200);
    }
);

both_databases!(
    an_instance_beside_the_clock_of_its_database_sells,
    wishes_of("2026-01-01T00:00:00Z", Some(2)),
    |app| async {
        let product = shop_of_88(app).await;
        let admin = app.admin().await;
        admin.post("/sales", basket(product, 1)).await.expect(201);
        admin.get("/health/ready").await.expect(200);
    }
);

both_databases!(
    what_another_instance_records_is_the_floor_of_all,
    |app| async {
        let product = shop_of_88(app).await;
        let other = TestApp::spawn_on(app.database.twin(), Wishes::default()).await;
        let cashier = app.cashier().await;
        other.clock.set(app.clock.now().plus_seconds(DAYS));
        let elsewhere = other.cashier().await;
        elsewhere
            .post("/sales", basket(product, 1))
            .await
            .expect(201);
        let mut status = 0;
        for _ in 0..MOST_TRIES {
            status = cashier.get("/health/ready").await.status.as_u16();
            if status == 503 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(status, 503, "it never hears of it");
        cashier
            .post("/sales", basket(product, 1))
            .await
            .expect_problem(503, "clock.behind");
        other.finish().await;
    }
);

both_databases!(
    somebody_with_a_shell_says_that_the_clock_is_right,
    |app| async {
        let product = shop_of_88(app).await;
        let cashier = app.cashier().await;
        app.clock.advance_seconds(400 * DAYS);
        cashier.post("/sales", basket(product, 1)).await.expect(201);
        let database = app.database.twin();
        let run = move || {
            let arguments = ["clock", "accept", "--reason", "a new battery"];
            database.program(&arguments).output().unwrap()
        };
        let output = tokio::task::spawn_blocking(run).await.unwrap();
        assert!(output.status.success(), "{output:?}");
        // At once, although another process did it.
        app.clock.set(SystemClock.now());
        cashier.post("/sales", basket(product, 1)).await.expect(201);
        let notices =
            app.admin().await.get("/inventory/verify").await.expect(200)["notices"].clone();
        assert_eq!(notices[0]["reason"], "a new battery");
        assert_eq!(notices[0]["sales"], 1);
    }
);

both_databases!(movements_are_listed_as_they_were_written, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    // The ids of a clock that went back and forth: the last is the smallest.
    for (seq, id) in [
        (2, "00000000-0000-7000-8000-000000000002"),
        (3, "00000000-0000-7000-8000-000000000001"),
    ] {
        let id: uuid::Uuid = id.parse().unwrap();
        if app.db == Db::Postgres {
            let sql = "UPDATE stock_levels SET on_hand_milli = on_hand_milli + 1000, seq = seq + 1";
            app.write(sql, Vec::new()).await;
        }
        app.write(
            "INSERT INTO stock_movements (id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, occurred_at_us, recorded_at_us)
             SELECT $1, product_id, location_id, $2, 1000, balance_after_milli + 1000, 'receipt', occurred_at_us, recorded_at_us
             FROM stock_movements WHERE seq = $3",
            vec![id.into(), i64::from(seq).into(), i64::from(seq - 1).into()],
        )
        .await;
    }
    for path in [
        format!("/products/{product}/movements?limit=1"),
        "/inventory/movements?limit=1".to_owned(),
    ] {
        let mut listed = Vec::new();
        let mut page = manager.get(&path).await.expect(200);
        loop {
            listed.push(page["items"][0]["seq"].clone());
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            let next = format!("{path}&cursor={cursor}");
            page = manager.get(&next).await.expect(200);
        }
        assert_eq!(listed, [3, 2, 1], "{path}");
    }
});
