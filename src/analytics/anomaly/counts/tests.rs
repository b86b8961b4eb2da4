//! Planted events are found, quiet shops stay quiet, odd input does no harm.

use proptest::prelude::*;

use super::*;
use crate::forecast::random::SplitMix64;

/// Customers of a day, as many as chance sends.
fn poisson(random: &mut SplitMix64, mean: f64) -> f64 {
    let limit = (-mean).exp();
    let (mut product, mut count) = (random.uniform(), 0.0);
    while product > limit {
        product *= random.uniform();
        count += 1.0;
    }
    count
}

/// Thirty products of three categories that sell one to eight a day.
fn shop(days: usize, seed: u64) -> Vec<Counted> {
    (0..30_u64)
        .map(|index| {
            let mut random = SplitMix64::new(seed * 1_000 + index);
            let mean = 1.0 + f64::from(u32::try_from(index % 8).unwrap());
            Counted {
                category: Some(usize::try_from(index % 3).unwrap()),
                units: (0..days)
                    .map(|day| {
                        let weekday = if day % 7 == 5 { 1.5 } else { 0.9 };
                        Some(poisson(&mut random, mean * weekday))
                    })
                    .collect(),
            }
        })
        .collect()
}

fn found(shop: &[Counted]) -> Vec<Episode> {
    detect(shop, 0, &CountRules::default(), |_, _| 1.0)
}

#[test]
fn a_quiet_shop_stays_quiet() {
    let told: usize = (1..4).map(|seed| found(&shop(300, seed)).len()).sum();
    // 74 series-years: one false finding in five years of a product.
    assert!(told <= 15, "{told}");
}

#[test]
fn what_was_planted_is_found_on_its_days_and_nothing_else_of_it() {
    let mut shop = shop(300, 1);
    shop[7].units[250] = Some(40.0);
    for day in 240..252 {
        shop[5].units[day] = Some(0.0);
    }
    for day in 230..300 {
        shop[6].units[day] = shop[6].units[day].map(|units| 2.2 * units);
    }
    let episodes = found(&shop);
    let of = |series: usize| -> Vec<&Episode> {
        episodes
            .iter()
            .filter(|one| one.series == series && one.last >= 235)
            .collect()
    };
    let spike = of(7);
    assert_eq!(spike.len(), 1, "{spike:?}");
    assert_eq!(
        (spike[0].kind, spike[0].first, spike[0].last),
        (AnomalyKind::Spike, 250, 250)
    );
    assert!(spike[0].expected_high < 20.0 && (spike[0].actual - 40.0).abs() < 1e-9);
    let silence = of(5);
    assert_eq!(silence.len(), 1, "{silence:?}");
    assert_eq!(silence[0].kind, AnomalyKind::Silence);
    assert!((238..=241).contains(&silence[0].first), "{silence:?}");
    let shift = of(6);
    assert_eq!(shift[0].kind, AnomalyKind::LevelShift, "{shift:?}");
    assert!(
        shift[0].is_more && (190..=235).contains(&shift[0].first),
        "{shift:?}"
    );
}

#[test]
fn a_day_of_the_whole_shop_is_told_once_and_excuses_its_products() {
    let mut shop = shop(300, 2);
    for product in &mut shop {
        product.units[222] = product.units[222].map(|units| (units / 4.0).floor());
    }
    let days = shop_days(&shop, 0, 3.3);
    assert!(
        days.iter().any(|day| day.day == 222 && day.ratio < 0.6),
        "{days:?}"
    );
    assert!(days.len() <= 2, "{days:?}");
    assert!(found(&shop).iter().all(|one| one.first != 222));
}

#[test]
fn days_out_of_stock_are_no_silence() {
    let mut shop = shop(300, 3);
    for day in 240..260 {
        shop[5].units[day] = None;
    }
    assert!(found(&shop).iter().all(|one| one.series != 5));
}

#[test]
fn a_raised_threshold_is_silent_where_the_usual_one_speaks() {
    let mut shop = shop(300, 1);
    shop[7].units[250] = Some(40.0);
    let told = |ease: f64| {
        detect(&shop, 0, &CountRules::default(), |_, _| ease)
            .iter()
            .any(|one| one.series == 7)
    };
    assert!(told(1.0) && !told(2.5));
}

#[test]
fn nothing_zeros_and_a_single_giant_are_no_trouble() {
    assert!(found(&[]).is_empty());
    let series = |units: Vec<Option<f64>>| Counted {
        category: None,
        units,
    };
    assert!(found(&[series(vec![Some(0.0); 400])]).is_empty());
    assert!(found(&[series(vec![None; 400])]).is_empty());
    let mut giant = vec![Some(2.0); 400];
    giant[200] = Some(1e15);
    let told = found(&[series(giant)]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].score.is_finite() && told[0].expected.is_finite());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_series_is_judged_without_panic_and_twice_alike(seed in any::<u64>(), zeros in 0.0_f64..1.0, days in 1_usize..260) {
        let mut random = SplitMix64::new(seed);
        let shop: Vec<Counted> = (0..3).map(|index| Counted {
            category: (index > 0).then_some(index),
            units: (0..days).map(|_| match random.uniform() {
                draw if draw < 0.1 => None,
                draw if draw < 0.1 + 0.9 * zeros => Some(0.0),
                draw if draw > 0.98 => Some(1e15 * draw),
                draw => Some(draw),
            }).collect(),
        }).collect();
        let told = found(&shop);
        for one in &told {
            prop_assert!(one.score.is_finite() && one.expected.is_finite() && one.actual.is_finite());
            prop_assert!(one.first <= one.last && one.last < days);
        }
        prop_assert_eq!(told, found(&shop));
    }
}
