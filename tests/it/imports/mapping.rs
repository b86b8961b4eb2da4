//! Files whose columns are unclear: kept, asked about, mapped, and remembered by their headers.

use serde_json::{Value, json};

use super::{commit, id, issues, product_of, rows, send, send_mapped};
use crate::support::{
    app::TestApp,
    http::{Answer, Client},
    shop::Wanted,
};

async fn map(client: &Client, import: &Value, mapping: Value) -> Answer {
    let path = format!("/imports/{}/mapping", id(import));
    client.put(&path, mapping).await
}

fn questions(import: &Value) -> Vec<&str> {
    let asked = import["layout"]["questions"].as_array().unwrap();
    asked
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect()
}

/// A shop with 8 of the product A.
async fn with_eight(app: &TestApp) -> kernel::ids::ProductId {
    let wanted = Wanted {
        sku: "A",
        stock: 8,
        ..Wanted::default()
    };
    app.product(wanted).await
}

both_databases!(a_plain_stock_column_asks_what_it_means, |app| async {
    let product = with_eight(app).await;
    let client = app.manager().await;
    let csv = "sku;nom;prix;Qté\nNEUF;Neuf;100;3\nA;Article;100;59\n";
    let file = send(&client, "products", csv).await.expect(201);
    assert_eq!(file["state"], "mapping");
    assert_eq!(questions(&file), ["import.stock_not_clear"]);
    let answers = file["layout"]["questions"][0]["answers"]
        .as_array()
        .unwrap();
    let seen: Vec<(&Value, &Value, &Value)> = answers
        .iter()
        .map(|one| {
            (
                &one["value"],
                &one["example"]["before"],
                &one["example"]["after"],
            )
        })
        .collect();
    let eight = json!(8);
    assert_eq!(
        seen,
        [
            (&json!("set"), &eight, &json!(59)),
            (&json!("add"), &eight, &json!(67)),
            (&json!("ignore"), &eight, &eight),
        ]
    );
    assert_eq!(answers[0]["example"]["row"], 3);
    // Nothing can be committed, and nothing was changed.
    let refused = commit(&client, &file, json!({})).await;
    refused.expect_problem(409, "import.wrong_state");
    assert!(rows(&client, &file, "new").await.is_empty());
    // Each meaning does what it said.
    for (meaning, after) in [("ignore", 8), ("add", 67), ("set", 59)] {
        let mapped = map(&client, &file, json!({"stock": meaning}))
            .await
            .expect(200);
        assert_eq!(mapped["state"], "previewed", "{meaning}");
        assert_eq!(mapped["id"], file["id"]);
        let found = rows(&client, &mapped, "changed").await;
        let changed = found.iter().find(|row| row["row"] == 3);
        let on_hand = changed.map_or(&Value::Null, |row| &row["changes"]["on_hand"]["new"]);
        if after == 8 {
            assert_eq!(on_hand, &Value::Null);
        } else {
            assert_eq!(on_hand, &json!(after), "{meaning}");
        }
    }
    commit(
        &client,
        &file,
        json!({"accept_warnings": true, "accept_big_changes": true}),
    )
    .await
    .expect(200);
    assert_eq!(app.on_hand(product).await, 59_000);
    // It is over.
    let late = map(&client, &file, json!({"stock": "add"})).await;
    late.expect_problem(409, "import.wrong_state");
});

both_databases!(what_was_said_is_remembered_by_the_headers, |app| async {
    let product = with_eight(app).await;
    let client = app.manager().await;
    let first = send(&client, "stock", "sku;Qté\nA;10\n").await.expect(201);
    assert_eq!(first["state"], "mapping");
    let mapped = map(&client, &first, json!({"stock": "add"}))
        .await
        .expect(200);
    // Not before it was committed.
    let other = send(&client, "stock", "sku;Qté\nA;11\n").await.expect(201);
    assert_eq!(other["state"], "mapping");
    commit(&client, &mapped, json!({})).await.expect(200);
    assert_eq!(app.on_hand(product).await, 18_000);
    let again = send(&client, "stock", "SKU;qté\nA;2\n").await.expect(201);
    assert_eq!(again["state"], "previewed");
    assert_eq!(again["mapping"]["columns"]["stock_add"], "qté");
    assert_eq!(again["issues"][0]["code"], "import.mapping_remembered");
    let refused = commit(&client, &again, json!({})).await;
    refused.expect_problem(409, "import.has_warnings");
    commit(&client, &again, json!({"accept_warnings": true}))
        .await
        .expect(200);
    assert_eq!(app.on_hand(product).await, 20_000);
    // Other headers, and another kind of file, are asked about.
    for (kind, csv) in [("stock", "code;Qté\nA;2\n"), ("products", "sku;Qté\nA;2\n")] {
        let file = send(&client, kind, csv).await.expect(201);
        assert_eq!(file["state"], "mapping", "{kind}: {csv}");
    }
    // What is said with the file goes before.
    let mapping = json!({"stock": "set"});
    let set = send_mapped(&client, "stock", "sku;Qté\nA;20\n", Some(&mapping))
        .await
        .expect(201);
    assert_eq!(set["mapping"]["columns"]["stock_set"], "Qté");
});

both_databases!(columns_are_shown_with_samples_and_mapped, |app| async {
    let client = app.manager().await;
    let csv = "Liste;;\nRayon;Truc;Combien;Note\nR1;Savon;1 500,00;x\nR1;Riz;2 000,50;\n;;;\nR2;Sel;900;y\n";
    let file = send(&client, "products", csv).await.expect(201);
    assert_eq!(file["state"], "mapping");
    assert_eq!(questions(&file), ["import.column_missing"]);
    assert_eq!(file["mapping"]["header_row"], 2);
    assert_eq!(file["mapping"]["columns"], json!({"category": "Rayon"}));
    let columns = file["layout"]["columns"].as_array().unwrap();
    assert_eq!(columns.len(), 4);
    assert_eq!(
        columns[1],
        json!({"number": 2, "header": "Truc", "field": null, "samples": ["Savon", "Riz", "Sel"]})
    );
    let fields = file["layout"]["fields"].as_array().unwrap();
    assert!(fields.contains(&json!("price")) && !fields.contains(&json!("stock")));
    // A mapping that names what is not there changes nothing.
    let wrong = map(&client, &file, json!({"columns": {"name": "Machin"}})).await;
    wrong.expect_problem_at(422, "import.columns_missing", "/mapping/columns/name");
    let unchanged = client
        .get(&format!("/imports/{}", id(&file)))
        .await
        .expect(200);
    assert_eq!(unchanged, file);
    // Half an answer asks on.
    let half = json!({"columns": {"name": "Truc", "price": "#3"}});
    let asked = map(&client, &file, half).await.expect(200);
    assert_eq!(asked["state"], "mapping");
    assert_eq!(
        asked["layout"]["questions"][0]["answers"][0]["member"],
        "generate_skus"
    );
    let whole = json!({
        "columns": {"name": "Truc", "price": "#3"}, "ignore": ["Note"], "generate_skus": true,
    });
    let mapped = map(&client, &file, whole).await.expect(200);
    assert_eq!(mapped["state"], "previewed");
    assert_eq!(mapped["issues"], json!([]));
    let new = rows(&client, &mapped, "new").await;
    let seen: Vec<(&Value, &Value)> = new
        .iter()
        .map(|row| (&row["values"]["sku"], &row["values"]["price_minor"]))
        .collect();
    assert_eq!(
        seen,
        [
            (&json!("SAVON"), &json!(150_000)),
            (&json!("RIZ"), &json!(200_050)),
            (&json!("SEL"), &json!(90_000)),
        ]
    );
    assert_eq!(new[0]["values"]["sku_generated"], true);
    commit(&client, &mapped, json!({})).await.expect(200);
    assert_eq!(product_of(&client, "RIZ").await["name"], "Riz");
    // The same list again finds the same products; another product's code is not taken.
    let again = send(&client, "products", csv.replace("900", "950"))
        .await
        .expect(201);
    assert_eq!(again["counts"]["unchanged"], 2);
    assert_eq!(again["counts"]["changed"], 1);
    let other = "Rayon;Truc;Combien;Note\n;Sel !;900;\n";
    let other = send(&client, "products", other).await.expect(201);
    let codes = rows(&client, &other, "error").await;
    assert_eq!(codes.len(), 1, "{codes:?}");
    assert_eq!(issues(&codes[0])[0], ("sku", "import.made_code_taken"));
});

both_databases!(a_file_without_headers_is_mapped_by_numbers, |app| async {
    let client = app.manager().await;
    let file = send(&client, "products", "A1;Savon;900\nA2;Riz;1200\n")
        .await
        .expect(201);
    assert_eq!(file["state"], "mapping");
    let mapping = json!({
        "header_row": 0, "columns": {"sku": "#1", "name": "#2", "price": "#3"},
    });
    let mapped = map(&client, &file, mapping).await.expect(200);
    assert_eq!(mapped["counts"]["new"], 2);
    let new = rows(&client, &mapped, "new").await;
    assert_eq!(new[0]["values"]["sku"], "A1");
    assert_eq!(new[1]["values"]["price_minor"], 120_000);
});

both_databases!(
    the_bytes_of_a_file_go_when_it_is_committed_or_too_old,
    |app| async {
        let client = app.manager().await;
        let kept = || app.figure("SELECT COUNT(*) FROM import_files");
        let file = "sku;nom;prix\nA;Un;1\n\r\n";
        let import = send(&client, "products", file).await.expect(201);
        assert_eq!(kept().await, 1);
        commit(&client, &import, json!({})).await.expect(200);
        assert_eq!(kept().await, 0);
        let old = send(&client, "products", "a;b\n1;2\n\r\n")
            .await
            .expect(201);
        assert_eq!(kept().await, 1);
        app.clock.advance_seconds(24 * 3600);
        let late = map(&client, &old, json!({"header_row": 0})).await;
        late.expect_problem(409, "import.wrong_state");
        let read = client
            .get(&format!("/imports/{}", id(&old)))
            .await
            .expect(200);
        assert_eq!(read["state"], "expired");
        let client = app.manager().await;
        send(&client, "products", "a;b\n1;3\n\r\n")
            .await
            .expect(201);
        assert_eq!(kept().await, 1);
        // A list does not carry the layouts.
        let page = client.get("/imports").await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.iter().all(|item| item.get("layout").is_none()));
    }
);

both_databases!(a_cell_is_corrected_in_place, |app| async {
    let client = app.manager().await;
    let file = send(
        &client,
        "products",
        "sku;nom;prix\nA;Un;mille\nB;Deux;1,50\nC;;3\n",
    )
    .await
    .expect(201);
    assert_eq!(file["counts"]["error"], 2);
    let correct = async |row: i64, values: Value| {
        let path = format!("/imports/{}/rows/{row}", id(&file));
        client.patch(&path, json!({"values": values})).await
    };
    let better = correct(2, json!({"price": "1000,25", "name": "Premier"}))
        .await
        .expect(200);
    assert_eq!(better["id"], file["id"]);
    assert_eq!(
        (&better["counts"]["error"], &better["counts"]["new"]),
        (&json!(1), &json!(2))
    );
    let new = rows(&client, &better, "new").await;
    assert_eq!(new[0]["values"]["name"], "Premier");
    assert_eq!(new[0]["values"]["price_minor"], 100_025);
    // It is judged like any cell, and stays when the file is mapped again.
    let worse = correct(3, json!({"price": "-1"})).await.expect(200);
    let bad = rows(&client, &worse, "error").await;
    assert_eq!(issues(&bad[0])[0], ("price", "import.negative"));
    let mapped = map(&client, &file, json!({"columns": {"name": "nom"}}))
        .await
        .expect(200);
    assert_eq!(mapped["counts"]["error"], 2);
    correct(4, json!({"name": "Trois"})).await.expect(200);
    let good = correct(3, json!({"price": "1,75"})).await.expect(200);
    assert_eq!(good["counts"]["new"], 3);
    // What is not there cannot be corrected.
    correct(9, json!({"name": "x"}))
        .await
        .expect_problem(404, "resource.not_found");
    let strange = correct(2, json!({"colour": "x"})).await;
    strange.expect_problem_at(422, "import.columns_missing", "/values/colour");
    commit(&client, &good, json!({})).await.expect(200);
    assert_eq!(product_of(&client, "A").await["name"], "Premier");
    correct(2, json!({"name": "x"}))
        .await
        .expect_problem(409, "import.wrong_state");
});
