//! Whole sets of products in one transaction: what an import does.

use kernel::{Code, Quantity, ids::ProductId, read::CatalogRead as _};
use sales::{
    Actor, SalesError,
    catalogue::products::{NewProduct, OrderingRule, ProductChange, ProductFields},
    readers::{CatalogReader, StockReader},
    shop_reader::ShopReader,
};
use store::Tx;

use super::skus;
use crate::support::app::TestApp;

fn new(sku: &str, name: &str, price_minor: i64) -> NewProduct {
    NewProduct {
        sku: sku.to_owned(),
        name: name.to_owned(),
        barcodes: Vec::new(),
        category_id: None,
        unit: "piece".to_owned(),
        price_minor,
        cost_minor: 0,
        tax_rate_bp: 0,
        reorder_level: Quantity::ZERO,
        ordering: OrderingRule::default(),
        initial_stock: Quantity::ZERO,
    }
}

/// Makes products of SKU, name and price in one go.
pub(super) async fn create(
    app: &TestApp,
    rows: &[(String, String, i64)],
    category: Option<&str>,
) -> Vec<ProductId> {
    let all: Vec<NewProduct> = rows
        .iter()
        .map(|(sku, name, price)| NewProduct {
            category_id: category.map(|id| id.parse().unwrap()),
            ..new(sku, name, *price)
        })
        .collect();
    try_create(app, &all).await.unwrap()
}

async fn try_create(app: &TestApp, all: &[NewProduct]) -> Result<Vec<ProductId>, SalesError> {
    let catalogue = &app.modules.sales.catalogue;
    let actor = Actor::operator("test");
    let write = &app.modules.stores.write;
    write
        .transaction(async |tx: &Tx| catalogue.create_products(tx, &actor, all).await)
        .await
}

async fn try_update(app: &TestApp, changes: &[ProductChange]) -> Result<usize, SalesError> {
    let catalogue = &app.modules.sales.catalogue;
    let actor = Actor::operator("test");
    let write = &app.modules.stores.write;
    let changed = write
        .transaction(async |tx: &Tx| catalogue.update_products(tx, &actor, changes).await)
        .await?;
    Ok(changed.len())
}

fn refusal<T: std::fmt::Debug>(result: Result<T, SalesError>) -> (Code, Vec<String>) {
    let SalesError::Refused(problem) = result.unwrap_err() else {
        panic!("not a refusal");
    };
    (
        problem.code,
        problem
            .errors
            .into_iter()
            .map(|error| error.pointer)
            .collect(),
    )
}

both_databases!(a_set_is_made_and_changed_whole_or_not_at_all, |app| async {
    let mut all: Vec<NewProduct> = (0..6_000)
        .map(|n| NewProduct {
            barcodes: vec![format!("b{n}"), format!("c{n}")],
            initial_stock: Quantity::from_units(n % 3),
            ..new(&format!("S{n:05}"), &format!("Article {n}"), n)
        })
        .collect();
    all[5_999].barcodes = vec!["b5".to_owned()];
    all[5_998].sku = "S00001".to_owned();
    assert_eq!(
        refusal(try_create(app, &all).await),
        (Code::SkuTaken, vec!["/5998/sku".to_owned()])
    );
    all[5_998].sku = "S05998".to_owned();
    assert_eq!(
        refusal(try_create(app, &all).await),
        (Code::BarcodeTaken, vec!["/5999/barcodes/0".to_owned()])
    );
    assert_eq!(app.figure("SELECT COUNT(*) FROM products").await, 0);
    all[5_999].barcodes = vec![];
    let ids = try_create(app, &all).await.unwrap();
    assert_eq!(app.figure("SELECT COUNT(*) FROM products").await, 6_000);
    assert_eq!(
        app.figure("SELECT COUNT(*) FROM product_barcodes").await,
        11_998
    );
    assert_eq!(
        app.figure("SELECT COUNT(*) FROM price_changes").await,
        6_000
    );
    assert_eq!(
        app.figure("SELECT COUNT(*) FROM stock_movements").await,
        4_000
    );

    // The first two swap their barcodes; every tenth has another price; the rest says what is so.
    let swapped = |n: usize| {
        if n < 2 {
            vec![format!("b{}", 1 - n)]
        } else {
            all[n].barcodes.clone()
        }
    };
    let changes: Vec<ProductChange> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| ProductChange {
            id: *id,
            fields: ProductFields {
                barcodes: Some(swapped(n)),
                price_minor: Some(all[n].price_minor + i64::from(n % 10 == 9)),
                ..ProductFields::default()
            },
        })
        .collect();
    assert_eq!(try_update(app, &changes).await.unwrap(), 602);
    assert_eq!(
        app.figure("SELECT COUNT(*) FROM price_changes").await,
        6_600
    );
    assert_eq!(
        try_update(app, &changes).await.unwrap(),
        0,
        "the same again changes nothing"
    );
    let manager = app.manager().await;
    assert_eq!(skus(&manager, "barcode=b0").await, ["S00001"]);
    assert_eq!(skus(&manager, "barcode=b1").await, ["S00000"]);
    assert_eq!(skus(&manager, "barcode=c0").await, Vec::<String>::new());
    assert_eq!(skus(&manager, "q=article+5432").await, ["S05432"]);

    let unknown = ProductChange {
        id: ProductId::generate(),
        fields: ProductFields::default(),
    };
    let refused = try_update(app, &[changes[0].clone(), unknown]).await;
    assert_eq!(
        refusal(refused),
        (Code::UnknownReference, vec!["/1/id".to_owned()])
    );
    let bad = ProductChange {
        id: ids[7],
        fields: ProductFields {
            name: Some(String::new()),
            ..ProductFields::default()
        },
    };
    assert_eq!(
        refusal(try_update(app, &[bad]).await),
        (Code::ValidationFailed, vec!["/0/name".to_owned()])
    );
});

both_databases!(the_read_ports_tell_what_the_catalogue_holds, |app| async {
    use kernel::read::StockRead as _;

    let all: Vec<NewProduct> = (0..25)
        .map(|n| NewProduct {
            barcodes: vec![format!("y{n}"), format!("x{n}")],
            initial_stock: Quantity::from_units(n),
            ..new(&format!("S{n}"), &format!("Article {n}"), n)
        })
        .collect();
    let mut ids = try_create(app, &all).await.unwrap();
    let read = app.modules.stores.read.clone();
    let catalog = CatalogReader::new(read.clone(), ShopReader::new(read.clone()));
    assert_eq!(catalog.shop().await.unwrap().currency.code(), "CDF");
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = catalog.products(after, 10).await.unwrap();
        after = page.items.last().map(|product| product.id);
        seen.extend(page.items);
        if !page.has_more {
            break;
        }
    }
    ids.sort_unstable();
    assert_eq!(
        seen.iter().map(|product| product.id).collect::<Vec<_>>(),
        ids
    );
    let third = seen.iter().find(|product| product.sku == "S3").unwrap();
    assert_eq!(third.on_hand, Quantity::from_units(3));

    let manager = app.manager().await;
    let depot = manager
        .post("/locations", serde_json::json!({"name": "Dépôt"}))
        .await
        .expect(201);
    let lines: Vec<_> = ids
        .iter()
        .map(|id| serde_json::json!({"product_id": id, "quantity": 2}))
        .collect();
    let receipt = serde_json::json!({"lines": lines, "location_id": depot["id"]});
    manager
        .post("/inventory/receipts", receipt)
        .await
        .expect(201);
    let stock = StockReader::new(read);
    for limit in [1, 2, 3, 7, 100] {
        let (mut levels, mut after) = (Vec::new(), None);
        loop {
            let page = stock.levels(after, limit).await.unwrap();
            after = page.items.last().map(|level| level.product_id);
            levels.extend(page.items);
            if !page.has_more {
                break;
            }
        }
        assert_eq!(
            levels.len(),
            49,
            "the product without opening stock has one level, all others two ({limit})"
        );
        assert_eq!(
            levels.iter().map(|level| level.on_hand).sum::<Quantity>(),
            Quantity::from_units(300 + 50)
        );
    }
});
