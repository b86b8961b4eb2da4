//! Mistakes of the day, corrected after closing time.

use anyhow::Context as _;
use chrono::NaiveDate;
use kernel::{Quantity, ids::SaleLineId};
use sales::orders::model::refund::{Goods, NewRefund, NewRefundLine};
use serde_json::Value;

use super::{
    PLANTED, PlantedKind,
    baskets::position_of,
    days::{REFUND_HOUR, Telling},
    selling::Done,
};

/// The share of sales that are voided, and of sales that are partly refunded.
const VOIDS: f64 = 0.004;
const REFUNDS: f64 = 0.005;

impl Telling<'_> {
    /// Voids mistakes and refunds broken goods, and the planted refunds.
    pub(super) async fn take_back(
        &mut self,
        date: NaiveDate,
        done: &[Done],
        today: &[(usize, bool)],
    ) -> anyhow::Result<()> {
        self.set_clock(date, REFUND_HOUR);
        let suspicious: Vec<usize> = today
            .iter()
            .filter_map(|(index, _)| PLANTED.get(*index))
            .filter(|planted| planted.kind == PlantedKind::RefundWithoutStock)
            .filter_map(|planted| position_of(planted.sku))
            .collect();
        for sale in done {
            let fate = self.till.share();
            let is_suspicious = sale
                .lines
                .iter()
                .any(|(position, _)| suspicious.contains(position));
            if is_suspicious {
                self.refund(sale, &suspicious, "Client mécontent").await?;
            } else if fate < VOIDS {
                self.void(sale).await?;
            } else if fate < VOIDS + REFUNDS {
                let first: Vec<usize> = sale.lines.iter().take(1).map(|(one, _)| *one).collect();
                self.refund(sale, &first, "Emballage endommagé").await?;
            }
        }
        Ok(())
    }

    async fn void(&mut self, sale: &Done) -> anyhow::Result<()> {
        let orders = &self.modules.sales.orders;
        orders
            .void(&self.staff.manager, sale.id, "Erreur de caisse", None)
            .await?;
        for (position, milli) in &sale.lines {
            self.stockroom.add(*position, *milli);
        }
        self.tally.voids += 1;
        self.tally.revenue_minor -= sale.total_minor;
        Ok(())
    }

    /// Refunds the lines of these products without returning them to stock.
    async fn refund(
        &mut self,
        sale: &Done,
        positions: &[usize],
        reason: &str,
    ) -> anyhow::Result<()> {
        let answer: Value = serde_json::from_str(&sale.answer.body)?;
        let ids = answer.get("lines").and_then(Value::as_array);
        let ids = ids.context("the answer of a sale has lines")?;
        let mut lines = Vec::new();
        for ((position, milli), line) in sale.lines.iter().zip(ids) {
            if positions.contains(position) {
                let id = line.get("id").and_then(Value::as_str).unwrap_or_default();
                lines.push(NewRefundLine {
                    sale_line_id: id.parse::<SaleLineId>()?,
                    quantity: Quantity::from_milli(*milli),
                    goods: Goods::Damaged,
                });
            }
        }
        let new = NewRefund {
            id: None,
            lines,
            payments: None,
            reason: reason.to_owned(),
        };
        let orders = &self.modules.sales.orders;
        let refunded = orders
            .refund(&self.staff.manager, sale.id, &new, None)
            .await?;
        let refunded: Value = serde_json::from_str(&refunded.body)?;
        let back = refunded.get("total_minor").and_then(Value::as_i64);
        self.tally.refunds += 1;
        self.tally.revenue_minor -= back.unwrap_or(0);
        Ok(())
    }
}
