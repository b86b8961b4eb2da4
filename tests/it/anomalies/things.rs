//! Prices, units, counts and hours.

use serde_json::json;

use super::past::{Past, TODAY, at, days, now, sold_on, subjects};

both_databases!(
    a_price_below_cost_is_reported_and_one_at_cost_is_not,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let (slip, fair) = (
            past.product("SLIP", 1_000, 600).await,
            past.product("FAIR", 1_000, 600).await,
        );
        let mut sold = Vec::new();
        for date in ["2026-11-10", "2026-11-11"] {
            for (product, price) in [(slip, 450), (fair, 600)] {
                let mut sale = sold_on(product, date, 10, 4.0);
                sale.price_minor = Some(price);
                sold.push(sale);
            }
        }
        past.sell(&sold).await;
        let found = past.found_of("price_below_cost").await;
        assert_eq!(subjects(&found), ["SLIP"], "two days are one finding");
        let told = &found[0];
        assert_eq!(
            (told["from"].as_str(), told["to"].as_str()),
            (Some("2026-11-10"), Some("2026-11-11"))
        );
        assert_eq!(told["effect_minor"], -1_200);
        assert_eq!(told["figures"]["actual"], 450.0);
        assert_eq!(told["figures"]["expected"], 600.0);
        assert_eq!(told["explanation"]["code"], "price.below_cost");
        assert_eq!(told["evidence_total"], 2);
        assert_eq!(told["evidence"][0]["id"], json!(sold[0].id));
        assert_eq!(told["state"], "open");
    }
);

both_databases!(
    grams_entered_as_kilograms_are_reported_and_a_large_sale_is_not,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let (rice, beans) = (
            past.product("RIZ", 1_000, 600).await,
            past.product("HARICOTS", 1_000, 600).await,
        );
        let mut sold = Vec::new();
        for (index, date) in days("2026-10-01", "2026-11-15").iter().enumerate() {
            let units = [0.5, 1.0, 2.0][index % 3];
            sold.push(sold_on(rice, date, 9, units));
            sold.push(sold_on(beans, date, 10, units));
        }
        let slip = sold_on(rice, "2026-11-12", 16, 250.0);
        let mut carton = sold_on(beans, "2026-11-13", 16, 1.0);
        carton.price_minor = Some(12_000);
        let mut dear = sold_on(beans, "2026-11-13", 17, 1.0);
        dear.price_minor = Some(1_400);
        sold.extend([
            slip.clone(),
            sold_on(beans, "2026-11-12", 16, 6.0),
            carton.clone(),
            dear,
        ]);
        past.sell(&sold).await;
        let mut found = past.found_of("unit_slip").await;
        found.reverse();
        assert_eq!(found.len(), 2, "{found:?}");
        let by_code = |code: &str| {
            found
                .iter()
                .find(|one| one["explanation"]["code"] == code)
                .unwrap()
        };
        let quantity = by_code("slip.quantity");
        assert_eq!(quantity["subject"]["name"], "RIZ");
        assert_eq!(quantity["evidence"][0]["id"], json!(slip.id));
        assert_eq!(quantity["figures"]["actual"], 250.0);
        // 249 kilograms too much in the books, which nobody paid.
        assert_eq!(quantity["effect_minor"], -249_000);
        assert_eq!(quantity["severity"], "high");
        let price = by_code("slip.price");
        assert_eq!(price["evidence"][0]["id"], json!(carton.id));
        assert_eq!(price["explanation"]["params"]["ratio"], 12.0);
        assert_eq!(price["effect_minor"], -11_000);
    }
);

both_databases!(
    a_count_with_much_missing_is_reported_and_one_with_little_is_not,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let (gone, kept, sold) = (
            past.product("DISPARU", 1_000, 600).await,
            past.product("GARDE", 1_000, 600).await,
            past.product("VENDU", 1_000, 600).await,
        );
        let manager = app.manager().await;
        let mut left = [100_000; 3];
        let mut counts: Vec<(String, [i64; 3])> = days("2026-08-01", "2026-08-10")
            .into_iter()
            .map(|date| (date, [1; 3]))
            .collect();
        counts.push(("2026-11-10".to_owned(), [40, 2, 40]));
        for (date, missing) in counts {
            app.travel_to(at(&date, 19)).await;
            let mut lines = Vec::new();
            for (place, product) in [gone, kept, sold].into_iter().enumerate() {
                left[place] -= missing[place];
                lines.push(json!({"product_id": product, "counted": left[place]}));
            }
            let body = json!({ "lines": lines });
            manager.post("/inventory/counts", body).await.expect(201);
        }
        past.sell(&[sold_on(kept, "2026-08-01", 8, 1.0)]).await;
        let all = past.found_of("shrinkage").await;
        assert_eq!(subjects(&all), ["DISPARU", "VENDU"]);
        // A till without a network had sold them: nothing was missing.
        past.sell(&[sold_on(sold, "2026-11-09", 8, 38.0)]).await;
        let found = past.found_of("shrinkage").await;
        assert_eq!(subjects(&found), ["DISPARU"]);
        assert_eq!(found[0]["effect_minor"], -24_000);
        assert_eq!(found[0]["figures"]["actual"], 40.0);
        assert_eq!(found[0]["evidence"][0]["type"], "count");
    }
);

both_databases!(
    a_sale_at_night_is_reported_and_one_soon_after_closing_time_is_not,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("PAIN", 1_000, 600).await;
        let mut sold = Vec::new();
        for date in days("2026-09-01", "2026-11-19") {
            for hour in [8, 11, 14, 17] {
                sold.push(sold_on(product, &date, hour, 1.0));
            }
        }
        let night = sold_on(product, "2026-11-17", 2, 1.0);
        sold.extend([night.clone(), sold_on(product, "2026-11-17", 18, 1.0)]);
        past.sell(&sold).await;
        let found = past.found_of("off_hours").await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["evidence"][0]["id"], json!(night.id));
        assert_eq!(found[0]["subject"]["name"], "cashier");
        assert_eq!(found[0]["at"], json!(at("2026-11-17", 2)));
        assert!(found[0]["to"].as_str().unwrap() < TODAY);
    }
);

both_databases!(
    a_shop_that_has_just_opened_has_no_closed_hours_yet,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("PAIN", 1_000, 600).await;
        let mut sold: Vec<_> = days("2026-11-10", "2026-11-19")
            .iter()
            .map(|date| sold_on(product, date, 9, 1.0))
            .collect();
        sold.push(sold_on(product, "2026-11-17", 2, 1.0));
        past.sell(&sold).await;
        assert!(past.found_of("off_hours").await.is_empty());
    }
);
