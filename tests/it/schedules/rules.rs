//! What a schedule may be.

use kernel::{
    Role,
    schedule::{MAX_SCHEDULES_OF_PERSONS, MAX_SCHEDULES_PER_PERSON},
};
use serde_json::json;

use super::{client_of, now, path, scheduled, wanted, with_mail};

both_databases!(
    what_the_server_cannot_deliver_is_refused_with_what_is_missing,
    |app| async {
        let manager = app.manager().await;
        let list = manager.get("/schedules").await.expect(200);
        assert_eq!(list["mail_configured"], false);
        assert_eq!(list["folder_configured"], false);
        let mail = wanted(json!({"recipients": ["owner@example.com"]}));
        let refused = manager.post("/schedules", mail).await;
        let refused = refused.expect_problem(409, "schedule.mail_not_configured");
        assert!(refused["detail"].as_str().unwrap().contains("mail.host"));
        let folder = manager
            .post("/schedules", wanted(json!({"to_folder": true})))
            .await;
        let refused = folder.expect_problem(409, "schedule.folder_not_configured");
        assert!(
            refused["detail"]
                .as_str()
                .unwrap()
                .contains("reports.folder")
        );
        let list = manager.get("/schedules").await.expect(200);
        assert_eq!(list["items"], json!([]));
    }
);

with_mail!(
    what_is_not_valid_is_refused_at_its_field,
    |app, _office| async {
        let manager = app.manager().await;
        let list = manager.get("/schedules").await.expect(200);
        assert_eq!(list["mail_configured"], true);
        assert_eq!(list["folder_configured"], true);
        for (more, pointer) in [
            (json!({}), "/recipients"),
            (json!({"recipients": ["nobody"]}), "/recipients/0"),
            (json!({"recipients": ["a@b.cd", "A@B.cd"]}), "/recipients/1"),
            (json!({"to_folder": true, "cron": "every day"}), "/cron"),
            (json!({"to_folder": true, "cron": "*/5 * * * *"}), "/cron"),
            (json!({"to_folder": true, "cron": "0 0 30 2 *"}), "/cron"),
            (
                json!({"to_folder": true, "kind": "daily_close", "period": "last_week"}),
                "/period",
            ),
            (json!({"to_folder": true, "kind": "low_stock"}), "/period"),
        ] {
            let refused = manager.post("/schedules", wanted(more)).await;
            refused.expect_problem_at(422, "request.validation_failed", pointer);
        }
        // A name that is a path has no place to go to.
        for field in ["file_name", "folder"] {
            let refused = manager
                .post(
                    "/schedules",
                    wanted(json!({"to_folder": true, field: "../../etc"})),
                )
                .await;
            refused.expect_problem_at(422, "request.invalid_body", &format!("/{field}"));
        }
        let schedule = scheduled(&manager, json!({"to_folder": true})).await;
        let nobody = json!({"to_folder": false});
        let refused = manager.patch(&path(&schedule), nobody).await;
        refused.expect_problem_at(422, "request.validation_failed", "/recipients");
    }
);

with_mail!(a_schedule_is_changed_by_version, |app, _office| async {
    let manager = app.manager().await;
    let schedule = scheduled(&manager, json!({"to_folder": true})).await;
    assert_eq!(schedule["version"], 1);
    let change = json!({"cron": "30 6 * * 1", "period": "last_week", "locale": "en",
        "recipients": [" Owner@example.com "]});
    let changed = manager
        .patch_if_match(&path(&schedule), 1, &change)
        .await
        .expect(200);
    assert_eq!(changed["version"], 2);
    assert_eq!(changed["recipients"], json!(["owner@example.com"]));
    assert_eq!(changed["locale"], "en");
    assert_eq!(
        changed["next_run_at"], "2026-05-04T04:30:00Z",
        "this Monday"
    );
    assert_eq!(now(&manager, &schedule).await, changed);
    let again = manager.patch_if_match(&path(&schedule), 1, &change).await;
    again.expect_problem(412, "request.precondition_failed");
    let same = manager.patch(&path(&schedule), &change).await.expect(200);
    assert_eq!(same["version"], 2, "nothing has changed");
    // A time of today that has passed is not made up for.
    app.clock.advance_seconds(3_600);
    let early = json!({"cron": "15 6 * * *", "locale": null});
    let changed = manager.patch(&path(&schedule), early).await.expect(200);
    assert_eq!(changed["next_run_at"], "2026-05-05T04:15:00Z");
    assert_eq!(changed["locale"], json!(null));
});

with_mail!(
    a_user_has_at_most_twenty_and_a_shop_a_hundred,
    |app, _office| async {
        let limit = MAX_SCHEDULES_OF_PERSONS / MAX_SCHEDULES_PER_PERSON;
        for _ in 0..limit {
            let user = app.another_user(Role::Manager).await;
            let client = client_of(app, user).await;
            // At the same moment: no two get the last place.
            let all = (0..=MAX_SCHEDULES_PER_PERSON).map(|_| {
                let client = client.clone();
                async move {
                    let body = wanted(json!({"to_folder": true}));
                    client.post("/schedules", body).await
                }
            });
            let answers = futures_util::future::join_all(all).await;
            let made = answers.iter().filter(|one| one.status == 201).count();
            for refused in answers.iter().filter(|one| one.status == 409) {
                refused.expect_problem(409, "schedule.too_many");
            }
            assert_eq!(
                made,
                20,
                "{:?}",
                answers.iter().map(|one| one.status).collect::<Vec<_>>()
            );
        }
        let manager = app.manager().await;
        let refused = manager
            .post("/schedules", wanted(json!({"to_folder": true})))
            .await;
        let refused = refused.expect_problem(409, "schedule.too_many");
        assert!(refused["detail"].as_str().unwrap().contains("100"));
        let owner = app.admin().await;
        let page = owner.get("/schedules?limit=60").await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), 60);
        let cursor = page["next_cursor"].as_str().unwrap();
        let rest = owner
            .get(&format!("/schedules?limit=60&cursor={cursor}"))
            .await
            .expect(200);
        assert_eq!(rest["items"].as_array().unwrap().len(), 40);
    }
);
