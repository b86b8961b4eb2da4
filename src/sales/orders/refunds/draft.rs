//! The one maker of refunds: the value of each part, the document, and the returned goods. Pure.
//!
//! The till and the import of a history make their refunds here. They differ only in data: who made
//! it and when, how the money went back, why the goods return, and the number from a file.

use std::collections::HashMap;

use kernel::{
    Amount, MoneyError, Quantity, Timestamp,
    ids::{LocationId, ProductId, RefundId, SaleLineId, UserId},
    money,
};

use crate::{
    inventory::movement::{MovementKind, StockMove},
    orders::{
        model::{
            Sale, SaleLine, SaleState,
            money::Payment,
            refund::{Goods, Refund, RefundLine},
        },
        shares::{LineShares, PaidBack},
    },
};

/// What has come back of each line of a sale, with the line's position in the sale.
#[derive(Debug)]
pub(crate) struct Returns(HashMap<SaleLineId, (usize, LineShares)>);

/// A returned part of a line, with internal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnedPart {
    /// The part that clients see.
    pub line: RefundLine,
    pub product_id: ProductId,
    /// The shop's cost of a unit.
    pub unit_cost_minor: Amount,
    /// The cost that returns to stock.
    pub cost_minor: Amount,
}

/// A refund with internal data.
#[derive(Debug)]
pub(crate) struct Drafted {
    /// The part that clients see; its number is still zero.
    pub refund: Refund,
    /// Its lines with internal data.
    pub parts: Vec<ReturnedPart>,
    /// The location from which the goods of the sale left.
    pub location_id: LocationId,
    /// The number in an imported file.
    pub external_number: Option<String>,
}

/// What a refund needs besides its parts and its money.
#[derive(Debug)]
pub(crate) struct RefundParticulars {
    /// Its id; a new one if absent.
    pub id: Option<RefundId>,
    /// The number in an imported file.
    pub external_number: Option<String>,
    pub reason: String,
    pub actor_id: UserId,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
}

impl Returns {
    /// What has come back of a sale, from its refunds.
    pub(crate) fn of(sale: &Sale) -> Self {
        let lines = sale.lines.iter().enumerate();
        let mut lines: HashMap<SaleLineId, (usize, LineShares)> = lines
            .map(|(place, line)| (line.id, (place, untouched(sale, line))))
            .collect();
        for line in sale.refunds.iter().flat_map(|refund| &refund.lines) {
            if let Some((_, shares)) = lines.get_mut(&line.sale_line_id) {
                let back = &mut shares.back;
                back.total_minor = back.total_minor.saturating_add(line.total_minor);
                back.tax_minor = back.tax_minor.saturating_add(line.tax_minor);
            }
        }
        Self(lines)
    }

    /// How much of a line can still come back; `None` for a line of another sale.
    pub(crate) fn left(&self, line: SaleLineId) -> Option<Quantity> {
        let (_, shares) = self.0.get(&line)?;
        Some(Quantity::from_milli(shares.sold_milli - shares.back.milli))
    }

    /// Takes back a part of a line; `None` if less than that is left.
    pub(crate) fn take(
        &mut self,
        sale: &Sale,
        line: SaleLineId,
        quantity: Quantity,
        goods: Goods,
    ) -> Option<ReturnedPart> {
        let (place, shares) = self.0.get_mut(&line)?;
        let sold = sale.lines.get(*place)?;
        let share = shares.take(quantity.milli())?;
        let restock = goods == Goods::Resaleable;
        Some(ReturnedPart {
            line: RefundLine {
                sale_line_id: sold.id,
                quantity,
                total_minor: share.total_minor,
                tax_minor: share.tax_minor,
                restock,
            },
            product_id: sold.product_id,
            unit_cost_minor: sold.unit_cost_minor,
            cost_minor: if restock {
                share.cost_minor
            } else {
                Amount::ZERO
            },
        })
    }

    /// Whether everything has come back.
    pub(crate) fn is_whole(&self) -> bool {
        let mut lines = self.0.values();
        lines.all(|(_, shares)| shares.back.milli == shares.sold_milli)
    }

    /// Sets on the sale what has come back.
    pub(crate) fn mark(&self, sale: &mut Sale) {
        for line in &mut sale.lines {
            if let Some((_, shares)) = self.0.get(&line.id) {
                line.refunded_quantity = Quantity::from_milli(shares.back.milli);
            }
        }
        let has_part = self.0.values().any(|(_, shares)| shares.back.milli > 0);
        sale.state = match (has_part, self.is_whole()) {
            (false, _) => SaleState::Completed,
            (true, false) => SaleState::PartiallyRefunded,
            (true, true) => SaleState::Refunded,
        };
    }
}

/// The money of a line before any refund.
const fn untouched(sale: &Sale, line: &SaleLine) -> LineShares {
    LineShares {
        sold_milli: line.quantity.milli(),
        total_minor: line.total_minor,
        tax_minor: line.tax_minor,
        cost_minor: line.cost_minor,
        tax_mode: sale.tax_mode,
        currency: sale.currency,
        back: PaidBack {
            milli: line.refunded_quantity.milli(),
            total_minor: Amount::ZERO,
            tax_minor: Amount::ZERO,
        },
    }
}

/// What the returned goods were sold for.
pub(crate) fn goods_minor(parts: &[ReturnedPart]) -> Result<Amount, MoneyError> {
    money::sum(parts.iter().map(|part| part.line.total_minor))
}

impl Drafted {
    /// The refund of these parts of a sale, with the money that goes back.
    pub(crate) fn of(
        sale: &Sale,
        parts: Vec<ReturnedPart>,
        payments: Vec<Payment>,
        particulars: RefundParticulars,
    ) -> Result<Self, MoneyError> {
        let total_minor = goods_minor(&parts)?;
        let paid = money::sum(payments.iter().map(|line| line.base_minor))?;
        let refund = Refund {
            id: particulars.id.unwrap_or_else(RefundId::generate),
            number: 0,
            sale_id: sale.id,
            lines: parts.iter().map(|part| part.line.clone()).collect(),
            total_minor,
            tax_minor: money::sum(parts.iter().map(|part| part.line.tax_minor))?,
            rounding_minor: paid - total_minor,
            payments,
            reason: particulars.reason,
            actor_id: particulars.actor_id,
            occurred_at: particulars.occurred_at,
            recorded_at: particulars.recorded_at,
        };
        Ok(Self {
            refund,
            parts,
            location_id: sale.location_id,
            external_number: particulars.external_number,
        })
    }

    /// The parts whose goods go back to stock.
    pub(crate) fn restocked(&self) -> impl Iterator<Item = &ReturnedPart> {
        self.parts.iter().filter(|part| part.line.restock)
    }

    /// The stock movements of these parts, in order; `reason` goes into the ledger.
    pub(crate) fn moves(
        &self,
        actor_id: Option<UserId>,
        reason: Option<&str>,
    ) -> impl Iterator<Item = StockMove> {
        self.restocked().map(move |part| StockMove {
            product_id: part.product_id,
            location_id: self.location_id,
            delta: part.line.quantity,
            kind: MovementKind::Refund,
            reference_id: Some(self.refund.id.as_uuid()),
            unit_cost_minor: Some(part.unit_cost_minor),
            reason: reason.map(str::to_owned),
            actor_id,
            occurred_at: self.refund.occurred_at,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use kernel::{Balance, Currency, ids::SaleId};

    use super::*;
    use crate::{orders::model::money::PaymentMethod, shop_reader::TaxMode};

    pub(in super::super) fn amount(minor: i64) -> Amount {
        Amount::new(minor).unwrap()
    }

    pub(in super::super) fn sold(units: i64, total_minor: i64, cost_minor: i64) -> SaleLine {
        SaleLine {
            id: SaleLineId::generate(),
            product_id: ProductId::generate(),
            product_name: "Soap".to_owned(),
            quantity: Quantity::from_units(units),
            unit: "piece".to_owned(),
            unit_price_minor: amount(total_minor / units),
            discount_minor: Amount::ZERO,
            tax_rate_bp: 0,
            tax_minor: Amount::ZERO,
            total_minor: amount(total_minor),
            refunded_quantity: Quantity::ZERO,
            unit_cost_minor: amount(cost_minor / units),
            cost_minor: amount(cost_minor),
        }
    }

    pub(in super::super) fn sale(lines: Vec<SaleLine>) -> Sale {
        let cashier_id = UserId::generate();
        let total_minor = money::sum(lines.iter().map(|line| line.total_minor)).unwrap();
        Sale {
            id: SaleId::generate(),
            number: 1,
            state: SaleState::Completed,
            currency: Currency::parse("CDF").unwrap(),
            tax_mode: TaxMode::Included,
            lines,
            subtotal_minor: total_minor,
            discount_minor: Amount::ZERO,
            tax_minor: Amount::ZERO,
            total_minor,
            rounding_minor: Balance::ZERO,
            payments: Vec::new(),
            change: Vec::new(),
            change_minor: Amount::ZERO,
            refunds: Vec::new(),
            location_id: LocationId::generate(),
            cashier_id,
            recorded_by: cashier_id,
            entered_late: false,
            note: None,
            external_number: None,
            discount_reason: None,
            is_imported: false,
            occurred_at: Timestamp::from_micros(1),
            recorded_at: Timestamp::from_micros(2),
            voided_at: None,
            void_reason: None,
        }
    }

    pub(in super::super) fn particulars(at: i64) -> RefundParticulars {
        RefundParticulars {
            id: None,
            external_number: None,
            reason: "broken".to_owned(),
            actor_id: UserId::generate(),
            occurred_at: Timestamp::from_micros(at),
            recorded_at: Timestamp::from_micros(at + 1),
        }
    }

    /// What a part was sold for, and the cost that returns to stock.
    fn worth(part: &ReturnedPart) -> (i64, i64) {
        (part.line.total_minor.minor(), part.cost_minor.minor())
    }

    #[test]
    fn what_came_back_marks_the_lines_and_the_state_of_its_sale() {
        let mut sale = sale(vec![sold(3, 300_00, 150_00), sold(1, 50_00, 20_00)]);
        let mut returns = Returns::of(&sale);
        returns.mark(&mut sale);
        assert_eq!(sale.state, SaleState::Completed);
        let left = |returns: &Returns, line| returns.left(line).map(Quantity::milli);
        assert_eq!(left(&returns, sale.lines[0].id), Some(3_000));
        assert_eq!(left(&returns, SaleLineId::generate()), None);
        let two = Quantity::from_units(2);
        let part = returns
            .take(&sale, sale.lines[0].id, two, Goods::Resaleable)
            .unwrap();
        assert_eq!(worth(&part), (200_00, 100_00));
        assert!(
            returns
                .take(&sale, sale.lines[0].id, two, Goods::Resaleable)
                .is_none(),
            "one is left"
        );
        assert_eq!(left(&returns, sale.lines[0].id), Some(1_000));
        returns.mark(&mut sale);
        assert_eq!(sale.state, SaleState::PartiallyRefunded);
        assert_eq!(sale.lines[0].refunded_quantity, two);
        let one = Quantity::from_units(1);
        let damaged = returns
            .take(&sale, sale.lines[0].id, one, Goods::Damaged)
            .unwrap();
        assert_eq!(worth(&damaged), (100_00, 0));
        assert!(!returns.is_whole());
        assert!(
            returns
                .take(&sale, sale.lines[1].id, one, Goods::Resaleable)
                .is_some()
        );
        assert!(returns.is_whole());
        returns.mark(&mut sale);
        assert_eq!(sale.state, SaleState::Refunded);
    }

    #[test]
    fn the_next_refund_knows_what_went_back_before() {
        // A third of a thousand francs is not whole: the last part gets the rest.
        let mut sale = sale(vec![sold(3, 1_000_00, 0)]);
        let mut totals = Vec::new();
        for at in 0..3 {
            let mut returns = Returns::of(&sale);
            let (line, one) = (sale.lines[0].id, Quantity::from_units(1));
            let parts = vec![returns.take(&sale, line, one, Goods::Damaged).unwrap()];
            let drafted = Drafted::of(&sale, parts, Vec::new(), particulars(at)).unwrap();
            totals.push(drafted.refund.total_minor.minor());
            returns.mark(&mut sale);
            sale.refunds.push(drafted.refund);
        }
        assert_eq!(totals, [333_00, 334_00, 333_00]);
    }

    #[test]
    fn only_resaleable_goods_come_back_into_stock() {
        let sale = sale(vec![sold(2, 200_00, 80_00), sold(1, 50_00, 20_00)]);
        let mut returns = Returns::of(&sale);
        let one = Quantity::from_units(1);
        let parts = vec![
            returns
                .take(&sale, sale.lines[0].id, one, Goods::Damaged)
                .unwrap(),
            returns
                .take(&sale, sale.lines[1].id, one, Goods::Resaleable)
                .unwrap(),
        ];
        let base = Currency::parse("CDF").unwrap();
        let paid = vec![Payment::in_base(PaymentMethod::Cash, base, amount(150_50))];
        let drafted = Drafted::of(&sale, parts, paid, particulars(7)).unwrap();
        let refund = &drafted.refund;
        assert_eq!(refund.total_minor, 150_00);
        assert_eq!(refund.rounding_minor, 50);
        assert_eq!((refund.lines.len(), refund.sale_id), (2, sale.id));
        let moves: Vec<StockMove> = drafted.moves(None, Some("broken")).collect();
        let [moved] = moves.as_slice() else {
            panic!("one part comes back: {moves:?}");
        };
        assert_eq!(moved.level(), (sale.lines[1].product_id, sale.location_id));
        assert_eq!(
            (moved.delta, moved.unit_cost_minor),
            (one, Some(amount(20_00)))
        );
        assert_eq!(moved.reference_id, Some(refund.id.as_uuid()));
        assert_eq!(moved.occurred_at, refund.occurred_at);
    }
}
