//! Several programs on one database.

use super::Watcher;
use crate::{
    jobs::with_workers,
    support::{
        app::TestApp,
        shop::{Wanted, basket},
    },
};

both_databases!(
    what_one_instance_does_is_seen_on_another,
    with_workers(0),
    |app| async {
        let wanted = Wanted {
            stock: 100,
            ..Wanted::default()
        };
        let product = app.product(wanted).await;
        let other = TestApp::spawn_on(app.database.twin(), with_workers(0)).await;
        let (here, there) = (app.manager().await, other.manager().await);
        let mut near = Watcher::open(&here).await;
        let mut far = Watcher::open(&there).await;
        for seller in [&here, &there, &here] {
            let sold = seller.post("/sales", basket(product, 1)).await.expect(201);
            for watcher in [&mut near, &mut far] {
                assert_eq!(watcher.until("sale").await["sale"]["id"], sold["id"]);
            }
        }
        // An id of one instance is good on another.
        let id = near.last_id.clone();
        let sold = here.post("/sales", basket(product, 1)).await.expect(201);
        let mut moved = Watcher::resume(&there, &id).await;
        let came = moved.names_until("sale", "/sale/id", &sold["id"]).await;
        assert!(came.len() <= 2, "{came:?}");
        other.finish().await;
    }
);

both_databases!(a_new_watcher_begins_now_also_after_others, |app| async {
    let wanted = Wanted {
        stock: 100,
        ..Wanted::default()
    };
    let product = app.product(wanted).await;
    let manager = app.manager().await;
    drop(Watcher::open(&manager).await);
    let early = manager.post("/sales", basket(product, 1)).await.expect(201);
    let mut watcher = Watcher::open(&manager).await;
    let late = manager.post("/sales", basket(product, 1)).await.expect(201);
    let first = watcher.until("sale").await["sale"]["id"].clone();
    assert_ne!(first, early["id"]);
    assert_eq!(first, late["id"]);
});
