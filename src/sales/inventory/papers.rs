//! Reads stock documents: what was received, adjusted, counted and moved, from whom and by which paper.

use kernel::{
    Amount, Timestamp,
    ids::{DocumentId, UserId},
    paging::Page,
};
use serde::{Deserialize, Serialize};
use store::{ReadDb, Source, selection};

use super::movements::{Listed, Movement, NamedMovement, with_names};
use crate::{
    conditions::Conditions,
    error::SalesResult,
    names::{Named, names_of},
};

/// Most movements that come with a document.
pub const MAX_MOVEMENTS: i64 = 1_000;

/// The kind of a stock document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum DocumentKind {
    /// Goods came in.
    Receipt,
    /// Levels were changed by hand.
    Adjustment,
    /// Goods were counted.
    Count,
    /// Goods went to another location.
    Transfer,
}

store::stored_words!(DocumentKind);

impl DocumentKind {
    /// The word in JSON and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A stock document without its movements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StockDocument {
    /// The document's own UUID: the `reference` of its movements.
    pub id: DocumentId,
    /// What was done.
    pub kind: DocumentKind,
    /// The supplier of the goods; null if none was given.
    pub supplier: Option<String>,
    /// The number on the supplier's paper; null if none was given.
    pub reference: Option<String>,
    /// The reason in words; null without one.
    pub reason: Option<String>,
    /// The user who posted it; null for the program itself.
    pub actor_id: Option<UserId>,
    /// The present name of that user; null for the program itself.
    pub actor_name: Option<String>,
    /// The number of its movements. A count has one for each difference, a transfer two for each line.
    pub movements_count: i64,
    /// When the goods moved or were counted.
    pub occurred_at: Timestamp,
    /// When the document was recorded.
    pub recorded_at: Timestamp,
}

/// A movement of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DocumentMovement {
    /// The movement with its names.
    #[serde(flatten)]
    pub named: NamedMovement,
    /// The purchase cost of a unit, minor units; null if none was given.
    pub unit_cost_minor: Option<Amount>,
}

/// A stock document with its movements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FullDocument {
    /// What stands above the lines.
    #[serde(flatten)]
    pub document: StockDocument,
    /// Its movements in the order of recording, at most 1,000. Those of a longer document are listed by
    /// `GET /inventory/movements?document_id=`.
    pub movements: Vec<DocumentMovement>,
}

selection! {
    Heading of StockDocument in document {
        id, kind, supplier, reference, reason, actor_id,
        movements_count = "(SELECT COUNT(*) FROM stock_movements AS counted WHERE counted.reference_id = document.id AND counted.kind NOT IN ('sale', 'refund', 'void'))",
        occurred_at = occurred_at_us, recorded_at = recorded_at_us,
    } with { actor_name: None }

    Cost in movement (unit_cost: Option<Amount> = unit_cost_minor)
}

/// A filter for documents.
#[derive(Debug, Clone, Copy, Default)]
pub struct DocumentFilter {
    /// Only documents of this kind.
    pub kind: Option<DocumentKind>,
    /// Only documents that this user posted.
    pub actor_id: Option<UserId>,
    /// Earliest time at which they were recorded.
    pub from: Option<Timestamp>,
    /// End of that time, not included.
    pub until: Option<Timestamp>,
}

/// Lists documents, newest first by the time when they were recorded, after `before`.
pub async fn list(
    read: &ReadDb,
    filter: DocumentFilter,
    before: Option<(i64, DocumentId)>,
    limit: u32,
) -> SalesResult<Page<StockDocument>> {
    let mut conditions = Conditions::default();
    conditions.require_if("document.kind = ?", filter.kind.map(DocumentKind::as_str));
    conditions.require_if(
        "document.actor_id = ?",
        filter.actor_id.map(UserId::as_uuid),
    );
    let (from, until) = (filter.from, filter.until);
    conditions.require_if("document.recorded_at_us >= ?", from.map(Timestamp::micros));
    conditions.require_if("document.recorded_at_us < ?", until.map(Timestamp::micros));
    let before = before.map(|(at, id)| (at, id.as_uuid()));
    conditions.require_behind("document.recorded_at_us, document.id", before);
    let (conditions, values) = conditions.into_parts();
    let sql = format!(
        "SELECT {} FROM stock_documents AS document WHERE {conditions}
         ORDER BY document.recorded_at_us DESC, document.id DESC LIMIT {}",
        Heading::SELECT,
        i64::from(limit) + 1
    );
    let documents = read.select::<Heading>(&sql, values).await?;
    let page = Page::from_probe(documents, limit);
    Ok(Page {
        items: with_actors(Source::Read(read), page.items).await?,
        has_more: page.has_more,
    })
}

/// Reads a document with its movements.
pub async fn find(read: &ReadDb, id: DocumentId) -> SalesResult<Option<FullDocument>> {
    let source = Source::Read(read);
    let sql = format!(
        "SELECT {} FROM stock_documents AS document WHERE document.id = $1",
        Heading::SELECT
    );
    let found = read.select::<Heading>(&sql, [id.as_uuid().into()]).await?;
    let Some(document) = with_actors(source, found).await?.pop() else {
        return Ok(None);
    };
    let sql = format!(
        "SELECT {}, {} FROM stock_movements AS movement
         WHERE movement.reference_id = $1 AND movement.kind NOT IN ('sale', 'refund', 'void') ORDER BY movement.position LIMIT {MAX_MOVEMENTS}",
        Listed::SELECT,
        Cost::SELECT
    );
    let rows = read.select::<(Listed, Cost)>(&sql, [id.as_uuid().into()]);
    let (movements, costs): (Vec<Movement>, Vec<Option<Amount>>) = rows.await?.into_iter().unzip();
    let named = with_names(source, movements).await?;
    let movements = named.into_iter().zip(costs);
    Ok(Some(FullDocument {
        document,
        movements: movements
            .map(|(named, unit_cost_minor)| DocumentMovement {
                named,
                unit_cost_minor,
            })
            .collect(),
    }))
}

async fn with_actors(
    source: Source<'_>,
    documents: Vec<StockDocument>,
) -> SalesResult<Vec<StockDocument>> {
    let actors = documents.iter().filter_map(|document| document.actor_id);
    let names = names_of(source, Named::Users, actors.map(UserId::as_uuid)).await?;
    let named = documents.into_iter().map(|document| StockDocument {
        actor_name: document
            .actor_id
            .and_then(|id| names.get(&id.as_uuid()).cloned()),
        ..document
    });
    Ok(named.collect())
}
