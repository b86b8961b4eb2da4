//! What analytics keeps for itself: notes that come back as they were, in the order of their keys,
//! and a port behind which there is nothing else.

use kernel::{
    Timestamp,
    notes::{MAX_BATCH, Note, NoteError, NoteKey, NoteKind, NotePrefix, Notes},
};
use store::StoredNotes;

use crate::support::app::{Db, TestApp, Wishes, run};

fn key(text: &str) -> NoteKey {
    text.parse().unwrap()
}

fn note(name: &str, body: &[u8]) -> Note {
    Note {
        key: key(name),
        body: body.to_vec(),
        at: Timestamp::from_micros(1_000_001),
    }
}

fn names(notes: &[Note]) -> Vec<&str> {
    notes.iter().map(|note| note.key.as_str()).collect()
}

both_databases!(a_note_comes_back_as_it_was_kept, |app| async {
    let notes = &app.modules.analytics.notes;
    let large: Vec<u8> = (0..12_000).flat_map(|_| 0..=u8::MAX).collect();
    for body in [&b""[..], b"short", &large] {
        notes.put(NoteKind::Model, note("m1", body)).await.unwrap();
        let found = notes.get(NoteKind::Model, &key("m1")).await.unwrap();
        assert_eq!(found, Some(note("m1", body)));
    }
    assert_eq!(
        notes.get(NoteKind::Registry, &key("m1")).await.unwrap(),
        None
    );
    assert!(
        !notes
            .put_if_absent(NoteKind::Model, note("m1", b"x"))
            .await
            .unwrap()
    );
    assert!(
        notes
            .put_if_absent(NoteKind::Model, note("m2", b"x"))
            .await
            .unwrap()
    );
    assert!(notes.delete(NoteKind::Model, &key("m1")).await.unwrap());
    assert!(!notes.delete(NoteKind::Model, &key("m1")).await.unwrap());
    let many = (0..=MAX_BATCH).map(|n| note(&n.to_string(), b"")).collect();
    let refused = notes.put_all(NoteKind::Finding, many).await;
    assert_eq!(refused, Err(NoteError::TooLarge));
});

both_databases!(notes_are_listed_in_the_order_of_their_keys, |app| async {
    let notes = &app.modules.analytics.notes;
    let all = ["a/2", "B/1", "a/1", "a%2", "b", "a/10"];
    let set = all.iter().map(|name| note(name, name.as_bytes()));
    notes
        .put_all(NoteKind::Finding, set.collect())
        .await
        .unwrap();
    notes
        .put(NoteKind::Feedback, note("a/3", b""))
        .await
        .unwrap();
    let everything = notes
        .list(NoteKind::Finding, &NotePrefix::all(), None, 100)
        .await
        .unwrap();
    assert_eq!(
        names(&everything.items),
        ["B/1", "a%2", "a/1", "a/10", "a/2", "b"]
    );
    assert!(!everything.has_more);
    let prefix: NotePrefix = "a/".parse().unwrap();
    let page = notes
        .list(NoteKind::Finding, &prefix, None, 2)
        .await
        .unwrap();
    assert_eq!(
        (names(&page.items), page.has_more),
        (vec!["a/1", "a/10"], true)
    );
    let rest = notes
        .list(NoteKind::Finding, &prefix, Some(&key("a/10")), 2)
        .await
        .unwrap();
    assert_eq!((names(&rest.items), rest.has_more), (vec!["a/2"], false));
    let last = notes
        .last_keys(NoteKind::Finding, &prefix, 2)
        .await
        .unwrap();
    assert_eq!(last, [key("a/2"), key("a/10")]);
});

both_databases!(
    a_mark_moves_forward_only_and_takes_its_notes_along,
    |app| async {
        let notes = &app.modules.analytics.notes;
        let at = |name: &str, micros: i64| Note {
            at: Timestamp::from_micros(micros),
            ..note(name, micros.to_string().as_bytes())
        };
        let advance = async |micros: i64| {
            let beside = vec![
                (NoteKind::Forecast, at("night", micros)),
                (NoteKind::Registry, at(&micros.to_string(), micros)),
            ];
            let moved = notes.advance(at("mark", micros), beside).await.unwrap();
            (micros, moved)
        };
        // One after the other, in no order: each is compared with the latest before it.
        let mut latest = 0;
        for step in 1..=40_i64 {
            let micros = step * 37 % 41;
            let (_, moved) = advance(micros).await;
            assert_eq!(moved, micros >= latest, "{micros} after {latest}");
            latest = latest.max(micros);
        }
        assert!(
            advance(latest).await.1,
            "who is stopped and comes again is as late"
        );
        // All at once: in any order, the latest is there at the end.
        let all = futures_util::future::join_all((1..=24).map(|n| advance(100 + n * 7 % 25))).await;
        for name in ["mark", "night"] {
            let kind = if name == "mark" {
                NoteKind::Watch
            } else {
                NoteKind::Forecast
            };
            let found = notes.get(kind, &key(name)).await.unwrap();
            assert_eq!(found, Some(at(name, 124)));
        }
        for (micros, moved) in all {
            let name = key(&micros.to_string());
            let found = notes.get(NoteKind::Registry, &name).await.unwrap();
            assert_eq!(found.is_some(), moved, "all or none: {micros}");
        }
    }
);

both_databases!(a_key_is_data_and_never_a_statement, |app| async {
    let notes = &app.modules.analytics.notes;
    let hostile = "');DROP/**/TABLE/**/sales;--";
    notes
        .put(NoteKind::Finding, note(hostile, b"x"))
        .await
        .unwrap();
    let prefix: NotePrefix = "'/**/OR/**/1=1--".parse().unwrap();
    let found = notes
        .list(NoteKind::Finding, &prefix, None, 10)
        .await
        .unwrap();
    assert_eq!(found.items, []);
    notes
        .delete(NoteKind::Finding, &key("'OR'1'='1"))
        .await
        .unwrap();
    assert!(
        notes
            .get(NoteKind::Finding, &key(hostile))
            .await
            .unwrap()
            .is_some()
    );
});

/// The database itself says which tables the port needs: rights on its own one, on the log of changes
/// and on what happens are enough.
async fn check_rights(app: &TestApp) {
    let write = &app.modules.stores.write;
    for sql in [
        "CREATE ROLE only_notes LOGIN PASSWORD 'notes'",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON analytics_notes TO only_notes",
        "GRANT INSERT ON changes TO only_notes",
        "GRANT INSERT ON happenings TO only_notes",
        "GRANT SELECT, UPDATE ON counters TO only_notes",
    ] {
        write.upkeep(sql).await.unwrap();
    }
    let (_, place) = app.database.url.split_once('@').unwrap();
    let options = store::StoreOptions {
        url: format!("postgres://only_notes:notes@{place}"),
        read_url: None,
        read_connections: 1,
        analytics_connections: 1,
        write_connections: 2,
        missing_file: store::MissingFile::Create,
    };
    let stores = store::connect(&options).await.unwrap();
    let notes: Box<dyn Notes> = Box::new(StoredNotes::new(stores.write.clone()));
    notes.put(NoteKind::Watch, note("w", b"1")).await.unwrap();
    let again = notes.put_if_absent(NoteKind::Watch, note("w", b"2")).await;
    assert_eq!(again, Ok(false));
    let all = NotePrefix::all();
    let page = notes.list(NoteKind::Watch, &all, None, 9).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let last = notes.last_keys(NoteKind::Watch, &all, 9).await.unwrap();
    assert_eq!(last.len(), 1);
    let found = notes.get(NoteKind::Watch, &key("w")).await.unwrap();
    assert!(found.is_some());
    assert!(notes.delete(NoteKind::Watch, &key("w")).await.unwrap());
    let entry = vec![(NoteKind::Registry, note("m", b""))];
    assert_eq!(notes.advance(note("w", b"3"), entry).await, Ok(true));
    notes.put(NoteKind::Registry, note("r", b"")).await.unwrap();
    let found = notes.put_if_absent(NoteKind::Finding, note("f", b"")).await;
    assert_eq!(found, Ok(true));
    let more = stores
        .read
        .values::<i64>("SELECT number FROM sales", [])
        .await;
    assert!(more.is_err(), "the role may do more than keep notes");
    stores.close().await;
    for sql in ["DROP OWNED BY only_notes", "DROP ROLE only_notes"] {
        write.upkeep(sql).await.unwrap();
    }
}

#[test]
fn the_notes_need_rights_on_their_own_table_and_the_log_of_changes_only() {
    let name = "the_notes_need_rights_on_their_own_table_and_the_log_of_changes_only";
    run(Db::Postgres, name, Wishes::default(), check_rights);
}
