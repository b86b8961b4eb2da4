//! Findings in daily sales: by product, by category and for the whole shop.

mod rows;

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate};
use forecasting::anomaly::{
    DeviationKind,
    counts::{self, CountRules, Counted, Episode, Evidence as Counts, FEWEST_DAYS},
};
use kernel::{
    Period,
    ids::CategoryId,
    read::{ProductDayFacts, irregular::EmptySpell},
};
use serde::{Deserialize, Serialize};

use super::{
    draft::Draft,
    explanation::{Explanation, SeriesFigures, ShopDayFigures},
    feedback,
    figures::{minor, quantity, real_sum, rounded, shown},
    finding::AnomalyKind,
    report::{Evidence, EvidenceType, Figures, Measure},
    rules::{Judged, Names, count},
    shop_revenue,
};
use rows::{Row, total};

/// A category is not reported where one of its products explains this part of the deviation.
const EXPLAINED: f64 = 0.4;
/// A day counts for a category when products with this part of its usual sales were in stock.
const IN_STOCK: f64 = 0.9;
/// Categories move with the seasons: only clear deviations are reported.
const CATEGORY_RULES: CountRules = CountRules {
    spike: 6.5,
    drop: 6.5,
    shift: 9.0,
    fast_spike: 6.5,
    fast_drop: 6.5,
    faintest: feedback::LOWEST,
};

/// Judged series and all series, by level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Covered {
    pub products: (usize, usize),
    pub categories: (usize, usize),
    pub shop: (usize, usize),
}

/// The calendar of a detection and what was sold on it.
pub(super) struct Series<'a> {
    first_day: NaiveDate,
    rows: Vec<Row>,
    categories: Vec<CategoryId>,
    names: &'a Names,
}

impl<'a> Series<'a> {
    /// Puts facts on a calendar of the days of a period.
    pub(super) fn new(
        period: &Period,
        facts: &[ProductDayFacts],
        spells: &[EmptySpell],
        names: &'a Names,
    ) -> Self {
        let categories: Vec<CategoryId> = names.categories.keys().copied().collect();
        Self {
            first_day: period.from(),
            rows: rows::of(period, facts, spells, names, &categories),
            categories,
            names,
        }
    }

    /// Deviations from `judged.first` to `judged.last`, down to the lowest threshold that feedback can
    /// lead to. `overstated` is the revenue that mistaken units added to a day.
    pub(super) fn detect(
        &self,
        judged: Judged<'_>,
        overstated: &BTreeMap<NaiveDate, f64>,
    ) -> (Vec<Draft>, Covered) {
        let weekday = self.first_weekday();
        let mut shop: Vec<Counted> = self.rows.iter().map(|row| row.sold.clone()).collect();
        let covered_products = covered(&shop);
        // A deviation of the whole shop is reported once, not again for each product.
        let shop_days = counts::shop_days(&shop, weekday, counts::SHOP_THRESHOLD, feedback::LOWEST);
        for one in &mut shop {
            counts::blank(one, &shop_days);
        }
        let rules = CountRules {
            faintest: feedback::LOWEST,
            ..CountRules::default()
        };
        let products = counts::detect(&shop, weekday, &rules);
        let mut drafts: Vec<Draft> = products
            .iter()
            .filter(|episode| judged.covers(self.date(episode.first)))
            .filter_map(|episode| self.of_product(episode))
            .collect();
        let mut groups = self.groups();
        for group in &mut groups {
            counts::blank(&mut group.1, &shop_days);
        }
        let categories: Vec<Counted> = groups.iter().map(|group| group.1.clone()).collect();
        for episode in counts::detect(&categories, weekday, &CATEGORY_RULES) {
            let is_judged = judged.covers(self.date(episode.first));
            if let Some(group) = groups.get(episode.series).filter(|_| is_judged)
                && !self.is_explained(group.0, &episode, &products)
            {
                drafts.push(self.of_category(group, &episode));
            }
        }
        drafts.extend(self.of_shop_days(judged, &shop_days, overstated));
        let is_known = |day: &usize| {
            let mut units = shop.iter().filter_map(|one| one.units.get(*day));
            units.any(Option::is_some)
        };
        let days = 0..shop.first().map_or(0, |one| one.units.len());
        let covered = Covered {
            products: covered_products,
            categories: covered(&categories),
            shop: (usize::from(days.filter(is_known).count() >= FEWEST_DAYS), 1),
        };
        (drafts, covered)
    }

    /// Findings about the whole shop, with the revenue of their days compared with the expected one.
    fn of_shop_days(
        &self,
        judged: Judged<'_>,
        days: &[counts::ShopDay],
        overstated: &BTreeMap<NaiveDate, f64>,
    ) -> Vec<Draft> {
        let taken = self.taken(overstated);
        let is_odd = |day: usize| {
            let mut odd = days.iter().filter(|one| one.score >= 1.0);
            odd.any(|one| one.day == day)
        };
        let expected = shop_revenue::expected(&taken, self.first_weekday(), is_odd);
        days.iter()
            .filter(|day| judged.covers(self.date(day.day)))
            .map(|day| {
                let expected = expected.get(day.day).copied().flatten();
                let revenue = taken.get(day.day).copied();
                self.of_shop(day, revenue.zip(expected))
            })
            .collect()
    }

    fn first_weekday(&self) -> usize {
        usize::try_from(self.first_day.weekday().num_days_from_monday()).unwrap_or(0)
    }

    fn date(&self, day: usize) -> NaiveDate {
        self.first_day
            .checked_add_days(Days::new(u64::try_from(day).unwrap_or(0)))
            .unwrap_or(self.first_day)
    }

    fn of_product(&self, episode: &Episode) -> Option<Draft> {
        let row = self.rows.get(episode.series)?;
        Some(Draft {
            subject: self.names.product(row.id),
            evidence: self.days_of(episode, std::slice::from_ref(&row)),
            ..self.draft(episode, row.price)
        })
    }

    fn of_category(&self, group: &(CategoryId, Counted, f64), episode: &Episode) -> Draft {
        let rows: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.category == Some(group.0))
            .collect();
        let mut draft = self.draft(episode, group.2);
        // Products of a category have no common unit: its sales are counted.
        draft.figures.measure = Measure::Count;
        Draft {
            subject: self.names.category(group.0),
            evidence: self.days_of(episode, &rows),
            ..draft
        }
    }

    fn draft(&self, episode: &Episode, price: f64) -> Draft {
        let course = SeriesFigures {
            days: episode.last - episode.first + 1,
            ratio: rounded(episode.actual / episode.expected.max(1e-9)),
            goes_on: episode.goes_on,
        };
        Draft {
            kind: episode.kind.into(),
            subject: self.names.shop(),
            about: None,
            from: self.date(episode.first),
            to: self.date(episode.last),
            at: None,
            score: episode.score,
            figures: Figures {
                measure: Measure::Units,
                actual: episode.actual,
                expected: episode.expected,
                expected_low: episode.expected_low,
                expected_high: episode.expected_high,
            },
            effect_minor: minor((episode.actual - episode.expected) * price),
            explanation: match (episode.kind, episode.is_more) {
                (DeviationKind::Spike, _) => Explanation::Spike(course),
                (DeviationKind::Silence, _) => Explanation::Silence(course),
                (DeviationKind::LevelShift, true) => Explanation::HigherLevel(course),
                (DeviationKind::LevelShift, false) => Explanation::LowerLevel(course),
                _ => Explanation::Drop(course),
            },
            evidence: Vec::new(),
        }
    }

    /// Revenue of the shop on each day, without what mistaken units added.
    fn taken(&self, overstated: &BTreeMap<NaiveDate, f64>) -> Vec<f64> {
        let length = self.rows.first().map_or(0, |row| row.facts.len());
        (0..length)
            .map(|day| {
                let (_, revenue) = total(self.rows.iter().filter_map(|row| row.facts.get(day)));
                let too_much = overstated.get(&self.date(day)).copied().unwrap_or(0.0);
                real_sum(revenue) - too_much
            })
            .collect()
    }

    /// A day of the whole shop. The number of customers decides that it deviates; the effect is its
    /// revenue compared with the expected one. Without expected revenue (the days before had none) its
    /// sales are counted and the finding has no effect in money.
    fn of_shop(
        &self,
        day: &counts::ShopDay,
        money: Option<(f64, shop_revenue::Expected)>,
    ) -> Draft {
        let date = self.date(day.day);
        let sold = || self.rows.iter().filter_map(|row| row.facts.get(day.day));
        let (units, in_books) = total(sold());
        let is_more = day.ratio >= 1.0;
        let figures = if let Some((revenue, expected)) = money {
            Figures {
                measure: Measure::Minor,
                actual: revenue,
                expected: expected.revenue,
                expected_low: expected.low,
                expected_high: expected.high,
            }
        } else {
            let sales: f64 = sold().map(|sold| sold.sales).sum();
            let expected = sales / day.ratio.max(1e-3);
            Figures {
                measure: Measure::Count,
                actual: sales,
                expected,
                expected_low: expected.min(sales),
                expected_high: expected.max(sales),
            }
        };
        let off = money.map(|(revenue, expected)| revenue - expected.revenue);
        let is_more_money = off.map_or(is_more, |off| off >= 0.0);
        let of_day = ShopDayFigures {
            ratio: rounded(day.ratio),
            revenue_ratio: money
                .map(|(revenue, expected)| rounded(revenue / expected.revenue.max(1e-9))),
        };
        Draft {
            kind: AnomalyKind::ShopWide,
            subject: self.names.shop(),
            about: None,
            from: date,
            to: date,
            at: None,
            score: day.score,
            figures,
            effect_minor: minor(off.unwrap_or(0.0)),
            explanation: match (is_more, is_more_money) {
                (true, true) => Explanation::ShopMore(of_day),
                (false, false) => Explanation::ShopLess(of_day),
                (true, false) => Explanation::MoreCustomersLessMoney(of_day),
                (false, true) => Explanation::FewerCustomersMoreMoney(of_day),
            },
            evidence: vec![Evidence {
                quantity: Some(quantity(units)),
                amount_minor: Some(shown(in_books)),
                ..Evidence::on(EvidenceType::Day, date)
            }],
        }
    }

    /// The days of an episode in order.
    fn days_of(&self, episode: &Episode, rows: &[&Row]) -> Vec<Evidence> {
        (episode.first..=episode.last)
            .map(|day| {
                let (sold, revenue) = total(rows.iter().filter_map(|row| row.facts.get(day)));
                Evidence {
                    quantity: Some(quantity(sold)),
                    amount_minor: Some(shown(revenue)),
                    ..Evidence::on(EvidenceType::Day, self.date(day))
                }
            })
            .collect()
    }

    /// Categories with more than one product: their daily sales, and the revenue of one sale.
    fn groups(&self) -> Vec<(CategoryId, Counted, f64)> {
        let counted: Vec<Counts> = self
            .rows
            .iter()
            .map(|row| counts::evidence(&row.sold))
            .collect();
        self.categories
            .iter()
            .filter_map(|id| {
                let rows: Vec<(&Row, &Counts)> = self
                    .rows
                    .iter()
                    .zip(&counted)
                    .filter(|(row, _)| row.category == Some(*id))
                    .collect();
                let (first, _) = rows.first().filter(|_| rows.len() > 1)?;
                let length = first.sold.units.len();
                let mut sum: Vec<Option<f64>> = vec![None; length];
                let mut there = vec![0.0; length];
                let (mut sales, mut revenue, mut whole) = (0.0, 0.0, 0.0);
                for (row, counted) in rows {
                    let known: Vec<f64> = counted.counts.iter().flatten().copied().collect();
                    let sold = known.iter().sum::<f64>() / counted.spread;
                    let weight = sold / count(known.len()).max(1.0);
                    whole += weight;
                    sales += sold;
                    revenue += row.sold.units.iter().flatten().sum::<f64>() * row.price;
                    for ((slot, there), sold) in sum.iter_mut().zip(&mut there).zip(&counted.counts)
                    {
                        if let Some(sold) = sold {
                            *slot = Some(slot.unwrap_or(0.0) + sold / counted.spread);
                            *there += weight;
                        }
                    }
                }
                // Half a category out of stock is no drop of the other half.
                for (slot, there) in sum.iter_mut().zip(there) {
                    *slot = slot.filter(|_| there >= IN_STOCK * whole);
                }
                let counted = Counted {
                    category: None,
                    units: sum.clone(),
                    sales: sum,
                };
                Some((*id, counted, revenue / f64::max(sales, 1e-9)))
            })
            .collect()
    }

    /// True when one product of the category explains its deviation.
    fn is_explained(&self, category: CategoryId, whole: &Episode, products: &[Episode]) -> bool {
        products.iter().any(|part| {
            self.rows.get(part.series).is_some_and(|row| {
                row.category == Some(category)
                    && part.score >= 1.0
                    && part.is_more == whole.is_more
                    && part.first <= whole.last
                    && whole.first <= part.last
                    && part.sales_off.abs() >= EXPLAINED * whole.sales_off.abs()
            })
        })
    }
}

fn covered(series: &[Counted]) -> (usize, usize) {
    let judged = series
        .iter()
        .filter(|one| one.units.iter().flatten().count() > FEWEST_DAYS)
        .count();
    (judged, series.len())
}
