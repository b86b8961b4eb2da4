//! The words of a receipt, in French and in English.

use files::write::language::Language;

use crate::orders::model::{SaleState, money::PaymentMethod};

/// The words of one language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) receipt: &'static str,
    /// Title of a refund's receipt.
    pub(super) refund: &'static str,
    /// The till's own number.
    pub(super) reference: &'static str,
    pub(super) cashier: &'static str,
    pub(super) subtotal: &'static str,
    pub(super) discount: &'static str,
    pub(super) total: &'static str,
    pub(super) rounding: &'static str,
    pub(super) change: &'static str,
    /// Tax included in the prices.
    pub(super) tax_within: &'static str,
    /// Tax added to the prices.
    pub(super) tax_added: &'static str,
    /// The amount that was taxed.
    pub(super) net: &'static str,
    pub(super) refunded: &'static str,
    pub(super) reason: &'static str,
    /// The format of figures and dates.
    pub(super) language: Language,
    voided: &'static str,
    partially_refunded: &'static str,
    fully_refunded: &'static str,
    methods: [&'static str; 6],
}

const FRENCH: Words = Words {
    receipt: "Reçu",
    refund: "Remboursement",
    reference: "Réf.",
    cashier: "Caisse",
    subtotal: "Sous-total",
    discount: "Remise",
    total: "TOTAL",
    rounding: "Arrondi",
    change: "Rendu",
    tax_within: "dont TVA",
    tax_added: "TVA",
    net: "HT",
    refunded: "Remboursé",
    reason: "Motif",
    language: Language::French,
    voided: "ANNULÉ",
    partially_refunded: "PARTIELLEMENT REMBOURSÉ",
    fully_refunded: "REMBOURSÉ",
    methods: [
        "Espèces",
        "Mobile money",
        "Carte",
        "Virement",
        "À crédit",
        "Non précisé",
    ],
};

const ENGLISH: Words = Words {
    receipt: "Receipt",
    refund: "Refund",
    reference: "Ref.",
    cashier: "Cashier",
    subtotal: "Subtotal",
    discount: "Discount",
    total: "TOTAL",
    rounding: "Rounding",
    change: "Change",
    tax_within: "VAT included",
    tax_added: "VAT",
    net: "Net",
    refunded: "Refunded",
    reason: "Reason",
    language: Language::English,
    voided: "VOID",
    partially_refunded: "PARTLY REFUNDED",
    fully_refunded: "REFUNDED",
    methods: [
        "Cash",
        "Mobile money",
        "Card",
        "Bank transfer",
        "On credit",
        "Not recorded",
    ],
};

impl Words {
    /// The stamp on the receipt of a voided or refunded sale.
    pub(super) const fn mark(&self, state: SaleState) -> Option<&'static str> {
        match state {
            SaleState::Completed => None,
            SaleState::Voided => Some(self.voided),
            SaleState::PartiallyRefunded => Some(self.partially_refunded),
            SaleState::Refunded => Some(self.fully_refunded),
        }
    }

    pub(super) const fn method(&self, method: PaymentMethod) -> &'static str {
        let [cash, mobile, card, transfer, credit, unknown] = self.methods;
        match method {
            PaymentMethod::Cash => cash,
            PaymentMethod::MobileMoney => mobile,
            PaymentMethod::Card => card,
            PaymentMethod::BankTransfer => transfer,
            PaymentMethod::Credit => credit,
            PaymentMethod::Unknown => unknown,
        }
    }
}

pub(super) fn of(locale: &str) -> &'static Words {
    match Language::of(locale) {
        Language::French => &FRENCH,
        Language::English => &ENGLISH,
    }
}
