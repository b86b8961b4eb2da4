//! Files as they come: columns that mean the same, codes that a spreadsheet has spoilt, quotation
//! marks that are left open, receipt numbers that begin anew every day.

use serde_json::{Value, json};

use super::{commit, issues, product_of, rows, send};
use crate::support::shop::Wanted;

fn about_the_file(import: &Value) -> Vec<(&str, &str, &str)> {
    let issues = import["issues"].as_array().unwrap();
    issues
        .iter()
        .map(|issue| {
            (
                issue["column"].as_str().unwrap(),
                issue["value"].as_str().unwrap(),
                issue["code"].as_str().unwrap(),
            )
        })
        .collect()
}

both_databases!(files_of_every_kind_as_excel_writes_them, |app| async {
    let client = app.manager().await;
    let files = [
        ("products", "sku;name;price\r\nA1001;Crème;100\r\n"),
        ("stock", "sku;stock_add\r\nA1001;5\r\n\r\n"),
        (
            "sales",
            "\"invoice\";\"sku\";\"quantity\";\"date\";\"price\"\r\n\"1\";\"A1001\";\"2\";\"2026-03-01\";\"100\"\r\n",
        ),
    ];
    for (kind, csv) in files {
        // The old mark of a program, and the encodings that it offers under "Save as".
        let marked = format!("\u{feff}{csv}").into_bytes();
        let wide = marked_utf_16(csv);
        let windows: Vec<u8> = csv.chars().map(|c| u8::try_from(c).unwrap()).collect();
        for bytes in [marked, wide, windows, csv.as_bytes().to_vec()] {
            let import = send(&client, kind, &bytes).await.expect(201);
            let counts = &import["counts"];
            assert_eq!(counts["error"], 0, "{kind}: {import}");
            assert_eq!(
                counts["new"].as_i64().unwrap() + counts["changed"].as_i64().unwrap(),
                1,
                "{kind}: {import}"
            );
        }
        let import = send(&client, kind, csv).await.expect(201);
        commit(&client, &import, json!({})).await.expect(200);
    }
    let product = product_of(&client, "A1001").await;
    assert_eq!(
        (&product["name"], &product["on_hand"]),
        (&json!("Crème"), &json!(5))
    );
});

fn marked_utf_16(text: &str) -> Vec<u8> {
    let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

both_databases!(
    a_second_column_for_a_field_is_not_dropped_silently,
    |app| async {
        let client = app.manager().await;
        let csv = "Référence;Description;Nom;PU;Prix\nA1;Long;Savon;1;900\n";
        let import = send(&client, "products", csv).await.expect(201);
        // The plainer word holds the field.
        let columns = &import["mapping"]["columns"];
        assert_eq!(
            (&columns["price"], &columns["name"]),
            (&json!("Prix"), &json!("Nom"))
        );
        assert_eq!(
            about_the_file(&import),
            [
                ("name", "Description", "import.column_ignored"),
                ("price", "PU", "import.column_ignored")
            ]
        );
        commit(&client, &import, json!({})).await.expect_problem_at(
            409,
            "import.has_warnings",
            "/accept_warnings",
        );
        let yes = json!({"accept_warnings": true});
        commit(&client, &import, yes).await.expect(200);
        let product = product_of(&client, "A1").await;
        assert_eq!(product["name"], "Savon");
        assert_eq!(product["price_minor"], 90_000);
    }
);

both_databases!(codes_survive_spreadsheets_or_are_refused, |app| async {
    let client = app.manager().await;
    let csv =
        "sku,name,price\n=\"007\",Bond,1\n\"5,44901E+12\",Coca,2\n5.44901E+12,Fanta,3\n1E5,Vis,4\n";
    let import = send(&client, "products", csv).await.expect(201);
    assert_eq!(import["counts"]["new"], 2);
    let wrong = rows(&client, &import, "error").await;
    for row in &wrong {
        assert!(
            issues(row).contains(&("sku", "import.spoilt_code")),
            "{row}"
        );
    }
    commit(&client, &import, json!({"skip_errors": true}))
        .await
        .expect(200);
    assert_eq!(product_of(&client, "007").await["name"], "Bond");
    assert_eq!(product_of(&client, "1E5").await["name"], "Vis");
});

both_databases!(
    a_barcode_that_is_the_code_of_a_product_means_it,
    |app| async {
        let product = app
            .product(Wanted {
                sku: "5449000000996",
                ..Wanted::default()
            })
            .await;
        let client = app.manager().await;
        let csv = "barcode,price\n5449000000996,750\n";
        let import = send(&client, "products", csv).await.expect(201);
        assert_eq!(import["counts"]["changed"], 1);
        commit(&client, &import, json!({})).await.expect(200);
        let read = client
            .get(&format!("/products/{product}"))
            .await
            .expect(200);
        assert_eq!(read["price_minor"], 75_000);
        assert_eq!(read["barcodes"], json!(["5449000000996"]));
    }
);

both_databases!(a_quotation_mark_left_open_is_seen, |app| async {
    let client = app.manager().await;
    let csv = "sku,name,price\nA,Un,1\nB,\"Deux,2\nC,Trois,3\n";
    let problem =
        send(&client, "products", csv)
            .await
            .expect_problem_at(422, "import.unreadable", "/file");
    assert!(problem["detail"].as_str().unwrap().contains("line 3"));
    let csv = "sku,name,price,unit\nA,Un,1,\"piece\nB,Deux,2,\"piece\"\nC,Trois,3,piece\n";
    let import = send(&client, "products", csv).await.expect(201);
    let wrong = rows(&client, &import, "error").await;
    assert!(
        issues(&wrong[0]).contains(&("", "import.swallowed_lines")),
        "{}",
        wrong[0]
    );
    assert_eq!(import["counts"]["new"], 1);
});

both_databases!(receipt_numbers_that_begin_anew_are_seen, |app| async {
    let client = app.manager().await;
    let csv = "invoice,sku,quantity,date,price\n\
               1,12345,1,2026-03-01 09:00,10\n\
               1,12345,1,2026-03-01 23:59,10\n\
               1,12345,2,2026-03-02 09:00,10\n\
               2,12345,1,2026-03-02 09:00,10\n";
    let import = send(&client, "sales", csv).await.expect(201);
    assert_eq!(import["counts"]["warning"], 1);
    let taken = rows(&client, &import, "new").await;
    assert_eq!(
        issues(&taken[2]),
        [("invoice", "import.invoice_dates_differ")]
    );
    commit(&client, &import, json!({}))
        .await
        .expect_problem(409, "import.has_warnings");
});

both_databases!(
    a_file_names_a_product_by_any_form_of_its_codes,
    |app| async {
        let client = app.manager().await;
        let csv =
            "sku,barcode,name,price\nCAF-250,711719814153,Café,100\nTHE,5449000000996.0,Thé,100\n";
        let import = send(&client, "products", csv).await.expect(201);
        commit(&client, &import, json!({})).await.expect(200);
        let tea = product_of(&client, "THE").await;
        assert_eq!(tea["barcodes"], json!(["5449000000996"]));

        let csv = "sku,barcode,price\ncaf-250,0711719814153,120\n,05449000000996,130\n";
        let import = send(&client, "products", csv).await.expect(201);
        assert_eq!(import["counts"]["changed"], 2, "{import}");
        commit(&client, &import, json!({})).await.expect(200);
        let coffee = product_of(&client, "CAF-250").await;
        assert_eq!(coffee["price_minor"], 12_000);
        assert_eq!(coffee["barcodes"], json!(["711719814153"]));
        assert_eq!(product_of(&client, "THE").await["price_minor"], 13_000);

        let csv = "barcode,stock_set\n0711719814153,4\n5449000000996.0,5\n5.449E+12,6\n";
        let import = send(&client, "stock", csv).await.expect(201);
        assert_eq!(import["counts"]["changed"], 2, "{import}");
        let wrong = rows(&client, &import, "error").await;
        assert!(issues(&wrong[0]).contains(&("barcode", "import.not_a_barcode")));

        let csv = "sku,name,price\nNEW-1,Un,1\nnew-1,Un,1\n";
        let import = send(&client, "products", csv).await.expect(201);
        assert_eq!(import["counts"]["error"], 2, "two rows about one product");

        let csv = "invoice,sku,quantity,date,price\n1,Caf-250,2,2026-03-01 09:00,10\n1,AB-123,1,2026-03-01 09:00,10\n\
                   2,ab-123,1,2026-03-01 09:05,10\nC3,Ab-123,-1,2026-03-01 09:10,10\n";
        let import = send(&client, "sales", csv).await.expect(201);
        assert_eq!(import["counts"]["error"], 0, "{import}");
        assert_eq!(import["effects"]["products_new"], 1);
        commit(&client, &import, json!({})).await.expect(200);
        product_of(&client, "AB-123").await;
        assert_eq!(app.figure("SELECT COUNT(*) FROM products").await, 3);
    }
);

both_databases!(
    a_row_about_an_old_product_whose_code_another_has_is_an_error,
    |app| async {
        app.product(Wanted {
            sku: "CAF-250",
            ..Wanted::default()
        })
        .await;
        app.product(Wanted {
            sku: "OLD",
            ..Wanted::default()
        })
        .await;
        let sql = "UPDATE products SET sku = 'caf-250', sku_key = 'caf-250', sku_conflict = 1 WHERE sku = 'OLD'";
        app.write(sql, Vec::new()).await;
        let client = app.manager().await;
        let csv = "sku,price\ncaf-250,3400\nCAF-250,3600\n";
        // Two rows of the same form are ambiguous, so one for each file.
        let import = send(&client, "products", csv).await.expect(201);
        assert_eq!(import["counts"]["error"], 2);
        let import = send(&client, "products", "sku,price\ncaf-250,3400\n")
            .await
            .expect(201);
        let wrong = rows(&client, &import, "error").await;
        assert!(
            issues(&wrong[0]).contains(&("sku", "import.code_conflict")),
            "{import}"
        );
        let import = send(&client, "products", "sku,price\nCAF-250,3600\n")
            .await
            .expect(201);
        commit(&client, &import, json!({})).await.expect(200);
        assert_eq!(product_of(&client, "CAF-250").await["price_minor"], 360_000);
    }
);
