//! Receipts for customers: a page for a browser, a PDF or plain text.
//!
//! A receipt is laid out once as rows without a medium (`layout`). `html`, `pdf` and `text` draw
//! these rows in the width of the printer's paper. Figures and words follow the shop's language,
//! times follow its time zone.

mod html;
pub mod http;
mod layout;
mod pdf;
mod taxes;
mod text;
mod words;

use std::collections::HashMap;

use kernel::{
    Code, Problem,
    ids::{ProductId, RefundId, SaleId, UserId},
};
use serde::Deserialize;
use store::{ColumnKind, json_rows, to_json};
use tokio::sync::Semaphore;

use super::{Orders, model::Sale};
use crate::{actor::Actor, error::SalesResult};

/// How many PDFs are drawn at once: each takes a processor, and the till is more important.
static PRESSES: Semaphore = Semaphore::const_new(2);

/// The format of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptFormat {
    /// A printable page without external content.
    #[default]
    Html,
    /// A PDF as wide as the paper, usually one page.
    Pdf,
    /// Plain text for a message.
    Text,
}

/// The width of the printer's paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
pub enum Paper {
    /// 58 mm wide.
    #[serde(rename = "58mm")]
    Mm58,
    /// 80 mm wide.
    #[default]
    #[serde(rename = "80mm")]
    Mm80,
}

impl Paper {
    const fn width_mm(self) -> u8 {
        match self {
            Self::Mm58 => 58,
            Self::Mm80 => 80,
        }
    }

    /// Characters in a line of the usual printers.
    const fn characters(self) -> usize {
        match self {
            Self::Mm58 => 32,
            Self::Mm80 => 42,
        }
    }
}

/// A receipt, rendered.
#[derive(Debug)]
pub struct Receipt {
    /// A file name without an ending.
    pub name: String,
    /// Its format.
    pub format: ReceiptFormat,
    /// The paper for which it is laid out.
    pub paper: Paper,
    /// The file's content.
    pub bytes: Vec<u8>,
}

/// What a receipt shows besides the sale itself.
#[derive(Debug, Default)]
struct ReceiptContext {
    cashier: String,
    /// SKUs by product.
    codes: HashMap<ProductId, String>,
}

impl Orders {
    /// The receipt of a sale. Cashiers get only those of their own sales.
    ///
    /// # Errors
    /// `resource.not_found`, also for another cashier's sale.
    pub async fn receipt(
        &self,
        actor: &Actor,
        id: SaleId,
        format: ReceiptFormat,
        paper: Paper,
    ) -> SalesResult<Receipt> {
        let sale = self.get(actor, id).await?;
        let shop = self.context().shop.current().await?;
        let around = self.surroundings(&sale, sale.cashier_id).await?;
        let rows = layout::lay_out(&sale, &shop, &around);
        let title = format!("{} {}", words::of(&shop.locale).receipt, sale.number);
        let bytes = draw(title, &shop.locale, format, paper, rows).await?;
        Ok(Receipt {
            name: format!("receipt-{}", sale.number),
            format,
            paper,
            bytes,
        })
    }

    /// The receipt of a refund. Cashiers get only those of their own sales.
    ///
    /// # Errors
    /// `resource.not_found`, also for a refund of another cashier's sale.
    pub async fn refund_receipt(
        &self,
        actor: &Actor,
        id: RefundId,
        format: ReceiptFormat,
        paper: Paper,
    ) -> SalesResult<Receipt> {
        let sql = "SELECT sale_id FROM refunds WHERE id = $1";
        let read = &self.context().read;
        let sale_id = read.value(sql, [id.as_uuid().into()]).await?;
        let sale_id = sale_id.ok_or_else(|| Problem::not_found("refund"))?;
        let sale = self.get(actor, sale_id).await?;
        let refund = sale.refunds.iter().find(|refund| refund.id == id);
        let refund = refund.ok_or_else(|| Problem::not_found("refund"))?;
        let shop = self.context().shop.current().await?;
        let around = self.surroundings(&sale, refund.actor_id).await?;
        let rows = layout::lay_out_refund(&sale, refund, &shop, &around);
        let title = format!("{} {}", words::of(&shop.locale).refund, refund.number);
        let bytes = draw(title, &shop.locale, format, paper, rows).await?;
        Ok(Receipt {
            name: format!("refund-{}", refund.number),
            format,
            paper,
            bytes,
        })
    }

    async fn surroundings(&self, sale: &Sale, person: UserId) -> SalesResult<ReceiptContext> {
        let ctx = self.context();
        // Users are read from the primary: the reading role may not see them.
        let name = "SELECT name FROM users WHERE id = $1";
        let cashier = ctx.write.primary().value(name, [person.as_uuid().into()]);
        let cashier = cashier.await?.unwrap_or_default();
        let ids: Vec<_> = sale.lines.iter().map(|line| (line.product_id,)).collect();
        let wanted = json_rows(ctx.read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
        let sql = format!(
            "SELECT {} FROM {wanted} AS wanted JOIN products AS product ON product.id = wanted.id",
            SkuOf::SELECT
        );
        let codes = ctx.read.select::<SkuOf>(&sql, [to_json(&ids).into()]);
        Ok(ReceiptContext {
            cashier,
            codes: codes.await?.into_iter().collect(),
        })
    }
}

store::selection! {
    SkuOf in product (id: ProductId, sku: String)
}

/// Draws the rows in a format.
async fn draw(
    title: String,
    locale: &str,
    format: ReceiptFormat,
    paper: Paper,
    rows: Vec<layout::ReceiptRow>,
) -> SalesResult<Vec<u8>> {
    Ok(match format {
        ReceiptFormat::Html => html::render(&title, locale, paper, &rows).into_bytes(),
        ReceiptFormat::Text => text::render(paper, &rows).into_bytes(),
        ReceiptFormat::Pdf => {
            let _press = PRESSES.acquire().await.map_err(internal)?;
            tokio::task::spawn_blocking(move || pdf::render(&title, paper, rows))
                .await
                .map_err(internal)?
                .map_err(internal)?
        }
    })
}

fn internal(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a receipt could not be drawn");
    Problem::of(Code::Internal)
}
