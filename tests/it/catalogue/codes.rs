//! One article has one code, however it is written: the zeros in front of a GTIN, the case of a SKU.
//! What was kept apart before the rule came stays as it is, and is marked.

use serde_json::{Value, json};
use store::{StoreOptions, migrate_down, migrate_up, migration_status};

use super::{encoded, id_of, make, path_of, product, product_with, skus};
use crate::support::{app::TestApp, http::Client, shop::basket};

store::selection! {
    Code(code: String, key: String, place: i64)
}

/// A product with a code of twelve digits.
async fn game(manager: &Client) -> Value {
    let game = json!({"barcodes": ["711719814153"]});
    make(manager, product_with("GAME", "Jeu", game)).await
}

both_databases!(a_barcode_is_one_with_and_without_its_zeros, |app| async {
    let manager = app.manager().await;
    let as_typed = json!(["711719814153"]);
    assert_eq!(game(&manager).await["barcodes"], as_typed);
    let drink = json!({"barcodes": ["5449000000996.0", "00012345", "2012345012349"]});
    let drink = make(&manager, product_with("COLA", "Cola", drink)).await;
    assert_eq!(
        drink["barcodes"],
        json!(["5449000000996", "00012345", "2012345012349"])
    );
    for (query, found) in [
        ("711719814153", &["GAME"][..]),
        ("0711719814153", &["GAME"]),
        ("00711719814153", &["GAME"]),
        ("05449000000996", &["COLA"]),
        ("15449000000993", &[]),
        ("00012345", &["COLA"]),
        ("12345", &[]),
        ("02012345012349", &[]),
        ("2012345012349", &["COLA"]),
    ] {
        let by_code = skus(&manager, &format!("barcode={query}")).await;
        assert_eq!(by_code, found, "barcode {query}");
    }
    for query in ["0711719814153", "00711719814153", "711719814153"] {
        let found = skus(&manager, &format!("q={query}")).await;
        assert_eq!(found, ["GAME"], "{query}");
    }
});

both_databases!(
    a_barcode_that_is_taken_or_broken_is_refused_with_its_place,
    |app| async {
        let manager = app.manager().await;
        let game = game(&manager).await;
        manager
            .post(&format!("{}/archive", path_of(&game)), json!({}))
            .await
            .expect(200);
        let second = product_with("TWO", "Deux", json!({"barcodes": ["1", "0711719814153"]}));
        let problem = manager.post("/products", second).await.expect_problem_at(
            409,
            "product.barcode_taken",
            "/barcodes/1",
        );
        let error = &problem["errors"][0];
        assert_eq!(error["product_id"], game["id"]);
        assert_eq!(error["sku"], "GAME");
        assert_eq!(error["name"], "Jeu");
        assert_eq!(error["barcode"], "0711719814153");
        assert_eq!(error["archived"], true);
        for (barcodes, code, pointer) in [
            (
                json!(["711719814153", "0711719814153"]),
                "barcode.duplicate",
                "/barcodes/1",
            ),
            (json!(["5.449E+12"]), "barcode.digits_lost", "/barcodes/0"),
        ] {
            let bad = product_with("BAD", "Mauvais", json!({"barcodes": barcodes}));
            let problem = manager.post("/products", bad).await.expect(422);
            assert_eq!(problem["errors"][0]["code"], code, "{problem}");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }
    }
);

both_databases!(a_sku_is_one_in_capitals_and_in_small_letters, |app| async {
    let manager = app.manager().await;
    let first = make(&manager, product("CAF-250", "Café")).await;
    for sku in ["caf-250", "ＣＡＦ-250", " Caf-250 "] {
        let problem = manager
            .post("/products", product(sku, "Encore"))
            .await
            .expect_problem_at(409, "product.sku_taken", "/sku");
        let error = &problem["errors"][0];
        assert_eq!(
            [
                &error["product_id"],
                &error["sku"],
                &error["name"],
                &error["archived"]
            ],
            [
                &first["id"],
                &json!("CAF-250"),
                &json!("Café"),
                &json!(false)
            ]
        );
    }
    make(
        &manager,
        product("CÀF-250", "Un accent est une autre lettre"),
    )
    .await;
    let own = json!({"sku": "caf-250"});
    let renamed = manager.patch(&path_of(&first), own).await.expect(200);
    assert_eq!(
        renamed["sku"], "caf-250",
        "its own code in another case is its own"
    );
});

/// Makes a second product that has the codes of a first one, as databases of before have them.
async fn twins(app: &TestApp) -> [Value; 2] {
    let manager = app.manager().await;
    let codes = json!({"barcodes": ["5449000000996"], "initial_stock": 5});
    let first = make(&manager, product_with("CAF-250", "Café", codes)).await;
    let codes = json!({"barcodes": ["999"], "initial_stock": 5});
    let second = make(&manager, product_with("OLD", "Café bis", codes)).await;
    for sql in [
        "UPDATE products SET sku = 'caf-250', sku_key = 'caf-250', sku_conflict = 1 WHERE sku = 'OLD'",
        "UPDATE product_barcodes SET barcode = '05449000000996', barcode_key = '05449000000996', barcode_conflict = 1 WHERE barcode = '999'",
    ] {
        assert_eq!(app.write(sql, Vec::new()).await, 1);
    }
    [first, second]
}

both_databases!(
    old_products_with_one_code_are_found_listed_and_sold_and_cannot_be_saved_with_it,
    |app| async {
        let [first, second] = twins(app).await;
        let manager = app.manager().await;
        for barcode in ["5449000000996", "05449000000996"] {
            let found = skus(&manager, &format!("sort=sku&barcode={barcode}")).await;
            assert_eq!(found, ["CAF-250", "caf-250"]);
            let found = skus(&manager, &format!("sort=sku&q={barcode}&barcode={barcode}")).await;
            assert!(found.contains(&"CAF-250".to_owned()), "{found:?}");
        }
        assert_eq!(skus(&manager, "conflict=true").await, ["caf-250"]);
        assert_eq!(
            skus(&manager, &format!("conflict=true&q={}", encoded("bis"))).await,
            ["caf-250"]
        );
        let shown = manager.get(&path_of(&second)).await.expect(200);
        assert_eq!(shown["conflict"], true);
        let shown = manager.get(&path_of(&first)).await.expect(200);
        assert_eq!(shown.get("conflict"), None);
        let id = id_of(&second).parse().unwrap();
        manager.post("/sales", basket(id, 1)).await.expect(201);

        // The first keeps the form and changes as it likes; the second waits for codes of its own.
        manager
            .patch(&path_of(&first), json!({"price_minor": 7}))
            .await
            .expect(200);
        for change in [
            json!({"price_minor": 7}),
            json!({"sku": "caf-250"}),
            json!({"sku": "Caf-250"}),
        ] {
            let problem = manager
                .patch(&path_of(&second), change)
                .await
                .expect_problem_at(409, "product.sku_taken", "/sku");
            assert_eq!(problem["errors"][0]["product_id"], first["id"]);
        }
        let change = json!({"sku": "CAF-BIS"});
        manager
            .patch(&path_of(&second), change)
            .await
            .expect_problem_at(409, "product.barcode_taken", "/barcodes/0");
        let change = json!({"sku": "CAF-BIS", "barcodes": []});
        let saved = manager.patch(&path_of(&second), change).await.expect(200);
        assert_eq!(saved.get("conflict"), None);
        assert_eq!(skus(&manager, "conflict=true").await, Vec::<String>::new());
    }
);

both_databases!(
    a_form_that_its_holder_gives_up_goes_to_the_next_and_archiving_is_always_possible,
    |app| async {
        let [first, second] = twins(app).await;
        let manager = app.manager().await;
        manager
            .post(&format!("{}/archive", path_of(&second)), json!({}))
            .await
            .expect(200);
        assert_eq!(skus(&manager, "conflict=true").await, ["caf-250"]);
        assert_eq!(
            skus(&manager, "conflict=true&archived=false").await,
            Vec::<String>::new()
        );
        let change = json!({"sku": "OTHER", "barcodes": []});
        manager.patch(&path_of(&first), change).await.expect(200);
        assert_eq!(skus(&manager, "conflict=true").await, Vec::<String>::new());
        manager
            .patch(&path_of(&second), json!({"name": "Café"}))
            .await
            .expect(200);
        manager
            .post("/products", product("CAF-250", "Encore"))
            .await
            .expect_problem_at(409, "product.sku_taken", "/sku");
    }
);

/// Products and barcodes as the older program wrote them. The second came later than the third.
async fn put_old_rows(tx: &store::Tx) -> Result<(), store::StoreError> {
    let id = |n: i64| uuid::Uuid::from_u128(u128::try_from(n).unwrap());
    for (n, sku, at) in [
        (1i64, "CAF-250", 100i64),
        (2, "caf-250", 300),
        (3, "Caf-250", 200),
        (4, "ÉTÉ", 400),
    ] {
        tx.execute(
            "INSERT INTO products (id, sku, sku_folded, name, name_folded, search_text, unit, price_minor, cost_minor, tax_rate_bp, reorder_level_milli, archived, version, created_at_us, updated_at_us)
             VALUES ($1, $2, $2, $2, $2, $2, 'piece', 1, 1, 0, 0, FALSE, 1, $3, $3)",
            [id(n).into(), sku.into(), at.into()],
        )
        .await?;
    }
    for (barcode, n) in [
        ("05449000000996", 2i64),
        ("5449000000996", 1),
        ("00012345", 4),
    ] {
        tx.execute(
            "INSERT INTO product_barcodes (barcode, product_id, position) VALUES ($1, $2, 0)",
            [barcode.into(), id(n).into()],
        )
        .await?;
    }
    Ok(())
}

both_empty_databases!(
    old_rows_get_their_forms_and_the_oldest_of_equals_keeps_its_own,
    |database| async {
        let options = StoreOptions {
            url: database.url.clone(),
            read_url: None,
            read_connections: 2,
            analytics_connections: 1,
            write_connections: 2,
            missing_file: store::MissingFile::Create,
        };
        migrate_up(&options).await.unwrap();
        let states = migration_status(&options).await.unwrap();
        let before = states
            .iter()
            .position(|state| state.name.ends_with("_identity"))
            .unwrap();
        let above = u32::try_from(states.len() - before).unwrap();
        migrate_down(&options, Some(above)).await.unwrap();
        let stores = store::connect(&options).await.unwrap();
        stores.write.transaction(put_old_rows).await.unwrap();
        stores.close().await;
        migrate_up(&options).await.unwrap();
        let stores = store::connect(&options).await.unwrap();
        let read = async |sql: &str| stores.read.select::<Code>(sql, []).await.unwrap();
        let row = |code: &str, key: &str, place: i64| (code.to_owned(), key.to_owned(), place);
        assert_eq!(
            read("SELECT sku AS code, sku_key AS key, sku_conflict AS place FROM products ORDER BY created_at_us").await,
            [
                row("CAF-250", "caf-250", 0),
                row("Caf-250", "caf-250", 1),
                row("caf-250", "caf-250", 2),
                row("ÉTÉ", "été", 0),
            ]
        );
        assert_eq!(
            read("SELECT barcode AS code, barcode_key AS key, barcode_conflict AS place FROM product_barcodes ORDER BY barcode_key, barcode_conflict").await,
            [
                row("00012345", "00012345", 0),
                row("5449000000996", "05449000000996", 0),
                row("05449000000996", "05449000000996", 1),
            ]
        );
        stores.close().await;
    }
);
