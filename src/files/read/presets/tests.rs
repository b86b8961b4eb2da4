//! Files as other systems write them, made from the headers that they publish.

use chrono_tz::Africa::Lubumbashi;
use kernel::{Currency, Timestamp};
use serde_json::{Value, json};

use crate::read::{
    Clarity, FileRead, Frame, Mapping, Source, StockMeaning, TaxBasis,
    known::Known,
    read_file,
    staged::{ImportKind, Preview, RowState, StagedRow},
};

fn open(kind: ImportKind, text: &str, mapping: &Mapping, prices: TaxBasis) -> FileRead {
    let frame = Frame {
        currency: Currency::parse("EUR").unwrap(),
        time_zone: Lubumbashi,
        prices,
        now: Timestamp::parse("2026-11-22T12:00:00Z").unwrap(),
    };
    read_file(
        kind,
        Source::Text(text.as_bytes()),
        mapping,
        &|_| None,
        frame,
    )
    .unwrap()
}

/// The preview of a file of which at most the meaning of the stock is asked.
fn preview(kind: ImportKind, text: &str, prices: TaxBasis) -> Preview {
    let set = Mapping {
        stock: Some(StockMeaning::Set),
        ..Mapping::default()
    };
    let asked = open(kind, text, &Mapping::default(), prices);
    let questions: Vec<&str> = asked
        .layout
        .questions
        .iter()
        .map(|question| question.code.as_str())
        .collect();
    assert!(questions.len() <= 1, "{questions:?}");
    assert!(
        questions
            .iter()
            .all(|code| *code == "import.stock_not_clear"),
        "{questions:?}"
    );
    match open(kind, text, &set, prices).reading {
        Clarity::Clear(reading) => reading.judge(&Known::default()),
        Clarity::Unclear { .. } => panic!("unclear"),
    }
}

struct Seen {
    preset: Option<String>,
    rows: Vec<StagedRow>,
    codes: Vec<String>,
}

fn seen(kind: ImportKind, text: &str) -> Seen {
    let preview = preview(kind, text, TaxBasis::WithTax);
    Seen {
        preset: preview
            .mapping
            .get("preset")
            .and_then(Value::as_str)
            .map(str::to_owned),
        codes: preview
            .issues
            .iter()
            .map(|issue| issue.code.clone())
            .collect(),
        rows: preview.rows.collect(),
    }
}

fn values(row: &StagedRow) -> Value {
    let mut values = row.values.clone();
    if let Some(values) = values.as_object_mut() {
        for derived in ["unit", "stock_delta", "occurred_at"] {
            values.remove(derived);
        }
    }
    values
}

/// One file of products of each system: its name, its text, and what its first rows say.
const PRODUCTS: &[(&str, &str, &str)] = &[
    (
        "Shopify",
        "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,SEO Title,SEO Description,Variant Image,Variant Weight Unit,Variant Tax Code,Cost per item,Status\n\
         tee,Shirt,<p>Soft</p>,Acme,Apparel,Shirts,new,true,Size,S,,,,,TEE-S,100,shopify,5,deny,manual,19.90,25.00,true,true,'0123456789012,https://x/1.png,1,,false,,,,g,,7.50,active\n\
         tee,,,,,,,,,M,,,,,TEE-M,100,shopify,3,deny,manual,19.90,,true,true,,,,,,,,,g,,7.50,\n\
         tee,,,,,,,,,,,,,,,,,,,,,,,,,https://x/2.png,2,,,,,,,,,\n\
         mug,Mug,,Acme,,Kitchen,,true,Title,Default Title,,,,,MUG,300,shopify,0,deny,manual,9.00,,true,true,,,,,false,,,,g,,,archived\n",
        r#"[{"sku":"TEE-S","name":"Shirt - S","barcodes":["0123456789012"],"category":["Shirts"],"price_minor":1990,"cost_minor":750,"stock_set":5},
            {"sku":"TEE-M","name":"Shirt - M","category":["Shirts"],"price_minor":1990,"cost_minor":750,"stock_set":3},
            {"sku":"MUG","name":"Mug","archived":true}]"#,
    ),
    (
        "WooCommerce",
        "ID,Type,SKU,\"GTIN, UPC, EAN, or ISBN\",Name,Published,\"Is featured?\",\"Visibility in catalog\",\"Short description\",Description,\"Tax status\",\"Tax class\",\"In stock?\",Stock,\"Low stock amount\",\"Sale price\",\"Regular price\",Categories,Parent\n\
         1,simple,W-1,,Gourde,1,0,visible,,Bouteille en acier,taxable,,1,4,2,18,20,\"Maison > Cuisine, Promo\",\n\
         2,variable,W-2,,Sac,1,0,visible,,,taxable,,1,,,,,Sacs,\n\
         3,variation,W-2-R,,Sac - Rouge,1,0,visible,,,taxable,,1,7,,,35,,W-2\n",
        r#"[{"sku":"W-1","name":"Gourde","category":["Maison","Cuisine"],"price_minor":2000,"reorder_level":2,"stock_set":4},
            {"sku":"W-2-R","name":"Sac - Rouge","price_minor":3500,"stock_set":7}]"#,
    ),
    (
        "WooCommerce",
        "ID,Type,UGS,Nom,Publié,\"Mis en avant ?\",Description,\"En stock ?\",Stock,\"Montant de stock faible\",\"Tarif promo\",\"Tarif régulier\",Catégories\n\
         1,simple,F-1,Thé vert,1,0,Un thé,1,12,3,4.50,5.00,Boissons > Thés\n",
        r#"[{"sku":"F-1","name":"Thé vert","category":["Boissons","Thés"],"price_minor":500,"reorder_level":3,"stock_set":12}]"#,
    ),
    (
        "Square",
        "Reference Handle,Token,Item Name,Variation Name,SKU,Description,Category,GTIN,Square Online Item Visibility,Price,Online Sale Price,Archived,Sellable,Stockable,Option Name 1,Option Value 1,Default Unit Cost,Current Quantity Main,New Quantity Main,Stock Alert Enabled Main,Stock Alert Count Main,Tax - VAT (20%)\n\
         ,t1,Coffee,Large,SQ-1,Fresh,Hot Drinks,,visible,3.50,3.00,N,Y,Y,,,1.10,40,,Y,5,Y\n\
         ,t2,Tea,Regular,SQ-2,,Hot Drinks,,visible,2.50,,Y,Y,Y,,,,,,N,,Y\n",
        r#"[{"sku":"SQ-1","name":"Coffee - Large","category":["Hot Drinks"],"price_minor":350,"cost_minor":110,"tax_rate_bp":2000,"reorder_level":5,"stock_set":40},
            {"sku":"SQ-2","name":"Tea","archived":true}]"#,
    ),
    (
        "Loyverse",
        "Handle,SKU,Name,Category,Description,Sold by weight,Option 1 name,Option 1 value,Option 2 name,Option 2 value,Option 3 name,Option 3 value,Cost,Barcode,SKU of included item,Quantity of included item,Track stock,Available for sale [Kivu],Price [Kivu],In stock [Kivu],Low stock [Kivu],\"Tax - \"\"TVA\"\" (16%) [Kivu]\"\n\
         coke,10001,Coca-Cola 330ml,Drinks,,N,,,,,,,0.80,5449000000996,,,Y,Y,1.40,14.000,6.000,Y\n\
         tee,10002,Tee,Clothes,,N,Size,S,,,,,4.00,,,,Y,Y,9.00,3.000,,N\n\
         tee,10003,,,,N,,M,,,,,4.00,,,,Y,Y,9.00,-2.000,,N\n",
        r#"[{"sku":"10001","name":"Coca-Cola 330ml","barcodes":["5449000000996"],"category":["Drinks"],"price_minor":140,"cost_minor":80,"tax_rate_bp":1600,"reorder_level":6,"stock_set":14},
            {"sku":"10002","name":"Tee - S","category":["Clothes"],"price_minor":900,"cost_minor":400,"stock_set":3},
            {"sku":"10003","name":"Tee - M","category":["Clothes"],"price_minor":900,"cost_minor":400,"stock_set":0}]"#,
    ),
    (
        "OpenSourcePOS",
        "Id,Barcode,\"Item Name\",Category,\"Supplier ID\",\"Cost Price\",\"Unit Price\",\"Tax 1 Name\",\"Tax 1 Percent\",\"Tax 2 Name\",\"Tax 2 Percent\",\"Reorder Level\",Description,\"Allow Alt Description\",\"Item has Serial Number\",Image,HSN,location_Stock\n\
         1,OS-1,Soap,Care,,1.20,2.50,TVA,16,,,4,A soap,0,0,,,30\n",
        r#"[{"sku":"OS-1","name":"Soap","category":["Care"],"price_minor":250,"cost_minor":120,"tax_rate_bp":1600,"reorder_level":4,"stock_set":30}]"#,
    ),
    (
        "Lightspeed (Vend)",
        "id,handle,sku,composite_name,composite_sku,composite_quantity,name,description,product_category,variant_option_one_name,variant_option_one_value,supply_price,retail_price,tax_name,tax_value,brand_name,active,track_inventory,inventory_Main_Outlet,reorder_point_Main_Outlet\n\
         u1,cap,V-1,,,,Cap,A cap,Hats,Colour,Red,3.00,8.00,VAT,0.15,Acme,1,1,9,2\n\
         u2,old,V-2,,,,Old cap,,Hats,,,3.00,8.00,VAT,0.15,Acme,0,1,0,\n",
        r#"[{"sku":"V-1","name":"Cap - Red","category":["Hats"],"price_minor":800,"cost_minor":300,"tax_rate_bp":1500,"reorder_level":2,"stock_set":9},
            {"sku":"V-2","name":"Old cap","archived":true}]"#,
    ),
    (
        "QuickBooks Online",
        "Product/Service Name,Sales Description,SKU,Type,Sales Price / Rate,Taxable,Income Account,Purchase Description,Purchase Cost,Expense Account,Quantity On Hand,Reorder Point,Inventory Asset Account,Quantity as-of Date\n\
         Nails,Box of nails,QB-1,Inventory,4.5,Yes,Sales,,2,COGS,100,20,Inventory,01/01/2026\n",
        r#"[{"sku":"QB-1","name":"Nails","price_minor":450,"cost_minor":200,"reorder_level":20,"stock_set":100}]"#,
    ),
    (
        "QuickBooks",
        "Active Status,Type,Item,Description,Sales Tax Code,Account,COGS Account,Asset Account,Purchase Description,Quantity On Hand,U/M,Cost,Preferred Vendor,Price,Reorder Pt (Min),MPN\n\
         Active,Inventory Part,QD-1,Hammer,Tax,Sales,COGS,Assets,Buy hammer,7,,5.25,,12.00,3,\n\
         Not-active,Inventory Part,QD-2,Saw,Tax,Sales,COGS,Assets,,0,,5.25,,12.00,,\n",
        r#"[{"sku":"QD-1","name":"Hammer","price_minor":1200,"cost_minor":525,"reorder_level":3,"stock_set":7},
            {"sku":"QD-2","name":"Saw","archived":true}]"#,
    ),
    (
        "Odoo",
        "External ID,Name,Internal Reference,Barcode,Sales Price,Cost,Product Category,Quantity On Hand,Customer Taxes\n\
         p1,Desk,OD-1,False,120.0,80.0,All / Furniture / Desks,2.0,TVA 16%\n",
        r#"[{"sku":"OD-1","name":"Desk","category":["Furniture","Desks"],"price_minor":12000,"cost_minor":8000,"tax_rate_bp":1600,"stock_set":2}]"#,
    ),
    (
        "PrestaShop",
        "Product ID;Image;Name;Reference;Category;Price (tax excl.);Price (tax incl.);Quantity;Status;Position\n\
         1;;Lampe;PS-1;Maison;10.000000;12.000000;3;1;0\n2;;Vase;PS-2;Maison;10.000000;12.000000;3;0;0\n",
        r#"[{"sku":"PS-1","name":"Lampe","category":["Maison"],"price_minor":1200,"stock_set":3},
            {"sku":"PS-2","name":"Vase","archived":true}]"#,
    ),
    (
        "Dolibarr",
        "Réf. produit*;Libellé*;Type*;Description;Prix de vente HT;Prix de vente TTC;Taux TVA;Code-barres;Prix de revient;Limite stock pour alerte;Stock physique\n\
         DO-1;Chaise;0;Une chaise;50;60;20;;30;2;8\n",
        r#"[{"sku":"DO-1","name":"Chaise","price_minor":6000,"cost_minor":3000,"tax_rate_bp":2000,"reorder_level":2,"stock_set":8}]"#,
    ),
    (
        "Dolibarr",
        "p.ref;p.label;p.price;p.price_ttc;p.tva_tx;p.cost_price;p.stock\n\
         DO-2;Table;50;60;20;30;8\n",
        r#"[{"sku":"DO-2","name":"Table","price_minor":6000,"cost_minor":3000,"tax_rate_bp":2000,"stock_set":8}]"#,
    ),
    (
        "EBP",
        "Code article;Libellé;Libellé famille;PV HT;PV TTC;Prix d'achat HT;Code barre;Taux TVA;Stock réel\n\
         EB-1;Stylo;Papeterie;1,00;1,20;0,40;;20;55\n",
        r#"[{"sku":"EB-1","name":"Stylo","category":["Papeterie"],"price_minor":120,"cost_minor":40,"tax_rate_bp":2000,"stock_set":55}]"#,
    ),
    (
        "Sage 100",
        "AR_Ref;AR_Design;FA_CodeFamille;AR_PrixAch;AR_PrixVen;AR_CodeBarre;AR_Sommeil\n\
         SA-1;Cahier;PAP;1,10;2,50;;0\nSA-2;Gomme;PAP;0,10;0,50;;1\n",
        r#"[{"sku":"SA-1","name":"Cahier","category":["PAP"],"price_minor":250,"cost_minor":110},
            {"sku":"SA-2","name":"Gomme","archived":true}]"#,
    ),
    (
        "Clover",
        "Clover ID,Name,Alternate Name,Price,Price Type,Price Unit,Tax Rates,Cost,Product Code,SKU,Modifier Groups,Quantity,Labels,Hidden,Non-revenue item\n\
         C1,Bagel,,2.75,Fixed,,DEFAULT,0.90,,CL-1,,12,Bakery,No,No\n",
        r#"[{"sku":"CL-1","name":"Bagel","category":["Bakery"],"price_minor":275,"cost_minor":90,"stock_set":12}]"#,
    ),
    (
        "Hiboutik",
        "product_id,product_model,product_barcode,product_price,product_discount_price,product_supply_price,product_vat,product_arch,stock_available\n\
         1,Bougie,3760000000017,9.90,8.90,4.00,20,0,6\n",
        r#"[{"name":"Bougie","barcodes":["3760000000017"],"price_minor":990,"cost_minor":400,"tax_rate_bp":2000,"stock_set":6,"sku":"3760000000017"}]"#,
    ),
];

#[test]
fn lists_of_other_systems_are_read_as_they_mean_them() {
    for (name, text, expected) in PRODUCTS {
        let seen = seen(ImportKind::Products, text);
        assert_eq!(seen.preset.as_deref(), Some(*name), "{text}");
        let rows: Vec<Value> = seen.rows.iter().map(values).collect();
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(Value::from(rows), expected, "{name}");
        let errors = seen.rows.iter().flat_map(|row| &row.issues);
        let errors: Vec<_> = errors
            .filter(|issue| issue.severity == crate::read::staged::Severity::Error)
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn rows_that_are_no_products_are_counted_aloud() {
    let shopify = seen(ImportKind::Products, PRODUCTS[0].1);
    let woo = seen(ImportKind::Products, PRODUCTS[1].1);
    for seen in [shopify, woo] {
        assert!(
            seen.codes.contains(&"import.rows_left_out".to_owned()),
            "{:?}",
            seen.codes
        );
    }
    let archived = seen(ImportKind::Products, PRODUCTS[3].1);
    let codes: Vec<&str> = archived.rows[1]
        .issues
        .iter()
        .map(|issue| issue.code.as_str())
        .collect();
    assert_eq!(codes, ["import.archived_row"]);
}

#[test]
fn receipts_of_other_systems_become_sales() {
    let shopify = "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Cancelled at,Id,Lineitem discount\n\
        #1001,a@b.cd,paid,2026-01-15 10:22:33 +0200,EUR,39.80,0,0,39.80,,0,2026-01-15 10:22:33 +0200,2,Tee - S,19.90,25,TEE-S,,77,0\n\
        #1002,a@b.cd,refunded,,EUR,9,0,0,9,,0,2026-01-16 10:22:33 +0200,1,Mug,9.00,,MUG,2026-01-17 08:00:00 +0200,78,0\n";
    let square = "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,Location,Dining Option,Customer ID,Customer Name\n\
        2026-01-20,14:00:00,Africa/Lubumbashi,Ceramics,Mug,3,Regular,MUG-1,,€10.00,€0.00,€10.00,€0.80,T1,P1,iPad,,,Payment,Main,,,\n\
        2026-01-21,15:00:00,Africa/Lubumbashi,Ceramics,Mug,-3,Regular,MUG-1,,-€10.00,€0.00,-€10.00,€0.00,T2,P2,iPad,,,Refund,Main,,,\n";
    let loyverse = "Date,Receipt number,Receipt type,Category,SKU,Item,Variant,Modifiers applied,Quantity,Gross sales,Discounts,Net sales,Cost of goods,Gross profit,Taxes,POS,Store,Cashier name,Customer name,Customer contacts,Comment,Status\n\
        2026-01-01 08:00:00,1-1,Sale,Drinks,10001,Coke,,,2.000,2.80,0.30,2.50,1.60,0.90,0.00,POS 1,Kivu,Ana,,,,Closed\n\
        2026-01-01 08:05:00,1-2,Sale,Drinks,10001,Coke,,,1.000,1.40,0.00,1.40,0.80,0.60,0.00,POS 1,Kivu,Ana,,,,Cancelled\n\
        2026-01-01 08:10:00,1-3,Refund,Drinks,10001,Coke,,,2.000,2.80,0.30,2.50,0.80,0.60,0.00,POS 1,Kivu,Ana,,,,Closed\n";
    for (name, text, expected) in [
        (
            "Shopify orders",
            shopify,
            json!([{"invoice": "#1001", "sku": "TEE-S", "name": "Tee - S", "quantity": 2, "unit_price_minor": 1990, "customer": "a@b.cd"}]),
        ),
        (
            "Square sales",
            square,
            // A third of ten is no price: what rounding adds is a discount.
            json!([
                {"invoice": "T1", "sku": "MUG-1", "name": "Mug", "quantity": 3, "unit_price_minor": 334, "discount_minor": 2},
                {"invoice": "T2", "sku": "MUG-1", "name": "Mug", "quantity": -3, "unit_price_minor": 334, "discount_minor": 2, "returns": {"row": 2}},
            ]),
        ),
        (
            "Loyverse receipts",
            loyverse,
            json!([
                {"invoice": "1-1", "sku": "10001", "name": "Coke", "quantity": 2, "unit_price_minor": 140, "discount_minor": 30},
                {"invoice": "1-3", "sku": "10001", "name": "Coke", "quantity": -2, "unit_price_minor": 140, "discount_minor": 30, "returns": {"row": 2}},
            ]),
        ),
    ] {
        let seen = seen(ImportKind::Sales, text);
        assert_eq!(seen.preset.as_deref(), Some(name));
        let rows: Vec<Value> = seen.rows.iter().map(values).collect();
        assert_eq!(Value::from(rows), expected, "{name}");
        let errors = seen.rows.iter().filter(|row| row.state == RowState::Error);
        assert_eq!(errors.count(), 0, "{name}: {:?}", seen.rows);
    }
}

#[test]
fn plain_french_lists_need_no_mapping() {
    for (text, price, cost) in [
        (
            "Référence;Désignation;P.U. HT;TVA;Famille\nA1;Thé;100;16;Boissons\n",
            11_600,
            None,
        ),
        (
            "Code article;Désignation;PV TTC;PA HT;TVA;Code EAN\nA1;Thé;116;50;16;\n",
            11_600,
            Some(5_000),
        ),
        (
            "Réf.;Libellé;PV HT;PV TTC;PA TTC;Taux TVA\nA1;Thé;100;116;58;16\n",
            11_600,
            Some(5_000),
        ),
        (
            "REF;DESIGNATION;PVTTC;PAHT\nA1;Thé;116;50\n",
            11_600,
            Some(5_000),
        ),
        ("Code;Article;Prix (€)*\nA1;Thé;116\n", 11_600, None),
    ] {
        let seen = seen(ImportKind::Products, text);
        let row = &seen.rows[0].values;
        assert_eq!(row["name"], "Thé", "{text}");
        assert_eq!(row["sku"], "A1", "{text}");
        assert_eq!(row["price_minor"], price, "{text}");
        assert_eq!(
            row.get("cost_minor"),
            cost.map(Value::from).as_ref(),
            "{text}"
        );
    }
}

#[test]
fn prices_become_what_the_shops_own_are() {
    let text = "ref;nom;PU HT;TVA\nA;Un;100;16\nB;Deux;100;0\nC;Trois;0,99;5,5\n";
    let into = preview(ImportKind::Products, text, TaxBasis::WithTax);
    assert!(
        into.issues
            .iter()
            .any(|issue| issue.code == "price.tax_basis")
    );
    let rows: Vec<StagedRow> = into.rows.collect();
    let seen: Vec<(&Value, &Value)> = rows
        .iter()
        .map(|row| {
            (
                &row.values["price_written_minor"],
                &row.values["price_minor"],
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (&json!(10_000), &json!(11_600)),
            (&json!(10_000), &json!(10_000)),
            (&json!(99), &json!(104)),
        ]
    );
    // The shop without tax takes them as they are, and the other way round.
    let same = preview(ImportKind::Products, text, TaxBasis::WithoutTax);
    assert!(same.issues.is_empty());
    let rows: Vec<StagedRow> = same.rows.collect();
    assert_eq!(rows[0].values["price_minor"], 10_000);
    let text = "ref;nom;PU TTC;TVA\nA;Un;116;16\n";
    let rows: Vec<StagedRow> = preview(ImportKind::Products, text, TaxBasis::WithoutTax)
        .rows
        .collect();
    assert_eq!(rows[0].values["price_minor"], 10_000);
    // Without a rate the price stays, and the row says so.
    let text = "ref;nom;PU HT\nA;Un;100\n";
    let rows: Vec<StagedRow> = preview(ImportKind::Products, text, TaxBasis::WithTax)
        .rows
        .collect();
    assert_eq!(rows[0].values["price_minor"], 10_000);
    assert_eq!(rows[0].issues[0].code, "price.tax_rate_unknown");
}

#[test]
fn a_currency_in_a_header_is_the_currency_of_its_amounts() {
    let rows = seen(ImportKind::Products, "ref;nom;Prix USD\nA;Un;100\n").rows;
    assert_eq!(rows[0].issues[0].code, "money.currency_mismatch");
    let rows = seen(ImportKind::Products, "ref;nom;Prix (EUR)\nA;Un;100\n").rows;
    assert_eq!(rows[0].values["price_minor"], 10_000);
}
