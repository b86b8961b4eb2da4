//! Categories in the database.

use std::collections::HashMap;

use kernel::{Timestamp, ids::CategoryId, paging::Page};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use store::{ColumnKind, Dialect, ReadDb, Tx, json_rows, to_json};

use super::{Category, entity};
use crate::{catalogue::sort_key, error::SalesResult};

/// One change of the tree's shape at a time. `SQLite` has one writer anyway.
pub(super) async fn lock_tree(tx: &Tx) -> SalesResult<()> {
    if tx.dialect() == Dialect::Postgres {
        tx.execute("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE", [])
            .await?;
    }
    Ok(())
}

pub(super) async fn find(tx: &Tx, id: CategoryId) -> SalesResult<Option<Category>> {
    let model = entity::Entity::find_by_id(id.as_uuid())
        .one(tx.orm())
        .await?;
    Ok(model.map(category))
}

pub(super) async fn insert(tx: &Tx, category: &Category) -> SalesResult<()> {
    let row = model(category).into_active_model();
    entity::Entity::insert(row)
        .exec_without_returning(tx.orm())
        .await?;
    Ok(())
}

pub(super) async fn update(tx: &Tx, category: &Category) -> SalesResult<()> {
    let changed = model(category);
    let row = entity::ActiveModel {
        id: Set(changed.id),
        parent_id: Set(changed.parent_id),
        name: Set(changed.name),
        name_folded: Set(changed.name_folded),
        version: Set(changed.version),
        ..Default::default()
    };
    row.update(tx.orm()).await?;
    Ok(())
}

/// A page by name, behind a position.
pub(super) async fn page(
    read: &ReadDb,
    after: Option<&(String, CategoryId)>,
    limit: u32,
) -> SalesResult<Page<Category>> {
    use entity::Column;
    let mut select = entity::Entity::find()
        .order_by_asc(Column::NameFolded)
        .order_by_asc(Column::Id)
        .limit(u64::from(limit) + 1);
    if let Some((name, id)) = after {
        let behind = Condition::any().add(Column::NameFolded.gt(name)).add(
            Condition::all()
                .add(Column::NameFolded.eq(name))
                .add(Column::Id.gt(id.as_uuid())),
        );
        select = select.filter(Column::NameFolded.gte(name)).filter(behind);
    }
    Ok(Page::from_probe(read.all(select).await?, limit).map(category))
}

/// The category and all above it, from itself to the top; empty when there is no such category.
pub(super) async fn path(tx: &Tx, id: CategoryId) -> SalesResult<Vec<CategoryId>> {
    let sql = "WITH RECURSIVE path (id, parent_id, steps) AS (
                   SELECT id, parent_id, CAST(1 AS BIGINT) FROM categories WHERE id = $1
                   UNION SELECT above.id, above.parent_id, path.steps + 1
                   FROM categories above JOIN path ON above.id = path.parent_id WHERE path.steps < 100)
               SELECT id FROM path ORDER BY steps";
    Ok(tx.values(sql, [id.as_uuid().into()]).await?)
}

/// Levels of the tree below and with a category, at most one more than `most`.
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

/// The categories at the top with these names, by folded name.
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

fn model(category: &Category) -> entity::Model {
    entity::Model {
        id: category.id.as_uuid(),
        parent_id: category.parent_id.map(CategoryId::as_uuid),
        name: category.name.clone(),
        name_folded: sort_key(&category.name),
        version: category.version,
        created_at_us: category.created_at.micros(),
    }
}

fn category(model: entity::Model) -> Category {
    Category {
        id: CategoryId::from_uuid(model.id),
        parent_id: model.parent_id.map(CategoryId::from_uuid),
        name: model.name,
        version: model.version,
        created_at: Timestamp::from_micros(model.created_at_us),
    }
}
