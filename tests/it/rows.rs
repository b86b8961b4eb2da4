//! Rows are read by the list of their columns, and by nothing else.

use kernel::{Currency, Quantity, Timestamp, ids::ProductId};
use store::{Dialect, ReadDb, Selection, StoreError, selection};

selection! {
    #[derive(Debug, PartialEq, Eq)]
    struct Example in thing {
        id: ProductId,
        quantity: Quantity = quantity_milli,
        at: Option<Timestamp> = "thing.at_us",
        currency: Currency,
        is_new: bool = "thing.quantity_milli > 5",
    }

    struct Total { total: i128 }
}

/// A table of one row, which holds `at_us` as given.
fn thing(dialect: Dialect, id: ProductId, at: &str, currency: &str) -> String {
    let id = id.to_string();
    let id = match dialect {
        Dialect::Sqlite => format!("unhex('{id}', '-')"),
        Dialect::Postgres => format!("CAST('{id}' AS uuid)"),
    };
    format!(
        "(SELECT {id} AS id, CAST(7 AS BIGINT) AS quantity_milli, CAST({at} AS BIGINT) AS at_us, '{currency}' AS currency) AS thing"
    )
}

async fn refused<S: Selection>(read: &ReadDb, sql: &str) -> String {
    match read.select::<S>(sql, []).await {
        Err(StoreError::Corrupt(problem)) => problem,
        Err(other) => panic!("{sql}: {other}"),
        Ok(rows) => panic!("{sql}: {} rows", rows.len()),
    }
}

both_databases!(a_list_of_columns_reads_just_these_columns, |app| async {
    let read = &app.modules.stores.read;
    let id = ProductId::generate();
    let mut expected = Example {
        id,
        quantity: Quantity::from_milli(7),
        at: None,
        currency: "CDF".parse().unwrap(),
        is_new: true,
    };
    let columns = Example::SELECT;
    for (at, text) in [(None, "NULL"), (Some(Timestamp::from_micros(9)), "9")] {
        expected.at = at;
        let sql = format!(
            "SELECT {columns} FROM {}",
            thing(read.dialect(), id, text, "CDF")
        );
        assert_eq!(read.select::<Example>(&sql, []).await.unwrap().len(), 1);
        let one = read.select_one::<Example>(&sql, []).await.unwrap();
        assert_eq!(one.as_ref(), Some(&expected));
        let none = format!("{sql} WHERE thing.id IS NULL");
        assert_eq!(read.select_one::<Example>(&none, []).await.unwrap(), None);
    }

    let from = thing(read.dialect(), id, "9", "CDF");
    let swapped = columns.replace(
        r#"thing.id, thing.quantity_milli AS "quantity""#,
        r#"thing.quantity_milli AS "quantity", thing.id"#,
    );
    let missing = columns.replace("thing.id, ", "");
    for (columns, problem) in [
        (swapped.as_str(), "a query has quantity where id is read"),
        (missing.as_str(), "a query has quantity where id is read"),
        (
            &format!("{columns}, 1 AS more"),
            "a query has more, which nothing reads",
        ),
    ] {
        let sql = format!("SELECT {columns} FROM {from}");
        assert_eq!(refused::<Example>(read, &sql).await, problem);
    }
    let half = format!("SELECT thing.id FROM {from}");
    assert_eq!(
        refused::<Example>(read, &half).await,
        "a query has nothing where quantity is read"
    );
    let from = thing(read.dialect(), id, "9", "francs");
    let sql = format!("SELECT {columns} FROM {from}");
    assert_eq!(
        refused::<Example>(read, &sql).await,
        "francs is not a Currency"
    );
});

both_databases!(a_single_value_and_a_wide_sum_are_read, |app| async {
    let read = &app.modules.stores.read;
    let sql = "SELECT CAST(3 AS BIGINT) UNION ALL SELECT 4 ORDER BY 1";
    assert_eq!(read.values::<i64>(sql, []).await.unwrap(), [3, 4]);
    assert_eq!(read.value::<i64>(sql, []).await.unwrap(), Some(3));
    let two = "SELECT CAST(3 AS BIGINT), CAST(4 AS BIGINT)";
    assert!(read.value::<i64>(two, []).await.is_err());
    for many in [i64::MAX, -i64::MAX] {
        let sum = read.dialect().wide_sum("number", "total");
        let sql = format!(
            "SELECT {sum} FROM (SELECT CAST({many} AS BIGINT) AS number UNION ALL SELECT CAST({many} AS BIGINT)) AS numbers"
        );
        let total = read.select_one::<Total>(&sql, []).await.unwrap().unwrap();
        assert_eq!(total.total, i128::from(many) * 2);
    }
});
