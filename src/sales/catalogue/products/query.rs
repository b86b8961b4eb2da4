//! How a list of products is read.
//!
//! A list walks the index of its order from the cursor on, so that page 1,000 costs no more than the
//! first. If a filter leaves few products, walking would skip many: then the list sorts what the filter
//! finds. A bounded count decides between the two. Two lists that a till shows all day need no count:
//! in a category by name, each subcategory gives its first products; and a name prefix is a range of
//! the index.

use kernel::{
    gtin,
    ids::{CategoryId, LocationId},
};
use store::{Dialect, ReadDb};

use super::{
    ProductFilter, ProductSort,
    position::{Key, Position},
};
use crate::{
    catalogue::in_conflict,
    conditions::Values,
    error::SalesResult,
    search::{Search, begins_with, boolean, row_key},
};

/// A filter that finds more is applied while walking the order. Sorting this many takes a few
/// milliseconds.
const MAX_SORTED: i64 = 3_000;

/// Where a list starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The index of its order; filters skip products.
    Order,
    /// The product with the barcode, and those waiting behind it.
    Barcode,
    /// The few products whose codes an older product has.
    Conflict,
    /// The matches of the words.
    Search,
    /// The beginnings of names, and of SKUs if `few_skus`.
    Prefix { few_skus: bool },
    /// The first products of each category of the tree.
    Category,
    /// Products at or below their reorder level.
    LowStock,
}

/// A list that becomes a statement.
pub(super) struct Query<'a> {
    pub(super) dialect: Dialect,
    filter: &'a ProductFilter,
    search: Option<Search>,
    sort: ProductSort,
    after: Option<&'a Position>,
    limit: u32,
}

impl<'a> Query<'a> {
    pub(super) fn new(
        dialect: Dialect,
        filter: &'a ProductFilter,
        sort: ProductSort,
        after: Option<&'a Position>,
        limit: u32,
    ) -> Self {
        Self {
            dialect,
            filter,
            search: filter.q.as_deref().and_then(Search::parse),
            sort,
            after,
            limit,
        }
    }

    /// Chooses where to start.
    pub(super) async fn choose_start(&self, read: &ReadDb) -> SalesResult<Start> {
        let by_name = self.sort.column() == "name_folded";
        if self.filter.barcode.is_some() {
            return Ok(Start::Barcode);
        }
        if self.filter.conflict {
            return Ok(Start::Conflict);
        }
        if let (Some(Search::Prefix(prefix)), true) = (&self.search, by_name) {
            let mut values = Values::default();
            let range = begins_with("sku_folded", prefix, &mut values);
            let archived = boolean(self.archived());
            let skus =
                format!("SELECT 1 FROM products p WHERE p.archived = {archived} AND {range}");
            let few_skus = is_few(read, "", &skus, values).await?;
            return Ok(Start::Prefix { few_skus });
        }
        let mut values = Values::default();
        if let Some(hits) = self.hits(Start::Search, &mut values)
            // Counting a product twice does no harm, and the count can stop at its bound.
            && is_few(read, "", &hits.replace(" UNION ", " UNION ALL "), values).await?
        {
            return Ok(Start::Search);
        }
        if let Some(category) = self.filter.category_id {
            let mut values = Values::default();
            let with = format!("WITH RECURSIVE {}", tree(category, &mut values));
            let within = "SELECT 1 FROM tree CROSS JOIN products p WHERE p.category_id = tree.id";
            // PostgreSQL compares both ways itself; SQLite has no statistics for that.
            let is_weighed = by_name || self.dialect == Dialect::Postgres;
            if is_weighed || is_few(read, &with, within, values).await? {
                return Ok(Start::Category);
            }
        }
        Ok(if self.filter.low_stock && self.search.is_none() {
            Start::LowStock
        } else {
            Start::Order
        })
    }

    const fn archived(&self) -> bool {
        matches!(self.filter.archived, Some(true))
    }

    /// A query for the row keys (`k`) that a filter finds through its index.
    fn hits(&self, start: Start, values: &mut Values) -> Option<String> {
        let key = row_key(self.dialect);
        match start {
            Start::Order | Start::Category | Start::Prefix { .. } => None,
            Start::Barcode => {
                let typed = self.filter.barcode.as_deref()?;
                let barcode = values.bind(gtin::barcode_key(typed));
                Some(format!(
                    "SELECT DISTINCT p.{key} AS k FROM product_barcodes b CROSS JOIN products p WHERE b.barcode_key = {barcode} AND p.id = b.product_id"
                ))
            }
            Start::Conflict => {
                // SQLite would read the whole index of the forms instead of the few rows.
                let index = match self.dialect {
                    Dialect::Sqlite => "INDEXED BY products_in_conflict",
                    Dialect::Postgres => "",
                };
                Some(format!(
                    "SELECT p.{key} AS k FROM products p {index} WHERE p.sku_conflict > 0
                     UNION SELECT p.{key} AS k FROM product_barcodes b CROSS JOIN products p WHERE b.barcode_conflict > 0 AND p.id = b.product_id"
                ))
            }
            Start::Search => {
                let search = self.search.as_ref()?;
                search.hits(self.dialect, self.archived(), values)
            }
            Start::LowStock => Some(format!(
                "SELECT p.{key} AS k FROM products p WHERE {}",
                self.is_low()
            )),
        }
    }

    /// The named parts of the statement for a page, its order and its parameters.
    pub(super) fn page(&self, start: Start) -> (String, String, Values) {
        let mut values = Values::default();
        let mut with = Vec::new();
        if let Some(category) = self.filter.category_id {
            with.push(tree(category, &mut values));
        }
        if let Some(hits) = self.hits(start, &mut values) {
            with.push(format!("hits AS MATERIALIZED ({hits})"));
        }
        let page = match start {
            Start::Category => self.first_of_each_category(&mut values),
            Start::Prefix { few_skus } => self.beginnings(few_skus, &mut values),
            Start::Order => self.select("p.*", "products p", Vec::new(), start, &mut values),
            Start::Barcode | Start::Conflict | Start::Search | Start::LowStock => {
                let joined = vec![format!("p.{} = hits.k", row_key(self.dialect))];
                self.select(
                    "p.*",
                    "hits CROSS JOIN products p",
                    joined,
                    start,
                    &mut values,
                )
            }
        };
        with.push(format!("page AS MATERIALIZED ({page})"));
        (with.join(", "), self.order("p"), values)
    }

    /// The location of `on_hand_here`.
    pub(super) const fn location_id(&self) -> Option<LocationId> {
        self.filter.location_id
    }

    /// The products in order, after the cursor, that pass every filter.
    fn select(
        &self,
        columns: &str,
        from: &str,
        mut conditions: Vec<String>,
        start: Start,
        values: &mut Values,
    ) -> String {
        if let Some(archived) = self.filter.archived {
            conditions.push(format!("p.archived = {}", boolean(archived)));
        } else if self.filter.barcode.is_none() && !self.filter.conflict {
            conditions.push("p.archived = FALSE".to_owned());
        }
        if self.filter.category_id.is_some() && start != Start::Category {
            // The plus sign keeps SQLite on the index of the order.
            let plus = match self.dialect {
                Dialect::Sqlite => "+",
                Dialect::Postgres => "",
            };
            conditions.push(format!("{plus}p.category_id IN (SELECT id FROM tree)"));
        }
        if let Some(search) = &self.search
            && !matches!(start, Start::Prefix { .. })
        {
            conditions.push(search.condition(self.dialect, values));
        }
        if self.filter.conflict && start != Start::Conflict {
            conditions.push(in_conflict("p"));
        }
        if self.filter.low_stock && start != Start::LowStock {
            conditions.push(self.is_low());
        }
        if let Some(after) = self.after {
            let place = match &after.key {
                Key::Number(number) => values.bind(*number),
                Key::Text(text) => values.bind(text.as_str()),
            };
            let id = values.bind(after.id);
            let comparison = if self.sort.is_backwards() { "<" } else { ">" };
            // SQLite would plan anew for each position, by samples of the index.
            let (place, id) = match self.dialect {
                Dialect::Sqlite => (format!("(SELECT {place})"), format!("(SELECT {id})")),
                Dialect::Postgres => (place, id),
            };
            conditions.push(format!(
                "(p.{}, p.id) {comparison} ({place}, {id})",
                self.sort.column()
            ));
        }
        if conditions.is_empty() {
            conditions.push("TRUE".to_owned());
        }
        format!(
            "SELECT {columns} FROM {from} WHERE {} {} {}",
            conditions.join(" AND "),
            self.order("p"),
            self.bound()
        )
    }

    /// Each category gives its first products; the first of all these are the page.
    fn first_of_each_category(&self, values: &mut Values) -> String {
        let own = vec!["p.category_id = tree.id".to_owned()];
        let start = Start::Category;
        let (order, bound) = (self.order("q"), self.bound());
        match self.dialect {
            Dialect::Sqlite => {
                let first = self.select(
                    "p.row_number",
                    "products p INDEXED BY products_category",
                    own,
                    start,
                    values,
                );
                format!(
                    "SELECT q.* FROM tree CROSS JOIN products q WHERE q.row_number IN ({first}) {order} {bound}"
                )
            }
            Dialect::Postgres => {
                let first = self.select("p.*", "products p", own, start, values);
                format!("SELECT q.* FROM tree CROSS JOIN LATERAL ({first}) q {order} {bound}")
            }
        }
    }

    /// Names with the prefix are a range of the order. SKUs are not: few are sorted, many are soon
    /// met on a walk.
    fn beginnings(&self, few_skus: bool, values: &mut Values) -> String {
        let key = row_key(self.dialect);
        let start = Start::Prefix { few_skus };
        let prefix = match &self.search {
            Some(Search::Prefix(prefix)) => prefix.as_str(),
            _ => "",
        };
        let column = format!("p.{key} AS k");
        let names = vec![begins_with("name_folded", prefix, values)];
        let names = self.select(&column, "products p", names, start, values);
        let skus = if few_skus {
            let archived = boolean(self.archived());
            let range = begins_with("sku_folded", prefix, values);
            let hits = format!(
                "(SELECT p.{key} AS k FROM products p WHERE p.archived = {archived} AND {range}) hits CROSS JOIN products p"
            );
            let joined = vec![format!("p.{key} = hits.k")];
            self.select(&column, &hits, joined, start, values)
        } else {
            let length = prefix.chars().count();
            let word = values.bind(prefix);
            let begins = vec![format!("substr(p.sku_folded, 1, {length}) = {word}")];
            self.select(&column, "products p", begins, start, values)
        };
        format!(
            "SELECT q.* FROM (SELECT k FROM ({names}) AS by_name UNION SELECT k FROM ({skus}) AS by_sku) AS hits
             CROSS JOIN products q WHERE q.{key} = hits.k {} {}",
            self.order("q"),
            self.bound()
        )
    }

    fn is_low(&self) -> String {
        format!(
            "p.reorder_level_milli > 0 AND (SELECT {} FROM stock_levels l WHERE l.product_id = p.id) <= p.reorder_level_milli",
            self.dialect.sum("l.on_hand_milli")
        )
    }

    fn order(&self, alias: &str) -> String {
        let column = self.sort.column();
        let direction = if self.sort.is_backwards() {
            "DESC"
        } else {
            "ASC"
        };
        format!("ORDER BY {alias}.{column} {direction}, {alias}.id {direction}")
    }

    /// One more than the page, to see whether there is a next page.
    fn bound(&self) -> String {
        format!("LIMIT {}", self.limit.saturating_add(1))
    }
}

/// True when a query has at most [`MAX_SORTED`] rows.
async fn is_few(read: &ReadDb, with: &str, query: &str, values: Values) -> SalesResult<bool> {
    let probe = MAX_SORTED + 1;
    let sql = format!(
        "{with} SELECT COUNT(*) FROM (SELECT 1 FROM ({query}) AS hits LIMIT {probe}) AS few"
    );
    let found = read.value::<i64>(&sql, values.0).await?.unwrap_or(0);
    Ok(found <= MAX_SORTED)
}

/// The category with its subcategories. `UNION` terminates even if the tree had a cycle.
fn tree(root: CategoryId, values: &mut Values) -> String {
    let root = values.bind(root.as_uuid());
    format!(
        "tree (id) AS (SELECT id FROM categories WHERE id = {root}
         UNION SELECT below.id FROM categories below JOIN tree ON below.parent_id = tree.id)"
    )
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    async fn shop() -> (tempfile::TempDir, ReadDb) {
        let folder = tempfile::tempdir().unwrap();
        let options = store::StoreOptions {
            url: format!("sqlite://{}/shop.db", folder.path().display()),
            read_url: None,
            read_connections: 1,
            analytics_connections: 1,
            write_connections: 1,
            missing_file: store::MissingFile::Create,
        };
        store::migrate_up(&options).await.unwrap();
        let stores = store::connect(&options).await.unwrap();
        (folder, stores.read)
    }

    async fn plan(read: &ReadDb, query: &Query<'_>, start: Start) -> Vec<String> {
        let (sql, values) = super::super::listing::statement(query, start);
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        let steps = read.select::<Step>(&sql, values).await.unwrap();
        steps.into_iter().map(|(_, _, _, detail)| detail).collect()
    }

    store::selection! {
        Step(id: i64, parent: i64, notused: i64, detail: String)
    }

    const INDEXES: [(ProductSort, &str); 8] = [
        (ProductSort::Name, "products_by_name"),
        (ProductSort::NameBackwards, "products_by_name"),
        (ProductSort::Sku, "products_by_sku"),
        (ProductSort::SkuBackwards, "products_by_sku"),
        (ProductSort::Price, "products_by_price"),
        (ProductSort::PriceBackwards, "products_by_price"),
        (ProductSort::Creation, "products_by_creation"),
        (ProductSort::CreationBackwards, "products_by_creation"),
    ];

    #[tokio::test]
    async fn every_order_walks_its_index_from_the_cursor_on_and_sorts_nothing() {
        let (_folder, read) = shop().await;
        for (sort, index) in INDEXES {
            let key = match sort.column() {
                "name_folded" | "sku" => Key::Text("m".to_owned()),
                _ => Key::Number(5),
            };
            let cursor = Position {
                key,
                id: Uuid::nil(),
            };
            for after in [None, Some(&cursor)] {
                for filter in [
                    ProductFilter::default(),
                    ProductFilter {
                        archived: Some(true),
                        low_stock: true,
                        q: Some("savon".to_owned()),
                        ..ProductFilter::default()
                    },
                ] {
                    let query = Query::new(Dialect::Sqlite, &filter, sort, after, 20);
                    let plan = plan(&read, &query, Start::Order).await;
                    let search = format!("SEARCH p USING INDEX {index} (archived=?");
                    let step = plan.iter().find(|step| step.starts_with(&search));
                    let step = step.unwrap_or_else(|| panic!("{sort:?}: {plan:#?}"));
                    assert_eq!(step.contains("id)"), after.is_some(), "{step}");
                    let sorts = |step: &String| step.contains("B-TREE FOR ORDER BY");
                    assert!(!plan.iter().any(sorts), "{sort:?}: {plan:#?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn what_finds_little_is_looked_up_by_its_index() {
        let (_folder, read) = shop().await;
        let all = ProductFilter {
            q: Some("savon liquide".to_owned()),
            barcode: Some("1".to_owned()),
            category_id: Some(CategoryId::generate()),
            archived: Some(false),
            ..ProductFilter::default()
        };
        let two_letters = ProductFilter {
            q: Some("sa".to_owned()),
            ..ProductFilter::default()
        };
        for (filter, start, expected) in [
            (
                &all,
                Start::Barcode,
                "SEARCH b USING INDEX product_barcodes_key_unique (barcode_key=?)",
            ),
            (
                &all,
                Start::Conflict,
                "SCAN p USING INDEX products_in_conflict",
            ),
            (
                &all,
                Start::Search,
                "SCAN product_search VIRTUAL TABLE INDEX 0:G0G0",
            ),
            (
                &all,
                Start::Category,
                "SEARCH p USING INDEX products_category (category_id=? AND archived=?)",
            ),
            (
                &two_letters,
                Start::Prefix { few_skus: true },
                "SEARCH p USING COVERING INDEX products_sku_prefix (archived=? AND sku_folded>? AND sku_folded<?)",
            ),
            (
                &two_letters,
                Start::Prefix { few_skus: false },
                "SEARCH p USING COVERING INDEX products_by_name (archived=? AND name_folded>? AND name_folded<?)",
            ),
        ] {
            for sort in [ProductSort::Name, ProductSort::PriceBackwards] {
                if matches!(start, Start::Prefix { .. }) && sort != ProductSort::Name {
                    continue;
                }
                let query = Query::new(Dialect::Sqlite, filter, sort, None, 20);
                let plan = plan(&read, &query, start).await;
                assert!(
                    plan.iter().any(|step| step == expected),
                    "{start:?} {sort:?}: {plan:#?}"
                );
                let scans = |step: &String| step.starts_with("SCAN products");
                assert!(!plan.iter().any(scans), "{plan:#?}");
            }
        }
    }
}
