//! Rules for single records: mistakes and irregular deeds that stand out once the shop's usual values
//! are known.
//!
//! Each rule is a function from facts to findings. The usual values are learnt from earlier facts, with
//! a minimum of evidence: with less, a rule reports nothing. Scores are multiples of the threshold;
//! findings are made down to the lowest threshold that feedback can lead to.

pub(super) mod hours;
pub(super) mod prices;
pub(super) mod refunds;
pub(super) mod shrinkage;
pub(super) mod slips;
pub(super) mod staff;
pub(super) mod voids;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::{
    Timestamp,
    ids::{CategoryId, ProductId, UserId},
    read::{
        CategoryFacts, ProductFacts,
        irregular::{LineFacts, PersonFacts},
    },
};

use super::report::{Evidence, EvidenceType, Subject, SubjectType};

/// Names of products, categories and people.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub products: BTreeMap<ProductId, ProductFacts>,
    pub categories: BTreeMap<CategoryId, String>,
    pub people: BTreeMap<UserId, String>,
    pub shop: String,
}

impl Names {
    pub(super) fn new(
        shop: String,
        products: Vec<ProductFacts>,
        categories: Vec<CategoryFacts>,
        people: Vec<PersonFacts>,
    ) -> Self {
        Self {
            products: products.into_iter().map(|one| (one.id, one)).collect(),
            categories: categories
                .into_iter()
                .map(|one| (one.id, one.name))
                .collect(),
            people: people.into_iter().map(|one| (one.id, one.name)).collect(),
            shop,
        }
    }

    pub(super) fn product(&self, id: ProductId) -> Subject {
        Subject {
            subject_type: SubjectType::Product,
            id: Some(id.as_uuid()),
            name: self
                .products
                .get(&id)
                .map_or_else(String::new, |product| product.name.clone()),
        }
    }

    pub(super) fn category(&self, id: CategoryId) -> Subject {
        Subject {
            subject_type: SubjectType::Category,
            id: Some(id.as_uuid()),
            name: self.categories.get(&id).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn cashier(&self, id: UserId) -> Subject {
        Subject {
            subject_type: SubjectType::Cashier,
            id: Some(id.as_uuid()),
            name: self.people.get(&id).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn shop(&self) -> Subject {
        Subject {
            subject_type: SubjectType::Shop,
            id: None,
            name: self.shop.clone(),
        }
    }
}

/// The days that are judged; facts from before them serve to learn the usual values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged<'a> {
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub zone: Tz,
    pub names: &'a Names,
}

impl Judged<'_> {
    pub(super) fn date(&self, at: Timestamp) -> NaiveDate {
        at.date_in(self.zone)
    }

    pub(super) fn covers(&self, date: NaiveDate) -> bool {
        (self.first..=self.last).contains(&date)
    }

    pub(super) fn evidence_of_line(&self, line: &LineFacts) -> Evidence {
        Evidence {
            id: Some(line.sale_id.as_uuid()),
            number: Some(line.number),
            at: Some(line.occurred_at),
            user_id: Some(line.cashier_id),
            product_id: Some(line.product_id.as_uuid()),
            quantity: Some(line.quantity.into()),
            amount_minor: Some(line.revenue_minor),
            ..Evidence::on(EvidenceType::Sale, self.date(line.occurred_at))
        }
    }
}

/// A count as a floating-point number.
pub(super) fn count(things: usize) -> f64 {
    f64::from(u32::try_from(things).unwrap_or(u32::MAX))
}

/// The quantile at `part` (0 to 1); 0 without values.
pub(super) fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted: Vec<f64> = values
        .iter()
        .copied()
        .filter(|one| one.is_finite())
        .collect();
    sorted.sort_by(f64::total_cmp);
    let mut before = 0.0;
    let target = part.clamp(0.0, 1.0) * count(sorted.len());
    for value in &sorted {
        before += 1.0;
        if before >= target {
            return *value;
        }
    }
    sorted.last().copied().unwrap_or(0.0)
}

/// The median and the robust standard deviation (1.4826 times the median absolute deviation).
pub(super) fn robust(values: &[f64]) -> (f64, f64) {
    let middle = quantile(values, 0.5);
    let off: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    (middle, 1.4826 * quantile(&off, 0.5))
}
