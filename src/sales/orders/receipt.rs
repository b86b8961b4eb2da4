//! Receipts: what a customer takes home, 80 mm wide, as a page for a browser or as a PDF.
//!
//! A receipt is laid out once, as rows that know no medium (`layout`); `html` and `pdf` draw
//! the same rows. Figures and words follow the shop's language, times its time zone.

mod figures;
mod html;
pub mod http;
mod layout;
mod pdf;
mod words;

use std::collections::HashMap;

use kernel::{
    Code, Problem,
    ids::{ProductId, SaleId},
};
use serde::Deserialize;
use store::{ColumnKind, json_rows, to_json};
use tokio::sync::Semaphore;

use super::{Orders, model::Sale};
use crate::{actor::Actor, error::SalesResult};

/// How many PDFs are drawn at once: drawing takes a core, and the till goes first.
static PRESSES: Semaphore = Semaphore::const_new(2);

/// What a receipt is rendered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptFormat {
    /// A page without anything from elsewhere, ready to print.
    #[default]
    Html,
    /// A PDF, one page 80 mm wide and as long as it takes.
    Pdf,
}

/// A receipt, rendered.
#[derive(Debug)]
pub struct Receipt {
    /// The number of the sale.
    pub number: i64,
    /// What it is.
    pub format: ReceiptFormat,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a receipt says beside the sale itself.
#[derive(Debug, Default)]
struct Surroundings {
    cashier: String,
    units: HashMap<ProductId, String>,
}

impl Orders {
    /// The receipt of a sale. A cashier gets those of own sales.
    ///
    /// # Errors
    /// `resource.not_found`, also for somebody else's sale.
    pub async fn receipt(
        &self,
        actor: &Actor,
        id: SaleId,
        format: ReceiptFormat,
    ) -> SalesResult<Receipt> {
        let sale = self.get(actor, id).await?;
        let shop = self.context().shop.current().await?;
        let around = self.surroundings(&sale).await?;
        let number = sale.number;
        let rows = layout::lay_out(&sale, &shop, &around);
        let title = format!("{} {number}", words::of(&shop.locale).receipt);
        let bytes = match format {
            ReceiptFormat::Html => html::render(&title, &shop.locale, &rows).into_bytes(),
            ReceiptFormat::Pdf => {
                let _press = PRESSES.acquire().await.map_err(internal)?;
                tokio::task::spawn_blocking(move || pdf::render(number, rows))
                    .await
                    .map_err(internal)?
                    .map_err(internal)?
            }
        };
        Ok(Receipt {
            number,
            format,
            bytes,
        })
    }

    async fn surroundings(&self, sale: &Sale) -> SalesResult<Surroundings> {
        let ctx = self.context();
        // Users are the primary's: the reading role may not see them.
        let cashier = ctx
            .write
            .primary()
            .row(
                "SELECT name FROM users WHERE id = $1",
                [sale.cashier_id.as_uuid().into()],
            )
            .await?
            .map_or_else(|| Ok(String::new()), |row| row.get(0))?;
        let ids: Vec<_> = sale.lines.iter().map(|line| (line.product_id,)).collect();
        let wanted = json_rows(ctx.read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
        let sql = format!(
            "SELECT product.id, product.unit FROM {wanted} AS wanted JOIN products AS product ON product.id = wanted.id"
        );
        let mut units = HashMap::new();
        for row in ctx.read.rows(&sql, [to_json(&ids).into()]).await? {
            units.insert(ProductId::from_uuid(row.get(0)?), row.get(1)?);
        }
        Ok(Surroundings { cashier, units })
    }
}

fn internal(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a receipt could not be drawn");
    Problem::of(Code::Internal)
}
