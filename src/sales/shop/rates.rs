//! Exchange rates: dated, and frozen on each payment. A rate is never changed. A new one applies from
//! its date on; of two with the same date, the one recorded later counts. A wrong rate is withdrawn:
//! no later sale uses it, for any time. Sales that used it keep their frozen rate.

pub mod http;

use std::collections::HashSet;

use kernel::{
    Code, Currency, ExchangeRate, FieldError, Problem, RateMicros, RateSide, Timestamp,
    clock::EARLIEST,
    ids::{RateId, UserId},
    paging::Page,
};
use serde::Serialize;
use store::{
    ColumnKind::{Int, Text, Uuid as Id},
    Columns, ReadDb, Record, Source, Tx, selection,
};
use uuid::Uuid;

use super::ShopService;
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    conditions::Conditions,
    error::SalesResult,
    idempotency::{self, Answer, RequestKey},
    names::{Named, names_of},
    paging, shop_reader,
};

/// How far in the future a rate may be dated: a year.
const MAX_AHEAD_SECONDS: i64 = 366 * 24 * 3600;

/// How long a till may use a rate after it was replaced without the till's knowledge.
const GRACE_SECONDS: i64 = 3600;

/// A rate that differs from the previous one by more than this percentage must be confirmed: it may
/// have a digit too many.
const USUAL_PERCENT: u64 = 20;

const AT: &str =
    "SELECT rate_micros AS micros, rate_side AS side FROM rates WHERE currency = $1 AND valid_from_us <= $2 AND withdrawn_at_us IS NULL
     ORDER BY valid_from_us DESC, id DESC LIMIT 1";

selection! {
    Stored of Rate in rate {
        id, currency, rate_micros, rate_side, valid_from = valid_from_us, actor_id,
        recorded_at = recorded_at_us, withdrawn_at = withdrawn_at_us, withdrawn_by, withdraw_reason,
    }

    InForce of ExchangeRate { micros, side }
}

/// A replaced rate was in force until the next one began. A till could know of the next one only
/// after it was recorded.
const KNOWN_AT: &str =
    "SELECT 1 FROM rates AS old WHERE old.currency = $1 AND old.rate_micros = $2 AND old.rate_side = $3
        AND old.valid_from_us <= $4 AND old.withdrawn_at_us IS NULL
        AND NOT EXISTS (SELECT 1 FROM rates AS newer WHERE newer.currency = $1 AND newer.withdrawn_at_us IS NULL
            AND (newer.valid_from_us > old.valid_from_us OR (newer.valid_from_us = old.valid_from_us AND newer.id > old.id))
            AND newer.valid_from_us <= $5 AND newer.recorded_at_us <= $5)
     LIMIT 1";

/// A rate that applies from a date on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Rate {
    /// The rate's own UUID.
    pub id: RateId,
    /// The foreign currency.
    #[schema(example = "USD")]
    pub currency: Currency,
    /// The rate in millionths: 2,850.5 francs for a dollar is 2850500000.
    #[schema(example = 2_850_500_000_i64)]
    pub rate_micros: RateMicros,
    /// What the rate counts: units of the base currency for one foreign unit, or the reverse.
    pub rate_side: RateSide,
    /// The time from which it applies.
    pub valid_from: Timestamp,
    /// The user who recorded it; null for the program itself.
    #[schema(required)]
    pub actor_id: Option<UserId>,
    /// When the rate was recorded.
    pub recorded_at: Timestamp,
    /// When the rate was withdrawn; absent while it applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawn_at: Option<Timestamp>,
    /// The user who withdrew it; absent while it applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawn_by: Option<UserId>,
    /// Why the rate was withdrawn; absent while it applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdraw_reason: Option<String>,
}

/// A rate as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ListedRate {
    /// The recorded rate.
    #[serde(flatten)]
    pub rate: Rate,
    /// True for the rate of its currency that applies now.
    pub in_force: bool,
    /// The present name of the user who recorded it; null for the program itself.
    pub actor_name: Option<String>,
}

/// Whether somebody has checked an unusual rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assurance {
    /// It must be near the previous one.
    Checked,
    /// Somebody confirms it, however far it is from the previous one.
    Confirmed,
}

/// A new rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRate {
    /// The foreign currency.
    pub currency: Currency,
    /// The rate itself.
    pub rate: ExchangeRate,
    /// The time from which it applies; `None` for now.
    pub valid_from: Option<Timestamp>,
    /// Whether it may differ much from the previous one.
    pub assurance: Assurance,
}

/// True if an offline till could take this rate for the shop's at an instant: it was in force then,
/// or until less than an hour before.
pub async fn was_known(
    tx: &Tx,
    currency: Currency,
    rate: ExchangeRate,
    instant: Timestamp,
) -> SalesResult<bool> {
    let values = [
        currency.code().into(),
        rate.micros.micros().into(),
        rate.side.as_str().into(),
        instant.micros().into(),
        instant.plus_seconds(-GRACE_SECONDS).micros().into(),
    ];
    Ok(tx.value::<i32>(KNOWN_AT, values).await?.is_some())
}

/// The rate in force at an instant.
pub async fn at(
    tx: &Tx,
    currency: Currency,
    instant: Timestamp,
) -> SalesResult<Option<ExchangeRate>> {
    let values = [currency.code().into(), instant.micros().into()];
    Ok(tx.select_one::<InForce>(AT, values).await?)
}

/// The rate in force at an instant, outside a transaction.
pub async fn read_at(
    read: &ReadDb,
    currency: Currency,
    instant: Timestamp,
) -> SalesResult<Option<ExchangeRate>> {
    let values = [currency.code().into(), instant.micros().into()];
    Ok(read.select_one::<InForce>(AT, values).await?)
}

impl ShopService {
    /// Records a rate in the caller's transaction.
    ///
    /// # Errors
    /// `money.currency_mismatch` for the base currency; `time.out_of_range`; `rate.unusual`.
    pub async fn create_rate(&self, tx: &Tx, actor: &Actor, new: NewRate) -> SalesResult<Rate> {
        let now = self.ctx.clock.now();
        if new.currency == shop_reader::load_in(tx).await?.currency {
            return Err(Problem::new(
                Code::CurrencyMismatch,
                "The base currency has no rate: it is worth itself.",
            )
            .at_pointer("/currency")
            .into());
        }
        let valid_from = new.valid_from.unwrap_or(now);
        if valid_from < EARLIEST || valid_from > now.plus_seconds(MAX_AHEAD_SECONDS) {
            return Err(Problem::new(
                Code::TimeOutOfRange,
                "A rate holds from a moment between 1970 and a year from now.",
            )
            .at_pointer("/valid_from")
            .into());
        }
        if new.assurance == Assurance::Checked {
            check_usual(tx, new, valid_from).await?;
        }
        let rate = Rate {
            id: RateId::generate(),
            currency: new.currency,
            rate_micros: new.rate.micros,
            rate_side: new.rate.side,
            valid_from,
            actor_id: actor.user_id,
            recorded_at: now,
            withdrawn_at: None,
            withdrawn_by: None,
            withdraw_reason: None,
        };
        tx.insert(&[&vec![rate.clone()]]).await?;
        let entry = Entry::of(Deed::RateCreate, rate.id).after(&rate);
        audit::record(tx, actor, now, entry).await?;
        Ok(rate)
    }

    /// Records a rate for a client, once per key.
    ///
    /// # Errors
    /// As [`Self::create_rate`].
    pub async fn post_rate(
        &self,
        actor: &Actor,
        key: Option<&RequestKey>,
        new: NewRate,
    ) -> SalesResult<Answer> {
        let work = async |tx: &Tx| Answer::first(201, &self.create_rate(tx, actor, new).await?);
        idempotency::once(
            &self.ctx.write,
            &self.ctx.in_flight,
            &*self.ctx.clock,
            key,
            work,
        )
        .await
    }

    /// Withdraws a rate. A second time returns it unchanged.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub async fn withdraw_rate(
        &self,
        actor: &Actor,
        id: RateId,
        reason: &str,
        key: Option<&RequestKey>,
    ) -> SalesResult<Answer> {
        let work = async |tx: &Tx| {
            let now = self.ctx.clock.now();
            let (columns, lock) = (Stored::SELECT, tx.dialect().for_update());
            let sql = format!("SELECT {columns} FROM rates AS rate WHERE rate.id = $1{lock}");
            let found = tx.select_one::<Stored>(&sql, [id.as_uuid().into()]).await?;
            let before = found.ok_or_else(|| Problem::not_found("rate"))?;
            if before.withdrawn_at.is_some() {
                return Answer::first(200, &before);
            }
            let after = Rate {
                withdrawn_at: Some(now),
                withdrawn_by: actor.user_id,
                withdraw_reason: Some(reason.to_owned()),
                ..before.clone()
            };
            tx.execute(
                "UPDATE rates SET withdrawn_at_us = $1, withdrawn_by = $2, withdraw_reason = $3 WHERE id = $4",
                [
                    now.micros().into(),
                    actor.user_id.map(UserId::as_uuid).into(),
                    reason.into(),
                    id.as_uuid().into(),
                ],
            )
            .await?;
            let entry = Entry::of(Deed::RateWithdraw, id)
                .before(&before)
                .after(&after);
            audit::record(tx, actor, now, entry).await?;
            Answer::first(200, &after)
        };
        idempotency::once(
            &self.ctx.write,
            &self.ctx.in_flight,
            &*self.ctx.clock,
            key,
            work,
        )
        .await
    }

    /// A page of rates, newest first, with the cursor of the next page.
    ///
    /// # Errors
    /// `request.invalid_cursor`.
    pub async fn rates(
        &self,
        currency: Option<Currency>,
        cursor: Option<&str>,
        limit: u32,
    ) -> SalesResult<(Vec<ListedRate>, Option<String>)> {
        let list = format!("rates {}", currency.map_or("", Currency::code));
        let after: Option<(i64, Uuid)> = paging::open_cursor(&list, cursor)?;
        let page = page(&self.ctx.read, currency, after, limit).await?;
        let next = paging::next_cursor(&list, &page, |rate| {
            (rate.valid_from.micros(), rate.id.as_uuid())
        });
        Ok((self.listed(page.items).await?, next))
    }

    /// The rate of each currency that applies now, by currency; or only that of one currency.
    pub async fn rates_in_force(&self, currency: Option<Currency>) -> SalesResult<Vec<ListedRate>> {
        let mut rates = in_force(&self.ctx.read, self.ctx.clock.now()).await?;
        rates.retain(|rate| currency.is_none_or(|wanted| rate.currency == wanted));
        self.listed(rates).await
    }

    async fn listed(&self, rates: Vec<Rate>) -> SalesResult<Vec<ListedRate>> {
        let read = &self.ctx.read;
        let actors = rates.iter().filter_map(|rate| rate.actor_id);
        let names = names_of(
            Source::Read(read),
            Named::Users,
            actors.map(UserId::as_uuid),
        )
        .await?;
        let present: HashSet<RateId> = in_force(read, self.ctx.clock.now())
            .await?
            .into_iter()
            .map(|rate| rate.id)
            .collect();
        let listed = rates.into_iter().map(|rate| ListedRate {
            in_force: present.contains(&rate.id),
            actor_name: rate
                .actor_id
                .and_then(|id| names.get(&id.as_uuid()).cloned()),
            rate,
        });
        Ok(listed.collect())
    }
}

/// Most currencies of a shop.
const MAX_CURRENCIES: i64 = 200;

/// The rate of each currency at an instant.
async fn in_force(read: &ReadDb, instant: Timestamp) -> SalesResult<Vec<Rate>> {
    let sql = format!(
        "SELECT {} FROM rates AS rate WHERE rate.withdrawn_at_us IS NULL AND rate.valid_from_us <= $1
             AND NOT EXISTS (SELECT 1 FROM rates AS newer WHERE newer.currency = rate.currency AND newer.withdrawn_at_us IS NULL
                 AND newer.valid_from_us <= $1 AND (newer.valid_from_us, newer.id) > (rate.valid_from_us, rate.id))
         ORDER BY rate.currency LIMIT {MAX_CURRENCIES}",
        Stored::SELECT
    );
    Ok(read
        .select::<Stored>(&sql, [instant.micros().into()])
        .await?)
}

/// Compares a rate with the one that it replaces.
async fn check_usual(tx: &Tx, new: NewRate, valid_from: Timestamp) -> SalesResult<()> {
    let Some(before) = at(tx, new.currency, valid_from).await? else {
        return Ok(());
    };
    if new.rate.is_within_percent(before, USUAL_PERCENT) {
        return Ok(());
    }
    let detail = format!(
        "It is more than {USUAL_PERCENT} % from the rate before. Look at it again, then send confirm."
    );
    let error = FieldError::new("/rate_micros", Code::RateUnusual.as_str(), &*detail)
        .with("before_rate_micros", before.micros.micros())
        .with("before_rate_side", before.side.as_str());
    Err(Problem::new(Code::RateUnusual, detail).at(error).into())
}

async fn page(
    read: &ReadDb,
    currency: Option<Currency>,
    after: Option<(i64, Uuid)>,
    limit: u32,
) -> SalesResult<Page<Rate>> {
    let mut conditions = Conditions::default();
    conditions.require_if("rate.currency = ?", currency.map(Currency::code));
    conditions.require_behind("rate.valid_from_us, rate.id", after);
    let (conditions, values) = conditions.into_parts();
    let sql = format!(
        "SELECT {} FROM rates AS rate WHERE {conditions} ORDER BY rate.valid_from_us DESC, rate.id DESC LIMIT {}",
        Stored::SELECT,
        i64::from(limit) + 1
    );
    let rates = read.select::<Stored>(&sql, values).await?;
    Ok(Page::from_probe(rates, limit))
}

impl Record for Rate {
    const TABLE: &'static str = "rates";

    fn put<C: Columns>(&self, row: &mut C) {
        row.column("id", Id, self.id);
        row.column("currency", Text, self.currency);
        row.column("rate_micros", Int, self.rate_micros);
        row.column("rate_side", Text, self.rate_side);
        row.column("valid_from_us", Int, self.valid_from.micros());
        row.column("actor_id", Id, self.actor_id);
        row.column("recorded_at_us", Int, self.recorded_at.micros());
    }
}
