//! Cashiers compared with their peers, week by week: voids, discounts, refunds and late entries, each as
//! a share of the cashier's sales.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate};
use kernel::{ids::UserId, read::irregular::CashierDayFacts};

use super::{Judged, robust};
use crate::findings::{
    draft::Draft,
    explanation::{CashierWeekFigures, Explanation},
    feedback::LOWEST,
    figures::{minor, real, real_sum, shown},
    finding::AnomalyKind,
    report::{Evidence, EvidenceType, Figures, Measure},
};

/// Weeks with fewer sales are not compared.
const FEWEST_SALES: i64 = 20;
/// Fewer cases in a week may be chance.
const FEWEST_DEEDS: i64 = 4;
/// Fewest weeks of other cashiers.
const FEWEST_WEEKS: usize = 3;
/// Days before the week in which weeks of other cashiers are compared.
const PEER_DAYS: i64 = 91;
/// Standard deviations above the peers that are reported,
const FAR: f64 = 4.0;
/// when the share is also this multiple of theirs.
const TIMES: f64 = 2.0;

/// What is compared with the peers.
struct Deed {
    kind: AnomalyKind,
    explain: fn(CashierWeekFigures) -> Explanation,
    count: fn(&CashierDayFacts) -> i64,
    amount: fn(&CashierDayFacts) -> i128,
}

const DEEDS: [Deed; 4] = [
    Deed {
        kind: AnomalyKind::VoidsByCashier,
        explain: Explanation::StaffVoids,
        count: |day| day.voided,
        amount: |day| day.voided_minor,
    },
    Deed {
        kind: AnomalyKind::DiscountsByCashier,
        explain: Explanation::StaffDiscounts,
        count: |day| day.discounted,
        amount: |day| day.discount_minor,
    },
    Deed {
        kind: AnomalyKind::RefundsByCashier,
        explain: Explanation::StaffRefunds,
        count: |day| day.refunded,
        amount: |day| day.refunded_minor,
    },
    Deed {
        kind: AnomalyKind::LateEntriesByCashier,
        explain: Explanation::StaffLateEntries,
        count: |day| day.entered_late,
        amount: |day| day.entered_late_minor,
    },
];

#[derive(Debug, Clone, Copy)]
struct Week {
    cashier: UserId,
    monday: NaiveDate,
    sales: i64,
    deeds: i64,
    amount_minor: i128,
}

impl Week {
    fn share(&self) -> f64 {
        real(self.deeds) / real(self.sales.max(1))
    }
}

/// Weeks in which a cashier's voids, discounts or refunds stand out among the others'.
pub(in crate::findings) fn against_peers(
    judged: Judged<'_>,
    days: &[CashierDayFacts],
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for deed in &DEEDS {
        let weeks: Vec<Week> = weeks(days, deed)
            .into_iter()
            .filter(|week| week.sales >= FEWEST_SALES)
            .collect();
        for week in weeks.iter().filter(|week| judged.covers(week.monday)) {
            drafts.extend(judge(judged, deed, week, &weeks));
        }
    }
    drafts
}

fn weeks(days: &[CashierDayFacts], deed: &Deed) -> Vec<Week> {
    let mut weeks: BTreeMap<(NaiveDate, UserId), Week> = BTreeMap::new();
    for day in days {
        let since_monday = u64::from(day.date.weekday().num_days_from_monday());
        let monday = day
            .date
            .checked_sub_days(Days::new(since_monday))
            .unwrap_or(day.date);
        let week = weeks.entry((monday, day.cashier_id)).or_insert(Week {
            cashier: day.cashier_id,
            monday,
            sales: 0,
            deeds: 0,
            amount_minor: 0,
        });
        week.sales += day.sales;
        week.deeds += (deed.count)(day);
        week.amount_minor += (deed.amount)(day);
    }
    weeks.into_values().collect()
}

/// The usual values of the peers.
struct Peers {
    share: f64,
    /// Standard deviation of the share of a week with as many sales as the judged one.
    spread: f64,
    amount_per_sale: f64,
}

impl Peers {
    fn of(peers: &[&Week], own_sales: f64) -> Self {
        let shares: Vec<f64> = peers.iter().map(|peer| peer.share()).collect();
        let (middle, scatter) = robust(&shares);
        let sum = |part: fn(&Week) -> i64| peers.iter().map(|peer| real(part(peer))).sum::<f64>();
        let sales = sum(|peer| peer.sales).max(1.0);
        // Where most weeks have no case, the share of all peers together still says how rare it is.
        let share = middle
            .max(sum(|peer| peer.deeds) / sales)
            .clamp(0.5 / sales, 0.999);
        let amount: f64 = peers.iter().map(|peer| real_sum(peer.amount_minor)).sum();
        Self {
            share,
            spread: scatter.max((share * (1.0 - share) / own_sales).sqrt()),
            amount_per_sale: amount / sales,
        }
    }
}

fn judge(judged: Judged<'_>, deed: &Deed, week: &Week, weeks: &[Week]) -> Option<Draft> {
    let peers: Vec<&Week> = weeks
        .iter()
        .filter(|other| {
            let back = (week.monday - other.monday).num_days();
            other.cashier != week.cashier && (0..=PEER_DAYS).contains(&back)
        })
        .collect();
    if peers.len() < FEWEST_WEEKS || week.deeds < FEWEST_DEEDS {
        return None;
    }
    let own_sales = real(week.sales.max(1));
    let Peers {
        share: usual,
        spread,
        amount_per_sale,
    } = Peers::of(&peers, own_sales);
    let far = (week.share() - usual) / (FAR * spread);
    let score = far.min(week.share() / (TIMES * usual));
    if score < LOWEST {
        return None;
    }
    let usual_amount = amount_per_sale * own_sales;
    let sunday = week
        .monday
        .checked_add_days(Days::new(6))
        .unwrap_or(week.monday);
    Some(Draft {
        kind: deed.kind,
        subject: judged.names.cashier(week.cashier),
        about: None,
        from: week.monday,
        to: sunday,
        at: None,
        score,
        figures: Figures {
            measure: Measure::Share,
            actual: week.share(),
            expected: usual,
            expected_low: 0.0,
            expected_high: usual + 1.2816 * spread,
        },
        effect_minor: -minor((real_sum(week.amount_minor) - usual_amount).max(0.0)),
        explanation: (deed.explain)(CashierWeekFigures {
            sales: week.sales,
            times: week.deeds,
            amount_minor: shown(week.amount_minor),
            peer_weeks: peers.len(),
        }),
        evidence: std::iter::once(week)
            .chain(peers.iter().rev().copied())
            .map(|one| Evidence {
                user_id: Some(one.cashier),
                number: Some(one.deeds),
                amount_minor: Some(shown(one.amount_minor)),
                ..Evidence::on(EvidenceType::Week, one.monday)
            })
            .collect(),
    })
}
