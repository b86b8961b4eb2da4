//! All rows of a file together decide how it writes dates and numbers. The result is shown, and the
//! mapping decides if the rows do not.

use serde_json::{Value, json};

use super::{commit, issues, product_of, rows, send, send_mapped};
use crate::support::{app::Wishes, http::Client, shop::Wanted};

/// A file of sales, a line on each of these dates.
fn sold_on(dates: &[&str]) -> String {
    let mut csv = String::from("invoice;sku;quantity;date;price\n");
    for (number, date) in dates.iter().enumerate() {
        csv.push_str(&format!("{};A1001;1;{date};1000\n", number + 1));
    }
    csv
}

/// The codes about the file as a whole.
fn codes(import: &Value) -> Vec<&str> {
    let issues = import["issues"].as_array().unwrap();
    issues
        .iter()
        .map(|issue| issue["code"].as_str().unwrap())
        .collect()
}

/// When the rows that can be taken happened.
async fn moments(client: &Client, import: &Value) -> Vec<String> {
    let taken = rows(client, import, "new").await;
    let moment = |row: &Value| row["values"]["occurred_at"].as_str().unwrap().to_owned();
    taken.iter().map(moment).collect()
}

fn in_dollars() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SHOP__CURRENCY", "USD".to_owned())],
        ..Wishes::default()
    }
}

both_databases!(one_row_settles_the_order_of_all_dates, |app| async {
    let client = app.manager().await;
    for (dates, order, first) in [
        (
            ["01/05/2026", "01/13/2026", "01/25/2026"],
            "month_first",
            "2026-01-04T22:00:00Z",
        ),
        (
            ["01/05/2026", "13/01/2026", "25/01/2026"],
            "day_first",
            "2026-04-30T22:00:00Z",
        ),
        (
            ["1.5.2026 14:30", "01/05/2026", "31-01-2026"],
            "day_first",
            "2026-05-01T12:30:00Z",
        ),
    ] {
        let import = send(&client, "sales", sold_on(&dates)).await.expect(201);
        assert_eq!(import["mapping"]["date_order"], order, "{dates:?}");
        assert_eq!(import["counts"]["new"], 3, "{dates:?}");
        assert_eq!(import["counts"]["warning"], 0, "{dates:?}");
        assert_eq!(codes(&import), Vec::<&str>::new(), "{dates:?}");
        assert_eq!(moments(&client, &import).await[0], first, "{dates:?}");
    }
    // Dates that need no order have none.
    let plain = sold_on(&["2026-01-05", "05/05/2026"]);
    let import = send(&client, "sales", plain).await.expect(201);
    assert_eq!(import["mapping"]["date_order"], Value::Null);
    assert_eq!(import["counts"]["warning"], 0);
});

both_databases!(
    where_no_date_decides_the_day_is_assumed_and_said,
    |app| async {
        let client = app.manager().await;
        for dates in [
            &["01/05/2026"][..],
            &["01/05/2026", "2026-03-01", "02/05/2026"],
        ] {
            let import = send(&client, "sales", sold_on(dates)).await.expect(201);
            assert_eq!(import["mapping"]["date_order"], "day_first");
            assert_eq!(codes(&import), ["date.order_assumed"]);
            let taken = rows(&client, &import, "new").await;
            for (row, date) in taken.iter().zip(dates) {
                let expected: &[_] = if date.contains('/') {
                    &[("date", "date.order_assumed")]
                } else {
                    &[]
                };
                assert_eq!(issues(row), expected, "{date}");
            }
            assert_eq!(moments(&client, &import).await[0], "2026-04-30T22:00:00Z");
            commit(&client, &import, json!({"skip_errors": true}))
                .await
                .expect_problem(409, "import.has_warnings");
        }
        assert_eq!(app.figure("SELECT COUNT(*) FROM sales").await, 0);
    }
);

both_databases!(
    dates_in_both_orders_are_read_where_they_can_be,
    |app| async {
        let client = app.manager().await;
        let dates = [
            "13/01/2026",
            "01/13/2026",
            "01/05/2026",
            "05/05/2026",
            "2026-01-05",
        ];
        let import = send(&client, "sales", sold_on(&dates)).await.expect(201);
        assert_eq!(import["mapping"]["date_order"], "mixed");
        assert_eq!(codes(&import), ["date.order_mixed"]);
        assert_eq!(import["counts"]["new"], 4);
        let wrong = rows(&client, &import, "error").await;
        assert_eq!(wrong[0]["row"], 4);
        assert_eq!(issues(&wrong[0]), [("date", "date.ambiguous")]);
        let found = moments(&client, &import).await;
        assert_eq!(found[0], "2026-01-12T22:00:00Z");
        assert_eq!(found[0], found[1]);
    }
);

both_databases!(a_mapping_says_the_order_of_dates, |app| async {
    let client = app.manager().await;
    for (order, first, others) in [
        ("month_first", "2026-01-04T22:00:00Z", "13/01/2026"),
        ("day_first", "2026-04-30T22:00:00Z", "01/13/2026"),
    ] {
        let mapping = json!({"date_order": order});
        let csv = sold_on(&["01/05/2026", others]);
        let import = send_mapped(&client, "sales", csv, Some(&mapping)).await;
        let import = import.expect(201);
        assert_eq!(import["mapping"]["date_order"], order);
        assert_eq!(codes(&import), Vec::<&str>::new());
        assert_eq!(moments(&client, &import).await, [first]);
        let wrong = rows(&client, &import, "error").await;
        assert_eq!(issues(&wrong[0]), [("date", "import.not_a_date")]);
    }
    for mapping in [
        json!({"date_order": "year_first"}),
        json!({"decimal_sign": ";"}),
    ] {
        send_mapped(&client, "sales", sold_on(&["01/05/2026"]), Some(&mapping))
            .await
            .expect_problem_at(422, "request.invalid_body", "/mapping");
    }
});

/// What rows of a file of stock would add, and the codes of their issues.
async fn added(client: &Client, import: &Value) -> Vec<(Value, Vec<String>)> {
    let page = client
        .get(&format!("/imports/{}/rows", import["id"].as_str().unwrap()))
        .await
        .expect(200);
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|row| {
            let codes = issues(row).into_iter().map(|(_, code)| code.to_owned());
            (row["values"]["stock_add"].clone(), codes.collect())
        })
        .collect()
}

/// A file, the requested sign, the sign that is read, and the quantity and issues of each row.
type Case = (String, Value, Value, [(Value, Vec<String>); 2]);

both_databases!(the_decimal_sign_is_that_of_the_whole_file, |app| async {
    for sku in ["RIZ", "SEL"] {
        app.product(Wanted {
            sku,
            unit: "kg",
            stock: 1_000,
            ..Wanted::default()
        })
        .await;
    }
    let client = app.manager().await;
    let guess = || vec!["decimal.sign_assumed".to_owned()];
    let ambiguous = || vec!["import.ambiguous_number".to_owned()];
    let file = |separator: &str, cells: [&str; 2]| {
        [
            "sku|stock_add",
            &format!("RIZ|{}", cells[0]),
            &format!("SEL|{}", cells[1]),
            "",
        ]
        .join("\n")
        .replace('|', separator)
    };
    let none = Value::Null;
    let cases: [Case; 8] = [
        // Nobody says it: as is usual beside this separator.
        (
            file(";", ["1,250", "3"]),
            none.clone(),
            json!(","),
            [(json!(1.25), guess()), (json!(3), vec![])],
        ),
        (
            file(";", ["1.250", "3"]),
            none.clone(),
            json!(","),
            [(json!(1250), guess()), (json!(3), vec![])],
        ),
        (
            file(",", ["\"1,250\"", "3"]),
            none.clone(),
            json!("."),
            [(json!(1250), guess()), (json!(3), vec![])],
        ),
        // Another row says it.
        (
            file(";", ["1,250", "0.5"]),
            none.clone(),
            json!("."),
            [(json!(1250), vec![]), (json!(0.5), vec![])],
        ),
        (
            file(",", ["\"1,250\"", "\"0,5\""]),
            none.clone(),
            json!(","),
            [(json!(1.25), vec![]), (json!(0.5), vec![])],
        ),
        // The rows contradict each other.
        (
            file(";", ["1,250", "0.5"]) + "RIZ;2,5\n",
            none.clone(),
            json!("mixed"),
            [(none.clone(), ambiguous()), (json!(0.5), vec![])],
        ),
        // The user says it.
        (
            file(";", ["1,250", "3"]),
            json!("."),
            json!("."),
            [(json!(1250), vec![]), (json!(3), vec![])],
        ),
        (
            file(";", ["3", "4"]),
            none.clone(),
            none.clone(),
            [(json!(3), vec![]), (json!(4), vec![])],
        ),
    ];
    for (csv, told, shown, expected) in cases {
        let mapping = json!({"decimal_sign": told});
        let import = send_mapped(&client, "stock", &csv, Some(&mapping)).await;
        let import = import.expect(201);
        assert_eq!(import["mapping"]["decimal_sign"], shown, "{csv:?}");
        let mut found = added(&client, &import).await;
        for (_, codes) in &mut found {
            codes.retain(|code| code != "import.duplicate_key");
        }
        assert_eq!(found[..2], expected, "{csv:?}");
        let is_guessed = expected.iter().any(|(_, codes)| *codes == guess());
        assert_eq!(codes(&import).contains(&"decimal.sign_assumed"), is_guessed);
        assert_eq!(
            codes(&import).contains(&"decimal.sign_mixed"),
            shown == "mixed"
        );
    }
});

both_databases!(amounts_may_carry_the_currency_of_the_shop, |app| async {
    let client = app.manager().await;
    let csv = "sku;name;price;cost\n\
               A1;Un;1 000 FC;CDF 800\n\
               A2;Deux;1\u{202f}500\u{a0}FC;900F\n\
               A3;Trois;$3.50;1\n\
               A4;Quatre;3 kg;1\n";
    let import = send(&client, "products", csv).await.expect(201);
    let new = rows(&client, &import, "new").await;
    let found: Vec<_> = new
        .iter()
        .map(|row| {
            (
                row["values"]["price_minor"].clone(),
                row["values"]["cost_minor"].clone(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (json!(100_000), json!(80_000)),
            (json!(150_000), json!(90_000))
        ]
    );
    let wrong = rows(&client, &import, "error").await;
    assert!(
        issues(&wrong[0]).contains(&("price", "money.currency_mismatch")),
        "{}",
        wrong[0]
    );
    assert!(
        issues(&wrong[1]).contains(&("price", "import.not_a_number")),
        "{}",
        wrong[1]
    );
    commit(&client, &import, json!({"skip_errors": true}))
        .await
        .expect(200);
    assert_eq!(product_of(&client, "A1").await["price_minor"], 100_000);
});

both_databases!(
    amounts_in_dollars_are_read_in_a_shop_of_dollars,
    in_dollars(),
    |app| async {
        let client = app.manager().await;
        let csv = "sku,name,price\nA1,Un,$3.50\nA2,Deux,\"$1,250.00\"\nA3,Trois,US$ 2\nA4,Quatre,1 000 FC\n";
        let import = send(&client, "products", csv).await.expect(201);
        let new = rows(&client, &import, "new").await;
        let found: Vec<_> = new
            .iter()
            .map(|row| row["values"]["price_minor"].clone())
            .collect();
        assert_eq!(found, [json!(350), json!(125_000), json!(200)]);
        let wrong = rows(&client, &import, "error").await;
        assert!(issues(&wrong[0]).contains(&("price", "money.currency_mismatch")));
    }
);
