//! Figures of part of the sales: some products, a location, a cashier.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{
    ids::{LocationId, ProductId},
    read::SalesOf,
};
use sea_orm::Value;
use store::{ColumnKind, Selection, json_rows, to_json};
use uuid::Uuid;

use super::{
    super::measures::{All, Measures, Weight},
    Day, Hour, NO_LIMIT, Part, View, cleaned,
};
use crate::error::SalesResult;

/// Most products of a query.
const MAX_PRODUCTS: usize = 10_000;

impl View<'_> {
    /// By day, of part of the sales.
    pub(crate) async fn by_day_of(&self, of: &SalesOf) -> SalesResult<BTreeMap<i64, Measures>> {
        let (mut sums, tail) = match of {
            SalesOf::Products(products) => self.of_products(products).await?,
            SalesOf::Location(location) => {
                let id = location.as_uuid();
                let sums = self.stored_of::<Day>(
                    "rollup_days",
                    "day",
                    "location_id = $3",
                    id.into(),
                    NO_LIMIT,
                );
                let tail = self.tail(Part::Headers).await?.days.into_iter();
                let own = tail.filter(|((_, own, _), _)| *own == id);
                (
                    sums.await?,
                    own.map(|((day, _, _), sum)| (day, sum)).collect(),
                )
            }
            SalesOf::Cashier(cashier) => {
                let id = cashier.as_uuid();
                let sums = self.stored_of::<Day>(
                    "rollup_days",
                    "day",
                    "cashier_id = $3",
                    id.into(),
                    NO_LIMIT,
                );
                let tail = self.tail(Part::Headers).await?.days.into_iter();
                let own = tail.filter(|((_, _, own), _)| *own == id);
                (
                    sums.await?,
                    own.map(|((day, _, _), sum)| (day, sum)).collect(),
                )
            }
        };
        for (day, sum) in tail {
            *sums.entry(day).or_default() += sum;
        }
        Ok(cleaned(sums, NO_LIMIT))
    }

    /// By day and hour of the day, at one location.
    pub(crate) async fn by_hour_at(
        &self,
        location: LocationId,
        limit: u32,
    ) -> SalesResult<BTreeMap<(i64, i64), Measures>> {
        let id = location.as_uuid();
        let sums = self.stored_of::<Hour>(
            "rollup_hours",
            "day, hour",
            "location_id = $3",
            id.into(),
            limit,
        );
        let mut sums = sums.await?;
        for ((day, hour, own, _), sum) in self.tail(Part::Headers).await?.hours {
            if own == id {
                *sums.entry((day, hour)).or_default() += sum;
            }
        }
        Ok(cleaned(sums, limit))
    }

    async fn of_products(&self, products: &[ProductId]) -> SalesResult<PartOfDays> {
        let ids: BTreeSet<Uuid> = products
            .iter()
            .take(MAX_PRODUCTS)
            .map(|id| id.as_uuid())
            .collect();
        // One product is a range of the index, and more of them are looked up.
        let only = ids.first().filter(|_| ids.len() == 1);
        let (condition, value): (String, Value) = if let Some(only) = only {
            ("product_id = $3".to_owned(), (*only).into())
        } else {
            let wanted = json_rows(self.snapshot.dialect(), 3, &[("id", ColumnKind::Uuid)]);
            let rows: Vec<(Uuid,)> = ids.iter().map(|id| (*id,)).collect();
            (
                format!("product_id IN (SELECT wanted.id FROM {wanted} AS wanted)"),
                to_json(&rows).into(),
            )
        };
        let sums = self.stored_of::<Day>("rollup_products", "day", &condition, value, NO_LIMIT);
        let tail = self.tail(Part::Lines).await?.products.into_iter();
        let own = tail.filter(|((_, product), _)| ids.contains(product));
        Ok((sums.await?, own.map(|((day, _), sum)| (day, sum)).collect()))
    }

    /// The sums of a rollup under a condition, whose value is the third.
    async fn stored_of<K: Selection<Output: Ord>>(
        &self,
        table: &str,
        by: &str,
        condition: &str,
        value: Value,
        limit: u32,
    ) -> SalesResult<BTreeMap<K::Output, Measures>> {
        let mut sums: BTreeMap<K::Output, Measures> = BTreeMap::new();
        if self.folded == 0 {
            return Ok(sums);
        }
        let columns = self.sums_of::<All<i64>>();
        for weight in self.weights() {
            let sql = format!(
                "SELECT {columns}, {by} FROM {table} WHERE weight = {} AND day BETWEEN $1 AND $2 AND {condition} GROUP BY {by} ORDER BY {by} LIMIT {limit}",
                weight.stored()
            );
            let [from, to] = self.days();
            let rows = self
                .snapshot
                .select::<(All<i64>, K)>(&sql, [from, to, value.clone()]);
            for (part, key) in rows.await? {
                let part = weight.whole(part);
                match weight {
                    Weight::One => *sums.entry(key).or_default() += part,
                    Weight::Many => {
                        if let Some(sum) = sums.get_mut(&key) {
                            *sum += part;
                        }
                    }
                }
            }
        }
        Ok(sums)
    }
}

/// Stored sums by day, and those that are not folded yet.
type PartOfDays = (BTreeMap<i64, Measures>, Vec<(i64, Measures)>);
