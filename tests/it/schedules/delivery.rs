//! What is due is made and delivered.

use serde_json::json;

use super::{monday, now, path, scheduled, until_run, until_state, with_mail};
use crate::jobs::with_workers;

const HOUR_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

with_mail!(
    a_report_that_is_due_is_put_into_the_folder_and_sent_to_each_recipient,
    |app, office| async {
        let manager = app.manager().await;
        let recipients = ["owner@example.com", "Accountant@example.com"];
        let schedule = scheduled(
            &manager,
            json!({"to_folder": true, "recipients": recipients}),
        )
        .await;
        assert_eq!(
            schedule["next_run_at"], "2026-05-04T05:00:00Z",
            "seven there"
        );
        assert!(schedule["last_run"].is_null());
        app.clock.advance_seconds(HOUR_SECONDS);
        let run = until_state(&manager, &schedule, "done").await;
        assert_eq!(run["kind"], "reports.deliver");
        assert_eq!(run["result"]["mails"], 2, "{run}");
        assert_eq!(run["result"]["report_id"], run["id"]);
        assert_eq!(
            run["result"]["file_name"],
            "sales-2026-05-03-2026-05-03.pdf"
        );

        // The report is kept as others are, and what was delivered is that file.
        let report = format!("/reports/{}", run["id"].as_str().unwrap());
        let kept = manager.get(&report).await.expect(200);
        assert_eq!(kept["requested_by"], schedule["user_id"]);
        let file = manager.get(&format!("{report}/download")).await;
        file.expect(200);
        let files = office.files();
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(run["result"]["stored_as"], files[0].0.as_str());
        assert!(files[0].0.starts_with("sales-2026-05-03-2026-05-03-fr-"));
        assert_eq!(files[0].0.rsplit('.').next(), Some("pdf"));
        assert_eq!(files[0].1, file.bytes);

        let mut letters = office.letters();
        letters.sort_by_key(|letter| letter.to.clone());
        let to: Vec<_> = letters.iter().map(|letter| letter.to.clone()).collect();
        assert_eq!(to, [["accountant@example.com"], ["owner@example.com"]]);
        for letter in &letters {
            assert_eq!(letter.file(), file.bytes);
            assert_eq!(letter.header("to"), letter.to[0], "nobody sees the others");
            assert_eq!(letter.header("from"), "Amani <reports@shop.test>");
            let subject = letter.header("subject");
            assert_eq!(subject, "SalesFlow : Rapport des ventes, 03/05/2026");
            assert_eq!(letter.header("auto-submitted"), "auto-generated");
            let words = letter.words();
            assert!(words.contains("Bonjour"), "{words}");
            assert!(words.contains("Calculé le 04/05/2026 07:00"), "{words}");
            assert!(words.contains("manager a programmé cet envoi"), "{words}");
        }
        let after = now(&manager, &schedule).await;
        assert_eq!(after["next_run_at"], "2026-05-05T05:00:00Z");
        // The password went to the server and nowhere else.
        assert!(office.said().iter().any(|line| line.starts_with("AUTH")));
    }
);

with_mail!(
    a_workbook_in_english_goes_to_the_folder_alone,
    |app, office| async {
        let manager = app.manager().await;
        let wanted = json!({"kind": "stock_valuation", "format": "xlsx", "period": "last_month",
            "locale": "en", "to_folder": true, "cron": "15 6 4 * *"});
        let schedule = scheduled(&manager, wanted).await;
        app.clock.advance_seconds(HOUR_SECONDS);
        let run = until_state(&manager, &schedule, "done").await;
        // The stock of the last day of the month before.
        let files = office.files();
        assert!(
            files[0]
                .0
                .starts_with("stock-valuation-2026-04-30-2026-04-30-en-")
        );
        assert!(files[0].1.starts_with(b"PK"));
        assert_eq!(run["result"]["mails"], 0);
        assert!(office.letters().is_empty());
    }
);

with_mail!(
    what_was_missed_is_made_up_for_once_with_the_days_of_its_time,
    |app, office| async {
        let manager = app.manager().await;
        let evening = json!({"kind": "daily_close", "period": "today", "cron": "0 21 * * *",
            "locale": "en", "recipients": ["owner@example.com"]});
        let schedule = scheduled(&manager, evening).await;
        // Nobody is there for two evenings; the machine is on again on Wednesday at nine.
        app.clock
            .advance_seconds(2 * DAY_SECONDS + 3 * HOUR_SECONDS);
        let run = until_state(&manager, &schedule, "done").await;
        assert_eq!(
            run["result"]["file_name"],
            "daily-close-2026-05-05-2026-05-05.pdf"
        );
        let letters = office.letters();
        assert_eq!(letters.len(), 1);
        assert_eq!(
            letters[0].header("subject"),
            "SalesFlow: Daily close, 05/05/2026"
        );
        assert!(letters[0].words().contains("Computed on 06/05/2026 09:00"));
        let next = now(&manager, &schedule).await["next_run_at"].clone();
        assert_eq!(next, "2026-05-06T19:00:00Z");
    }
);

with_mail!(
    a_schedule_runs_when_it_is_asked_to_and_not_while_it_is_paused,
    |app, office| async {
        let manager = app.manager().await;
        let schedule = scheduled(&manager, json!({"to_folder": true})).await;
        let pause = |paused: bool| json!({"paused": paused});
        let paused = manager
            .patch(&path(&schedule), pause(true))
            .await
            .expect(200);
        assert_eq!(paused["paused"], true);
        assert!(paused["next_run_at"].is_null());
        app.clock.advance_seconds(DAY_SECONDS);
        let run = format!("{}/run", path(&schedule));
        let job = manager.post_empty(&run).await.expect(202);
        let ran = until_state(&manager, &schedule, "done").await;
        assert_eq!(ran["id"], job["id"]);
        let name = "sales-2026-05-04-2026-05-04.pdf";
        assert_eq!(ran["result"]["file_name"], name, "yesterday, seen from now");

        // What was missed in the pause is not made up for.
        let goes_on = manager
            .patch(&path(&schedule), pause(false))
            .await
            .expect(200);
        assert_eq!(goes_on["next_run_at"], "2026-05-05T05:00:00Z");
        let jobs = "SELECT COUNT(*) FROM jobs WHERE kind = 'reports.deliver'";
        app.clock.advance_seconds(HOUR_SECONDS / 2);
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        assert_eq!(app.figure(jobs).await, 1);
        app.clock.advance_seconds(HOUR_SECONDS);
        let newer = |run: &serde_json::Value| run["id"] != job["id"] && run["state"] == "done";
        until_run(&manager, &schedule, "run again", newer).await;
        assert_eq!(office.files().len(), 2);
        let audit = app.admin().await.get("/audit?entity=schedule").await;
        let lines = audit.expect(200);
        let deeds: Vec<_> = lines["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["action"].as_str().unwrap().to_owned())
            .collect();
        let expected = [
            "schedule.update",
            "schedule.run",
            "schedule.update",
            "schedule.create",
        ];
        assert_eq!(deeds, expected);
    }
);

both_databases!(
    the_last_run_is_kept_longer_than_other_jobs,
    {
        let mut wishes = with_workers(1);
        let folder = std::env::temp_dir().join(format!("salesflow-reports-{}", std::process::id()));
        let folder = folder.to_str().unwrap().to_owned();
        wishes.settings.push(("SALESFLOW__REPORTS__FOLDER", folder));
        wishes.now = Some(monday());
        wishes
    },
    |app| async {
        let manager = app.manager().await;
        let schedule = scheduled(&manager, json!({"to_folder": true})).await;
        let run = format!("{}/run", path(&schedule));
        let first = manager.post_empty(&run).await.expect(202);
        until_state(&manager, &schedule, "done").await;
        let second = manager.post_empty(&run).await.expect(202);
        assert_ne!(first["id"], second["id"]);
        until_state(&manager, &schedule, "done").await;
        let after = kernel::Clock::now(app.clock.as_ref()).plus_seconds(DAY_SECONDS);
        assert_eq!(app.modules.jobs.forget_ended(after).await.unwrap(), 1);
        let kept = now(&manager, &schedule).await;
        assert_eq!(kept["last_run"]["id"], second["id"]);
        manager.delete(&path(&schedule)).await.expect(204);
        assert_eq!(app.modules.jobs.forget_ended(after).await.unwrap(), 1);
    }
);
