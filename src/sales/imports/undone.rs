//! How a file was undone, as it is stored and shown.

use kernel::{
    Timestamp,
    ids::{ProductId, SaleId, UserId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a committed file was undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportUndone {
    /// When it was undone.
    pub at: Timestamp,
    /// The user who undid it; null for the command line.
    #[schema(required)]
    pub by: Option<UserId>,
    /// Products that it had made and that are archived now.
    pub products_archived: i64,
    /// Products whose fields are as before.
    pub products_restored: i64,
    /// Levels whose stock is as if the file had not come.
    pub levels_restored: i64,
    /// Sales that were voided.
    pub sales_voided: i64,
    /// Refunds of these sales, which count no more.
    pub refunds_voided: i64,
    /// The number of things that stay, because something depends on them.
    pub kept_count: i64,
    /// The first 1,000 things that stay. Empty in a list.
    pub kept: Vec<ImportKept>,
}

impl ImportUndone {
    /// The same without the things that stay.
    pub(super) fn brief(self) -> Self {
        Self {
            kept: Vec::new(),
            ..self
        }
    }
}

/// Something that an undo left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportKept {
    /// The row of the file; absent for what no single row did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub row: Option<i64>,
    /// The product concerned; absent for a sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub product_id: Option<ProductId>,
    /// The sale concerned; absent for a product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sale_id: Option<SaleId>,
    /// The field of the product; absent for other things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// Why: `undo.changed_since`, `undo.product_used`, `undo.stock_used`, `undo.count_used`,
    /// `undo.sale_refunded` or `undo.refund_of_other_sale`.
    #[schema(example = "undo.changed_since")]
    pub code: String,
    /// The same in words.
    pub detail: String,
}
