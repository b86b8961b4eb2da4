//! Planted events are found, quiet shops give no findings, and odd input is accepted.

use proptest::prelude::*;

use super::*;
use crate::random::SplitMix64;

/// A random number of customers of a day.
fn poisson(random: &mut SplitMix64, mean: f64) -> f64 {
    let limit = (-mean).exp();
    let (mut product, mut count) = (random.uniform(), 0.0);
    while product > limit {
        product *= random.uniform();
        count += 1.0;
    }
    count
}

/// A product of which every customer takes one unit.
fn one_each(sales: Vec<Option<f64>>) -> Counted {
    Counted {
        category: None,
        units: sales.clone(),
        sales,
    }
}

/// Changes what one product sold on one day.
fn change(product: &mut Counted, day: usize, to: impl Fn(f64) -> f64) {
    for series in [&mut product.units, &mut product.sales] {
        series[day] = series[day].map(&to);
    }
}

/// Thirty products of three categories that sell one to eight a day.
fn shop(days: usize, seed: u64) -> Vec<Counted> {
    (0..30_u64)
        .map(|index| {
            let mut random = SplitMix64::new(seed * 1_000 + index);
            let mean = 1.0 + f64::from(u32::try_from(index % 8).unwrap());
            let sales = (0..days).map(|day| {
                let weekday = if day % 7 == 5 { 1.5 } else { 0.9 };
                Some(poisson(&mut random, mean * weekday))
            });
            Counted {
                category: Some(usize::try_from(index % 3).unwrap()),
                ..one_each(sales.collect())
            }
        })
        .collect()
}

fn found(shop: &[Counted]) -> Vec<Episode> {
    detect(shop, 0, &CountRules::default())
}

#[test]
fn a_quiet_shop_gives_few_findings() {
    let reported: usize = (1..4).map(|seed| found(&shop(300, seed)).len()).sum();
    // 74 series-years: one false finding in five years of a product.
    assert!(reported <= 15, "{reported}");
}

#[test]
fn planted_events_are_found_on_their_days_only() {
    let mut shop = shop(300, 1);
    change(&mut shop[7], 250, |_| 40.0);
    for day in 240..252 {
        change(&mut shop[5], day, |_| 0.0);
    }
    for day in 230..300 {
        change(&mut shop[6], day, |sold| 2.2 * sold);
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
        (DeviationKind::Spike, 250, 250)
    );
    assert!(spike[0].expected_high < 20.0 && (spike[0].actual - 40.0).abs() < 1e-9);
    let silence = of(5);
    assert_eq!(silence.len(), 1, "{silence:?}");
    assert_eq!(silence[0].kind, DeviationKind::Silence);
    assert!((239..=240).contains(&silence[0].first), "{silence:?}");
    let shift = of(6);
    assert_eq!(shift[0].kind, DeviationKind::LevelShift, "{shift:?}");
    assert!(
        shift[0].is_more && (226..=232).contains(&shift[0].first),
        "{shift:?}"
    );
}

#[test]
fn a_fast_seller_that_keeps_selling_twice_as_much_has_a_new_level_and_no_spikes() {
    for last in [299, 253] {
        let mut shop = shop(300, 1);
        let sales = (0..300_u32).map(|day| {
            let times = if (212..=last).contains(&day) { 2 } else { 1 };
            Some(f64::from((60 + day * 7 % 11) * times))
        });
        shop.push(one_each(sales.collect()));
        let mut more = found(&shop);
        more.retain(|one| one.series == 30 && one.is_more);
        assert_eq!(more.len(), 1, "{more:#?}");
        assert_eq!(more[0].kind, DeviationKind::LevelShift, "{more:#?}");
        assert_eq!(more[0].first, 212, "{more:#?}");
        let last = usize::try_from(last).unwrap();
        assert!(more[0].last.abs_diff(last) <= 1, "{more:#?}");
        assert_eq!(more[0].goes_on, last == 299);
        let ratio = more[0].actual / more[0].expected;
        // It is so large a part of the shop that the pulse rises with it.
        assert!((1.4..2.2).contains(&ratio), "{ratio}");
    }
}

#[test]
fn a_new_level_ends_where_the_level_ends() {
    let of = |shop: &[Counted], series: usize| -> Episode {
        let mut reported = found(shop).into_iter().filter(|one| {
            one.series == series && one.kind == DeviationKind::LevelShift && one.first >= 200
        });
        reported.next().unwrap()
    };
    for seed in [1, 4, 5] {
        let mut lasts = shop(300, seed);
        let mut ends = lasts.clone();
        for day in 215..300 {
            // A third of it is lost again: it is still a new level.
            let times = if day < 250 { 2.2 } else { 1.7 };
            change(&mut lasts[6], day, |sold| times * sold);
            if day < 260 {
                change(&mut ends[6], day, |sold| 2.2 * sold);
            }
        }
        let going_on = of(&lasts, 6);
        assert!(
            going_on.goes_on && going_on.last == 299,
            "{seed}: {going_on:?}"
        );
        let ended = of(&ends, 6);
        assert!(
            !ended.goes_on && (254..=266).contains(&ended.last),
            "{seed}: {ended:?}"
        );
        assert!(going_on.actual - going_on.expected > ended.actual - ended.expected);
    }
}

#[test]
fn a_deviation_of_the_whole_shop_is_reported_once_and_not_for_its_products() {
    let mut shop = shop(300, 2);
    for product in &mut shop {
        change(product, 222, |sold| (sold / 4.0).floor());
    }
    let days = shop_days(&shop, 0, 3.3, 1.0);
    assert!(
        days.iter().any(|day| day.day == 222 && day.ratio < 0.6),
        "{days:?}"
    );
    assert!(days.len() <= 2, "{days:?}");
    assert!(found(&shop).iter().all(|one| one.first != 222));
}

#[test]
fn days_out_of_stock_are_not_a_silence() {
    let mut shop = shop(300, 3);
    for day in 240..260 {
        (shop[5].units[day], shop[5].sales[day]) = (None, None);
    }
    assert!(found(&shop).iter().all(|one| one.series != 5));
}

#[test]
fn a_large_purchase_of_one_customer_is_found_where_customers_are_counted() {
    let mut shop = shop(300, 1);
    shop[7].units[250] = Some(60.0);
    let episodes = found(&shop);
    let spike: Vec<&Episode> = episodes
        .iter()
        .filter(|one| one.series == 7 && one.last >= 235)
        .collect();
    assert_eq!(spike.len(), 1, "{spike:?}");
    assert_eq!((spike[0].kind, spike[0].first), (DeviationKind::Spike, 250));
    assert!(spike[0].actual > 59.0);
}

#[test]
fn few_customers_are_found_however_much_each_of_them_takes() {
    let mut shop = shop(300, 1);
    let mut random = SplitMix64::new(9);
    for product in &mut shop {
        // One or a dozen each: the units scatter far more than the customers.
        for (units, sales) in product.units.iter_mut().zip(&product.sales) {
            *units = sales.map(|sales| {
                let mut left = sales;
                let mut sum = 0.0;
                while left > 0.0 {
                    sum += if random.uniform() < 0.2 { 12.0 } else { 1.0 };
                    left -= 1.0;
                }
                sum
            });
        }
    }
    for day in 250..254 {
        change(&mut shop[7], day, |_| 1.0);
    }
    let reported = found(&shop);
    let drop = reported
        .iter()
        .find(|one| one.series == 7 && one.first >= 248);
    let drop = drop.expect("four days with a customer each where eight are due");
    assert_eq!((drop.kind, drop.first), (DeviationKind::Drop, 250));
    assert!((253..=254).contains(&drop.last), "{drop:?}");
}

#[test]
fn the_first_day_of_a_new_level_is_found_to_within_days() {
    let mut off = Vec::new();
    for seed in 1..9 {
        for factor in [0.4, 1.9] {
            let mut shop = shop(300, seed);
            for day in 220..300 {
                change(&mut shop[6], day, |sold| (sold * factor).round());
            }
            let reported = found(&shop);
            let shift = reported
                .iter()
                .find(|one| one.series == 6 && one.is_more == (factor > 1.0) && one.last >= 230);
            let shift = shift.unwrap_or_else(|| panic!("{factor} of shop {seed} is not found"));
            off.push(shift.first.abs_diff(220));
        }
    }
    off.sort_unstable();
    assert!(off[off.len() / 2] <= 2, "{off:?}");
    assert!(off.iter().all(|days| *days <= 12), "{off:?}");
}

#[test]
fn faint_deviations_are_returned_on_request_and_change_nothing_else() {
    let reported = |faintest: f64| {
        let rules = CountRules {
            faintest,
            ..CountRules::default()
        };
        detect(&shop(300, 2), 0, &rules)
    };
    let (few, many) = (reported(1.0), reported(0.7));
    assert!(many.len() > few.len(), "{} and {}", many.len(), few.len());
    let strong: Vec<Episode> = many.into_iter().filter(|one| one.score >= 1.0).collect();
    assert_eq!(strong, few);
}

#[test]
fn empty_zero_and_huge_series_are_accepted() {
    assert!(found(&[]).is_empty());
    assert!(found(&[one_each(vec![Some(0.0); 400])]).is_empty());
    assert!(found(&[one_each(vec![None; 400])]).is_empty());
    let mut giant = vec![Some(2.0); 400];
    giant[200] = Some(1e15);
    let reported = found(&[one_each(giant)]);
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(reported[0].score.is_finite() && reported[0].expected.is_finite());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_series_is_judged_without_panic_and_twice_the_same(seed in any::<u64>(), zeros in 0.0_f64..1.0, days in 1_usize..260) {
        let mut random = SplitMix64::new(seed);
        let shop: Vec<Counted> = (0..3).map(|index| Counted {
            category: (index > 0).then_some(index),
            ..one_each((0..days).map(|_| match random.uniform() {
                draw if draw < 0.1 => None,
                draw if draw < 0.1 + 0.9 * zeros => Some(0.0),
                draw if draw > 0.98 => Some(1e15 * draw),
                draw => Some(draw),
            }).collect())
        }).collect();
        let reported = found(&shop);
        for one in &reported {
            prop_assert!(one.score.is_finite() && one.expected.is_finite() && one.actual.is_finite());
            prop_assert!(one.first <= one.last && one.last < days);
        }
        prop_assert_eq!(reported, found(&shop));
    }
}
