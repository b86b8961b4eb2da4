//! The tree of categories.

use serde_json::{Value, json};

use super::{id_of, make, product_with, skus};
use crate::support::http::Client;

async fn category(client: &Client, name: &str, parent: Option<&Value>) -> Value {
    let body = json!({"name": name, "parent_id": parent.map(|parent| parent["id"].clone())});
    client.post("/categories", body).await.expect(201)
}

fn path_of(category: &Value) -> String {
    format!("/categories/{}", id_of(category))
}

both_databases!(
    a_category_is_made_renamed_moved_and_listed_by_name,
    |app| async {
        let manager = app.manager().await;
        let drinks = category(&manager, " Boissons ", None).await;
        assert_eq!(drinks["name"], "Boissons");
        assert_eq!(
            (&drinks["parent_id"], &drinks["version"]),
            (&Value::Null, &json!(1))
        );
        let water = category(&manager, "Eaux", Some(&drinks)).await;
        category(&manager, "Épicerie", None).await;
        let moved = manager
            .patch_if_match(
                &path_of(&water),
                1,
                json!({"parent_id": null, "name": "Eau"}),
            )
            .await;
        assert_eq!(moved.header("etag"), Some("\"2\""));
        assert_eq!(moved.expect(200)["parent_id"], Value::Null);
        manager
            .patch_if_match(&path_of(&water), 1, json!({"name": "H2O"}))
            .await
            .expect_problem(412, "request.precondition_failed");
        let mut names = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = manager
                .get(&format!("/categories?limit=1{cursor}"))
                .await
                .expect(200);
            names.push(page["items"][0]["name"].as_str().unwrap().to_owned());
            let Some(next) = page["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(names, ["Boissons", "Eau", "Épicerie"]);
        let nobody = "/categories/0197f3a0-0000-7000-8000-000000000000";
        manager
            .patch(nobody, json!({"name": "x"}))
            .await
            .expect_problem(404, "resource.not_found");
    }
);

both_databases!(
    siblings_have_different_names_accents_apart_and_cousins_may_share_one,
    |app| async {
        let manager = app.manager().await;
        let a = category(&manager, "Épices", None).await;
        let b = category(&manager, "Thés", None).await;
        category(&manager, "Divers", Some(&a)).await;
        let other = category(&manager, "Divers", Some(&b)).await;
        for (name, parent) in [("epices", None), ("DIVERS", Some(&a))] {
            let body = json!({"name": name, "parent_id": parent.map(|p| p["id"].clone())});
            manager.post("/categories", body).await.expect_problem_at(
                409,
                "category.name_taken",
                "/name",
            );
        }
        manager
            .patch(&path_of(&other), json!({"parent_id": a["id"]}))
            .await
            .expect_problem_at(409, "category.name_taken", "/name");
        manager
            .patch(&path_of(&b), json!({"name": "ÉPICES"}))
            .await
            .expect_problem_at(409, "category.name_taken", "/name");
    }
);

both_databases!(
    the_tree_has_no_rings_and_eight_levels_at_most,
    |app| async {
        let manager = app.manager().await;
        let mut chain = vec![category(&manager, "1", None).await];
        for level in 2..=8 {
            let parent = chain.last().cloned();
            chain.push(category(&manager, &level.to_string(), parent.as_ref()).await);
        }
        manager
            .post(
                "/categories",
                json!({"name": "9", "parent_id": chain[7]["id"]}),
            )
            .await
            .expect_problem_at(422, "request.validation_failed", "/parent_id");
        for descendant in [&chain[0], &chain[1], &chain[7]] {
            manager
                .patch(&path_of(&chain[0]), json!({"parent_id": descendant["id"]}))
                .await
                .expect_problem_at(409, "category.cycle", "/parent_id");
        }
        // A tree of two levels fits below the sixth and not below the seventh.
        let top = category(&manager, "top", None).await;
        category(&manager, "below", Some(&top)).await;
        manager
            .patch(&path_of(&top), json!({"parent_id": chain[6]["id"]}))
            .await
            .expect_problem_at(422, "request.validation_failed", "/parent_id");
        manager
            .patch(&path_of(&top), json!({"parent_id": chain[5]["id"]}))
            .await
            .expect(200);
        for parent in ["0197f3a0-0000-7000-8000-000000000000"] {
            manager
                .post("/categories", json!({"name": "x", "parent_id": parent}))
                .await
                .expect_problem_at(422, "request.unknown_reference", "/parent_id");
        }
        for body in [
            json!({"name": " "}),
            json!({"name": "x".repeat(101)}),
            json!({}),
            json!({"name": null}),
        ] {
            manager.post("/categories", body).await.expect(422);
        }
        manager
            .patch(&path_of(&top), json!({"name": null}))
            .await
            .expect_problem_at(422, "request.invalid_body", "/name");
    }
);

both_databases!(
    two_categories_that_move_into_each_other_at_once_make_no_ring,
    |app| async {
        let manager = app.manager().await;
        for round in 0..10 {
            let a = category(&manager, &format!("a{round}"), None).await;
            let b = category(&manager, &format!("b{round}"), None).await;
            let (path_a, path_b) = (path_of(&a), path_of(&b));
            let (into_b, into_a) = tokio::join!(
                manager.patch(&path_a, json!({"parent_id": b["id"]})),
                manager.patch(&path_b, json!({"parent_id": a["id"]})),
            );
            let mut statuses = [into_b.status.as_u16(), into_a.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409]);
        }
    }
);

both_databases!(
    a_category_shows_its_products_with_those_of_all_below,
    |app| async {
        let manager = app.manager().await;
        let top = category(&manager, "Haut", None).await;
        let middle = category(&manager, "Milieu", Some(&top)).await;
        let low = category(&manager, "Bas", Some(&middle)).await;
        let other = category(&manager, "Autre", None).await;
        for (sku, place) in [("T", &top), ("M", &middle), ("L", &low), ("O", &other)] {
            make(
                &manager,
                product_with(sku, "Chose", json!({"category_id": place["id"]})),
            )
            .await;
        }
        make(&manager, product_with("N", "Chose", json!({}))).await;
        let within = async |category: &Value, more: &str| {
            skus(
                &manager,
                &format!("sort=sku&category_id={}{more}", id_of(category)),
            )
            .await
        };
        assert_eq!(within(&top, "").await, ["L", "M", "T"]);
        assert_eq!(within(&middle, "&limit=1").await, ["L", "M"]);
        assert_eq!(within(&low, "").await, ["L"]);
        assert_eq!(within(&top, "&q=chose").await, ["L", "M", "T"]);
        assert_eq!(within(&top, "&q=ch").await, ["L", "M", "T"]);
        manager
            .patch(&path_of(&middle), json!({"parent_id": other["id"]}))
            .await
            .expect(200);
        assert_eq!(within(&top, "").await, ["T"]);
        assert_eq!(within(&other, "").await, ["L", "M", "O"]);
        let unknown = json!({"id": "0197f3a0-0000-7000-8000-000000000000"});
        assert_eq!(within(&unknown, "").await, Vec::<String>::new());
    }
);
