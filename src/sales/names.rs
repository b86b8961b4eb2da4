//! The names beside ids: one query for each kind of thing on a page, however many rows it has.

use std::collections::HashMap;

use store::{ColumnKind, Source, json_rows, selection, to_json};
use uuid::Uuid;

use crate::error::SalesResult;

/// A kind of thing with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Products,
    Users,
    Locations,
    Categories,
    PaymentAccounts,
}

impl Named {
    const fn table(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Users => "users",
            Self::Locations => "locations",
            Self::Categories => "categories",
            Self::PaymentAccounts => "payment_accounts",
        }
    }
}

selection! {
    Name in thing (id: Uuid, name: String)
    NameAndUnit in product (id: Uuid, name: String, unit: String)
    Number in document (id: Uuid, number: i64)
}

/// The present names of things by their ids. Unknown ids are left out.
pub(crate) async fn names_of(
    source: Source<'_>,
    kind: Named,
    ids: impl IntoIterator<Item = Uuid>,
) -> SalesResult<HashMap<Uuid, String>> {
    let Some((wanted, ids)) = wanted(source, ids) else {
        return Ok(HashMap::new());
    };
    let (columns, table) = (Name::SELECT, kind.table());
    let sql = format!(
        "SELECT {columns} FROM {wanted} AS wanted JOIN {table} AS thing ON thing.id = wanted.id"
    );
    let names = source.select::<Name>(&sql, [ids.into()]).await?;
    Ok(names.into_iter().collect())
}

/// Names and units of products by their ids. Ids that are not there are left out.
pub(crate) async fn products_of(
    source: Source<'_>,
    ids: impl IntoIterator<Item = Uuid>,
) -> SalesResult<HashMap<Uuid, (String, String)>> {
    let Some((wanted, ids)) = wanted(source, ids) else {
        return Ok(HashMap::new());
    };
    let sql = format!(
        "SELECT {} FROM {wanted} AS wanted JOIN products AS product ON product.id = wanted.id",
        NameAndUnit::SELECT
    );
    let products = source.select::<NameAndUnit>(&sql, [ids.into()]).await?;
    let products = products
        .into_iter()
        .map(|(id, name, unit)| (id, (name, unit)));
    Ok(products.collect())
}

/// The numbers of sales and refunds by their ids. Other ids are left out.
pub(crate) async fn numbers_of(
    source: Source<'_>,
    ids: impl IntoIterator<Item = Uuid>,
) -> SalesResult<HashMap<Uuid, i64>> {
    let Some((wanted, ids)) = wanted(source, ids) else {
        return Ok(HashMap::new());
    };
    let columns = Number::SELECT;
    let sql = format!(
        "SELECT {columns} FROM {wanted} AS wanted JOIN sales AS document ON document.id = wanted.id
         UNION ALL
         SELECT {columns} FROM {wanted} AS wanted JOIN refunds AS document ON document.id = wanted.id"
    );
    let numbers = source.select::<Number>(&sql, [ids.into()]).await?;
    Ok(numbers.into_iter().collect())
}

/// The table expression and its parameter; `None` without ids.
fn wanted(source: Source<'_>, ids: impl IntoIterator<Item = Uuid>) -> Option<(String, String)> {
    let mut ids: Vec<(Uuid,)> = ids.into_iter().map(|id| (id,)).collect();
    ids.sort_unstable();
    ids.dedup();
    let wanted = json_rows(source.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    (!ids.is_empty()).then(|| (wanted, to_json(&ids)))
}
