//! Lists findings, quarter by quarter, and applies feedback to them.
//!
//! The findings of a quarter depend on the facts of that quarter, of the half year before it and of the
//! weeks after it, never on the period of a query: ids and figures are the same in every list. They are
//! computed once and kept until one of those facts changes (a late sale, a void, an import). Feedback
//! moves thresholds, which are applied to the kept findings on every query.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::web;
use chrono::{Days, NaiveDate};
use kernel::{Period, Timestamp, ids::UserId, notes::Note, read::ProductFacts};
use platform::cache::{Cache, CacheKind, Question};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answers::{Answer, Answers},
    facts::Reading,
    feedback::Verdict,
    finding::AnomalyKind,
    judge::{self, Findings},
    quarter::{FOLLOWED_DAYS, Quarter},
    report::{Anomaly, AnomalyState, FeedbackGiven},
    rules::Names,
    series::Covered,
};
use crate::{Analytics, error::AnalyticsError};

/// Most days with sales that one query may cover: a little more than ten years.
pub const MAX_DAYS: i64 = 3_700;
/// Days that are searched when a query names none.
const DEFAULT_DAYS: u64 = 30;
const MAX_PEOPLE: u32 = 5_000;
const PRODUCT_PAGE: u32 = 1_000;
const MAX_PRODUCT_PAGES: usize = 20;
/// Days of history in which the first sale is searched.
const SPAN_DAYS: u32 = 366 * 20;

/// A query for findings.
#[derive(Debug, Clone, Default)]
pub struct AnomalyQuery {
    /// First day; 30 days before the last when absent.
    pub from: Option<NaiveDate>,
    /// Last day; today when absent.
    pub to: Option<NaiveDate>,
    /// Only findings of this kind.
    pub kind: Option<AnomalyKind>,
    /// Only findings in this state.
    pub state: Option<AnomalyState>,
    /// Only findings after this id.
    pub after: Option<String>,
    /// Most items of the page.
    pub limit: usize,
}

/// Level at which sales are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CoverageLevel {
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
    /// Too few days with sales to know the usual values.
    NotEnoughData,
    /// The period has not begun.
    InTheFuture,
}

/// How many series of a level could be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Coverage {
    /// Level at which sales are judged.
    pub level: CoverageLevel,
    /// Number of series with enough history.
    pub judged: usize,
    /// Number of series with sales.
    pub known: usize,
    /// Why no series was judged; null when at least one was.
    pub reason: Option<Unjudged>,
}

/// Number of findings of the period in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct AnomalyCounts {
    /// Findings that nobody has judged yet.
    pub open: usize,
    /// Judged as normal.
    pub normal: usize,
    /// Judged as a problem.
    pub problem: usize,
    /// Somebody looks into it.
    pub to_follow: usize,
}

impl AnomalyCounts {
    const fn add(&mut self, state: AnomalyState) {
        let count = match state {
            AnomalyState::Open => &mut self.open,
            AnomalyState::Normal => &mut self.normal,
            AnomalyState::Problem => &mut self.problem,
            AnomalyState::ToFollow => &mut self.to_follow,
        };
        *count += 1;
    }
}

/// A page of findings.
#[derive(Debug, Clone)]
pub struct Anomalies {
    /// Newest first.
    pub items: Vec<Anomaly>,
    /// True when more follow.
    pub has_more: bool,
    /// Findings of all pages by state, whatever state is requested.
    pub counts: AnomalyCounts,
    /// How much could be judged.
    pub coverage: Vec<Coverage>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

/// Feedback on a finding, with the user who gives it.
#[derive(Debug, Clone)]
pub struct GivenAnswer {
    /// Whether it was a problem.
    pub verdict: Verdict,
    /// A remark in the user's own words.
    pub note: Option<String>,
    /// User who gives it.
    pub user_id: UserId,
}

/// Feedback applied to its finding.
#[derive(Debug, Clone)]
pub struct JudgedFinding {
    /// The note to keep, as [`kernel::notes::NoteKind::Feedback`].
    pub note: Note,
    /// The finding with the earlier feedback that this one replaces.
    pub before: Option<Anomaly>,
    /// The finding with the new feedback.
    pub anomaly: Anomaly,
}

impl Analytics {
    /// The days of the facts on which the findings of a period depend: from half a year before its first
    /// quarter to the last day on which a finding of its last quarter may still go on.
    ///
    /// # Errors
    /// When the period is invalid, or the database fails.
    pub async fn days_behind_anomalies(
        &self,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<Period, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        let today = self.clock.now().date_in(shop.time_zone);
        let (from, to) = asked_days(from, to, today);
        let asked = Period::new(from, to, shop.time_zone)?;
        let first = Quarter::with(still_open(from)).span().0;
        let last = Quarter::with(to).span().1.min(today.max(to));
        let whole = Period::new(first, last, shop.time_zone);
        Ok(whole.unwrap_or(asked))
    }

    /// The findings of a period, newest first.
    ///
    /// # Errors
    /// When the period is invalid or too long, or the database fails.
    pub async fn anomalies(
        &self,
        query: AnomalyQuery,
        cache: &Cache,
    ) -> Result<Anomalies, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        let now = self.clock.now();
        let today = now.date_in(shop.time_zone);
        let (from, to) = asked_days(query.from, query.to, today);
        let asked = Period::new(from, to, shop.time_zone)?;
        let looked_at = Period::new(still_open(from), to, shop.time_zone).unwrap_or(asked);
        let answers = Answers::load(self.notes.as_ref()).await?;
        let mut found: BTreeMap<String, Anomaly> = BTreeMap::new();
        let mut covered = Covered::default();
        if let Some(known) = self.known_days(&looked_at, today).await? {
            let before = (asked.from() - known.from()).num_days().max(0);
            if known.days() - before > MAX_DAYS {
                return Err(AnalyticsError::TooManyDays { most: MAX_DAYS });
            }
            let names = Arc::new(self.names(shop.name).await?);
            let mut reading = Reading::new(&self.readers, shop.time_zone, today);
            for quarter in Quarter::of(&known) {
                let findings = self.quarter(quarter, &mut reading, &names, cache).await?;
                covered = findings.covered;
                let reported = findings
                    .found
                    .into_iter()
                    .filter_map(|one| answers.ease(one));
                found.extend(reported.map(|one| (one.id.clone(), one)));
            }
        }
        // A finding with feedback is kept, also when it is not made any more.
        for answered in answers.findings() {
            found
                .entry(answered.id.clone())
                .or_insert_with(|| answered.clone());
        }
        let limit = query.limit;
        let mut counts = AnomalyCounts::default();
        let mut items: Vec<Anomaly> = found
            .into_values()
            .rev()
            .map(|anomaly| answers.put_on(anomaly))
            .filter(|one| one.from <= to && one.to >= from)
            .filter(|one| query.kind.is_none_or(|kind| one.kind == kind))
            .inspect(|one| counts.add(one.state))
            .filter(|one| query.state.is_none_or(|state| one.state == state))
            .skip_while(|one| query.after.as_ref().is_some_and(|after| one.id >= *after))
            .collect();
        let has_more = items.len() > limit;
        items.truncate(limit);
        Ok(Anomalies {
            items,
            has_more,
            counts,
            coverage: coverage(covered, from > today),
            computed_at: now,
        })
    }

    /// Applies feedback to a finding: returns the note to keep and the finding with it. Writes nothing.
    ///
    /// # Errors
    /// When no finding has the id, or the database fails.
    pub async fn judge_anomaly(
        &self,
        id: &str,
        given: GivenAnswer,
        cache: &Cache,
    ) -> Result<JudgedFinding, AnalyticsError> {
        let answers = Answers::load(self.notes.as_ref()).await?;
        let finding = match answers.get(id) {
            Some(answer) => Some(answer.finding.clone()),
            None => self.find(id, &answers, cache).await?,
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
        let note = answer.note()?;
        let before = answers.get(id).map(|known| known.finding.clone());
        let before = before.map(|finding| answers.put_on(finding));
        let finding = answer.finding.clone();
        let anomaly = answers.with(answer).put_on(finding);
        Ok(JudgedFinding {
            note,
            before,
            anomaly,
        })
    }

    /// The finding with an id, with its feedback.
    ///
    /// # Errors
    /// When no finding has the id, or the database fails.
    pub async fn anomaly(&self, id: &str, cache: &Cache) -> Result<Anomaly, AnalyticsError> {
        let answers = Answers::load(self.notes.as_ref()).await?;
        let finding = match answers.get(id) {
            Some(answer) => Some(answer.finding.clone()),
            None => self.find(id, &answers, cache).await?,
        };
        let finding = finding.ok_or(AnalyticsError::NotFound("finding"))?;
        Ok(answers.put_on(finding))
    }

    /// The finding with an id, which contains its day.
    async fn find(
        &self,
        id: &str,
        answers: &Answers,
        cache: &Cache,
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
        let mut reading = Reading::new(&self.readers, shop.time_zone, today);
        for quarter in Quarter::of(&known) {
            let findings = self.quarter(quarter, &mut reading, &names, cache).await?;
            let mut reported = findings
                .found
                .into_iter()
                .filter_map(|one| answers.ease(one));
            if let Some(one) = reported.find(|one| one.id == id) {
                return Ok(Some(one));
            }
        }
        Ok(None)
    }

    /// The part of a period with data: from the first sale of the shop to today.
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

    /// The findings of one quarter, from the cache or computed.
    async fn quarter(
        &self,
        quarter: Quarter,
        reading: &mut Reading<'_>,
        names: &Arc<Names>,
        cache: &Cache,
    ) -> Result<Findings, AnalyticsError> {
        let zone = reading.zone();
        let (first, last) = quarter.span();
        let own = Period::new(quarter.first(), quarter.last(), zone)?;
        let question = Question::about(CacheKind::Findings, &quarter.first().to_string())
            .over(&Period::new(first, last, zone)?);
        let work_out = async {
            let facts = reading.facts(quarter, names).await?;
            // Each quarter takes tens of milliseconds of CPU, more in a large shop: it does not run on
            // the threads that answer requests, and only a few run at once.
            let turn = Arc::clone(&self.searches).acquire_owned().await;
            let turn = turn.map_err(|_| AnalyticsError::Broken)?;
            let names = Arc::clone(names);
            let judged = web::block(move || {
                let findings = judge::judge(&facts, &names);
                drop(turn);
                findings
            });
            let judged = judged.await.map_err(|_| AnalyticsError::Broken)?;
            judged.map_err(AnalyticsError::out_of_range(&own))
        };
        Ok(cache.part(question, || work_out).await?)
    }
}

/// The first day of a quarter whose findings may still go on at a day.
fn still_open(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(FOLLOWED_DAYS))
        .unwrap_or(day)
}

/// The days of the query, or the last thirty.
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

fn coverage(covered: Covered, is_future: bool) -> Vec<Coverage> {
    [
        (CoverageLevel::Products, covered.products),
        (CoverageLevel::Categories, covered.categories),
        (CoverageLevel::Shop, covered.shop),
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
