//! Checks of a set of products: their own fields, codes that another product has, unknown categories,
//! and units in use. Each error points to a product and its field.

use std::collections::{HashMap, HashSet};

use kernel::{Code, FieldError, Problem, Quantity, Timestamp, ids::ProductId};
use store::Tx;

use super::{
    ProductChange, StoredProduct,
    codes::{self, CodeKind, Holder},
    repo, rules,
};
use crate::error::SalesResult;

/// Most errors in one answer.
const MAX_FAULTS: usize = 100;

/// The pointer to a product in a request, by its position.
pub(super) type PointerOf = fn(usize) -> String;

/// A request for one product: pointers begin at its fields.
pub(super) fn alone(_: usize) -> String {
    String::new()
}

/// A request for a set of products: pointers begin with the position.
pub(super) fn in_set(index: usize) -> String {
    format!("/{index}")
}

pub(super) fn faults_of(products: &[(usize, &StoredProduct)], place: PointerOf) -> Vec<FieldError> {
    products
        .iter()
        .flat_map(|(index, product)| rules::faults(product, &place(*index)))
        .take(MAX_FAULTS)
        .collect()
}

pub(super) fn stock_fault(initial: Quantity, unit: &str, at: &str) -> Option<FieldError> {
    let pointer = format!("{at}/initial_stock");
    if initial.milli() < 0 {
        return Some(FieldError::new(
            pointer,
            "quantity.negative",
            "must not be negative",
        ));
    }
    (!initial.fits(unit)).then(|| {
        FieldError::new(
            pointer,
            Code::FractionalQuantity.as_str(),
            "a product with this unit comes in whole units",
        )
    })
}

pub(super) fn refuse(code: Code, mut faults: Vec<FieldError>) -> Result<(), Problem> {
    if faults.is_empty() {
        return Ok(());
    }
    faults.truncate(MAX_FAULTS);
    let mut problem = Problem::of(code);
    problem.errors = faults;
    Err(problem)
}

/// A change: its position in the request, its content, and the product before and after.
pub(super) type Pair<'a> = (usize, &'a ProductChange, &'a StoredProduct, StoredProduct);

/// Pairs the changes with their products.
pub(super) fn pairs_of<'a>(
    stored: &'a HashMap<ProductId, StoredProduct>,
    changes: &'a [ProductChange],
    at: Timestamp,
    place: PointerOf,
) -> Result<Vec<Pair<'a>>, Problem> {
    let mut unknown = Vec::new();
    let mut pairs = Vec::with_capacity(changes.len());
    for (index, change) in changes.iter().enumerate() {
        match stored.get(&change.id) {
            Some(before) => {
                let after = rules::changed(before, &change.fields, at);
                pairs.push((index, change, before, after));
            }
            None => unknown.push(FieldError::new(
                format!("{}/id", place(index)),
                Code::UnknownReference.as_str(),
                "there is no such product",
            )),
        }
    }
    refuse(Code::UnknownReference, unknown)?;
    Ok(pairs)
}

/// Once a product was moved or sold, its unit must stay: the quantities are in this unit. The rows
/// are locked, so that no first movement can happen meanwhile.
pub(super) async fn check_units(tx: &Tx, pairs: &[Pair<'_>], place: PointerOf) -> SalesResult<()> {
    let with_other_unit = || {
        pairs
            .iter()
            .filter(|(_, _, before, after)| before.unit != after.unit)
    };
    let wanted: Vec<ProductId> = with_other_unit()
        .map(|(_, _, before, _)| before.id)
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let moved = repo::moved_products(tx, &wanted).await?;
    let in_use = with_other_unit()
        .filter(|(_, _, before, _)| moved.contains(&before.id))
        .map(|(index, _, before, _)| {
            FieldError::new(
                format!("{}/unit", place(*index)),
                Code::UnitInUse.as_str(),
                format!("{} was moved or sold by {}", before.sku, before.unit),
            )
            .with("unit", before.unit.as_str())
        });
    refuse(Code::UnitInUse, in_use.collect())?;
    Ok(())
}

/// Compares the products, each with its position in the request, with each other and with the shop:
/// SKUs and barcodes must be unique, categories must exist.
pub(super) async fn check_against_shop(
    tx: &Tx,
    products: &[(usize, &StoredProduct)],
    place: PointerOf,
) -> SalesResult<()> {
    let codes = Codes::of(products.iter().map(|(index, product)| (*index, *product)));
    codes.check(tx, place).await?;
    check_categories(tx, products.iter().copied(), place).await
}

/// Refuses categories that do not exist or are archived.
pub(super) async fn check_categories<'a>(
    tx: &Tx,
    products: impl Iterator<Item = (usize, &'a StoredProduct)> + Clone,
    place: PointerOf,
) -> SalesResult<()> {
    let categories = products.clone().filter_map(|(_, one)| one.category_id);
    let known = repo::known_categories(tx, &categories.collect()).await?;
    let unknown = products
        .filter(|(_, one)| one.category_id.is_some_and(|id| !known.contains(&id)))
        .map(|(index, _)| {
            FieldError::new(
                format!("{}/category_id", place(index)),
                Code::UnknownReference.as_str(),
                "there is no such category in use",
            )
        });
    refuse(Code::UnknownReference, unknown.collect())?;
    Ok(())
}

/// A code of a product of a set.
#[derive(Debug)]
struct CodeOf {
    /// The position of the product in the request.
    index: usize,
    /// The position of a barcode.
    at: usize,
    code: String,
    key: String,
}

/// The codes of a set of products, in the form in which they are compared.
#[derive(Debug)]
pub(super) struct Codes {
    own: HashSet<ProductId>,
    skus: Vec<CodeOf>,
    barcodes: Vec<CodeOf>,
}

impl Codes {
    /// Of these products, each with its position in the request.
    pub(super) fn of<'a>(products: impl Iterator<Item = (usize, &'a StoredProduct)>) -> Self {
        let mut codes = Self {
            own: HashSet::new(),
            skus: Vec::new(),
            barcodes: Vec::new(),
        };
        let code_of = |kind: CodeKind, index, at, code: &String| CodeOf {
            index,
            at,
            code: code.clone(),
            key: kind.key(code),
        };
        for (index, product) in products {
            codes.own.insert(product.id);
            codes
                .skus
                .push(code_of(CodeKind::Sku, index, 0, &product.sku));
            let barcodes = product.barcodes.iter().enumerate();
            let barcodes = barcodes.map(|(at, code)| code_of(CodeKind::Barcode, index, at, code));
            codes.barcodes.extend(barcodes);
        }
        codes
    }

    /// Refuses codes that occur twice in the set, or that another product has.
    pub(super) async fn check(&self, tx: &Tx, place: PointerOf) -> SalesResult<()> {
        let at = |one: &CodeOf| format!("{}/sku", place(one.index));
        let taken = self.taken(tx, CodeKind::Sku, &self.skus, at).await?;
        refuse(Code::SkuTaken, taken)?;
        let at = |one: &CodeOf| format!("{}/barcodes/{}", place(one.index), one.at);
        let taken = self
            .taken(tx, CodeKind::Barcode, &self.barcodes, at)
            .await?;
        refuse(Code::BarcodeTaken, taken)?;
        Ok(())
    }

    /// Codes of products in the set do not count, since they are replaced.
    async fn taken(
        &self,
        tx: &Tx,
        kind: CodeKind,
        codes: &[CodeOf],
        pointer: impl Fn(&CodeOf) -> String,
    ) -> SalesResult<Vec<FieldError>> {
        let keys: Vec<&str> = codes.iter().map(|one| one.key.as_str()).collect();
        let holders = codes::holders(tx, kind, &keys).await?;
        let mut seen = HashSet::with_capacity(codes.len());
        let mut taken = Vec::new();
        for one in codes {
            let holder = holders.get(&one.key);
            let holder = holder.filter(|holder| !self.own.contains(&holder.id));
            if !seen.insert(one.key.as_str()) || holder.is_some() {
                taken.push(taken_code(pointer(one), kind, &one.code, holder));
            }
        }
        Ok(taken)
    }
}

/// Names the product that has a code, so that people find it: lists do not show archived products.
fn taken_code(pointer: String, kind: CodeKind, code: &str, holder: Option<&Holder>) -> FieldError {
    let (refusal, word, param) = match kind {
        CodeKind::Sku => (Code::SkuTaken, "SKU", "sku"),
        CodeKind::Barcode => (Code::BarcodeTaken, "barcode", "barcode"),
    };
    let Some(holder) = holder else {
        let detail = format!("another product of this request has the {word} {code}");
        return FieldError::new(pointer, refusal.as_str(), detail).with(param, code);
    };
    let archived = if holder.is_archived { "archived " } else { "" };
    let detail = format!(
        "the {archived}product {} (SKU {}) has the {word} {code}",
        holder.name, holder.sku
    );
    FieldError::new(pointer, refusal.as_str(), detail)
        .with(param, code)
        .with("product_id", holder.id.to_string())
        .with("sku", holder.sku.as_str())
        .with("name", holder.name.as_str())
        .with("archived", holder.is_archived)
}
