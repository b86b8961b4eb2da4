//! Which product has which SKU and barcode. Codes are compared in the form of
//! [`kernel::text::code_key`] and [`kernel::gtin::barcode_key`], and each form has one holder. Older
//! products that had the same form when this rule was introduced wait behind the holder in order,
//! until they change it.

use std::collections::HashMap;

use kernel::{gtin, ids::ProductId, text};
use store::{ColumnKind, Tx, json_rows, selection, to_json};

use crate::error::SalesResult;

/// Codes in one query: their JSON stays well under a megabyte.
const CHUNK: usize = 5_000;

/// A kind of code.
#[derive(Debug, Clone, Copy)]
pub(super) enum CodeKind {
    Sku,
    Barcode,
}

selection! {
    /// A product with a code.
    #[derive(Debug, Clone)]
    pub(super) struct Holder in owned {
        pub(super) id: ProductId,
        pub(super) sku: String,
        pub(super) name: String,
        pub(super) is_archived: bool = archived,
        /// The code as written there.
        code: String,
        /// 0 for the holder of the form.
        place: i64,
    }

    Form in owned (key: String)
}

impl CodeKind {
    /// The form in which codes of this kind are compared.
    pub(super) fn key(self, code: &str) -> String {
        match self {
            Self::Sku => text::code_key(code),
            Self::Barcode => gtin::barcode_key(code),
        }
    }

    const fn question(self) -> &'static str {
        match self {
            Self::Sku => {
                "SELECT product.sku_key AS key, product.sku AS code, product.sku_conflict AS place, product.id, product.sku, product.name, product.archived
                 FROM wanted JOIN products AS product ON product.sku_key = wanted.key"
            }
            Self::Barcode => {
                "SELECT code.barcode_key AS key, code.barcode AS code, code.barcode_conflict AS place, product.id, product.sku, product.name, product.archived
                 FROM wanted JOIN product_barcodes AS code ON code.barcode_key = wanted.key
                 JOIN products AS product ON product.id = code.product_id"
            }
        }
    }
}

/// The holders of these forms of codes.
pub(super) async fn holders(
    tx: &Tx,
    kind: CodeKind,
    keys: &[&str],
) -> SalesResult<HashMap<String, Holder>> {
    let mut owners = owners(tx, kind, keys).await?;
    for of_form in owners.values_mut() {
        of_form.retain(|owner| owner.place == 0);
    }
    let holder = |(key, of_form): (String, Vec<Holder>)| Some((key, of_form.into_iter().next()?));
    Ok(owners.into_iter().filter_map(holder).collect())
}

/// The product for each code: the one with this exact code, or the holder of its form. Unknown codes
/// are left out.
pub(super) async fn find(
    tx: &Tx,
    kind: CodeKind,
    codes: &[&str],
) -> SalesResult<HashMap<String, ProductId>> {
    let keys: Vec<String> = codes.iter().map(|code| kind.key(code)).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let owners = owners(tx, kind, &keys).await?;
    let named = codes.iter().filter_map(|code| {
        let of_form = owners.get(&kind.key(code))?;
        let owner = of_form
            .iter()
            .min_by_key(|owner| (owner.code != *code, owner.place))?;
        Some(((*code).to_owned(), owner.id))
    });
    Ok(named.collect())
}

async fn owners(
    tx: &Tx,
    kind: CodeKind,
    keys: &[&str],
) -> SalesResult<HashMap<String, Vec<Holder>>> {
    let source = json_rows(tx.dialect(), 1, &[("key", ColumnKind::Text)]);
    let sql = format!(
        "WITH wanted AS (SELECT DISTINCT key FROM {source} AS keys), owned AS ({})
         SELECT {}, {} FROM owned",
        kind.question(),
        Form::SELECT,
        Holder::SELECT
    );
    let mut found: HashMap<String, Vec<Holder>> = HashMap::new();
    for chunk in keys.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|key| (key,)).collect();
        let owners = tx.select::<(Form, Holder)>(&sql, [to_json(&rows).into()]);
        for (form, owner) in owners.await? {
            found.entry(form).or_default().push(owner);
        }
    }
    Ok(found)
}

/// Passes each form without a holder to the first product that waits for it.
pub(super) async fn hand_on(tx: &Tx) -> SalesResult<()> {
    for (table, key, place) in [
        ("products", "sku_key", "sku_conflict"),
        ("product_barcodes", "barcode_key", "barcode_conflict"),
    ] {
        let sql = format!(
            "UPDATE {table} SET {place} = 0 WHERE {place} > 0 AND NOT EXISTS
             (SELECT 1 FROM {table} AS before WHERE before.{key} = {table}.{key} AND before.{place} < {table}.{place})"
        );
        tx.execute(&sql, []).await?;
    }
    Ok(())
}
