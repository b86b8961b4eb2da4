//! Finding products.

use serde_json::json;

use super::{encoded, make, path_of, product, product_with, skus};

both_databases!(
    accents_case_and_ligatures_do_not_matter_in_a_search,
    |app| async {
        let manager = app.manager().await;
        make(&manager, product("CAF", "Café Moulu 250 g")).await;
        make(&manager, product("OEUF", "Œufs frais")).await;
        make(&manager, product("THE", "Thé vert")).await;
        for (query, found) in [
            ("cafe", &["CAF"][..]),
            ("CAFÉ", &["CAF"]),
            ("cafe\u{301}", &["CAF"]),
            ("oulu", &["CAF"]),
            ("moulu café", &["CAF"]),
            ("cafe vert", &[]),
            ("oeuf", &["OEUF"]),
            ("œufs", &["OEUF"]),
            ("cafe g", &["CAF"]),
            ("cafe f", &[]),
            ("   ", &["CAF", "OEUF", "THE"]),
        ] {
            let answer = skus(&manager, &format!("sort=sku&q={}", encoded(query))).await;
            assert_eq!(answer, found, "{query:?}");
        }
    }
);

both_databases!(
    one_or_two_letters_are_the_beginning_of_a_name_or_sku,
    |app| async {
        let manager = app.manager().await;
        make(&manager, product("SA-1", "Huile")).await;
        make(&manager, product("B-1", "Savon")).await;
        make(&manager, product("C-1", "Masala")).await;
        make(&manager, product("D-1", "Été")).await;
        assert_eq!(skus(&manager, "sort=sku&q=sa").await, ["B-1", "SA-1"]);
        assert_eq!(skus(&manager, "sort=sku&q=S").await, ["B-1", "SA-1"]);
        assert_eq!(skus(&manager, "q=%C3%89t").await, ["D-1"]);
        assert_eq!(skus(&manager, "sort=sku&q=sa+hu").await, ["SA-1"]);
        assert_eq!(skus(&manager, "sort=sku&q=1+h").await, Vec::<String>::new());
    }
);

both_databases!(wildcards_and_quotes_in_a_search_are_letters, |app| async {
    let manager = app.manager().await;
    for (sku, name) in [
        ("PCT", "Jus 100% pur"),
        ("UND", "snake_case jus"),
        ("AST", "Jus a*b[c]?d"),
        ("QUO", "Jus 'd' \"or\""),
        ("BSL", "Jus c:\\dir"),
        ("PLAIN", "Jus simple 100 snakeXcase aXb[c]Xd"),
    ] {
        make(&manager, product(sku, name)).await;
    }
    for (query, found) in [
        ("100%", "PCT"),
        ("e_c", "UND"),
        ("a*b", "AST"),
        ("[c]?", "AST"),
        ("'d'", "QUO"),
        ("\"or\"", "QUO"),
        ("c:\\d", "BSL"),
    ] {
        let answer = skus(&manager, &format!("q={}", encoded(query))).await;
        assert_eq!(answer, [found], "{query:?}");
    }
    for query in [
        "%%%",
        "___",
        "***",
        "???",
        "[a-z]",
        "\" OR \"",
        "NEAR(a b)",
        "-jus:x",
    ] {
        let answer = skus(&manager, &format!("q={}", encoded(query))).await;
        assert_eq!(answer, Vec::<String>::new(), "{query:?}");
    }
});

both_databases!(
    a_search_knows_skus_and_barcodes_and_follows_every_change,
    |app| async {
        let manager = app.manager().await;
        let made = make(
            &manager,
            product_with("Réf-77", "Lampe", json!({"barcodes": ["6001234", "ABC-9"]})),
        )
        .await;
        let finds = async |query: &str| {
            !skus(&manager, &format!("q={}", encoded(query)))
                .await
                .is_empty()
        };
        for query in ["ref-77", "0123", "abc-9", "lampe ref"] {
            assert!(finds(query).await, "{query}");
        }
        let change = json!({"name": "Torche", "sku": "TOR", "barcodes": ["555"]});
        manager.patch(&path_of(&made), change).await.expect(200);
        for (query, is_found) in [
            ("lampe", false),
            ("ref-77", false),
            ("6001234", false),
            ("torche", true),
            ("tor 555", true),
        ] {
            assert_eq!(finds(query).await, is_found, "{query}");
        }
    }
);

both_databases!(a_barcode_is_found_exactly, |app| async {
    let manager = app.manager().await;
    make(
        &manager,
        product_with("A", "Un", json!({"barcodes": ["123456", "x"]})),
    )
    .await;
    make(
        &manager,
        product_with("B", "Deux", json!({"barcodes": ["1234567"]})),
    )
    .await;
    assert_eq!(skus(&manager, "barcode=123456").await, ["A"]);
    assert_eq!(skus(&manager, "barcode=%20123456%20").await, ["A"]);
    assert_eq!(skus(&manager, "barcode=12345").await, Vec::<String>::new());
    assert_eq!(skus(&manager, "barcode=X").await, Vec::<String>::new());
    assert_eq!(
        skus(&manager, "barcode=123456&q=deux").await,
        Vec::<String>::new()
    );
});

both_databases!(
    low_stock_is_what_lies_at_or_below_its_reorder_level_everywhere_together,
    |app| async {
        let manager = app.manager().await;
        let elsewhere = manager
            .post("/locations", json!({"name": "Dépôt"}))
            .await
            .expect(201);
        for (sku, level, stock) in [
            ("NONE", 0, 0),
            ("AT", 5, 5),
            ("BELOW", 5, 1),
            ("EMPTY", 1, 0),
            ("ABOVE", 5, 6),
            ("SPLIT", 5, 3),
        ] {
            let made = make(
                &manager,
                product_with(
                    sku,
                    sku,
                    json!({"reorder_level": level, "initial_stock": stock}),
                ),
            )
            .await;
            if sku == "SPLIT" {
                let lines = json!([{"product_id": made["id"], "quantity": 4}]);
                let receipt = json!({"lines": lines, "location_id": elsewhere["id"]});
                manager
                    .post("/inventory/receipts", receipt)
                    .await
                    .expect(201);
                assert_eq!(manager.get(&path_of(&made)).await.expect(200)["on_hand"], 7);
            }
        }
        assert_eq!(
            skus(&manager, "low_stock=true&sort=sku").await,
            ["AT", "BELOW", "EMPTY"]
        );
        assert_eq!(
            skus(&manager, "low_stock=true&sort=sku&q=be").await,
            ["BELOW"]
        );
        assert_eq!(skus(&manager, "low_stock=false").await.len(), 6);
    }
);

both_databases!(
    a_query_that_is_not_valid_says_which_parameter,
    |app| async {
        let manager = app.manager().await;
        let long = "x".repeat(101);
        for (query, pointer) in [
            ("limit=0".to_owned(), "?limit"),
            ("limit=201".to_owned(), "?limit"),
            ("limit=x".to_owned(), "?limit"),
            (format!("q={long}"), "?q"),
            (format!("barcode={long}"), "?barcode"),
            ("sort=colour".to_owned(), "?sort"),
            ("archived=maybe".to_owned(), "?archived"),
            ("category_id=1".to_owned(), "?category_id"),
        ] {
            manager
                .get(&format!("/products?{query}"))
                .await
                .expect_problem_at(400, "request.invalid_query", pointer);
        }
        for query in ["colour=red", "q=a%00b", "limit=1&limit=2"] {
            manager
                .get(&format!("/products?{query}"))
                .await
                .expect_problem(400, "request.invalid_query");
        }
    }
);
