//! Whole sets of products in one transaction: what an import does.

use kernel::{Amount, Code, Quantity, ids::ProductId, read::CatalogRead as _};
use sales::{
    Actor, SalesError,
    catalogue::products::{NewProduct, OrderingRule, ProductChange, ProductFields},
    readers::{CatalogReader, StockReader},
    shop_reader::ShopReader,
};
use serde_json::json;
use store::Tx;

use super::skus;
use crate::support::{app::TestApp, shop::amount};

fn new(sku: &str, name: &str, price: i64) -> NewProduct {
    NewProduct {
        sku: sku.to_owned(),
        name: name.to_owned(),
        barcodes: Vec::new(),
        category_id: None,
        unit: "piece".to_owned(),
        price_minor: amount(price),
        cost_minor: Amount::ZERO,
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

/// As many products, each with two barcodes and its number as its price.
fn numbered(count: i64) -> Vec<NewProduct> {
    (0..count)
        .map(|n| NewProduct {
            barcodes: vec![format!("b{n}"), format!("c{n}")],
            initial_stock: Quantity::from_units(n % 3),
            ..new(&format!("S{n:05}"), &format!("Article {n}"), n)
        })
        .collect()
}

fn change(id: ProductId, fields: ProductFields) -> ProductChange {
    ProductChange { id, fields }
}

both_databases!(a_set_is_made_whole_or_not_at_all, |app| async {
    let mut all = numbered(6_000);
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
    try_create(app, &all).await.unwrap();
    for (table, rows) in [
        ("products", 6_000),
        ("product_barcodes", 11_998),
        ("price_changes", 6_000),
        ("stock_movements", 4_000),
    ] {
        let count = app.figure(&format!("SELECT COUNT(*) FROM {table}")).await;
        assert_eq!(count, rows, "{table}");
    }
});

both_databases!(
    a_set_is_changed_and_only_what_differs_is_written,
    |app| async {
        let all = numbered(6_000);
        let ids = try_create(app, &all).await.unwrap();
        // The first two swap their barcodes; every tenth has another price; the rest says what is so.
        let changes: Vec<ProductChange> = ids
            .iter()
            .zip(&all)
            .enumerate()
            .map(|(n, (id, one))| {
                let barcodes = if n < 2 {
                    vec![format!("b{}", 1 - n)]
                } else {
                    one.barcodes.clone()
                };
                let fields = ProductFields {
                    barcodes: Some(barcodes),
                    price_minor: Some(amount(one.price_minor.minor() + i64::from(n % 10 == 9))),
                    ..ProductFields::default()
                };
                change(*id, fields)
            })
            .collect();
        assert_eq!(try_update(app, &changes).await.unwrap(), 602);
        let prices = "SELECT COUNT(*) FROM price_changes";
        assert_eq!(app.figure(prices).await, 6_600);
        let again = try_update(app, &changes).await.unwrap();
        assert_eq!(again, 0, "the same again changes nothing");
        let manager = app.manager().await;
        assert_eq!(skus(&manager, "barcode=b0").await, ["S00001"]);
        assert_eq!(skus(&manager, "barcode=b1").await, ["S00000"]);
        assert_eq!(skus(&manager, "barcode=c0").await, Vec::<String>::new());
        assert_eq!(skus(&manager, "q=article+5432").await, ["S05432"]);
    }
);

both_databases!(
    a_set_with_a_change_that_cannot_be_changes_nothing,
    |app| async {
        let ids = try_create(app, &numbered(3)).await.unwrap();
        let dearer = || {
            let fields = ProductFields {
                price_minor: Some(amount(100)),
                ..ProductFields::default()
            };
            change(ids[0], fields)
        };
        let unknown = change(ProductId::generate(), ProductFields::default());
        assert_eq!(
            refusal(try_update(app, &[dearer(), unknown]).await),
            (Code::UnknownReference, vec!["/1/id".to_owned()])
        );
        let nameless = ProductFields {
            name: Some(String::new()),
            ..ProductFields::default()
        };
        assert_eq!(
            refusal(try_update(app, &[dearer(), change(ids[2], nameless)]).await),
            (Code::ValidationFailed, vec!["/1/name".to_owned()])
        );
        assert_eq!(app.figure("SELECT MAX(price_minor) FROM products").await, 2);
    }
);

/// 25 products with two barcodes each and their number as stock.
async fn with_stock(app: &TestApp) -> Vec<ProductId> {
    let all: Vec<NewProduct> = (0..25)
        .map(|n| NewProduct {
            barcodes: vec![format!("y{n}"), format!("x{n}")],
            initial_stock: Quantity::from_units(n),
            ..new(&format!("S{n}"), &format!("Article {n}"), n)
        })
        .collect();
    let mut ids = try_create(app, &all).await.unwrap();
    ids.sort_unstable();
    ids
}

both_databases!(the_read_ports_tell_what_the_catalogue_holds, |app| async {
    let ids = with_stock(app).await;
    let read = app.modules.stores.read.clone();
    let catalog = CatalogReader::new(read.clone(), ShopReader::new(read));
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
    let found: Vec<_> = seen.iter().map(|product| product.id).collect();
    assert_eq!(found, ids);
    let third = seen.iter().find(|product| product.sku == "S3").unwrap();
    assert_eq!(third.on_hand, Quantity::from_units(3));
});

both_databases!(the_read_ports_tell_what_lies_in_stock, |app| async {
    use kernel::read::StockRead as _;

    let ids = with_stock(app).await;
    let manager = app.manager().await;
    let depot = json!({"name": "Dépôt"});
    let depot = manager.post("/locations", depot).await.expect(201);
    let lines = ids
        .iter()
        .map(|id| json!({"product_id": id, "quantity": 2}));
    let receipt = json!({"lines": lines.collect::<Vec<_>>(), "location_id": depot["id"]});
    let received = manager.post("/inventory/receipts", receipt).await;
    received.expect(201);
    let stock = StockReader::new(app.modules.stores.read.clone());
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
