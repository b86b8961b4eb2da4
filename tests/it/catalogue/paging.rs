//! Pages of the list: every product once, in order, under every sort.

use std::collections::HashSet;

use serde_json::json;

use super::{make, product, product_with, sets, skus};

const SORTS: [&str; 8] = [
    "name",
    "-name",
    "sku",
    "-sku",
    "price_minor",
    "-price_minor",
    "created_at",
    "-created_at",
];

both_databases!(
    every_order_shows_every_product_once_whatever_the_size_of_its_pages,
    |app| async {
        let manager = app.manager().await;
        // Equal names, prices and moments: ties are the rule, not the exception.
        for number in 0..40 {
            let name = ["Zèbre", "zebre", "Ananas", "Éclair", "café", "Cafe"][number % 6];
            let body = json!({"sku": format!("S{}", (number * 7) % 40), "name": name, "price_minor": number % 3 * 100});
            make(&manager, body).await;
            if number % 4 == 0 {
                app.clock.advance_seconds(1);
            }
        }
        for sort in SORTS {
            let whole = skus(&manager, &format!("sort={sort}&limit=200")).await;
            assert_eq!(whole.len(), 40);
            assert_eq!(whole.iter().collect::<HashSet<_>>().len(), 40, "{sort}");
            for limit in [1, 3, 7, 39, 40, 41] {
                let paged = skus(&manager, &format!("sort={sort}&limit={limit}")).await;
                assert_eq!(paged, whole, "{sort} by {limit}");
            }
            let (field, is_backwards) = sort
                .strip_prefix('-')
                .map_or((sort, false), |field| (field, true));
            let page = manager
                .get(&format!("/products?sort={sort}&limit=200"))
                .await
                .expect(200);
            let items = page["items"].as_array().unwrap();
            let keys: Vec<String> = items
                .iter()
                .map(|item| match field {
                    "name" => kernel::text::fold(item["name"].as_str().unwrap()),
                    "price_minor" => format!("{:020}", item["price_minor"].as_i64().unwrap()),
                    other => item[other].as_str().unwrap().to_owned(),
                })
                .collect();
            let is_ordered = keys.windows(2).all(|pair| {
                if is_backwards {
                    pair[0] >= pair[1]
                } else {
                    pair[0] <= pair[1]
                }
            });
            assert!(is_ordered, "{sort}: {keys:?}");
        }
        assert_eq!(
            manager.get("/products").await.expect(200)["items"]
                .as_array()
                .unwrap()
                .len(),
            40
        );
    }
);

both_databases!(
    filters_that_find_little_and_filters_that_find_much_page_alike,
    |app| async {
        let manager = app.manager().await;
        let category = manager
            .post("/categories", json!({"name": "Tout"}))
            .await
            .expect(201);
        let mut rows = Vec::new();
        // More than the list is willing to sort: these filters walk along the order instead.
        for number in 0..1_300 {
            rows.push((
                format!("W{number:04}"),
                format!("article commun {}", number % 50),
                i64::from(number % 7),
            ));
        }
        sets::create(app, &rows, category["id"].as_str()).await;
        let id = category["id"].as_str().unwrap();
        let all: HashSet<String> = rows.iter().map(|(sku, ..)| sku.clone()).collect();
        for filter in [
            "q=commun".to_owned(),
            format!("category_id={id}"),
            format!("q=commun&category_id={id}"),
            "q=ar".to_owned(),
            "q=w0+ar".to_owned(),
        ] {
            for sort in ["name", "-price_minor", "sku"] {
                let paged = skus(&manager, &format!("{filter}&sort={sort}&limit=190")).await;
                let expected = if filter == "q=w0+ar" { 1_000 } else { 1_300 };
                assert_eq!(paged.len(), expected, "{filter} {sort}");
                assert!(paged.iter().all(|sku| all.contains(sku)));
                assert_eq!(
                    paged.iter().collect::<HashSet<_>>().len(),
                    expected,
                    "{filter} {sort}"
                );
            }
        }
        let few = skus(&manager, "q=commun+49&sort=-sku&limit=9").await;
        let mut expected: Vec<String> = (0..1_300)
            .filter(|n| n % 50 == 49)
            .map(|n| format!("W{n:04}"))
            .collect();
        expected.retain(|sku| few.contains(sku));
        expected.reverse();
        assert_eq!(few.iter().filter(|sku| expected.contains(sku)).count(), 26);
        let mut sorted = few.clone();
        sorted.sort_by(|a, b| b.cmp(a));
        assert_eq!(few, sorted);
    }
);

both_databases!(
    a_cursor_that_was_changed_or_belongs_to_another_list_is_refused,
    |app| async {
        let manager = app.manager().await;
        for number in 0..3 {
            make(
                &manager,
                product_with(&format!("K{number}"), "Même", json!({"barcodes": []})),
            )
            .await;
        }
        let page = manager.get("/products?limit=1&sort=name").await.expect(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        manager
            .get(&format!("/products?limit=2&sort=name&cursor={cursor}"))
            .await
            .expect(200);
        for list in [
            "/products?sort=sku",
            "/products?sort=name&q=meme",
            "/products?sort=name&archived=true",
            "/categories?limit=1",
            "/rates?limit=1",
        ] {
            manager
                .get(&format!("{list}&cursor={cursor}"))
                .await
                .expect_problem_at(400, "request.invalid_cursor", "?cursor");
        }
        for tampered in [
            &cursor[1..],
            "AAAA",
            "%F0%9F%92%A9",
            "' OR 1=1 --",
            &"A".repeat(5_000),
        ] {
            manager
                .get(&format!("/products?sort=name&cursor={tampered}"))
                .await
                .expect_problem_at(400, "request.invalid_cursor", "?cursor");
        }
    }
);

both_databases!(
    a_product_made_between_two_pages_moves_no_other,
    |app| async {
        let manager = app.manager().await;
        for sku in ["A", "C", "E", "G"] {
            make(&manager, product(sku, sku)).await;
        }
        let first = manager.get("/products?sort=sku&limit=2").await.expect(200);
        make(&manager, product("B", "B")).await;
        make(&manager, product("D", "D")).await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = manager
            .get(&format!("/products?sort=sku&limit=9&cursor={cursor}"))
            .await
            .expect(200);
        let rest: Vec<&str> = rest["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["sku"].as_str().unwrap())
            .collect();
        assert_eq!(rest, ["D", "E", "G"]);
    }
);
