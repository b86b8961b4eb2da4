//! What happens in the shop and is rare: for those who watch it live.
//!
//! A commit that makes something happen writes a row in the same transaction. The rows are numbered in
//! the order of their commits. Sales and refunds have no row: their own numbers have the same order.

/// The kind of a happening, and what its subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum HappeningKind {
    /// A sale was voided: the id of the sale.
    Void,
    /// Stock was moved by something else than a sale, a refund or a void: the id that its movements
    /// refer to.
    Stock,
    /// A job has ended: its id.
    Job,
    /// A finding was made for the first time: its id.
    Finding,
}

impl HappeningKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Void, Self::Stock, Self::Job, Self::Finding];

    /// The word in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_back() {
        for kind in HappeningKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("sale".parse::<HappeningKind>().is_err());
    }
}
