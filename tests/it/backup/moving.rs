//! From SQLite to PostgreSQL and back: equal in every row, and the same tables, locks and numbers.

use kernel::Role;

use super::{contents, counters, demo, folder, identity, names_in, open, succeed, text};
use crate::support::{
    app::{Db, TestApp, TestDatabase, Wishes},
    services,
    shop::{Wanted, basket},
};

store::selection! {
    Made(name: String, statement: String)
}

/// Indexes, constraints and triggers of a database, as it describes them.
async fn made(database: &TestDatabase) -> Vec<(String, String)> {
    let sql = match database.db {
        Db::Sqlite => {
            "SELECT name, COALESCE(sql, '') AS statement FROM sqlite_master
             WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name"
        }
        Db::Postgres => {
            "SELECT name, statement FROM (
                SELECT CAST(indexname AS text) AS name, indexdef AS statement FROM pg_indexes WHERE schemaname = 'public'
                UNION ALL
                SELECT CAST(conrelid::regclass AS text) || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace
                UNION ALL
                SELECT CAST(tgrelid::regclass AS text) || '.' || tgname, CAST(tgenabled AS text) || pg_get_triggerdef(oid)
                FROM pg_trigger WHERE NOT tgisinternal
             ) AS made ORDER BY name, statement"
        }
    };
    let stores = open(&database.url).await;
    let rows = stores.read.select::<Made>(sql, []).await.unwrap();
    stores.close().await;
    rows
}

#[test]
fn a_shop_moves_to_postgres_and_back_equal_in_every_row() {
    if services::postgres("a_shop_moves_to_postgres_and_back").is_none() {
        return;
    }
    crate::support::app::run_on_database(
        TestDatabase::empty(Db::Sqlite, ""),
        async |sqlite: &TestDatabase| {
            let folder = folder();
            demo(sqlite, folder.path(), "5");
            // Letters that files and servers have their own ideas about.
            let stores = open(&sqlite.url).await;
            let odd = "UPDATE settings SET receipt_footer = 'a' || char(9) || 'b' || char(10) || '\\N \\. é ''' || char(13)";
            stores.write.upkeep(odd).await.unwrap();
            stores.close().await;
            let before = contents(&sqlite.url).await;
            let rows: u64 = before.iter().map(|table| table.rows).sum();
            let filled = before.iter().filter(|table| table.rows > 0).count();
            assert!(rows > 1_000 && filled > 20, "{rows} rows, {filled} tables");

            let postgres = TestDatabase::empty(Db::Postgres, "").unwrap();
            let mut command = sqlite.program(&["move-to-postgres", "--to", &postgres.url]);
            command.env("SALESFLOW__BACKUP__DIRECTORY", folder.path());
            let output = command.output().unwrap();
            let said = super::words(&output);
            assert!(output.status.success(), "{said}");
            assert!(said.contains("every table is equal"), "{said}");
            assert!(said.contains("The books are right."), "{said}");
            assert_eq!(contents(&postgres.url).await, before);
            assert_eq!(counters(&postgres.url).await, counters(&sqlite.url).await);
            assert_ne!(identity(&postgres.url).await, identity(&sqlite.url).await);
            // The old shop is as it was.
            assert_eq!(contents(&sqlite.url).await, before);

            let file = folder.path().join("back.backup");
            succeed(&postgres, &["backup", text(&file)]);
            let back = TestDatabase::empty(Db::Sqlite, "").unwrap();
            succeed(&postgres, &["restore", text(&file), "--to", &back.url]);
            assert_eq!(contents(&back.url).await, before);
            assert_eq!(counters(&back.url).await, counters(&sqlite.url).await);

            for restored in [postgres, back] {
                let fresh = TestDatabase::migrated(restored.db, "").unwrap();
                assert_eq!(made(&restored).await, made(&fresh).await);
                goes_on(restored).await;
            }
        },
    );
}

/// Sells, refuses a double number, and finds what was indexed.
async fn goes_on(database: TestDatabase) {
    let app = TestApp::spawn_on(database, Wishes::default()).await;
    let last = app.figure("SELECT MAX(number) FROM sales").await;
    let place = app
        .figure("SELECT MAX(position) FROM stock_movements")
        .await;
    let product = app
        .product(Wanted {
            sku: "APRES",
            ..Wanted::default()
        })
        .await;
    let manager = app.client(Role::Manager).await;
    let sale = manager.post("/sales", basket(product, 1)).await.expect(201);
    assert_eq!(sale["number"], last + 1);
    let newest = app
        .figure("SELECT MAX(position) FROM stock_movements")
        .await;
    assert_eq!(newest, place + 2);
    // By the search index and the index of movements, which are derived on SQLite.
    let sql = "SELECT id FROM products WHERE sku <> 'APRES' ORDER BY name LIMIT 1";
    let some: kernel::ids::ProductId = app
        .modules
        .stores
        .read
        .value(sql, [])
        .await
        .unwrap()
        .unwrap();
    let found = manager.get(&format!("/products/{some}")).await.expect(200);
    let sku = found["sku"].as_str().unwrap();
    let listed = manager.get(&format!("/products?q={sku}")).await.expect(200);
    let ids: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert!(ids.contains(&some.to_string().as_str()), "{sku}: {listed}");
    let moves = format!(
        "SELECT COUNT(*) FROM stock_movements AS movement JOIN products AS product ON product.id = movement.product_id WHERE product.sku = '{sku}'"
    );
    let expected = app.figure(&moves).await;
    let listed = manager
        .get(&format!("/products/{some}/movements?limit=100"))
        .await
        .expect(200);
    let shown = listed["items"].as_array().unwrap().len();
    assert_eq!(i64::try_from(shown).unwrap(), expected.min(100));
    app.finish().await;
}

#[test]
fn a_shop_that_is_open_or_on_postgres_is_not_moved() {
    if services::postgres("a_shop_that_is_open_is_not_moved").is_none() {
        return;
    }
    crate::support::app::run_on_database(
        TestDatabase::empty(Db::Sqlite, ""),
        async |sqlite: &TestDatabase| {
            let folder = folder();
            let target = TestDatabase::empty(Db::Postgres, "").unwrap();
            let refused = |database: &TestDatabase, url: &str, expected: &str| {
                let mut command = database.program(&["move-to-postgres", "--to", url]);
                command.env("SALESFLOW__BACKUP__DIRECTORY", folder.path());
                let output = command.output().unwrap();
                let said = super::words(&output);
                assert!(
                    !output.status.success() && said.contains(expected),
                    "{said}"
                );
                assert!(names_in(folder.path()).is_empty());
            };
            let app = TestApp::spawn_on(sqlite.twin(), Wishes::default()).await;
            refused(sqlite, &target.url, "stop it first");
            app.finish().await;
            refused(
                sqlite,
                "sqlite://elsewhere.db",
                "--to must be the URL of a database",
            );
            refused(&target, &target.url, "is on PostgreSQL already");
            let empty =
                "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'";
            assert_eq!(super::figure(&target.url, empty).await, 0);
            // It moves only into an empty one.
            demo(&target, folder.path(), "1");
            succeed(sqlite, &["migrate"]);
            refused(sqlite, &target.url, "there is a shop in");
        },
    );
}
