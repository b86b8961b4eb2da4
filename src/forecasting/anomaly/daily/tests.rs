//! Planted events are found, quiet shops stay quiet, odd input does no harm.

use proptest::prelude::*;

use super::*;
use crate::random::SplitMix64;

fn date(day: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(738_000 + day).unwrap()
}

fn small() -> DetectorSettings {
    DetectorSettings {
        pooled_rows: 600,
        trees: 12,
        ..DetectorSettings::default()
    }
}

fn shop(series: u64, days: i32) -> Vec<SeriesHistory> {
    (0..series)
        .map(|index| {
            let mut random = SplitMix64::new(index + 11);
            let quantities = (0..days)
                .map(|day| Some(20.0 + f64::from(day % 7) + 8.0 * random.uniform()))
                .collect();
            SeriesHistory {
                id: format!("p{index}"),
                category: None,
                start: date(0),
                quantities,
            }
        })
        .collect()
}

fn kinds(findings: &[Finding], id: &str) -> Vec<(DeviationKind, NaiveDate)> {
    findings
        .iter()
        .filter(|finding| finding.series_id.as_deref() == Some(id))
        .map(|finding| (finding.kind, finding.date))
        .collect()
}

#[test]
fn a_spike_and_a_silence_are_found_where_they_were_planted() {
    let mut series = shop(3, 240);
    series[0].quantities[225] = Some(160.0);
    series[1].quantities[230] = Some(0.0);
    let findings = detect(&series, date(220), date(239), &small());
    assert_eq!(
        kinds(&findings, "p0"),
        vec![(DeviationKind::Spike, date(225))]
    );
    assert_eq!(
        kinds(&findings, "p1"),
        vec![(DeviationKind::Silence, date(230))]
    );
    assert!(kinds(&findings, "p2").is_empty());
    let spike = findings
        .iter()
        .find(|finding| finding.kind == DeviationKind::Spike)
        .unwrap();
    assert!(spike.score >= 1.0 && spike.excess() > 100.0 && spike.expected_high < 160.0);
}

#[test]
fn a_lasting_change_is_found_early() {
    let mut series = shop(3, 240);
    for quantity in series[2].quantities.iter_mut().skip(226) {
        *quantity = quantity.map(|value| 1.6 * value);
    }
    let found = kinds(&detect(&series, date(215), date(239), &small()), "p2");
    let first = found.iter().map(|(_, day)| *day).min().unwrap();
    assert!(first >= date(226) && first <= date(230), "{found:?}");
}

#[test]
fn a_day_of_the_whole_shop_is_reported_once() {
    let mut series = shop(8, 240);
    for one in &mut series {
        one.quantities[228] = Some(1.0);
    }
    let findings = detect(&series, date(225), date(232), &small());
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].kind, DeviationKind::ShopWide);
    assert_eq!(findings[0].series_involved.len(), 8);
}

#[test]
fn no_series_and_inverted_periods_report_nothing() {
    assert!(detect(&[], date(0), date(30), &small()).is_empty());
    assert!(detect(&shop(2, 100), date(90), date(10), &small()).is_empty());
    assert!(covered_days(&[]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn any_series_is_judged_without_panic(seed in any::<u64>(), zeros in 0.0_f64..1.0, days in 1_i32..150) {
        let mut random = SplitMix64::new(seed);
        let series: Vec<SeriesHistory> = (0..2).map(|index| SeriesHistory {
            id: format!("s{index}"),
            category: None,
            start: date(0),
            quantities: (0..days).map(|_| match random.uniform() {
                draw if draw < 0.1 => None,
                draw if draw < 0.1 + 0.9 * zeros => Some(0.0),
                draw if draw > 0.98 => Some(1e15 * draw),
                draw => Some(draw),
            }).collect(),
        }).collect();
        let settings = DetectorSettings { pooled_rows: 200, trees: 3, ..DetectorSettings::default() };
        for finding in detect(&series, date(days - 20), date(days - 1), &settings) {
            prop_assert!(finding.score.is_finite() && finding.expected.is_finite());
        }
    }
}
