//! What a file of sales says of discounts and totals is kept, and no column is dropped silently.

use serde_json::{Value, json};

use super::{commit, issues, rows, send, summary_of};
use crate::support::{http::Client, shop::Wanted};

const HEADER: &str = "invoice;sku;quantity;date;price;remise;total\n";

fn shown(code: &str, column: &str) -> Vec<(String, String)> {
    vec![(column.to_owned(), code.to_owned())]
}

/// Discount and issues of each row that can be taken.
async fn discounts(client: &Client, import: &Value) -> Vec<(Value, Vec<(String, String)>)> {
    let taken = rows(client, import, "new").await;
    let seen = |row: &Value| {
        let issues = issues(row);
        let issues = issues
            .iter()
            .map(|(column, code)| ((*column).to_owned(), (*code).to_owned()));
        (row["values"]["discount_minor"].clone(), issues.collect())
    };
    taken.iter().map(seen).collect()
}

both_databases!(discounts_of_a_file_come_off_its_revenue, |app| async {
    let client = app.manager().await;
    let csv = format!("{HEADER}9;A1001;3;12/02/2026;1000;300;2700\n");
    let import = send(&client, "sales", csv).await.expect(201);
    assert_eq!(import["effects"]["revenue_minor"], 270_000);
    assert_eq!(import["effects"]["discounts_minor"], 30_000);
    let expected = (json!(30_000), shown("date.order_assumed", "date"));
    assert_eq!(discounts(&client, &import).await, [expected]);
    let yes = json!({"accept_warnings": true});
    let done = commit(&client, &import, yes).await.expect(200);
    assert_eq!(done["effects"]["sold_minor"], 270_000);
    let summary = summary_of(&client, "2026-02-12", "2026-02-12").await;
    assert_eq!(summary["revenue_minor"], 270_000);
    let sales = client.get("/sales").await.expect(200);
    let sale = &sales["items"][0];
    let found = ["subtotal_minor", "discount_minor", "total_minor"].map(|field| &sale[field]);
    assert_eq!(found, [&json!(300_000), &json!(30_000), &json!(270_000)]);
    let line = &sale["lines"][0];
    assert_eq!(
        (&line["discount_minor"], &line["total_minor"]),
        (&json!(30_000), &json!(270_000))
    );
    assert_eq!(sale["payments"][0]["amount_minor"], 270_000);
});

both_databases!(
    a_discount_is_an_amount_a_share_or_by_the_piece,
    |app| async {
        let client = app.manager().await;
        for (header, cells, off) in [
            ("remise", "300", 30_000),
            ("remise", "10%", 30_000),
            ("Remise", "12,5 %", 37_500),
            ("remise unitaire", "100", 30_000),
            ("discount per unit", "10%", 30_000),
            ("Remise (%)", "10", 30_000),
            ("discount_percent", "10", 30_000),
            ("remise;remise unitaire;remise %", "300;100;10", 30_000),
            ("remise;remise %", ";10", 30_000),
            // A share is rounded to whole francs, and the total with it.
            ("remise %;total", "33,33;2000,10", 100_000),
            ("remise %;total", "33,36;1999", 100_100),
            ("remise %;total", "33,36;2000", 100_000),
            ("remise %;total", "33,3333;", 0),
        ] {
            let csv = format!(
                "invoice;sku;quantity;date;price;{header}\n1;A1001;3;2026-02-12;1000;{cells}\n"
            );
            let import = send(&client, "sales", &csv).await.expect(201);
            if off == 0 {
                let wrong = rows(&client, &import, "error").await;
                assert_eq!(
                    issues(&wrong[0]),
                    [("discount_percent", "import.not_a_percentage")]
                );
                continue;
            }
            assert_eq!(
                discounts(&client, &import).await,
                [(json!(off), vec![])],
                "{csv}"
            );
            assert_eq!(import["effects"]["revenue_minor"], 300_000 - off, "{csv}");
        }
        for (cells, column, code) in [
            ("3001;", "discount", "import.discount_too_large"),
            ("-300;", "discount", "import.negative"),
            ("110%;", "discount", "import.not_a_percentage"),
            ("rien;", "discount", "import.not_a_number"),
            ("300;-2700", "total", "import.negative"),
        ] {
            let csv = format!("{HEADER}1;A1001;3;2026-02-12;1000;{cells}\n");
            let import = send(&client, "sales", &csv).await.expect(201);
            let wrong = rows(&client, &import, "error").await;
            assert_eq!(issues(&wrong[0]), [(column, code)], "{csv}");
        }
    }
);

both_databases!(
    a_total_that_differs_is_not_written_without_a_tick,
    |app| async {
        let client = app.manager().await;
        let csv = format!(
            "{HEADER}1;A1001;3;2026-02-12;1000;300;3000\n2;A1001;1;2026-02-12;1000;;1000\n"
        );
        let import = send(&client, "sales", &csv).await.expect(201);
        assert_eq!(import["counts"]["warning"], 1);
        assert_eq!(
            discounts(&client, &import).await,
            [
                (json!(30_000), shown("total.differs", "total")),
                (Value::Null, vec![])
            ]
        );
        for body in [json!({}), json!({"skip_errors": true})] {
            commit(&client, &import, body).await.expect_problem_at(
                409,
                "import.has_warnings",
                "/accept_warnings",
            );
        }
        assert_eq!(app.figure("SELECT COUNT(*) FROM sales").await, 0);
        commit(&client, &import, json!({"accept_warnings": true}))
            .await
            .expect(200);
        let summary = summary_of(&client, "2026-02-12", "2026-02-12").await;
        assert_eq!(summary["revenue_minor"], 370_000);

        // A percentage that contradicts an amount.
        let csv =
            "invoice;sku;quantity;date;price;remise;remise %\n3;A1001;3;2026-02-12;1000;300;20\n";
        let import = send(&client, "sales", csv).await.expect(201);
        let expected = (json!(30_000), shown("discount.differs", "discount_percent"));
        assert_eq!(discounts(&client, &import).await, [expected]);
    }
);

both_databases!(what_comes_back_is_worth_what_was_paid, |app| async {
    let client = app.manager().await;
    let csv = format!(
        "{HEADER}1;A1001;3;2026-02-12;1000;300;2700\n\
         2;A1001;3;2026-02-13;1000;;3000\n\
         C3;A1001;1;2026-02-14;1000;100;900\n\
         C4;A1001;-1;2026-02-14;1000;;-1000\n\
         C5;A1001;-2;2026-02-15;1000;0;-2000\n\
         C6;A1001;-2;2026-02-16;1000;;\n"
    );
    let import = send(&client, "sales", &csv).await.expect(201);
    let taken = rows(&client, &import, "new").await;
    let of: Vec<_> = taken
        .iter()
        .map(|row| row["values"]["returns"].clone())
        .collect();
    // The one that was reduced comes back to the line that was; the last finds nothing else left.
    assert_eq!(
        of[2..],
        [
            json!({"row": 2}),
            json!({"row": 3}),
            json!({"row": 3}),
            json!({"row": 2})
        ]
    );
    let found: Vec<_> = discounts(&client, &import)
        .await
        .into_iter()
        .map(|(_, issues)| issues)
        .collect();
    assert_eq!(found[..5], [vec![], vec![], vec![], vec![], vec![]]);
    assert_eq!(found[5], shown("total.differs", "total"));
    commit(&client, &import, json!({"accept_warnings": true}))
        .await
        .expect(200);
    let summary = summary_of(&client, "2026-02-12", "2026-02-16").await;
    assert_eq!(
        summary["refunds_minor"],
        90_000 + 100_000 + 200_000 + 180_000
    );
    assert_eq!(summary["revenue_minor"], 0);

    // The same against sales that the shop has recorded.
    let csv =
        format!("{HEADER}7;A1001;2;2026-03-01;1000;500;1500\n8;A1001;2;2026-03-02;1000;;2000\n");
    let import = send(&client, "sales", &csv).await.expect(201);
    commit(&client, &import, json!({})).await.expect(200);
    let csv = format!("{HEADER}C9;A1001;1;2026-03-03;1000;250;750\n");
    let import = send(&client, "sales", &csv).await.expect(201);
    commit(&client, &import, json!({})).await.expect(200);
    let refunded = app.figure("SELECT total_minor FROM refunds ORDER BY recorded_at_us DESC, occurred_at_us DESC LIMIT 1").await;
    assert_eq!(refunded, 75_000);
});

both_databases!(every_column_that_is_not_read_is_named, |app| async {
    app.product(Wanted::default()).await;
    let client = app.manager().await;
    for (kind, csv, expected) in [
        (
            "sales",
            "invoice,sku,quantity,date,price,Pays,Vendeur\n1,A1001,1,2026-02-12,10,CD,Awa\n",
            vec!["Pays", "Vendeur"],
        ),
        (
            "products",
            "sku,name,price,Fournisseur,,\nA1,Un,1,Bralima,,x\n",
            vec!["Fournisseur", ""],
        ),
        ("stock", "sku,stock_add,Prix\nSUCRE-1KG,1,5\n", vec!["Prix"]),
    ] {
        let import = send(&client, kind, csv).await.expect(201);
        let named: Vec<_> = import["issues"]
            .as_array()
            .unwrap()
            .iter()
            .map(|issue| {
                assert_eq!(issue["code"], "import.column_ignored");
                issue["value"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(named, expected, "{kind}");
        commit(&client, &import, json!({}))
            .await
            .expect_problem(409, "import.has_warnings");
    }
});
