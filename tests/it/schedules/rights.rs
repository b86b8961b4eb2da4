//! A schedule runs with the rights of its user, and ends with the account.

use kernel::Role;
use serde_json::{Value, json};

use super::{client_of, now, path, scheduled, until_run, until_state, with_mail};

const DAY_SECONDS: i64 = 86_400;

with_mail!(
    everybody_has_schedules_of_their_own_and_an_owner_sees_all,
    |app, _office| async {
        let (one, other) = (
            app.another_user(Role::Manager).await,
            app.another_user(Role::Manager).await,
        );
        let (one, other) = (client_of(app, one).await, client_of(app, other).await);
        let schedule = scheduled(&one, json!({"to_folder": true})).await;
        let owner = app.admin().await;
        let of_owner = scheduled(&owner, json!({"to_folder": true})).await;
        assert_ne!(now(&one, &schedule).await, Value::Null);
        for foreign in [&schedule, &of_owner] {
            assert_eq!(now(&other, foreign).await, Value::Null);
            let pause = json!({"paused": true});
            let refused = other.patch(&path(foreign), pause).await;
            refused.expect_problem(404, "resource.not_found");
            let refused = other.delete(&path(foreign)).await;
            refused.expect_problem(404, "resource.not_found");
            let refused = other.post_empty(&format!("{}/run", path(foreign))).await;
            refused.expect_problem(404, "resource.not_found");
        }
        // An owner changes it, and it stays the schedule of its user.
        let pause = json!({"paused": true});
        let paused = owner.patch(&path(&schedule), pause).await.expect(200);
        assert_eq!(paused["user_id"], schedule["user_id"]);
        assert_eq!(now(&one, &schedule).await["paused"], true);
        owner.delete(&path(&schedule)).await.expect(204);
        assert_eq!(now(&one, &schedule).await, Value::Null);
        for role in [Role::Cashier, Role::Viewer] {
            let client = app.client(role).await;
            client
                .get("/schedules")
                .await
                .expect_problem(403, "auth.forbidden");
        }
    }
);

with_mail!(
    who_may_not_see_costs_any_more_gets_no_report_by_mail_either,
    |app, office| async {
        let user = app.another_user(Role::Manager).await;
        let manager = client_of(app, user).await;
        let mail = json!({"recipients": ["leaves@example.com"], "to_folder": true});
        let schedule = scheduled(&manager, mail).await;
        let owner = app.admin().await;
        let path = format!("/users/{user}");
        owner
            .patch(&path, json!({"role": "cashier"}))
            .await
            .expect(200);
        app.clock.advance_seconds(DAY_SECONDS);
        let run = until_state(&owner, &schedule, "failed").await;
        assert_eq!(run["error"]["code"], "job.not_allowed");
        assert!(office.letters().is_empty() && office.files().is_empty());

        owner
            .patch(&path, json!({"role": "manager"}))
            .await
            .expect(200);
        app.clock.advance_seconds(DAY_SECONDS);
        let newer = |found: &Value| found["id"] != run["id"] && found["state"] == "done";
        until_run(&owner, &schedule, "done again", newer).await;
        assert_eq!(office.letters().len(), 1);

        owner
            .patch(&path, json!({"disabled": true}))
            .await
            .expect(200);
        assert_eq!(
            now(&owner, &schedule).await,
            Value::Null,
            "it ends with the account"
        );
        app.clock.advance_seconds(DAY_SECONDS);
        // A schedule of the owner that is done shows that the scheduler has looked.
        let other = scheduled(&owner, json!({"to_folder": true})).await;
        app.clock.advance_seconds(DAY_SECONDS);
        until_state(&owner, &other, "done").await;
        assert_eq!(office.letters().len(), 1);
    }
);
