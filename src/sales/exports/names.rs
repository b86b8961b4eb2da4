//! The names of what the rows of a page refer to, one query for each kind.

use std::collections::{BTreeSet, HashMap};

use kernel::ids::{CategoryId, LocationId, ProductId, UserId};
use store::{ColumnKind, ReadDb, json_rows, selection, to_json};
use uuid::Uuid;

use crate::error::SalesResult;

/// Most categories whose names are looked up: as many as an import knows.
const MAX_CATEGORIES: i64 = 20_000;
/// Most names in the path of a category: a damaged tree may have a ring.
const MAX_DEPTH: usize = 64;

selection! {
    /// SKU and name of a product.
    pub(super) struct Article in product {
        id: ProductId,
        pub(super) sku: String,
        pub(super) name: String,
    }
    PersonName in person (id: UserId, name: String)
    PlaceName in place (id: LocationId, name: String)
    CategoryName in category (id: CategoryId, parent_id: Option<CategoryId>, name: String)
}

/// SKUs and names of products, as they are now.
pub(super) async fn articles(
    read: &ReadDb,
    ids: impl Iterator<Item = ProductId>,
) -> SalesResult<HashMap<ProductId, Article>> {
    let Some(ids) = to_look_up(ids.map(ProductId::as_uuid)) else {
        return Ok(HashMap::new());
    };
    let sql = format!(
        "SELECT {} FROM {} AS wanted JOIN products AS product ON product.id = wanted.id",
        Article::SELECT,
        wanted(read)
    );
    let found = read.select::<Article>(&sql, [ids.into()]).await?;
    Ok(found.into_iter().map(|one| (one.id, one)).collect())
}

/// The names of users.
pub(super) async fn people(
    read: &ReadDb,
    ids: impl Iterator<Item = UserId>,
) -> SalesResult<HashMap<UserId, String>> {
    let Some(ids) = to_look_up(ids.map(UserId::as_uuid)) else {
        return Ok(HashMap::new());
    };
    let sql = format!(
        "SELECT {} FROM {} AS wanted JOIN users AS person ON person.id = wanted.id",
        PersonName::SELECT,
        wanted(read)
    );
    let found = read.select::<PersonName>(&sql, [ids.into()]).await?;
    Ok(found.into_iter().collect())
}

/// The names of locations.
pub(super) async fn locations(
    read: &ReadDb,
    ids: impl Iterator<Item = LocationId>,
) -> SalesResult<HashMap<LocationId, String>> {
    let Some(ids) = to_look_up(ids.map(LocationId::as_uuid)) else {
        return Ok(HashMap::new());
    };
    let sql = format!(
        "SELECT {} FROM {} AS wanted JOIN locations AS place ON place.id = wanted.id",
        PlaceName::SELECT,
        wanted(read)
    );
    let found = read.select::<PlaceName>(&sql, [ids.into()]).await?;
    Ok(found.into_iter().collect())
}

fn wanted(read: &ReadDb) -> String {
    json_rows(read.dialect(), 1, &[("id", ColumnKind::Uuid)])
}

/// Each id once, as a parameter; nothing where there is none.
fn to_look_up(ids: impl Iterator<Item = Uuid>) -> Option<String> {
    let ids: BTreeSet<Uuid> = ids.collect();
    let ids: Vec<(Uuid,)> = ids.into_iter().map(|id| (id,)).collect();
    (!ids.is_empty()).then(|| to_json(&ids))
}

/// The paths of the categories: `Boissons > Sucrées`, as an import reads them.
#[derive(Debug)]
pub(super) struct CategoryPaths(HashMap<CategoryId, (Option<CategoryId>, String)>);

impl CategoryPaths {
    pub(super) async fn read(read: &ReadDb) -> SalesResult<Self> {
        let columns = CategoryName::SELECT;
        let sql = format!("SELECT {columns} FROM categories AS category LIMIT {MAX_CATEGORIES}");
        let found = read.select::<CategoryName>(&sql, []).await?.into_iter();
        let tree = found.map(|(id, above, name)| (id, (above, name))).collect();
        Ok(Self(tree))
    }

    pub(super) fn of(&self, id: CategoryId) -> String {
        let mut names = Vec::new();
        let mut next = Some(id);
        while let Some((above, name)) = next.and_then(|id| self.0.get(&id))
            && names.len() < MAX_DEPTH
        {
            names.push(name.as_str());
            next = *above;
        }
        names.reverse();
        names.join(" > ")
    }
}
