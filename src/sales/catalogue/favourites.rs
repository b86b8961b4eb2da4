//! The favourites of the shop: products that every till shows first, in this order.

pub mod http;

use std::collections::HashSet;

use kernel::{Code, FieldError, Problem, ids::ProductId};
use serde::{Deserialize, Serialize};
use store::{ColumnKind, Tx, insert_from_json, json_rows, to_json};
use validator::Validate;

use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    catalogue::Catalogue,
    error::{SalesError, SalesResult},
    shop_reader,
};

/// The favourites of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Favourites {
    /// The products in their order, at most 200, each once.
    #[validate(length(max = 200))]
    #[schema(max_items = 200)]
    pub product_ids: Vec<ProductId>,
}

const LIST: &str = "SELECT favourite.product_id FROM favourite_products AS favourite
     JOIN products AS product ON product.id = favourite.product_id
     WHERE product.archived = FALSE ORDER BY favourite.position";

impl Catalogue {
    /// The favourites, without archived products.
    pub async fn favourites(&self) -> SalesResult<Favourites> {
        let product_ids = self.ctx.read.values(LIST, []).await?;
        Ok(Favourites { product_ids })
    }

    /// Replaces the favourites.
    ///
    /// # Errors
    /// `request.validation_failed` for a product that comes twice, `request.unknown_reference` and
    /// `product.archived`, with pointers.
    pub async fn set_favourites(
        &self,
        actor: &Actor,
        wanted: Favourites,
    ) -> SalesResult<Favourites> {
        let at = self.ctx.clock.now();
        refuse_repeated(&wanted)?;
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                // Two of these at once would mix their lists.
                shop_reader::lock(tx).await?;
                refuse_missing(tx, &wanted).await?;
                let before = Favourites {
                    product_ids: tx.values(LIST, []).await?,
                };
                if before != wanted {
                    replace(tx, &wanted).await?;
                    let entry = Entry::of(Deed::FavouritesUpdate, "1")
                        .before(&before)
                        .after(&wanted);
                    audit::record(tx, actor, at, entry).await?;
                }
                Ok::<_, SalesError>(())
            })
            .await?;
        Ok(wanted)
    }
}

fn pointer(index: usize) -> String {
    format!("/product_ids/{index}")
}

fn refuse_repeated(wanted: &Favourites) -> Result<(), Problem> {
    let mut seen = HashSet::with_capacity(wanted.product_ids.len());
    let ids = wanted.product_ids.iter().enumerate();
    let repeated = ids.filter(|(_, id)| !seen.insert(**id));
    let faults: Vec<FieldError> = repeated
        .map(|(index, _)| FieldError::new(pointer(index), "favourite.repeated", "comes twice"))
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::validation(faults))
}

store::selection! {
    FavouriteProduct in product (id: ProductId, archived: bool)
}

async fn refuse_missing(tx: &Tx, wanted: &Favourites) -> SalesResult<()> {
    let rows: Vec<_> = wanted.product_ids.iter().map(|id| (id,)).collect();
    let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT {} FROM {source} AS wanted JOIN products AS product ON product.id = wanted.id",
        FavouriteProduct::SELECT
    );
    let found = tx.select::<FavouriteProduct>(&sql, [to_json(&rows).into()]);
    let found: std::collections::HashMap<ProductId, bool> = found.await?.into_iter().collect();
    for (index, id) in wanted.product_ids.iter().enumerate() {
        let problem = match found.get(id) {
            Some(false) => continue,
            Some(true) => Problem::of(Code::ProductArchived),
            None => Problem::new(Code::UnknownReference, "There is no such product."),
        };
        return Err(problem.at_pointer(pointer(index)).into());
    }
    Ok(())
}

async fn replace(tx: &Tx, wanted: &Favourites) -> SalesResult<()> {
    tx.execute("DELETE FROM favourite_products", []).await?;
    let rows: Vec<_> = wanted.product_ids.iter().enumerate().collect();
    let columns = &[
        ("position", ColumnKind::Int),
        ("product_id", ColumnKind::Uuid),
    ];
    let sql = insert_from_json(tx.dialect(), "favourite_products", columns, 1);
    if !rows.is_empty() {
        tx.execute(&sql, [to_json(&rows).into()]).await?;
    }
    Ok(())
}
