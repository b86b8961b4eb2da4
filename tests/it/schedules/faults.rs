//! The mail server refuses, breaks off, hangs; the folder cannot be written.

use serde_json::json;

use super::{
    PASSWORD, PAUSE_SECONDS, path, post_office::Manner, scheduled, until_state, until_tried,
    with_mail,
};

/// Before the hour at which a test begins: what waits for another attempt is over before the next run.
const EARLIER: &str = "0 5 * * *";
const BOTH: [&str; 2] = ["a@example.com", "b@example.com"];

with_mail!(
    a_recipient_who_is_refused_does_not_keep_the_report_from_the_others,
    |app, office| async {
        office.behaves(Manner::Refuses("a@example.com"));
        let manager = app.manager().await;
        let schedule = scheduled(
            &manager,
            json!({"cron": EARLIER, "recipients": BOTH, "to_folder": true}),
        )
        .await;
        manager
            .post_empty(&format!("{}/run", path(&schedule)))
            .await
            .expect(202);
        let run = until_state(&manager, &schedule, "failed").await;
        assert_eq!(run["error"]["code"], "schedules.mail_refused");
        assert_eq!(run["attempts"], 1, "it would be refused again");
        let detail = run["error"]["detail"].as_str().unwrap();
        assert!(detail.contains("a@example.com"), "{detail}");
        assert!(detail.contains("550"), "{detail}");
        assert!(detail.contains("no such mailbox"), "{detail}");
        assert_eq!(office.counts(), [("b@example.com".to_owned(), 1)].into());
        assert_eq!(office.files().len(), 1);
    }
);

with_mail!(
    what_is_refused_for_now_is_sent_later_and_nobody_gets_it_twice,
    |app, office| async {
        office.behaves(Manner::IsBusyFor("a@example.com"));
        let manager = app.manager().await;
        let schedule = scheduled(
            &manager,
            json!({"cron": EARLIER, "recipients": BOTH, "to_folder": true}),
        )
        .await;
        manager
            .post_empty(&format!("{}/run", path(&schedule)))
            .await
            .expect(202);
        let run = until_tried(&manager, &schedule, 1).await;
        assert_eq!(run["error"]["code"], "schedules.mail_unavailable");
        let detail = run["error"]["detail"].as_str().unwrap();
        assert!(detail.contains("come back later"), "{detail}");
        app.clock.advance_seconds(PAUSE_SECONDS);
        until_tried(&manager, &schedule, 2).await;
        office.behaves(Manner::Takes);
        app.clock.advance_seconds(PAUSE_SECONDS);
        let run = until_state(&manager, &schedule, "done").await;
        assert_eq!(run["result"]["mails"], 2);
        assert!(run["error"].is_null());
        let once = BOTH.map(|one| (one.to_owned(), 1)).into();
        assert_eq!(office.counts(), once);
        // The report was made once: every attempt delivers the same file.
        assert_eq!(office.files().len(), 1);
        let letters = office.letters();
        assert!(
            letters
                .iter()
                .all(|letter| letter.file() == office.files()[0].1)
        );
    }
);

with_mail!(
    a_connection_that_breaks_or_hangs_is_tried_again,
    |app, office| async {
        let manager = app.manager().await;
        let schedule = scheduled(&manager, json!({"cron": EARLIER, "recipients": BOTH})).await;
        office.behaves(Manner::CutsInTheMiddle);
        manager
            .post_empty(&format!("{}/run", path(&schedule)))
            .await
            .expect(202);
        let mut attempt = 1;
        let run = until_tried(&manager, &schedule, attempt).await;
        assert_eq!(run["error"]["code"], "schedules.mail_unavailable");
        for manner in [Manner::Hangs, Manner::HangsBeforeTheReply] {
            office.behaves(manner);
            app.clock.advance_seconds(PAUSE_SECONDS);
            attempt += 1;
            let run = until_tried(&manager, &schedule, attempt).await;
            let detail = run["error"]["detail"].as_str().unwrap();
            assert!(detail.contains("within 2 seconds"), "{manner:?}: {detail}");
        }
        let before = office.letters();
        assert_eq!(
            before.len(),
            1,
            "the second was not tried: the server hangs"
        );
        // It has the message and did not say so: nobody can know, so it is sent again under the same id.
        office.behaves(Manner::CutsBeforeTheReply);
        app.clock.advance_seconds(PAUSE_SECONDS);
        until_tried(&manager, &schedule, attempt + 1).await;
        office.behaves(Manner::Takes);
        app.clock.advance_seconds(PAUSE_SECONDS);
        until_state(&manager, &schedule, "done").await;
        let letters = office.letters();
        assert_eq!(office.counts()["a@example.com"], 3);
        assert_eq!(office.counts()["b@example.com"], 1);
        let mut ids: Vec<_> = letters.iter().map(|one| one.header("message-id")).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 2, "one for each recipient: {ids:?}");
    }
);

with_mail!(
    a_server_that_is_away_gets_the_report_when_it_is_back,
    &[
        ("SALESFLOW__MAIL__PORT", "9"),
        ("SALESFLOW__MAIL__HOST", "127.0.0.1")
    ],
    |app, office| async {
        let manager = app.manager().await;
        let schedule = scheduled(
            &manager,
            json!({"cron": EARLIER, "recipients": BOTH, "to_folder": true}),
        )
        .await;
        manager
            .post_empty(&format!("{}/run", path(&schedule)))
            .await
            .expect(202);
        for attempt in 1..8 {
            let run = until_tried(&manager, &schedule, attempt).await;
            assert_eq!(run["error"]["code"], "schedules.mail_unavailable");
            app.clock.advance_seconds(PAUSE_SECONDS);
        }
        let run = until_state(&manager, &schedule, "failed").await;
        assert_eq!(run["attempts"], 8);
        assert_eq!(office.files().len(), 1, "the folder has it all the same");
    }
);

with_mail!(
    a_password_that_is_refused_is_tried_once_and_shown_nowhere,
    |app, office| async {
        office.behaves(Manner::RefusesPassword);
        let manager = app.manager().await;
        let schedule = scheduled(&manager, json!({"cron": EARLIER, "recipients": BOTH})).await;
        manager
            .post_empty(&format!("{}/run", path(&schedule)))
            .await
            .expect(202);
        let run = until_state(&manager, &schedule, "failed").await;
        assert_eq!(run["error"]["code"], "schedules.mail_refused");
        assert!(!run.to_string().contains(PASSWORD), "{run}");
        let tries = office
            .said()
            .iter()
            .filter(|line| line.starts_with("AUTH"))
            .count();
        assert_eq!(tries, 1, "more would lock the account: {:?}", office.said());
    }
);

with_mail!(
    nothing_is_said_in_the_clear_to_a_server_without_tls,
    &[("SALESFLOW__MAIL__TLS", "starttls")],
    |app, office| async {
        let manager = app.manager().await;
        let schedule = scheduled(&manager, json!({"cron": EARLIER, "recipients": BOTH})).await;
        manager
            .post_empty(&format!("{}/run", path(&schedule)))
            .await
            .expect(202);
        let run = until_state(&manager, &schedule, "failed").await;
        assert_eq!(run["error"]["code"], "schedules.mail_refused");
        let said = office.said();
        let is_greeting = |line: &String| line.starts_with("EHLO") || line.starts_with("QUIT");
        assert!(said.iter().all(is_greeting), "{said:?}");
    }
);

with_mail!(
    a_report_that_is_too_large_for_mail_is_in_the_folder,
    &[("SALESFLOW__MAIL__MAX_ATTACHMENT_BYTES", "1024")],
    |app, office| async {
        let manager = app.manager().await;
        let schedule = scheduled(
            &manager,
            json!({"cron": EARLIER, "recipients": BOTH, "to_folder": true}),
        )
        .await;
        manager
            .post_empty(&format!("{}/run", path(&schedule)))
            .await
            .expect(202);
        let run = until_state(&manager, &schedule, "failed").await;
        assert_eq!(run["error"]["code"], "schedules.attachment_too_large");
        assert!(office.letters().is_empty());
        assert_eq!(office.files().len(), 1);
    }
);

with_mail!(
    a_folder_that_cannot_be_written_keeps_nobody_from_the_mail,
    |app, office| async {
        // A file lies where the folder should be.
        std::fs::write(office.folder(), b"").unwrap();
        let manager = app.manager().await;
        let schedule = scheduled(
            &manager,
            json!({"cron": EARLIER, "recipients": BOTH, "to_folder": true}),
        )
        .await;
        manager
            .post_empty(&format!("{}/run", path(&schedule)))
            .await
            .expect(202);
        let run = until_tried(&manager, &schedule, 1).await;
        assert_eq!(run["error"]["code"], "schedules.folder_failed");
        std::fs::remove_file(office.folder()).unwrap();
        app.clock.advance_seconds(PAUSE_SECONDS);
        until_state(&manager, &schedule, "done").await;
        assert_eq!(office.files().len(), 1, "and no unfinished one");
        assert_eq!(office.counts(), BOTH.map(|one| (one.to_owned(), 1)).into());
    }
);

with_mail!(
    a_schedule_that_is_deleted_ends_with_the_job_that_is_tried_again,
    |app, office| async {
        office.behaves(Manner::IsBusyFor("a@example.com"));
        let manager = app.manager().await;
        let schedule = scheduled(
            &manager,
            json!({"cron": EARLIER, "recipients": ["a@example.com"]}),
        )
        .await;
        manager
            .post_empty(&format!("{}/run", path(&schedule)))
            .await
            .expect(202);
        let run = until_tried(&manager, &schedule, 1).await;
        manager.delete(&path(&schedule)).await.expect(204);
        office.behaves(Manner::Takes);
        app.clock.advance_seconds(PAUSE_SECONDS);
        let job = format!("/jobs/{}", run["id"].as_str().unwrap());
        assert_eq!(manager.get(&job).await.expect(200)["state"], "cancelled");
        assert!(office.letters().is_empty());
        manager
            .delete(&path(&schedule))
            .await
            .expect_problem(404, "resource.not_found");
    }
);
