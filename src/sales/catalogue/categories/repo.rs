//! Categories in the database.

use std::collections::HashMap;

use kernel::{ids::CategoryId, paging::Page};
use store::{ColumnKind, Dialect, ReadDb, Tx, json_rows, to_json};
use uuid::Uuid;

use super::Category;
use crate::{catalogue::sort_key, error::SalesResult};

/// Allows one change of the tree at a time. `SQLite` has one writer anyway.
pub(super) async fn lock_tree(tx: &Tx) -> SalesResult<()> {
    if tx.dialect() == Dialect::Postgres {
        tx.execute("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE", [])
            .await?;
    }
    Ok(())
}

store::selection! {
    Stored of Category in category { id, parent_id, name, archived, version, created_at = created_at_us }

    Inside(products: i64, categories: i64)
}

pub(super) async fn find(tx: &Tx, id: CategoryId) -> SalesResult<Option<Category>> {
    let columns = Stored::SELECT;
    let lock = tx.dialect().for_update();
    let sql = format!("SELECT {columns} FROM categories AS category WHERE category.id = $1{lock}");
    Ok(tx.select_one::<Stored>(&sql, [id.as_uuid().into()]).await?)
}

pub(super) async fn insert(tx: &Tx, category: &Category) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO categories (id, parent_id, name, name_folded, version, created_at_us) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            category.id.as_uuid().into(),
            category.parent_id.map(CategoryId::as_uuid).into(),
            category.name.as_str().into(),
            sort_key(&category.name).into(),
            category.version.into(),
            category.created_at.micros().into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &Tx, category: &Category) -> SalesResult<()> {
    tx.execute(
        "UPDATE categories SET parent_id = $2, name = $3, name_folded = $4, version = $5, archived = $6 WHERE id = $1",
        [
            category.id.as_uuid().into(),
            category.parent_id.map(CategoryId::as_uuid).into(),
            category.name.as_str().into(),
            sort_key(&category.name).into(),
            category.version.into(),
            category.archived.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The number of products and of categories in use directly inside a category.
pub(super) async fn living_inside(tx: &Tx, id: CategoryId) -> SalesResult<(i64, i64)> {
    let sql = "SELECT (SELECT COUNT(*) FROM products WHERE category_id = $1 AND NOT archived) AS products,
                      (SELECT COUNT(*) FROM categories WHERE parent_id = $1 AND NOT archived) AS categories";
    let inside = tx.select_one::<Inside>(sql, [id.as_uuid().into()]).await?;
    Ok(inside.unwrap_or_default())
}

/// A page by name, after a position.
pub(super) async fn page(
    read: &ReadDb,
    after: Option<&(String, CategoryId)>,
    limit: u32,
) -> SalesResult<Page<Category>> {
    let (name, id) = match after {
        Some((name, id)) => (name.as_str(), id.as_uuid()),
        // Everything is behind it.
        None => ("", Uuid::nil()),
    };
    let sql = format!(
        "SELECT {} FROM categories AS category WHERE (category.name_folded, category.id) > ($1, $2)
         ORDER BY category.name_folded, category.id LIMIT {}",
        Stored::SELECT,
        i64::from(limit) + 1
    );
    let categories = read.select::<Stored>(&sql, [name.into(), id.into()]);
    Ok(Page::from_probe(categories.await?, limit))
}

/// The category and its ancestors up to the top; empty if there is no such category in use.
pub(super) async fn path(tx: &Tx, id: CategoryId) -> SalesResult<Vec<CategoryId>> {
    let sql = "WITH RECURSIVE path (id, parent_id, steps) AS (
                   SELECT id, parent_id, CAST(1 AS BIGINT) FROM categories WHERE id = $1 AND NOT archived
                   UNION SELECT above.id, above.parent_id, path.steps + 1
                   FROM categories above JOIN path ON above.id = path.parent_id WHERE path.steps < 100)
               SELECT id FROM path ORDER BY steps";
    Ok(tx.values(sql, [id.as_uuid().into()]).await?)
}

/// Levels of the subtree including the category itself, at most `most` + 1.
pub(super) async fn height(tx: &Tx, id: CategoryId, most: i64) -> SalesResult<i64> {
    let sql = "WITH RECURSIVE below (id, level) AS (
                   SELECT id, CAST(1 AS BIGINT) FROM categories WHERE id = $1
                   UNION SELECT child.id, below.level + 1
                   FROM categories child JOIN below ON child.parent_id = below.id WHERE below.level <= $2)
               SELECT MAX(level) FROM below";
    let values = [id.as_uuid().into(), most.into()];
    let height = tx.value::<Option<i64>>(sql, values).await?;
    Ok(height.flatten().unwrap_or(1))
}

store::selection! {
    Root(name_folded: String, id: CategoryId)
}

/// Finds categories at the top by folded name.
pub(super) async fn roots_by_name(
    tx: &Tx,
    names: &[&str],
) -> SalesResult<HashMap<String, CategoryId>> {
    let rows: Vec<_> = names.iter().map(|name| (sort_key(name),)).collect();
    let source = json_rows(tx.dialect(), 1, &[("name", ColumnKind::Text)]);
    let sql = format!(
        "SELECT category.name_folded, category.id FROM (SELECT DISTINCT name FROM {source} AS rows) AS wanted
         JOIN categories AS category ON category.name_folded = wanted.name AND category.parent_id IS NULL"
    );
    let found = tx.select::<Root>(&sql, [to_json(&rows).into()]).await?;
    Ok(found.into_iter().collect())
}
