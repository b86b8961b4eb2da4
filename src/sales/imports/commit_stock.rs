//! Commits a file of stock.

use files::read::staged::StockValues;
use kernel::ids::ProductId;
use serde_json::json;

use super::{
    ahead::Ahead,
    stock::{WantedLine, fits, move_all, wanted},
    work::{Done, Work, object, stale},
};
use crate::{
    error::SalesResult,
    inventory::{
        locations,
        products::{hold_units, load_cards},
    },
};

pub(super) async fn commit(work: Work<'_>, mut ahead: Ahead<StockValues>) -> SalesResult<Done> {
    let default = locations::default_location(work.tx).await?;
    let mut asked: Vec<WantedLine> = Vec::new();
    while let Some(rows) = ahead.next().await? {
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(product_id) = row.values.product_id else {
                return Err(stale([(row.line, "the row names no product".to_owned())]));
            };
            lines.push((row.line, product_id, row.values));
        }
        check(work, &lines).await?;
        for (row, product_id, values) in lines {
            let level = (product_id, values.location_id.unwrap_or(default));
            if let Some(wanted) = wanted(work, level, values.stock_set, values.stock_add, None) {
                asked.push((row, wanted));
            }
        }
    }
    let moved = asked.len();
    let count_id = move_all(work, asked).await?;
    let effects = object(json!({ "movements": moved }));
    Ok(Done { effects, count_id })
}

/// Checks that what was true in the preview is still true.
async fn check(work: Work<'_>, lines: &[(i64, ProductId, StockValues)]) -> SalesResult<()> {
    hold_units(work.tx, lines.iter().map(|(_, id, _)| *id)).await?;
    let cards = load_cards(work.tx, lines.iter().map(|(_, id, _)| *id)).await?;
    let mut overtaken = Vec::new();
    for (row, id, values) in lines {
        let fault = match cards.get(id) {
            None => "the product is gone",
            Some(card) if card.is_archived => "changed in between: archived",
            Some(card) if !fits(&card.unit, values.stock_set, values.stock_add) => {
                "changed in between: unit"
            }
            Some(_) => continue,
        };
        overtaken.push((*row, fault.to_owned()));
    }
    if overtaken.is_empty() {
        Ok(())
    } else {
        Err(stale(overtaken))
    }
}
