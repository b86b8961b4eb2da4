//! Looks for findings, quarter by quarter, and takes answers to them.
//!
//! Nothing that was found is kept: findings are worked out from the facts whenever they are asked
//! for, so that a late sale, a void or an import changes them at once. What is found in a quarter
//! depends on the facts of that quarter and the half year before it alone, never on the period that
//! somebody asks for: ids and figures are the same in every list.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::web;
use chrono::{Datelike as _, Days, Months, NaiveDate};
use kernel::{
    Period, Timestamp,
    ids::{ProductId, UserId},
    read::{
        ProductDayFacts, ProductFacts, ReadError,
        irregular::{
            CashierDayFacts, CountLossFacts, EmptySpell, LineFacts, RefundLineFacts, SaleFacts,
            VoidFacts,
        },
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answers::{Answer, Answers},
    feedback::Verdict,
    finding::AnomalyKind,
    report::{Anomaly, AnomalyState, Draft, FeedbackGiven, real},
    rules::{Judged, Names, hours, prices, refunds, shrinkage, slips, staff, voids},
    series::{Covered, Series},
};
use crate::{Analytics, error::AnalyticsError};

/// Days with sales that one question may cover: two years and a bit.
pub const MAX_DAYS: i64 = 800;
/// Days that are looked at when nobody says which.
const DEFAULT_DAYS: u64 = 30;
/// Days before a quarter from which it is learnt what is usual.
const LEARNT_DAYS: u64 = 182;
/// Days behind a quarter in which a finding of it may still go on.
const FOLLOWED_DAYS: u64 = 45;
/// Most rows that one question to the shop answers. Beyond, the last products are not judged.
const MAX_FACTS: u32 = 500_000;
const MAX_ROWS: u32 = 50_000;
const MAX_LINES: u32 = 2_000;
const MAX_PEOPLE: u32 = 5_000;
const PRODUCT_PAGE: u32 = 1_000;
const MAX_PRODUCT_PAGES: usize = 20;
/// How far back the first sale is looked for.
const SPAN_DAYS: u32 = 366 * 20;

/// What somebody wants to see.
#[derive(Debug, Clone, Default)]
pub struct AnomalyQuery {
    /// First day; 30 days before the last when absent.
    pub from: Option<NaiveDate>,
    /// Last day; today when absent.
    pub to: Option<NaiveDate>,
    /// Of one kind.
    pub kind: Option<AnomalyKind>,
    /// In one state.
    pub state: Option<AnomalyState>,
    /// Behind this id.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// What kind of series was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Each product.
    Products,
    /// Each category with more than one product.
    Categories,
    /// The whole shop.
    Shop,
}

/// Why a level was not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unjudged {
    /// Fewer days with sales than it takes to know what is usual.
    NotEnoughData,
    /// The period has not begun.
    InTheFuture,
}

/// How much of a level could be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Coverage {
    /// Which level.
    pub level: Level,
    /// Series with enough history.
    pub judged: usize,
    /// All series that sold something.
    pub known: usize,
    /// Why none was judged, when none was.
    pub reason: Option<Unjudged>,
}

/// Findings, and what they rest on.
#[derive(Debug, Clone)]
pub struct Anomalies {
    /// Newest first.
    pub items: Vec<Anomaly>,
    /// More follow.
    pub has_more: bool,
    /// What could be judged.
    pub coverage: Vec<Coverage>,
    /// When it was worked out.
    pub computed_at: Timestamp,
}

/// Whom somebody answers as.
#[derive(Debug, Clone)]
pub struct GivenAnswer {
    /// Whether it was a problem.
    pub verdict: Verdict,
    /// In words.
    pub note: Option<String>,
    /// Who says so.
    pub user_id: UserId,
}

/// All that the shop tells of a quarter and the time around it.
struct Facts {
    judged: Period,
    series: Period,
    products: Vec<ProductDayFacts>,
    spells: Vec<EmptySpell>,
    below_cost: Vec<LineFacts>,
    refunds: Vec<RefundLineFacts>,
    voids: Vec<VoidFacts>,
    cashiers: Vec<CashierDayFacts>,
    losses: Vec<CountLossFacts>,
    usual: BTreeMap<ProductId, slips::Usual>,
    slips: Vec<LineFacts>,
    off_hours: Vec<SaleFacts>,
}

impl Analytics {
    /// The days on whose facts the findings of a period rest: from half a year before its first
    /// quarter to as far as its last finding may go on.
    ///
    /// # Errors
    /// When the period is none, or the shop does not answer.
    pub async fn days_behind_anomalies(
        &self,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<Period, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        let today = self.clock.now().date_in(shop.time_zone);
        let (from, to) = asked_days(from, to, today);
        let asked = Period::new(from, to, shop.time_zone)?;
        let quarters = quarters(&asked);
        let first = quarters
            .first()
            .and_then(|quarter| quarter.0.checked_sub_days(Days::new(LEARNT_DAYS)));
        let last = quarters
            .last()
            .and_then(|quarter| quarter.1.checked_add_days(Days::new(FOLLOWED_DAYS)))
            .map_or(to, |last| last.min(today.max(to)));
        let whole = Period::new(first.unwrap_or(from), last, shop.time_zone);
        Ok(whole.unwrap_or(asked))
    }

    /// The findings of a period, newest first.
    ///
    /// # Errors
    /// When the period is none or too long, or the shop does not answer.
    pub async fn anomalies(&self, query: AnomalyQuery) -> Result<Anomalies, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        let now = self.clock.now();
        let today = now.date_in(shop.time_zone);
        let (from, to) = asked_days(query.from, query.to, today);
        let asked = Period::new(from, to, shop.time_zone)?;
        let answers = Arc::new(Answers::load(self.notes.as_ref()).await?);
        let mut found: BTreeMap<String, Anomaly> = BTreeMap::new();
        let mut covered = Covered::default();
        if let Some(known) = self.known_days(&asked, today).await? {
            if known.days() > MAX_DAYS {
                return Err(AnalyticsError::TooManyDays { most: MAX_DAYS });
            }
            let names = Arc::new(self.names(shop.name).await?);
            for quarter in quarters(&known) {
                let (anomalies, of_quarter) =
                    self.quarter(quarter, today, &names, &answers).await?;
                covered = of_quarter;
                found.extend(anomalies.into_iter().map(|one| (one.id.clone(), one)));
            }
        }
        // What was answered stays to be seen, also where the threshold has moved over it.
        for answered in answers.findings() {
            found
                .entry(answered.id.clone())
                .or_insert_with(|| answered.clone());
        }
        let limit = query.limit;
        let mut items: Vec<Anomaly> = found
            .into_values()
            .rev()
            .map(|anomaly| answers.put_on(anomaly))
            .filter(|one| one.from <= to && one.to >= from)
            .filter(|one| query.kind.is_none_or(|kind| one.kind == kind))
            .filter(|one| query.state.is_none_or(|state| one.state == state))
            .skip_while(|one| query.after.as_ref().is_some_and(|after| one.id >= *after))
            .take(limit.saturating_add(1))
            .collect();
        let has_more = items.len() > limit;
        items.truncate(limit);
        Ok(Anomalies {
            items,
            has_more,
            coverage: coverage(covered, from > today),
            computed_at: now,
        })
    }

    /// Takes an answer to a finding, and answers the finding with it.
    ///
    /// # Errors
    /// When there is no such finding, or shop or notes do not answer.
    pub async fn judge_anomaly(
        &self,
        id: &str,
        given: GivenAnswer,
    ) -> Result<Anomaly, AnalyticsError> {
        let answers = Arc::new(Answers::load(self.notes.as_ref()).await?);
        let finding = match answers.get(id) {
            Some(answer) => Some(answer.finding.clone()),
            None => self.find(id, &answers).await?,
        };
        let answer = Answer {
            finding: finding.ok_or(AnalyticsError::NotFound("finding"))?,
            feedback: FeedbackGiven {
                verdict: given.verdict,
                note: given.note,
                user_id: given.user_id,
                at: self.clock.now(),
            },
        };
        answer.keep(self.notes.as_ref()).await?;
        tracing::info!(anomaly.id = id, user.id = %given.user_id, "a finding was judged");
        let finding = answer.finding.clone();
        Ok(answers.with(answer).put_on(finding))
    }

    /// The finding with an id: its day stands in it.
    async fn find(
        &self,
        id: &str,
        answers: &Arc<Answers>,
    ) -> Result<Option<Anomaly>, AnalyticsError> {
        let Some(date) = id
            .split_once('-')
            .and_then(|(day, _)| NaiveDate::parse_from_str(day, "%Y%m%d").ok())
        else {
            return Ok(None);
        };
        let shop = self.readers.catalog.shop().await?;
        let today = self.clock.now().date_in(shop.time_zone);
        let Ok(day) = Period::new(date, date, shop.time_zone) else {
            return Ok(None);
        };
        let Some(known) = self.known_days(&day, today).await? else {
            return Ok(None);
        };
        let names = Arc::new(self.names(shop.name).await?);
        for quarter in quarters(&known) {
            let (found, _) = self.quarter(quarter, today, &names, answers).await?;
            if let Some(one) = found.into_iter().find(|one| one.id == id) {
                return Ok(Some(one));
            }
        }
        Ok(None)
    }

    /// The part of a period of which the shop can tell anything: from its first sale to today.
    async fn known_days(
        &self,
        asked: &Period,
        today: NaiveDate,
    ) -> Result<Option<Period>, AnalyticsError> {
        let Some((first, _)) = self.readers.sales.span(SPAN_DAYS).await? else {
            return Ok(None);
        };
        let from = asked.from().max(first.date_in(asked.zone()));
        let to = asked.to().min(today);
        Ok(Period::new(from, to, asked.zone()).ok())
    }

    async fn names(&self, shop: String) -> Result<Names, AnalyticsError> {
        let catalog = &self.readers.catalog;
        let mut products: Vec<ProductFacts> = Vec::new();
        for _ in 0..MAX_PRODUCT_PAGES {
            let after = products.last().map(|product| product.id);
            let page = catalog.products(after, PRODUCT_PAGE).await?;
            products.extend(page.items);
            if !page.has_more {
                break;
            }
        }
        let categories = catalog.categories(MAX_PEOPLE).await?;
        let people = self.readers.irregular.people(MAX_PEOPLE).await?;
        Ok(Names::new(shop, products, categories, people))
    }

    /// What is found in one quarter.
    async fn quarter(
        &self,
        quarter: (NaiveDate, NaiveDate),
        today: NaiveDate,
        names: &Arc<Names>,
        answers: &Arc<Answers>,
    ) -> Result<(Vec<Anomaly>, Covered), AnalyticsError> {
        let zone = self.readers.catalog.shop().await?.time_zone;
        let judged = Period::new(quarter.0, quarter.1.min(today), zone)?;
        let facts = self.facts(judged, today, names).await?;
        // Tens of milliseconds of reckoning: not on the threads that answer requests.
        let (names, answers) = (Arc::clone(names), Arc::clone(answers));
        web::block(move || judge(&facts, &names, &answers))
            .await
            .map_err(|_| AnalyticsError::Read(ReadError::Unavailable))
    }

    async fn facts(
        &self,
        judged: Period,
        today: NaiveDate,
        names: &Names,
    ) -> Result<Facts, AnalyticsError> {
        let zone = judged.zone();
        let earliest = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or(judged.from());
        let learnt_from = judged
            .from()
            .checked_sub_days(Days::new(LEARNT_DAYS))
            .map_or(earliest, |day| day.max(earliest));
        // Today is not over: what it has not sold yet it may still sell.
        let yesterday = today.pred_opt().unwrap_or(today).max(learnt_from);
        let until = judged
            .to()
            .checked_add_days(Days::new(FOLLOWED_DAYS))
            .map_or(yesterday, |day| day.min(yesterday));
        let series = Period::new(learnt_from, until, zone)?;
        let around = Period::new(learnt_from, judged.to(), zone)?;
        let irregular = &self.readers.irregular;
        let sizes = irregular.line_sizes(&around, MAX_FACTS).await?;
        let suspicious = slips::suspicious(&sizes);
        let slips = if suspicious.is_empty() {
            Vec::new()
        } else {
            irregular
                .lines_like(&judged, &suspicious, MAX_LINES)
                .await?
        };
        let hours = irregular.hours(&around, MAX_ROWS).await?;
        let odd = hours::odd(
            Judged {
                first: judged.from(),
                last: judged.to(),
                zone,
                names,
            },
            &hours,
        );
        let off_hours = if odd.is_empty() {
            Vec::new()
        } else {
            irregular.sales_in_hours(&judged, &odd, MAX_LINES).await?
        };
        Ok(Facts {
            judged,
            series,
            products: self.readers.sales.product_days(&series, MAX_FACTS).await?,
            spells: irregular.empty_spells(&series, MAX_ROWS).await?,
            below_cost: irregular.lines_below_cost(&judged, MAX_LINES).await?,
            refunds: irregular.refund_lines(&around, MAX_ROWS).await?,
            voids: irregular.voids(&around, MAX_ROWS).await?,
            cashiers: irregular.cashier_days(&around, MAX_ROWS).await?,
            losses: irregular.count_losses(&around, MAX_ROWS).await?,
            usual: slips::usual_of(&sizes),
            slips,
            off_hours,
        })
    }
}

/// The days that are asked for, or the last thirty.
fn asked_days(
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    today: NaiveDate,
) -> (NaiveDate, NaiveDate) {
    let to = to.unwrap_or(today);
    let from = from
        .or_else(|| to.checked_sub_days(Days::new(DEFAULT_DAYS - 1)))
        .unwrap_or(to);
    (from, to)
}

/// Every rule on the facts of a quarter.
fn judge(facts: &Facts, names: &Names, answers: &Answers) -> (Vec<Anomaly>, Covered) {
    let judged = Judged {
        first: facts.judged.from(),
        last: facts.judged.to(),
        zone: facts.judged.zone(),
        names,
    };
    let series = Series::new(&facts.series, &facts.products, &facts.spells, names);
    let ease = |subject: &str, kind| answers.multiple(subject, kind);
    let (mut drafts, covered) = series.detect(judged, &ease);
    let rules: Vec<Draft> = [
        prices::below_cost(judged, &facts.below_cost),
        refunds::without_goods(judged, &facts.refunds, &facts.usual),
        refunds::large(judged, &facts.refunds),
        refunds::quick(judged, &facts.refunds),
        voids::after_cash(judged, &facts.voids),
        staff::against_peers(judged, &facts.cashiers),
        hours::off_hours(judged, &facts.off_hours),
        slips::slips(judged, &facts.usual, &facts.slips),
        shrinkage::unusual(judged, &facts.losses),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut told: Vec<Draft> = Vec::new();
    for mut draft in rules {
        draft.score /= ease(&draft.subject.key(), draft.kind).max(0.1);
        if draft.score >= 1.0 {
            told.push(draft);
        }
    }
    // A slip of the unit is no spike besides.
    drafts.retain(|spike| {
        spike.kind != AnomalyKind::Spike
            || !told.iter().any(|slip| {
                slip.kind == AnomalyKind::UnitSlip
                    && slip.subject.id == spike.subject.id
                    && (spike.from..=spike.to).contains(&slip.from)
            })
    });
    drafts.append(&mut told);
    let day = daily_revenue(&facts.products, &facts.series);
    let found = drafts
        .into_iter()
        .map(|draft| draft.into_anomaly(day))
        .collect();
    (found, covered)
}

/// What the shop takes on a day with sales.
fn daily_revenue(facts: &[ProductDayFacts], period: &Period) -> i64 {
    let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.date <= period.to()) {
        let day = days.entry(fact.date).or_default();
        *day = day.saturating_add(fact.revenue_minor);
    }
    let sum: f64 = days.values().map(|day| real(*day)).sum();
    super::report::minor(sum / super::rules::count(days.len()).max(1.0))
}

/// The quarters of the year that a period touches.
fn quarters(period: &Period) -> Vec<(NaiveDate, NaiveDate)> {
    let mut first = period.from().with_day(1).unwrap_or(period.from());
    first = first
        .checked_sub_months(Months::new(first.month0() % 3))
        .unwrap_or(first);
    let mut quarters = Vec::new();
    while first <= period.to() {
        let Some(next) = first.checked_add_months(Months::new(3)) else {
            break;
        };
        quarters.push((first, next.pred_opt().unwrap_or(first)));
        first = next;
    }
    quarters
}

fn coverage(covered: Covered, is_future: bool) -> Vec<Coverage> {
    [
        (Level::Products, covered.products),
        (Level::Categories, covered.categories),
        (Level::Shop, covered.shop),
    ]
    .into_iter()
    .map(|(level, (judged, known))| Coverage {
        level,
        judged,
        known,
        reason: match (is_future, judged) {
            (true, _) => Some(Unjudged::InTheFuture),
            (false, 0) => Some(Unjudged::NotEnoughData),
            _ => None,
        },
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_looked_at_by_whole_quarters() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let period = Period::new(day("2025-12-31"), day("2026-04-01"), chrono_tz::UTC).unwrap();
        assert_eq!(
            quarters(&period),
            [
                (day("2025-10-01"), day("2025-12-31")),
                (day("2026-01-01"), day("2026-03-31")),
                (day("2026-04-01"), day("2026-06-30")),
            ]
        );
    }
}
