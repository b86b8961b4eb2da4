//! Thousands of stock-outs: the ledger is read in parts, and no part is lost or read twice.

use std::collections::BTreeSet;

use kernel::{Clock as _, Period};

/// Two whole parts of 2,000 and one more.
const PRODUCTS: u32 = 4_001;

both_databases!(
    stock_outs_of_many_products_are_read_to_the_end,
    |app| async {
        let now = app.clock.now();
        let (came, went) = (now.plus_seconds(-9_000), now.plus_seconds(-3_600));
        app.many_products(1..=PRODUCTS).await;
        app.came_and_went(1..=PRODUCTS, came, went).await;
        let readers = &app.modules.analytics.readers;
        let zone = readers.catalog.shop().await.unwrap().time_zone;
        let today = now.date_in(zone);
        let period = Period::new(today.pred_opt().unwrap(), today, zone).unwrap();

        let all = readers.stock.stock_outs(&period, 10_000).await.unwrap();
        let products: BTreeSet<_> = all.iter().map(|fact| fact.product_id).collect();
        assert_eq!(all.len(), PRODUCTS as usize);
        assert_eq!(products.len(), PRODUCTS as usize);
        assert!(
            all.iter()
                .all(|fact| fact.from == went && fact.to.is_none())
        );

        // A limit inside a part and between two.
        for limit in [1, 1_999, 2_000, 2_001, 4_000] {
            let some = readers.stock.stock_outs(&period, limit).await.unwrap();
            assert_eq!(some.len(), limit as usize);
        }
    }
);
