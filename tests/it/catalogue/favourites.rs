//! The products that every till shows first.

use reqwest::Method;
use serde_json::{Value, json};

use super::{id_of, make, path_of, product};
use crate::support::http::Client;

async fn set(client: &Client, ids: &[&Value]) -> crate::support::http::Answer {
    client
        .put("/favourites", json!({ "product_ids": ids }))
        .await
}

both_databases!(
    favourites_keep_their_order_and_leave_out_what_is_archived,
    |app| async {
        let (manager, cashier) = (app.manager().await, app.cashier().await);
        let none = cashier.get("/favourites").await;
        assert_eq!(none.expect(200)["product_ids"], json!([]));
        let mut made = Vec::new();
        for sku in ["A", "B", "C"] {
            made.push(make(&manager, product(sku, "Produit")).await);
        }
        let ids: Vec<&Value> = made.iter().map(|one| &one["id"]).collect();
        let wanted = [ids[2], ids[0], ids[1]];
        assert_eq!(
            set(&manager, &wanted).await.expect(200)["product_ids"],
            json!(wanted)
        );
        let read = cashier.get("/favourites").await;
        assert_eq!(read.expect(200)["product_ids"], json!(wanted));
        let tag = read.header("etag").unwrap();
        let again = cashier.request(Method::GET, "/favourites");
        cashier
            .send(again.header("if-none-match", tag))
            .await
            .expect(304);
        let path = format!("{}/archive", path_of(&made[0]));
        manager.post_empty(&path).await.expect(200);
        let left = cashier.get("/favourites").await.expect(200);
        assert_eq!(left["product_ids"], json!([ids[2], ids[1]]));
        set(&manager, &[ids[1]]).await.expect(200);
        set(&manager, &[ids[1]]).await.expect(200);
        let entries = "SELECT COUNT(*) FROM audit_log WHERE action = 'favourites.update'";
        assert_eq!(app.figure(entries).await, 2, "the same again is no deed");
        set(&manager, &[]).await.expect(200);
        assert_eq!(
            cashier.get("/favourites").await.expect(200)["product_ids"],
            json!([])
        );
    }
);

both_databases!(
    favourites_that_cannot_be_are_refused_and_nothing_changes,
    |app| async {
        let manager = app.manager().await;
        let first = make(&manager, product("A", "Produit")).await;
        let gone = make(&manager, product("B", "Produit")).await;
        manager
            .post_empty(&format!("{}/archive", path_of(&gone)))
            .await
            .expect(200);
        let id = &first["id"];
        set(&manager, &[id]).await.expect(200);
        let twice = set(&manager, &[id, id]).await;
        let problem = twice.expect_problem_at(422, "request.validation_failed", "/product_ids/1");
        assert_eq!(problem["errors"][0]["code"], "favourite.repeated");
        let unknown = json!("0192f0c1-7c00-7000-8000-000000000000");
        set(&manager, &[id, &unknown]).await.expect_problem_at(
            422,
            "request.unknown_reference",
            "/product_ids/1",
        );
        set(&manager, &[&gone["id"]]).await.expect_problem_at(
            409,
            "product.archived",
            "/product_ids/0",
        );
        let many: Vec<&Value> = vec![id; 201];
        set(&manager, &many).await.expect_problem_at(
            422,
            "request.validation_failed",
            "/product_ids",
        );
        set(&app.cashier().await, &[])
            .await
            .expect_problem(403, "auth.forbidden");
        let kept = manager.get("/favourites").await.expect(200);
        assert_eq!(kept["product_ids"], json!([id_of(&first)]));
    }
);
