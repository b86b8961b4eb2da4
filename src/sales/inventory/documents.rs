//! Stock documents: receipts, adjustments, counts, transfers. Each is one transaction that writes the
//! document, moves the stock and writes the audit log.

use std::collections::BTreeMap;

use kernel::{
    Amount, Clock, Code, FieldError, Problem, Quantity, Timestamp,
    ids::{DocumentId, LocationId, ProductId},
};
use serde::Serialize;
use serde_json::json;
use store::Tx;

use super::{
    costing,
    counting::{Counted, CountsSince, count_moves},
    held::Held,
    ledger::move_stock,
    locations,
    movement::{MovementKind, StockMove},
    movements::Movement,
    products::{Archived, NamedProduct, check_lines, hold_units, load_cards, lock_products},
};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    changes,
    context::Context,
    error::SalesResult,
    idempotency::{self, Answer, RequestKey},
};

/// A stock document that was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PostedDocument {
    /// The document's own UUID: the `reference` of its movements.
    pub id: DocumentId,
    /// The kind: `receipt`, `adjustment`, `count` or `transfer`.
    pub kind: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Its stock movements, in the order of its lines.
    pub movements: Vec<Movement>,
}

/// The heading of a document.
#[derive(Debug, Clone, Default)]
pub struct Heading {
    /// The supplier of the goods.
    pub supplier: Option<String>,
    /// The number on the paper.
    pub reference: Option<String>,
    /// The reason.
    pub reason: Option<String>,
}

/// The effect of a document on the stock.
#[derive(Debug, Clone)]
pub enum Posting {
    /// Goods came in, each line with its purchase cost if known.
    Receipt {
        /// Product, quantity, cost of a unit.
        lines: Vec<(ProductId, Quantity, Option<Amount>)>,
        /// The location that receives them.
        location_id: Option<LocationId>,
        /// When they came in.
        occurred_at: Option<Timestamp>,
    },
    /// The stock is changed by these quantities.
    Adjustment {
        /// Product and change.
        lines: Vec<(ProductId, Quantity)>,
        /// The location.
        location_id: Option<LocationId>,
    },
    /// Somebody counted.
    Count {
        /// Product and counted quantity.
        lines: Vec<(ProductId, Quantity)>,
        /// The location.
        location_id: Option<LocationId>,
        /// When it was counted.
        counted_at: Option<Timestamp>,
    },
    /// Goods moved to another location.
    Transfer {
        /// Product and quantity.
        lines: Vec<(ProductId, Quantity)>,
        /// The location from which they leave.
        from: LocationId,
        /// The location at which they arrive.
        to: LocationId,
    },
}

impl Posting {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Receipt { .. } => "receipt",
            Self::Adjustment { .. } => "adjustment",
            Self::Count { .. } => "count",
            Self::Transfer { .. } => "transfer",
        }
    }

    fn changes_costs(&self) -> bool {
        matches!(self, Self::Receipt { lines, .. } if lines.iter().any(|(_, _, cost)| cost.is_some()))
    }

    fn named(&self) -> Vec<NamedProduct> {
        let named = |(id, quantity): &(ProductId, Quantity)| NamedProduct {
            id: *id,
            quantity: *quantity,
        };
        match self {
            Self::Receipt { lines, .. } => lines
                .iter()
                .map(|(id, quantity, _)| NamedProduct {
                    id: *id,
                    quantity: *quantity,
                })
                .collect(),
            Self::Adjustment { lines, .. }
            | Self::Count { lines, .. }
            | Self::Transfer { lines, .. } => lines.iter().map(named).collect(),
        }
    }
}

/// Posts a document, once per key.
///
/// # Errors
/// `stock.insufficient`, `stock.count_contradicted`, `request.unknown_reference`,
/// `quantity.not_whole`, `time.out_of_range`.
pub async fn post(
    ctx: &Context,
    actor: &Actor,
    key: Option<&RequestKey>,
    heading: &Heading,
    posting: &Posting,
) -> SalesResult<Answer> {
    let asked_at = actor.asked_at(&*ctx.clock);
    idempotency::once(
        &ctx.write,
        &ctx.in_flight,
        &*ctx.clock,
        key,
        async |tx: &Tx| {
            let document = post_in(tx, &*ctx.clock, asked_at, actor, heading, posting).await?;
            let zone = ctx.shop.current_in(tx).await?.time_zone;
            let moved = document.movements.iter().map(|moved| moved.occurred_at);
            let moments = moved.chain([document.occurred_at]);
            changes::record_days(tx, zone, ctx.clock.now(), moments);
            Answer::first(201, &document)
        },
    )
    .await
}

/// Posts a document in the caller's transaction. Without a time of its own it happened when it was
/// requested. It is recorded once its levels are locked.
pub async fn post_in(
    tx: &Tx,
    clock: &dyn Clock,
    asked_at: Timestamp,
    actor: &Actor,
    heading: &Heading,
    posting: &Posting,
) -> SalesResult<PostedDocument> {
    let id = DocumentId::generate();
    let named = posting.named();
    if posting.changes_costs() {
        lock_products(tx, named.iter().map(|line| line.id)).await?;
    } else {
        hold_units(tx, named.iter().map(|line| line.id)).await?;
    }
    let cards = load_cards(tx, named.iter().map(|line| line.id)).await?;
    let archived = match posting {
        Posting::Receipt { .. } => Archived::Refused,
        Posting::Adjustment { .. } | Posting::Count { .. } | Posting::Transfer { .. } => {
            Archived::Allowed
        }
    };
    check_lines(named.iter().copied(), &cards, archived)?;
    let (from, to) = places(tx, posting).await?;
    let levels = named
        .iter()
        .flat_map(|line| [(line.id, from), (line.id, to)]);
    let held = Held::take(tx, clock, levels).await?;
    let recorded_at = held.recorded_at;
    let plan = plan(tx, &held, asked_at, posting, (from, to)).await?;
    let kind = posting.kind();
    insert_document(tx, id, kind, heading, actor, plan.occurred_at, recorded_at).await?;
    let wanted: Vec<StockMove> = plan
        .moves
        .into_iter()
        .map(|wanted| StockMove {
            reference_id: Some(id.as_uuid()),
            reason: heading.reason.clone(),
            actor_id: actor.user_id,
            ..wanted
        })
        .collect();
    if posting.changes_costs() {
        let counts = CountsSince::find(tx, &held.levels, wanted.iter()).await?;
        let incoming = costing::at_unit_cost(&wanted)?;
        costing::take_in(tx, actor, &held, &counts, &incoming).await?;
    }
    let posted = move_stock(tx, held, &wanted).await?;
    let document = PostedDocument {
        id,
        kind: kind.to_owned(),
        occurred_at: plan.occurred_at,
        movements: posted.iter().map(Movement::from).collect(),
    };
    audit::record(tx, actor, recorded_at, entry_of(&document, heading)).await?;
    Ok(document)
}

fn entry_of(document: &PostedDocument, heading: &Heading) -> Entry {
    Entry::of(Deed::StockPost, document.id).after(json!({
        "kind": document.kind,
        "lines": document.movements.len(),
        "reason": heading.reason,
        "supplier": heading.supplier,
        "reference": heading.reference,
    }))
}

struct Plan {
    occurred_at: Timestamp,
    moves: Vec<StockMove>,
}

/// The locations from which goods leave and at which they arrive; the same one unless it is a
/// transfer.
async fn places(tx: &Tx, posting: &Posting) -> SalesResult<(LocationId, LocationId)> {
    match posting {
        Posting::Receipt { location_id, .. }
        | Posting::Adjustment { location_id, .. }
        | Posting::Count { location_id, .. } => {
            let place = locations::resolve(tx, *location_id, "/location_id").await?;
            Ok((place, place))
        }
        Posting::Transfer { from, to, .. } => {
            if from == to {
                let detail = "the goods would stay where they are";
                return Err(
                    Problem::invalid("/to_location_id", "transfer.same_location", detail).into(),
                );
            }
            locations::resolve(tx, Some(*from), "/from_location_id").await?;
            locations::resolve(tx, Some(*to), "/to_location_id").await?;
            Ok((*from, *to))
        }
    }
}

impl Posting {
    fn happened_at(&self, asked_at: Timestamp) -> Result<Timestamp, Problem> {
        match self {
            Self::Receipt { occurred_at, .. } => past(*occurred_at, asked_at, "/occurred_at"),
            Self::Count { counted_at, .. } => past(*counted_at, asked_at, "/counted_at"),
            Self::Adjustment { .. } | Self::Transfer { .. } => Ok(asked_at),
        }
    }
}

async fn plan(
    tx: &Tx,
    held: &Held,
    asked_at: Timestamp,
    posting: &Posting,
    (from, to): (LocationId, LocationId),
) -> SalesResult<Plan> {
    let at = posting.happened_at(asked_at)?;
    let wanted = |product_id, location_id, delta, kind| StockMove {
        product_id,
        location_id,
        delta,
        kind,
        reference_id: None,
        unit_cost_minor: None,
        reason: None,
        actor_id: None,
        occurred_at: at,
    };
    let moves = match posting {
        Posting::Receipt { lines, .. } => lines
            .iter()
            .map(|(product, quantity, cost)| StockMove {
                unit_cost_minor: *cost,
                ..wanted(*product, to, *quantity, MovementKind::Receipt)
            })
            .collect(),
        Posting::Adjustment { lines, .. } => lines
            .iter()
            .map(|(product, delta)| wanted(*product, to, *delta, MovementKind::Adjustment))
            .collect(),
        Posting::Count { lines, .. } => {
            once_each(lines)?;
            let counted: Vec<Counted> = lines
                .iter()
                .map(|(product, seen)| Counted {
                    level: (*product, to),
                    seen: *seen,
                })
                .collect();
            count_moves(tx, held, &counted, at).await?
        }
        Posting::Transfer { lines, .. } => {
            let moved = |place, sign: i64| {
                lines.iter().map(move |(product, quantity)| {
                    let delta = Quantity::from_milli(sign * quantity.milli());
                    wanted(*product, place, delta, MovementKind::Transfer)
                })
            };
            moved(from, -1).chain(moved(to, 1)).collect()
        }
    };
    Ok(Plan {
        occurred_at: at,
        moves,
    })
}
/// How far a client's clock may be ahead.
pub const MAX_AHEAD_SECONDS: i64 = 60;

/// Checks that an instant is not in the future (a client's clock may be a minute ahead).
pub fn past(at: Option<Timestamp>, now: Timestamp, pointer: &str) -> Result<Timestamp, Problem> {
    let Some(at) = at else { return Ok(now) };
    if at > now.plus_seconds(MAX_AHEAD_SECONDS) || at < kernel::clock::EARLIEST {
        let detail = "must not lie in the future or before 1970";
        return Err(Problem::of(Code::TimeOutOfRange).at(FieldError::new(
            pointer,
            Code::TimeOutOfRange.as_str(),
            detail,
        )));
    }
    Ok(at.min(now))
}

fn once_each(lines: &[(ProductId, Quantity)]) -> Result<(), Problem> {
    let mut seen = BTreeMap::new();
    for (position, (product, _)) in lines.iter().enumerate() {
        if let Some(first) = seen.insert(*product, position) {
            let detail = format!("was counted on line {first} already");
            return Err(Problem::invalid(
                format!("/lines/{position}/product_id"),
                "count.duplicate_product",
                detail,
            ));
        }
    }
    Ok(())
}

pub(crate) async fn insert_document(
    tx: &Tx,
    id: DocumentId,
    kind: &str,
    heading: &Heading,
    actor: &Actor,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO stock_documents (id, kind, supplier, reference, reason, actor_id, occurred_at_us, recorded_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            id.as_uuid().into(),
            kind.into(),
            heading.supplier.clone().into(),
            heading.reference.clone().into(),
            heading.reason.clone().into(),
            actor.user_id.map(kernel::ids::UserId::as_uuid).into(),
            occurred_at.micros().into(),
            recorded_at.micros().into(),
        ],
    )
    .await?;
    Ok(())
}
