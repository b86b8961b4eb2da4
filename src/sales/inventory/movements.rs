//! Reads the ledger.

use std::collections::HashMap;

use kernel::{
    Quantity, Timestamp,
    ids::{DocumentId, LocationId, MovementId, ProductId, UserId},
    paging::Page,
};
use serde::Serialize;
use store::{ColumnKind, ReadDb, Source, json_rows, selection, to_json};
use uuid::Uuid;

use super::{
    by_product::{IndexedBy, newest, place_of},
    ledger::PostedMovement,
    movement::MovementKind,
};
use crate::{
    conditions::Conditions,
    error::SalesResult,
    ledger_time::{first_since, last_until},
    names::{Named, names_of, numbers_of, products_of},
};

/// A movement in the stock ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Movement {
    /// The movement's own UUID.
    pub id: MovementId,
    /// The product's own id.
    pub product_id: ProductId,
    /// The location's own id.
    pub location_id: LocationId,
    /// Its place among the movements of its product and location, from 1, without gaps.
    pub seq: i64,
    /// The change of the stock; negative goes out.
    pub delta: Quantity,
    /// The stock after the movement.
    pub balance_after: Quantity,
    /// Why the stock moved.
    pub kind: MovementKind,
    /// The sale, refund, document or import behind it; null without one.
    pub reference: Option<Uuid>,
    /// The reason in words; null without one.
    pub reason: Option<String>,
    /// The user who caused it; null for the program itself.
    pub actor: Option<UserId>,
    /// When the goods moved.
    pub occurred_at: Timestamp,
    /// When the movement was recorded.
    pub recorded_at: Timestamp,
}

impl From<&PostedMovement> for Movement {
    fn from(posted: &PostedMovement) -> Self {
        let wanted = &posted.wanted;
        Self {
            id: posted.id,
            product_id: wanted.product_id,
            location_id: wanted.location_id,
            seq: posted.seq,
            delta: wanted.delta,
            balance_after: posted.balance_after,
            kind: wanted.kind,
            reference: wanted.reference_id,
            reason: wanted.reason.clone(),
            actor: wanted.actor_id,
            occurred_at: wanted.occurred_at,
            recorded_at: posted.recorded_at,
        }
    }
}

/// A movement with the names beside its ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NamedMovement {
    /// The recorded movement.
    #[serde(flatten)]
    pub movement: Movement,
    /// The present name of the product.
    pub product_name: String,
    /// The product's unit.
    pub unit: String,
    /// The present name of the location.
    pub location_name: String,
    /// The present name of the user who caused it; null for the program itself.
    pub actor_name: Option<String>,
    /// The number of the sale or refund behind it; null for other movements.
    pub document_number: Option<i64>,
    /// The number on the supplier's paper, of a document that has one; null otherwise.
    pub paper_reference: Option<String>,
}

/// A filter for movements.
#[derive(Debug, Clone, Copy, Default)]
pub struct MovementFilter {
    /// Only movements of this product.
    pub product_id: Option<ProductId>,
    /// Only movements at this location.
    pub location_id: Option<LocationId>,
    /// Only movements of this kind.
    pub kind: Option<MovementKind>,
    /// Only movements that this user caused.
    pub actor_id: Option<UserId>,
    /// Only movements of this document.
    pub document_id: Option<DocumentId>,
    /// Earliest time at which they were recorded.
    pub from: Option<Timestamp>,
    /// End of that time, not included.
    pub until: Option<Timestamp>,
}

selection! {
    pub(super) Listed of Movement in movement {
        id, product_id, location_id, seq, delta = delta_milli, balance_after = balance_after_milli, kind,
        reference = reference_id, reason, actor = actor_id, occurred_at = occurred_at_us,
        recorded_at = recorded_at_us,
    }
}

store::stored_words!(MovementKind);

/// The kinds of movements that no document has: sales make almost all movements, and the index of
/// documents leaves them out.
const OF_DOCUMENT: &str = "movement.kind NOT IN ('sale', 'refund', 'void')";

/// Lists movements in the order in which they were written, newest first, after `before`. The time on
/// the clock does not matter.
pub async fn list(
    read: &ReadDb,
    filter: MovementFilter,
    before: Option<MovementId>,
    limit: u32,
) -> SalesResult<Page<Movement>> {
    let mut conditions = Conditions::default();
    let location = filter.location_id.map(LocationId::as_uuid);
    conditions.require_if("movement.location_id = ?", location);
    conditions.require_if("movement.kind = ?", filter.kind.map(MovementKind::as_str));
    let (from, until) = (filter.from, filter.until);
    conditions.require_if("movement.recorded_at_us >= ?", from.map(Timestamp::micros));
    conditions.require_if("movement.recorded_at_us < ?", until.map(Timestamp::micros));
    if let Some(document) = filter.document_id {
        conditions.push(OF_DOCUMENT);
        conditions.require("movement.reference_id = ?", document.as_uuid());
    }
    let lead = lead_of(&filter);
    if lead != Some(IndexedBy::Product) {
        let product = filter.product_id.map(ProductId::as_uuid);
        conditions.require_if("movement.product_id = ?", product);
    }
    if lead != Some(IndexedBy::Actor) {
        conditions.require_if(
            "movement.actor_id = ?",
            filter.actor_id.map(UserId::as_uuid),
        );
    }
    let within = within(read, &mut conditions, filter, before).await?;
    let values = &mut conditions.values;
    let lead = match lead {
        Some(IndexedBy::Product) => filter
            .product_id
            .map(|id| (IndexedBy::Product, values.bind(id.as_uuid()))),
        Some(IndexedBy::Actor) => filter
            .actor_id
            .map(|id| (IndexedBy::Actor, values.bind(id.as_uuid()))),
        None => None,
    };
    let (condition, values) = conditions.into_parts();
    let limited = i64::from(limit) + 1;
    let sql = match &lead {
        Some((by, id)) => newest(
            read.dialect(),
            Listed::SELECT,
            (*by, id),
            &condition,
            &within,
            limited,
        ),
        None => format!(
            "SELECT {} FROM stock_movements AS movement WHERE {} AND {condition} ORDER BY movement.position DESC LIMIT {limited}",
            Listed::SELECT,
            within.replace("{}", "movement.position"),
        ),
    };
    let movements = read.select::<Listed>(&sql, values).await?;
    Ok(Page::from_probe(movements, limit))
}

/// The rarest of the conditions leads; the others stay conditions.
const fn lead_of(filter: &MovementFilter) -> Option<IndexedBy> {
    match (filter.document_id, filter.product_id, filter.actor_id) {
        (None, Some(_), _) => Some(IndexedBy::Product),
        (None, None, Some(_)) => Some(IndexedBy::Actor),
        (Some(_), ..) | (None, None, None) => None,
    }
}

/// The same with the names beside ids.
pub async fn list_named(
    read: &ReadDb,
    filter: MovementFilter,
    before: Option<MovementId>,
    limit: u32,
) -> SalesResult<Page<NamedMovement>> {
    let page = list(read, filter, before, limit).await?;
    Ok(Page {
        items: with_names(Source::Read(read), page.items).await?,
        has_more: page.has_more,
    })
}

/// The conditions on the position in the ledger, with braces for its column: before the cursor, and
/// between the positions of the first and the last time. Movements are recorded in the order of time,
/// so these are found by halving, without an index of times.
async fn within(
    read: &ReadDb,
    conditions: &mut Conditions,
    filter: MovementFilter,
    before: Option<MovementId>,
) -> SalesResult<String> {
    let mut within = String::from("true");
    if let Some(before) = before {
        let before = conditions.values.bind(before.as_uuid());
        within.push_str(&format!(" AND {{}} < {}", place_of(&before)));
    }
    if let Some(from) = filter.from {
        let first = conditions.values.bind(first_since(read, from).await?);
        within.push_str(&format!(" AND {{}} >= {first}"));
    }
    if let Some(until) = filter.until {
        let last = conditions.values.bind(last_until(read, until).await?);
        within.push_str(&format!(" AND {{}} <= {last}"));
    }
    Ok(within)
}

selection! {
    Paper in document (id: Uuid, reference: Option<String>)
}

/// Adds the names: one query for each kind, however many movements there are.
pub(super) async fn with_names(
    source: Source<'_>,
    movements: Vec<Movement>,
) -> SalesResult<Vec<NamedMovement>> {
    let of =
        |id: fn(&Movement) -> Option<Uuid>| movements.iter().filter_map(id).collect::<Vec<_>>();
    let products = of(|movement| Some(movement.product_id.as_uuid()));
    let products = products_of(source, products).await?;
    let places = of(|movement| Some(movement.location_id.as_uuid()));
    let places = names_of(source, Named::Locations, places).await?;
    let actors = of(|movement| movement.actor.map(UserId::as_uuid));
    let actors = names_of(source, Named::Users, actors).await?;
    let references = of(|movement| movement.reference);
    let numbers = numbers_of(source, references.iter().copied()).await?;
    let papers = papers_of(source, &references).await?;
    let named = movements.into_iter().map(|movement| {
        let product = products.get(&movement.product_id.as_uuid());
        let (product_name, unit) = product.cloned().unwrap_or_default();
        NamedMovement {
            product_name,
            unit,
            location_name: places
                .get(&movement.location_id.as_uuid())
                .cloned()
                .unwrap_or_default(),
            actor_name: movement
                .actor
                .and_then(|id| actors.get(&id.as_uuid()).cloned()),
            document_number: movement.reference.and_then(|id| numbers.get(&id).copied()),
            paper_reference: movement.reference.and_then(|id| papers.get(&id).cloned()),
            movement,
        }
    });
    Ok(named.collect())
}

async fn papers_of(source: Source<'_>, ids: &[Uuid]) -> SalesResult<HashMap<Uuid, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<(Uuid,)> = ids.iter().map(|id| (*id,)).collect();
    let wanted = json_rows(source.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT DISTINCT {} FROM {wanted} AS wanted JOIN stock_documents AS document ON document.id = wanted.id",
        Paper::SELECT
    );
    let papers = source.select::<Paper>(&sql, [to_json(&ids).into()]).await?;
    let named = papers
        .into_iter()
        .filter_map(|(id, paper)| Some((id, paper?)));
    Ok(named.collect())
}
