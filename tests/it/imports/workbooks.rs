//! Workbooks for files: templates that lead back into the shop, rows with errors to be corrected; and
//! changes that want a word of their own.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{commit, id, issues, product_of, rows, send};
use crate::support::{
    app::Wishes,
    http::{Answer, Client},
    shop::Wanted,
};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

async fn send_book(client: &Client, kind: &str, bytes: Vec<u8>) -> Answer {
    let part = Part::bytes(bytes).file_name("classeur.xlsx");
    let request = client.request(reqwest::Method::POST, &format!("/imports?kind={kind}"));
    client
        .send(request.multipart(Form::new().part("file", part)))
        .await
}

both_databases!(a_template_is_read_back_without_an_error, |app| async {
    app.product(Wanted::default()).await;
    let client = app.manager().await;
    for (kind, columns) in [("products", 11), ("stock", 5), ("sales", 9)] {
        for lang in ["", "?lang=fr", "?lang=en"] {
            let path = format!("/imports/templates/{kind}.xlsx{lang}");
            let template = client.get(&path).await;
            template.expect(200);
            assert_eq!(template.header("content-type"), Some(XLSX));
            let import = send_book(&client, kind, template.bytes.clone())
                .await
                .expect(201);
            assert_eq!(import["state"], "previewed", "{path}: {import}");
            assert_eq!(import["counts"]["error"], 0);
            assert_eq!(import["issues"], json!([]), "{path}");
            let read = import["mapping"]["columns"].as_object().unwrap();
            assert_eq!(read.len(), columns, "{path}: {read:?}");
        }
    }
    client
        .get("/imports/templates/people.xlsx")
        .await
        .expect_problem(404, "resource.not_found");
    client
        .get("/imports/templates/stock.xlsx?lang=de")
        .await
        .expect_problem(400, "request.invalid_query");
});

both_databases!(
    errors_come_as_a_workbook_that_can_be_corrected,
    |app| async {
        app.product(Wanted::default()).await;
        let client = app.manager().await;
        let csv = "Code;Nom;PV;Stock compté;Catégorie\nA;Un;mille;5;Boissons > Chaudes\nB;Deux;2,50;;\nSUCRE-1KG;;3;x;\n=C;;1;;\n";
        let import = send(&client, "products", csv).await.expect(201);
        assert_eq!(import["counts"]["error"], 3);
        let path = format!("/imports/{}/errors.xlsx?lang=fr", id(&import));
        let book = client.get(&path).await;
        book.expect(200);
        assert_eq!(book.header("content-type"), Some(XLSX));
        // It is read under the same headers, and has the same errors, each with the address of its cell.
        let again = send_book(&client, "products", book.bytes.clone())
            .await
            .expect(201);
        assert_eq!(again["counts"]["error"], 3);
        assert_eq!(again["counts"]["new"], 0);
        let wrong = rows(&client, &again, "error").await;
        assert_eq!(issues(&wrong[0]), [("price", "import.not_a_number")]);
        assert_eq!(wrong[0]["issues"][0]["value"], "mille");
        assert_eq!(wrong[0]["issues"][0]["cell"], "Erreurs!D2");
        assert_eq!(
            wrong[0]["values"]["category"],
            json!(["Boissons", "Chaudes"])
        );
        assert_eq!(issues(&wrong[1]), [("stock_set", "import.not_a_number")]);
        assert_eq!(wrong[2]["values"]["sku"], "=C");
        // Where there are none, it is empty; and it is not of a file that is not there.
        let good = send(&client, "products", "sku;name;price\nB;Deux;2\n")
            .await
            .expect(201);
        let empty = client
            .get(&format!("/imports/{}/errors.xlsx", id(&good)))
            .await;
        empty.expect(200);
        let unknown = uuid::Uuid::now_v7();
        client
            .get(&format!("/imports/{unknown}/errors.xlsx"))
            .await
            .expect_problem(404, "resource.not_found");
        let cashier = app.cashier().await;
        cashier
            .get(&path)
            .await
            .expect_problem(403, "auth.forbidden");
    }
);

fn in_dollars() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SHOP__CURRENCY", "USD".to_owned())],
        ..Wishes::default()
    }
}

both_databases!(
    big_changes_want_a_word_of_their_own,
    in_dollars(),
    |app| async {
        let wanted = |sku, stock| Wanted {
            sku,
            price_minor: 250,
            cost_minor: 200,
            stock,
            ..Wanted::default()
        };
        for (sku, stock) in [("A", 10), ("B", 10), ("C", 500), ("D", 20)] {
            app.product(wanted(sku, stock)).await;
        }
        let client = app.manager().await;
        let csv = "sku;price;cost;stock_set\nA;25.00;;\nB;2.75;;12\nC;;;20\nD;;0.15;1\n";
        let import = send(&client, "products", csv).await.expect(201);
        assert_eq!(import["effects"]["big_changes"], 3);
        let found: Vec<Value> = rows(&client, &import, "changed").await;
        let warned: Vec<_> = found.iter().flat_map(|row| issues(row)).collect();
        assert_eq!(
            warned,
            [
                ("price", "import.big_change"),
                ("stock_set", "import.big_change"),
                ("cost", "import.big_change"),
            ]
        );
        assert_eq!(
            found[0]["changes"]["price_minor"],
            json!({"old": 250, "new": 2_500})
        );
        assert_eq!(
            found[2]["changes"]["on_hand"],
            json!({"old": 500, "new": 20})
        );
        // 480 less of what costs 2.00, 2 more, and 19 less of what costs 0.15 from now on.
        assert_eq!(
            import["effects"]["stock_value_minor"],
            -48_000 * 2 + 400 - 19 * 15
        );
        commit(&client, &import, json!({"accept_warnings": true}))
            .await
            .expect_problem_at(409, "import.has_big_changes", "/accept_big_changes");
        assert_eq!(product_of(&client, "A").await["price_minor"], 250);
        let both = json!({"accept_warnings": true, "accept_big_changes": true});
        commit(&client, &import, both).await.expect(200);
        assert_eq!(product_of(&client, "A").await["price_minor"], 2_500);
        // A file of stock as well; and a price below its cost is named, but is no big change.
        let stock = send(&client, "stock", "sku;stock_add\nC;5000\n")
            .await
            .expect(201);
        assert_eq!(stock["effects"]["big_changes"], 1);
        let cheap = send(
            &client,
            "products",
            "sku;name;price;cost\nE;Neuf;1.00;1.50\n",
        )
        .await
        .expect(201);
        assert_eq!(cheap["effects"]["big_changes"], 0);
        let new = rows(&client, &cheap, "new").await;
        assert_eq!(issues(&new[0]), [("price", "price.below_cost")]);
    }
);

both_databases!(
    a_preview_that_the_shop_overtook_is_shown_again,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let client = app.manager().await;
        let import = send(
            &client,
            "products",
            "sku;price;stock_add\nSUCRE-1KG;3600;5\n",
        )
        .await
        .expect(201);
        let path = format!("/products/{product}");
        client
            .patch(&path, json!({"price_minor": 355_000}))
            .await
            .expect(200);
        commit(&client, &import, json!({}))
            .await
            .expect_problem_at(409, "import.stale", "/rows/2");
        assert_eq!(
            product_of(&client, "SUCRE-1KG").await["price_minor"],
            355_000
        );
        // The same import, with the present difference; now it is known, and can be committed.
        let found = rows(&client, &import, "changed").await;
        assert_eq!(
            found[0]["changes"]["price_minor"],
            json!({"old": 355_000, "new": 360_000})
        );
        commit(&client, &import, json!({})).await.expect(200);
        assert_eq!(
            product_of(&client, "SUCRE-1KG").await["price_minor"],
            360_000
        );
        assert_eq!(app.on_hand(product).await, 15_000);
    }
);
