//! Daily sales: spikes, silences, days out of stock, days of the whole shop, late entries.

use kernel::{Quantity, ids::ProductId};
use serde_json::{Value, json};

use super::past::{Past, Sold, TODAY, all, at, days, now, sold_on};

/// Usual sales of the product with this index on a day: three to nine, without chance, never the same
/// two days in a row.
pub fn usual(product: usize, day: usize) -> f64 {
    [5.0, 7.0, 4.0, 6.0, 8.0, 5.0, 6.0][(day * 3 + product * 2) % 7]
}

pub const SKUS: [&str; 6] = ["P0", "P1", "P2", "P3", "P4", "P5"];

/// Six products that sell every day from August to yesterday; `change` changes what is sold.
pub async fn shop(past: &Past<'_>, change: impl Fn(usize, &str, f64) -> f64) -> Vec<ProductId> {
    let mut products = Vec::new();
    for sku in SKUS {
        products.push(past.product(sku, 1_000, 600).await);
    }
    let mut sold: Vec<Sold> = Vec::new();
    for (day, date) in days("2026-08-01", "2026-11-19").iter().enumerate() {
        for (place, product) in products.iter().enumerate() {
            let units = change(place, date, usual(place, day));
            // Many customers, not one with a truck.
            let mut left = units;
            while left > 0.0 {
                sold.push(sold_on(*product, date, 10, left.min(8.0)));
                left -= 8.0;
            }
        }
    }
    past.sell(&sold).await;
    products
}

/// The shop of [`shop`], in which the third product has no sales on these days.
pub async fn shop_with_a_silence(past: &Past<'_>, dates: &[String]) -> Vec<ProductId> {
    shop(past, |place, date, units| {
        if place == 2 && dates.iter().any(|one| one == date) {
            0.0
        } else {
            units
        }
    })
    .await
}

pub fn of<'a>(found: &'a [Value], sku: &str) -> Vec<&'a Value> {
    found
        .iter()
        .filter(|one| one["subject"]["name"] == sku)
        .collect()
}

both_databases!(
    a_spike_and_a_silence_are_found_with_their_figures_and_quiet_products_are_not,
    now(),
    |app| async {
        let past = Past::new(app).await;
        shop(&past, |place, date, units| match (place, date) {
            (1, "2026-11-05") => 60.0,
            (2, "2026-11-12" | "2026-11-13" | "2026-11-14" | "2026-11-15" | "2026-11-16") => 0.0,
            _ => units,
        })
        .await;
        let found = past.found().await;
        let spike = of(&found, "P1");
        assert_eq!(spike.len(), 1, "{found:#?}");
        assert_eq!(spike[0]["kind"], "spike");
        assert_eq!(
            (spike[0]["from"].as_str(), spike[0]["to"].as_str()),
            (Some("2026-11-05"), Some("2026-11-05"))
        );
        assert_eq!(spike[0]["figures"]["actual"], 60.0);
        assert!(spike[0]["figures"]["expected_high"].as_f64().unwrap() < 15.0);
        assert!((45_000..60_000).contains(&spike[0]["effect_minor"].as_i64().unwrap()));
        assert_eq!(spike[0]["evidence"][0]["quantity"], 60);
        assert_eq!(
            spike[0]["threshold"],
            json!({"multiple": 1.0, "answers": 0})
        );
        let silence = of(&found, "P2");
        assert_eq!(silence.len(), 1, "{found:#?}");
        assert_eq!(silence[0]["kind"], "silence");
        assert!(silence[0]["effect_minor"].as_i64().unwrap() < -10_000);
        for quiet in ["P0", "P3", "P4", "P5"] {
            assert!(of(&found, quiet).is_empty(), "{quiet}: {found:#?}");
        }
        // The findings are the same in every period that touches them, and on every request.
        assert_eq!(found, past.found().await);
        let viewer = app.viewer().await;
        let one_day = all(&viewer, "from=2026-11-05&to=2026-11-05").await;
        assert_eq!(one_day, [spike[0].clone()]);
        let two = viewer
            .get("/analytics/anomalies?from=2026-11-01&to=2026-11-20&limit=1")
            .await
            .expect(200);
        assert_eq!(two["items"], json!([silence[0]]), "newest first");
        assert_eq!(
            two["coverage"][0],
            json!({"level": "products", "judged": 6, "known": 6, "reason": null})
        );
        let spikes = all(&viewer, "from=2026-11-01&to=2026-11-20&kind=spike").await;
        assert_eq!(spikes.len(), 1);
        assert!(
            all(&viewer, "from=2026-11-01&to=2026-11-20&state=problem")
                .await
                .is_empty()
        );
    }
);

both_databases!(days_without_stock_are_not_a_silence, now(), |app| async {
    let past = Past::new(app).await;
    let products = shop(&past, |place, date, units| {
        if place == 2 && ("2026-11-12".."2026-11-17").contains(&date) {
            0.0
        } else {
            units
        }
    })
    .await;
    assert_eq!(
        of(&past.found().await, "P2").len(),
        1,
        "with stock it is one"
    );
    // The ledger uses the time of recording: the stock is emptied and filled again.
    let manager = app.manager().await;
    let on_hand = Quantity::from_milli(app.on_hand(products[2]).await);
    app.travel_to(at("2026-11-11", 21)).await;
    let empty = json!({"lines": [{"product_id": products[2], "delta": format!("-{on_hand}").parse::<serde_json::Number>().unwrap()}], "reason": "moved away"});
    manager
        .post("/inventory/adjustments", empty)
        .await
        .expect(201);
    app.travel_to(at("2026-11-17", 6)).await;
    manager
        .post(
            "/inventory/receipts",
            json!({"lines": [{"product_id": products[2], "quantity": 500}]}),
        )
        .await
        .expect(201);
    let found = past.found().await;
    assert!(of(&found, "P2").is_empty(), "{found:#?}");
});

both_databases!(
    a_deviation_of_the_whole_shop_is_reported_once,
    now(),
    |app| async {
        let past = Past::new(app).await;
        shop(&past, |_, date, units| {
            if date == "2026-11-11" {
                (units / 5.0).ceil()
            } else {
                units
            }
        })
        .await;
        let found = past.found().await;
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0]["kind"], "shop_wide");
        assert_eq!(found[0]["subject"]["type"], "shop");
        assert_eq!(found[0]["from"], "2026-11-11");
        assert_eq!(found[0]["explanation"]["code"], "shop.less_than_usual");
        assert!(found[0]["effect_minor"].as_i64().unwrap() < 0);
    }
);

both_databases!(
    one_large_basket_on_a_quiet_day_does_not_raise_the_expectation,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let wholesale = past.product("GROS", 1_000, 600).await;
        shop(&past, |_, date, units| {
            if date == "2026-11-11" {
                (units / 5.0).ceil()
            } else {
                units
            }
        })
        .await;
        let quiet = past.found_of("shop_wide").await;
        past.sell(&[sold_on(wholesale, "2026-11-11", 11, 500.0)])
            .await;
        let told = past.found_of("shop_wide").await;
        assert_eq!((quiet.len(), told.len()), (1, 1), "{told:#?}");
        let figure = |one: &Value, name: &str| one["figures"][name].as_f64().unwrap();
        // A usual Wednesday brings some 35,000, whatever one customer buys.
        for one in [&quiet[0], &told[0]] {
            let expected = figure(one, "expected");
            assert!((28_000.0..44_000.0).contains(&expected), "{one:#}");
            assert!(figure(one, "expected_low") < expected);
            assert!(figure(one, "expected_high") < 60_000.0, "{one:#}");
            #[expect(clippy::cast_possible_truncation, reason = "small figures of tests")]
            let effect = (figure(one, "actual") - expected).round() as i64;
            assert!((one["effect_minor"].as_i64().unwrap() - effect).abs() <= 1);
        }
        assert_eq!(quiet[0]["explanation"]["code"], "shop.less_than_usual");
        assert_eq!(
            told[0]["explanation"]["code"],
            "shop.fewer_customers_more_money"
        );
        assert!(told[0]["effect_minor"].as_i64().unwrap() > 450_000);
    }
);

both_databases!(
    a_mistaken_unit_adds_no_revenue_to_a_quiet_day,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let spice = past.product("EPICE", 1_000, 600).await;
        shop(&past, |_, date, units| {
            if date == "2026-11-11" {
                (units / 5.0).ceil()
            } else {
                units
            }
        })
        .await;
        let usual = days("2026-08-01", "2026-11-19");
        let usual = usual.iter().map(|date| sold_on(spice, date, 9, 1.0));
        past.sell(&usual.collect::<Vec<_>>()).await;
        let quiet = past.found_of("shop_wide").await;
        // Eight hundred grams entered as eight hundred kilograms.
        past.sell(&[sold_on(spice, "2026-11-11", 11, 800.0)]).await;
        let slips = past.found_of("unit_slip").await;
        assert_eq!(slips.len(), 1, "{slips:#?}");
        assert!(slips[0]["effect_minor"].as_i64().unwrap() < -700_000);
        let told = past.found_of("shop_wide").await;
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(told[0]["explanation"]["code"], "shop.less_than_usual");
        assert_eq!(
            told[0]["figures"]["expected"],
            quiet[0]["figures"]["expected"]
        );
        assert!(
            told[0]["figures"]["actual"].as_f64().unwrap() < 30_000.0,
            "{told:#?}"
        );
    }
);

both_databases!(
    a_new_level_goes_on_for_as_long_as_it_holds,
    now(),
    |app| async {
        let past = Past::new(app).await;
        // From the end of September on one product sells twice as much; another did so for six weeks.
        // For a product that sells once a day three weeks would not show its return.
        shop(&past, |place, date, units| match place {
            1 if date >= "2026-09-28" => 20.0 * units,
            2 if ("2026-09-21".."2026-11-02").contains(&date) => 20.0 * units,
            _ => 10.0 * units,
        })
        .await;
        let found = past.found_of("level_shift").await;
        let holds = of(&found, "P1");
        assert_eq!(holds.len(), 1, "{found:#?}");
        assert_eq!(holds[0]["to"], "2026-11-19", "to the last day that is over");
        assert_eq!(holds[0]["explanation"]["code"], "series.higher_level");
        assert_eq!(holds[0]["explanation"]["params"]["goes_on"], true);
        let over = of(&found, "P2");
        let over = over
            .iter()
            .find(|one| one["explanation"]["code"] == "series.higher_level")
            .unwrap();
        assert_eq!(
            over["explanation"]["params"]["goes_on"], false,
            "{found:#?}"
        );
        let last = over["to"].as_str().unwrap();
        assert!(("2026-10-29".."2026-11-06").contains(&last), "{over:#}");
    }
);

both_databases!(a_late_sale_removes_a_silence, now(), |app| async {
    let past = Past::new(app).await;
    let dates = days("2026-11-12", "2026-11-16");
    let products = shop_with_a_silence(&past, &dates).await;
    let found = past.found().await;
    assert_eq!(of(&found, "P2").len(), 1, "{found:#?}");
    // A till without a network sends its sales.
    let late: Vec<Sold> = dates
        .iter()
        .map(|date| sold_on(products[2], date, 15, 6.0))
        .collect();
    past.sell(&late).await;
    let found = past.found().await;
    assert!(of(&found, "P2").is_empty(), "{found:#?}");
    assert!(TODAY > "2026-11-16");
});

both_databases!(
    a_finding_of_the_quarter_before_is_listed_while_it_goes_on,
    now(),
    |app| async {
        let past = Past::new(app).await;
        shop(&past, |place, date, units| {
            if place == 2 && ("2026-09-28".."2026-10-05").contains(&date) {
                0.0
            } else {
                units
            }
        })
        .await;
        let viewer = app.viewer().await;
        for query in [
            "from=2026-10-02&to=2026-10-05",
            "from=2026-09-01&to=2026-09-30",
        ] {
            let found = all(&viewer, query).await;
            let silence = of(&found, "P2");
            assert_eq!(silence.len(), 1, "{query}: {found:#?}");
            assert_eq!(silence[0]["from"], "2026-09-28");
        }
        assert!(
            all(&viewer, "from=2026-10-06&to=2026-10-31")
                .await
                .is_empty()
        );
    }
);

both_databases!(an_archived_product_is_not_a_silence, now(), |app| async {
    let past = Past::new(app).await;
    let products = shop(&past, |place, date, units| {
        if place == 2 && date >= "2026-11-12" {
            0.0
        } else {
            units
        }
    })
    .await;
    assert_eq!(of(&past.found().await, "P2").len(), 1);
    let path = format!("/products/{}/archive", products[2]);
    app.manager().await.post_empty(&path).await.expect(200);
    let found = past.found().await;
    assert!(of(&found, "P2").is_empty(), "{found:#?}");
});
