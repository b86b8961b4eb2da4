//! Planted events in plain files are found, a steady series gives no findings, and odd input is
//! accepted.

use proptest::prelude::*;

use super::*;
use crate::random::SplitMix64;

fn date(day: i32) -> NaiveDate {
    date_of(738_000 + day).unwrap()
}

fn series(id: &str, days: i32, quantity: impl FnMut(i32) -> Option<f64>) -> SeriesHistory {
    SeriesHistory {
        id: id.to_owned(),
        category: None,
        start: date(0),
        quantities: (0..days).map(quantity).collect(),
    }
}

fn flags(series: &[SeriesHistory], from: i32, to: i32) -> Vec<Flag> {
    detect(series, date(from), date(to), &CountRules::default())
}

#[test]
fn a_stationary_series_of_zeros_and_ones_gives_no_spikes() {
    for (seed, chance) in [(1, 0.05), (2, 0.16), (3, 0.3), (4, 0.5)] {
        let mut random = SplitMix64::new(seed);
        let rare = series("rare", 730, |_| {
            Some(if random.uniform() < chance { 1.0 } else { 0.0 })
        });
        let flags = flags(&[rare], 365, 729);
        let spikes = flags
            .iter()
            .filter(|flag| flag.kind == DeviationKind::Spike);
        assert_eq!(spikes.count(), 0, "{chance}: {flags:?}");
        assert!(flags.len() <= 2, "{chance}: {flags:?}");
    }
}

#[test]
fn a_fast_seller_is_judged_by_its_own_week() {
    // It sells most on the days on which the others sell least.
    let own = [30.0, 30.0, 30.0, 90.0, 30.0, 30.0, 30.0];
    let mut shop: Vec<SeriesHistory> = (0..14)
        .map(|index| {
            let mut random = SplitMix64::new(90 + index);
            series(&format!("s{index}"), 400, |day| {
                let place = usize::try_from(day % 7).unwrap();
                let usual = if index == 0 {
                    own[place]
                } else {
                    120.0 - own[place]
                };
                Some((usual * (0.85 + 0.3 * random.uniform())).round())
            })
        })
        .collect();
    assert!(flags(&shop, 200, 399).is_empty());
    // As much as on its best day, but on a weekday with low sales.
    shop[0].quantities[363] = Some(95.0);
    shop[0].quantities[374] = Some(4.0);
    let found = flags(&shop, 200, 399);
    let of: Vec<(NaiveDate, DeviationKind)> =
        found.iter().map(|flag| (flag.date, flag.kind)).collect();
    let expected = [
        (date(363), DeviationKind::Spike),
        (date(374), DeviationKind::Drop),
    ];
    assert_eq!(of, expected, "{found:?}");
}

#[test]
fn a_weekly_closing_day_is_not_a_silence_but_an_open_day_without_a_sale_is() {
    let mut random = SplitMix64::new(5);
    let mut shop = series("s", 400, |day| {
        let sold = (40.0 * (0.8 + 0.4 * random.uniform())).round();
        Some(if day % 7 == 6 { 0.0 } else { sold })
    });
    assert!(flags(std::slice::from_ref(&shop), 200, 399).is_empty());
    shop.quantities[369] = Some(0.0);
    let mut all: Vec<SeriesHistory> = (0..8)
        .map(|index| {
            let sold = f64::from(40 + index);
            series(&format!("t{index}"), 400, |day| {
                Some(if day % 7 == 6 { 0.0 } else { sold })
            })
        })
        .collect();
    all.push(shop);
    let found = flags(&all, 200, 399);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].date, found[0].kind),
        (date(369), DeviationKind::Silence)
    );
}

#[test]
fn no_series_and_inverted_periods_report_nothing() {
    assert!(flags(&[], 0, 30).is_empty());
    let one = series("one", 100, |_| Some(5.0));
    assert!(flags(&[one], 90, 10).is_empty());
    assert!(covered_days(&[]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_series_is_judged_without_panic(seed in any::<u64>(), zeros in 0.0_f64..1.0, days in 1_i32..200) {
        let mut random = SplitMix64::new(seed);
        let shop: Vec<SeriesHistory> = (0..3).map(|index| series(&format!("s{index}"), days, |_| {
            match random.uniform() {
                draw if draw < 0.1 => None,
                draw if draw < 0.1 + 0.85 * zeros => Some(0.0),
                draw if draw > 0.98 => Some(1e15 * draw),
                draw if draw > 0.97 => Some(f64::NAN),
                draw => Some(10.0 * draw),
            }
        })).collect();
        for flag in flags(&shop, days / 2, days - 1) {
            prop_assert!(flag.score.is_finite() && flag.score >= 1.0);
            prop_assert!(flag.date >= date(days / 2) && flag.date <= date(days - 1));
        }
    }
}
