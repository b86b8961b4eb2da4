//! One change of many products, all or none, and its preview.
//!
//! The preview computes what the change would do and writes nothing. It returns the version of each
//! product; the change is sent with these versions, so that it does what was seen or nothing.

pub mod http;

use std::collections::{HashMap, HashSet};

use kernel::{
    Amount, Balance, Code, Currency, FieldError, MoneyError, Problem, Quantity,
    ids::{CategoryId, ProductId},
    money::{MAX_MINOR, MinorUnits as _, round_to_step},
    rounding::div_half_up,
};
use serde::Serialize;
use store::{Source, Tx};

use super::{ProductChange, ProductFields, StoredProduct, repo};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    catalogue::Catalogue,
    error::SalesResult,
    names::{Named, names_of},
    shop_reader::{self, TaxMode},
};

/// Most products of one change.
pub const MAX_PRODUCTS: usize = 1_000;
/// Most faults in one answer.
const MAX_FAULTS: usize = 100;
/// A whole, in basis points.
const WHOLE_BP: i64 = 10_000;

/// How prices change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repricing {
    /// To this price.
    Set(Amount),
    /// By this part of the present price, basis points, rounded to a step.
    Percent {
        /// Basis points; negative lowers the price.
        by_bp: i64,
        /// The step to which prices are rounded, minor units; `None` for what the currency shows.
        step_minor: Option<i64>,
    },
}

/// What changes on every product. `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkFields {
    /// The prices.
    pub price: Option<Repricing>,
    /// The category; `Some(None)` removes it.
    pub category_id: Option<Option<CategoryId>>,
    /// The tax rate, basis points.
    pub tax_rate_bp: Option<i64>,
    /// The stock at which to order.
    pub reorder_level: Option<Quantity>,
    /// Whether they are no longer sold.
    pub archived: Option<bool>,
}

/// A product of a change, at the version that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkTarget {
    /// The product.
    pub id: ProductId,
    /// Its version in the preview; `None` in the preview itself.
    pub version: Option<i64>,
}

/// Whether prices may fall below the cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BelowCost {
    /// They are refused.
    Refused,
    /// Somebody wants it.
    Allowed,
}

/// A change of many products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkChange {
    /// The products, each once.
    pub products: Vec<BulkTarget>,
    /// What changes.
    pub fields: BulkFields,
    /// Whether prices may fall below the cost.
    pub below_cost: BelowCost,
}

/// The fields that one change can move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BulkValues {
    /// Price of a unit, minor units.
    pub price_minor: Amount,
    /// The category; null without one.
    pub category_id: Option<CategoryId>,
    /// The tax rate, basis points.
    pub tax_rate_bp: i64,
    /// The stock at which to order.
    pub reorder_level: Quantity,
    /// True when it is no longer sold.
    pub archived: bool,
    /// Margin of a unit: price without tax less cost, minor units.
    pub unit_margin_minor: Balance,
}

/// A product before and after the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BulkItem {
    /// The product that changes.
    pub product_id: ProductId,
    /// The product's code in the shop.
    pub sku: String,
    /// The product's name.
    pub name: String,
    /// Its version: before the change in a preview, after it in a change.
    pub version: i64,
    /// False when it has these values already.
    pub changes: bool,
    /// True when its price without tax is below its cost after the change.
    pub below_cost: bool,
    /// Before the change.
    pub before: BulkValues,
    /// After the change.
    pub after: BulkValues,
}

/// What a change does, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BulkOutcome {
    /// True when it was done; false for a preview.
    pub applied: bool,
    /// Number of products that change.
    pub changed: usize,
    /// Number of products whose price without tax is below their cost after the change.
    pub below_cost: usize,
    /// Currency of the amounts.
    pub currency: Currency,
    /// The present name of the new category; absent unless it changes to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category_name: Option<String>,
    /// The products, in the order of the request.
    pub items: Vec<BulkItem>,
}

/// What decides a price.
#[derive(Debug, Clone, Copy)]
struct Pricing {
    currency: Currency,
    tax_mode: TaxMode,
}

impl Catalogue {
    /// What a change would do: everything is checked and written as by the change, and then rolled
    /// back.
    ///
    /// # Errors
    /// As [`Self::change_many`].
    pub async fn preview_many(
        &self,
        actor: &Actor,
        change: &BulkChange,
    ) -> SalesResult<BulkOutcome> {
        let tx = self.ctx.write.begin().await?;
        let outcome = self.change_in(&tx, actor, change, BulkStep::Preview).await;
        tx.rollback().await;
        outcome
    }

    /// Changes many products, all or none.
    ///
    /// # Errors
    /// `request.validation_failed`, `request.unknown_reference`, `request.precondition_failed` for a
    /// product that has changed since the preview, `product.below_cost`; with pointers into the request.
    pub async fn change_many(
        &self,
        actor: &Actor,
        change: &BulkChange,
    ) -> SalesResult<BulkOutcome> {
        self.ctx
            .write
            .transaction(async |tx: &Tx| self.change_in(tx, actor, change, BulkStep::Change).await)
            .await
    }

    async fn change_in(
        &self,
        tx: &Tx,
        actor: &Actor,
        change: &BulkChange,
        step: BulkStep,
    ) -> SalesResult<BulkOutcome> {
        check_each_once(&change.products)?;
        let shop = shop_reader::load_in(tx).await?;
        let pricing = Pricing {
            currency: shop.currency,
            tax_mode: shop.tax_mode,
        };
        let ids: Vec<ProductId> = change.products.iter().map(|one| one.id).collect();
        let stored = repo::load(tx, &ids).await?;
        check_versions(&stored, &change.products)?;
        let changes = pricing.changes(&change.fields, &ids, &stored)?;
        let changed = self
            .update(tx, actor, &stored, &changes, in_request)
            .await?;
        let after: HashMap<ProductId, StoredProduct> = changed
            .into_iter()
            .map(|one| (one.after.id, one.after))
            .collect();
        let mut items = Vec::with_capacity(ids.len());
        for before in ids.iter().filter_map(|id| stored.get(id)) {
            items.push(pricing.item(before, after.get(&before.id), step));
        }
        if change.below_cost == BelowCost::Refused {
            check_costs(&items)?;
        }
        if step == BulkStep::Change {
            for before in ids.iter().filter_map(|id| stored.get(id)) {
                if let Some(after) = after.get(&before.id) {
                    let entry = Entry::of(deed_of(before, after), after.id);
                    let entry = entry.before(before).after(after);
                    audit::record(tx, actor, after.updated_at, entry).await?;
                }
            }
        }
        Ok(BulkOutcome {
            applied: step == BulkStep::Change,
            changed: after.len(),
            below_cost: items.iter().filter(|item| item.below_cost).count(),
            currency: shop.currency,
            category_name: category_name(tx, change.fields.category_id.flatten()).await?,
            items,
        })
    }
}

/// Whether the change is done or shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BulkStep {
    Preview,
    Change,
}

/// The pointer to a product in the request.
fn in_request(index: usize) -> String {
    format!("/products/{index}")
}

fn deed_of(before: &StoredProduct, after: &StoredProduct) -> Deed {
    match (before.archived, after.archived) {
        (false, true) => Deed::ProductArchive,
        (true, false) => Deed::ProductUnarchive,
        _ => Deed::ProductUpdate,
    }
}

async fn category_name(tx: &Tx, id: Option<CategoryId>) -> SalesResult<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    let id = id.as_uuid();
    let mut names = names_of(Source::Tx(tx), Named::Categories, [id]).await?;
    Ok(names.remove(&id))
}

fn check_each_once(products: &[BulkTarget]) -> Result<(), Problem> {
    let mut seen = HashSet::with_capacity(products.len());
    let twice = products
        .iter()
        .enumerate()
        .filter(|(_, one)| !seen.insert(one.id));
    let faults: Vec<FieldError> = twice
        .take(MAX_FAULTS)
        .map(|(index, _)| {
            let pointer = format!("{}/id", in_request(index));
            FieldError::new(pointer, "product.duplicate", "stands twice in the request")
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::validation(faults))
}

/// A product that has changed since the preview makes the preview wrong.
fn check_versions(
    stored: &HashMap<ProductId, StoredProduct>,
    products: &[BulkTarget],
) -> Result<(), Problem> {
    let mut problem = Problem::of(Code::PreconditionFailed);
    let mut is_stale = false;
    for (index, target) in products.iter().enumerate() {
        let (Some(seen), Some(product)) = (target.version, stored.get(&target.id)) else {
            continue;
        };
        if seen != product.version {
            is_stale = true;
            let pointer = format!("{}/version", in_request(index));
            let code = Code::PreconditionFailed.as_str();
            let error = FieldError::new(pointer, code, "it has changed since the preview");
            problem = problem.at(error.with("version", product.version));
        }
    }
    if is_stale { Err(problem) } else { Ok(()) }
}

fn check_costs(items: &[BulkItem]) -> Result<(), Problem> {
    let is_priced = |item: &BulkItem| {
        (item.before.price_minor, item.before.tax_rate_bp)
            != (item.after.price_minor, item.after.tax_rate_bp)
    };
    let passes = |item: &BulkItem| item.below_cost && is_priced(item);
    let mut problem = Problem::of(Code::PriceBelowCost);
    let mut faults = 0;
    for (index, item) in items.iter().enumerate().filter(|(_, item)| passes(item)) {
        faults += 1;
        if faults <= MAX_FAULTS {
            let pointer = in_request(index);
            let code = Code::PriceBelowCost.as_str();
            let detail = "the price without tax would be below the cost";
            let error = FieldError::new(pointer, code, detail)
                .with("price_minor", item.after.price_minor)
                .with("unit_margin_minor", item.after.unit_margin_minor);
            problem = problem.at(error);
        }
    }
    if faults == 0 { Ok(()) } else { Err(problem) }
}

impl Pricing {
    fn changes(
        self,
        fields: &BulkFields,
        ids: &[ProductId],
        stored: &HashMap<ProductId, StoredProduct>,
    ) -> Result<Vec<ProductChange>, Problem> {
        let mut changes = Vec::with_capacity(ids.len());
        let mut faults = Vec::new();
        for (index, id) in ids.iter().enumerate() {
            match self.fields_for(fields, stored.get(id)) {
                Ok(fields) => changes.push(ProductChange { id: *id, fields }),
                Err(_) if faults.len() < MAX_FAULTS => {
                    let pointer = format!("{}/price_minor", in_request(index));
                    faults.push(FieldError::out_of_range(pointer, 0, MAX_MINOR));
                }
                Err(_) => {}
            }
        }
        if faults.is_empty() {
            return Ok(changes);
        }
        Err(Problem::validation(faults))
    }

    fn fields_for(
        self,
        fields: &BulkFields,
        before: Option<&StoredProduct>,
    ) -> Result<ProductFields, MoneyError> {
        let price = fields
            .price
            .zip(before)
            .map(|(change, before)| self.price(change, before));
        Ok(ProductFields {
            price_minor: price.transpose()?,
            category_id: fields.category_id,
            tax_rate_bp: fields.tax_rate_bp,
            reorder_level: fields.reorder_level,
            archived: fields.archived,
            ..ProductFields::default()
        })
    }

    fn price(self, change: Repricing, before: &StoredProduct) -> Result<Amount, MoneyError> {
        match change {
            Repricing::Set(price) => Ok(price),
            Repricing::Percent { by_bp, step_minor } => {
                let step = step_minor.unwrap_or_else(|| self.currency.shown_step_minor());
                let moved = i128::from(before.price_minor) * i128::from(WHOLE_BP + by_bp);
                let moved = div_half_up(moved, i128::from(WHOLE_BP));
                let moved = i64::try_from(moved).unwrap_or(i64::MAX / 2);
                Amount::new(round_to_step(moved, step))
            }
        }
    }

    /// Price without tax less cost.
    fn margin(self, product: &StoredProduct) -> Balance {
        let (price, whole) = (i128::from(product.price_minor), i128::from(WHOLE_BP));
        let net = match self.tax_mode {
            TaxMode::Included => {
                div_half_up(price * whole, whole + i128::from(product.tax_rate_bp))
            }
            TaxMode::Added => price,
        };
        Balance::nearest(net - i128::from(product.cost_minor))
    }

    fn values(self, product: &StoredProduct) -> BulkValues {
        BulkValues {
            price_minor: product.price_minor,
            category_id: product.category_id,
            tax_rate_bp: product.tax_rate_bp,
            reorder_level: product.reorder_level,
            archived: product.archived,
            unit_margin_minor: self.margin(product),
        }
    }

    fn item(
        self,
        before: &StoredProduct,
        after: Option<&StoredProduct>,
        step: BulkStep,
    ) -> BulkItem {
        let now = after.unwrap_or(before);
        BulkItem {
            product_id: before.id,
            sku: before.sku.clone(),
            name: before.name.clone(),
            version: match step {
                BulkStep::Preview => before.version,
                BulkStep::Change => now.version,
            },
            changes: after.is_some(),
            below_cost: self.margin(now) < 0,
            before: self.values(before),
            after: self.values(now),
        }
    }
}
