//! Methods, limits and guarantees of the engine, on small generated shops.

mod levels;

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::random::SplitMix64;

fn date(day: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(738_000 + day).unwrap()
}

fn small() -> Settings {
    Settings {
        pooled_rows: 500,
        trees: 6,
        learning_rate: 0.3,
        forest_rows: 200,
        forest_trees: 3,
        ..Settings::default()
    }
}

fn history(id: &str, quantities: Vec<Option<f64>>) -> SeriesHistory {
    SeriesHistory {
        id: id.to_owned(),
        category: None,
        start: date(0),
        quantities,
    }
}

fn shop(series: usize, days: i32) -> Vec<SeriesHistory> {
    (0..series)
        .map(|index| {
            let mut random = SplitMix64::new(u64::try_from(index).unwrap() + 1);
            let level = 4.0 + 3.0 * f64::from(u32::try_from(index).unwrap());
            let quantities = (0..days)
                .map(|day| {
                    if date(day).weekday() == chrono::Weekday::Sun {
                        return Some(0.0);
                    }
                    let weekly = if date(day).weekday() == chrono::Weekday::Sat {
                        2.0
                    } else {
                        1.0
                    };
                    Some((level * weekly * (0.6 + 0.8 * random.uniform())).round())
                })
                .collect();
            history(&format!("p{index}"), quantities)
        })
        .collect()
}

fn fit(histories: &[SeriesHistory], days: i32) -> FittedGroup {
    Engine::fit(histories, date(days - 1), &small()).unwrap()
}

fn check(forecast: &Forecast, horizon: usize) {
    assert_eq!(forecast.days.len(), horizon);
    for day in &forecast.days {
        for value in [day.mean, day.median, day.point, day.low, day.high] {
            assert!(value.is_finite() && value >= 0.0, "{day:?}");
        }
        assert!(day.low <= day.high, "{day:?}");
    }
}

#[test]
fn each_length_of_history_has_its_method() {
    let mut histories = shop(6, 260);
    for (index, days) in [(1, 120), (2, 40), (3, 9)] {
        histories[index].start = date(260 - days);
        histories[index]
            .quantities
            .truncate(usize::try_from(days).unwrap());
    }
    histories.push(history("new", vec![Some(0.0); 260]));
    let fitted = fit(&histories, 260);
    let method = |id: &str| fitted.forecast(id, 28).unwrap().method;
    assert_eq!(method("p0"), Method::FullBlend);
    assert_eq!(method("p1"), Method::YoungBlend);
    assert_eq!(method("p2"), Method::PseudoWeeks);
    assert_eq!(method("p3"), Method::PooledProfile);
    assert_eq!(method("new"), Method::CategoryMean);
    for id in ["p0", "p1", "p2", "p3", "new"] {
        check(&fitted.forecast(id, 28).unwrap(), 28);
    }
}

#[test]
fn a_closed_weekday_and_a_busy_one_are_learnt() {
    let fitted = fit(&shop(6, 200), 200);
    let forecast = fitted.forecast("p3", 14).unwrap();
    let level: f64 = forecast.days.iter().map(|day| day.mean).sum::<f64>() / 12.0;
    for day in &forecast.days {
        assert_eq!(day.closed, day.date.weekday() == chrono::Weekday::Sun);
        if day.closed {
            assert!(day.mean > 0.0 && day.mean < 0.03 * level, "{day:?}");
            assert!(
                day.high >= day.mean && day.high < 0.03 * level,
                "{day:?} is not certain"
            );
        } else if day.date.weekday() == chrono::Weekday::Sat {
            assert!(day.mean > level, "Saturday sells twice as much: {day:?}");
        }
    }
    assert!(forecast.backtest.is_some());
    assert!(
        (forecast
            .members
            .iter()
            .map(|share| share.weight)
            .sum::<f64>()
            - 1.0)
            .abs()
            < 1e-9
    );
}

#[test]
fn days_after_the_origin_are_not_used() {
    let long = shop(4, 230);
    let cut: Vec<SeriesHistory> = shop(4, 200);
    let early = Engine::fit(&long, date(199), &small()).unwrap();
    let late = Engine::fit(&cut, date(199), &small()).unwrap();
    assert_eq!(
        early.forecast("p1", 28).unwrap(),
        late.forecast("p1", 28).unwrap()
    );
}

#[test]
fn the_same_data_and_seed_give_the_same_bits_also_after_storing() {
    let histories = shop(4, 200);
    let once = fit(&histories, 200);
    let twice = fit(&histories, 200);
    let text = once.to_json().unwrap();
    assert_eq!(text, twice.to_json().unwrap());
    let read = FittedGroup::from_json(&text).unwrap();
    assert_eq!(
        read.forecast("p2", 28).unwrap(),
        once.forecast("p2", 28).unwrap()
    );
}

#[test]
fn days_without_stock_do_not_lower_the_forecast() {
    let mut histories = shop(4, 200);
    let full: f64 = sum(&fit(&histories, 200).forecast("p2", 28).unwrap());
    for day in [150, 151, 152, 160, 161, 170, 171, 172, 173] {
        histories[2].quantities[day] = None;
    }
    let gaps: f64 = sum(&fit(&histories, 200).forecast("p2", 28).unwrap());
    assert!((gaps / full - 1.0).abs() < 0.15, "{gaps} {full}");
}

fn sum(forecast: &Forecast) -> f64 {
    forecast.days.iter().map(|day| day.mean).sum()
}

#[test]
fn a_product_that_stopped_selling_fades() {
    let mut histories = shop(4, 300);
    for quantity in histories[1].quantities.iter_mut().skip(180) {
        *quantity = Some(0.0);
    }
    let forecast = fit(&histories, 300).forecast("p1", 28).unwrap();
    assert_eq!(forecast.method, Method::Dormant);
    assert_eq!(forecast.caveats, vec![Caveat::Dormant]);
    assert!(sum(&forecast) < 28.0);
}

#[test]
fn one_huge_day_does_not_set_the_forecast() {
    let mut histories = shop(5, 220);
    let usual = sum(&fit(&histories, 220).forecast("p1", 28).unwrap());
    histories[1].quantities[200] = Some(1e9);
    let forecast = fit(&histories, 220).forecast("p1", 28).unwrap();
    check(&forecast, 28);
    assert!(sum(&forecast) < 1e8 && usual > 0.0, "{}", sum(&forecast));
}

#[test]
fn degenerate_groups_get_a_forecast_and_a_caveat() {
    let empty = Engine::fit(&[], date(10), &small()).unwrap();
    assert_eq!(
        empty.forecast("x", 7),
        Err(ForecastError::UnknownSeries("x".to_owned()))
    );
    for quantities in [
        vec![],
        vec![Some(0.0); 90],
        vec![None; 90],
        vec![Some(f64::NAN); 40],
    ] {
        let fitted = Engine::fit(&[history("x", quantities)], date(100), &small()).unwrap();
        let forecast = fitted.forecast("x", 7).unwrap();
        check(&forecast, 7);
        assert_eq!(forecast.caveats, vec![Caveat::NothingToCompare]);
    }
    let one_sale = Engine::fit(&[history("x", vec![Some(3.0)])], date(0), &small()).unwrap();
    check(&one_sale.forecast("x", 366).unwrap(), 366);
}

/// Alone and among irregular neighbours, for every method from two weeks on.
#[test]
fn a_constant_series_is_forecast_as_it_is() {
    for days in [14, 20, 40, 70, 150, 260, 400] {
        let length = usize::try_from(days).unwrap();
        let constant = history("constant", vec![Some(4.0); length]);
        let weekly = (0..days)
            .map(|day| Some(if day % 7 == 2 { 9.0 } else { 3.0 }))
            .collect();
        let mut odd = vec![Some(1.0); length];
        odd[length - 10] = Some(90_000.0);
        let mut rare = vec![Some(0.0); length];
        (rare[0], rare[length - 1]) = (Some(3.0), Some(1.0));
        let wild = [history("odd", odd), history("rare", rare)];
        let mut neighbours = shop(3, days);
        neighbours.extend(wild);
        for neighbours in [Vec::new(), neighbours] {
            let mut histories = neighbours;
            histories.extend([constant.clone(), history("weekly", Vec::clone(&weekly))]);
            let fitted = fit(&histories, days);
            let forecast = fitted.forecast("constant", 28).unwrap();
            check(&forecast, 28);
            for day in &forecast.days {
                let band = [day.mean, day.median, day.point, day.low, day.high];
                assert!(
                    band.iter().all(|value| (value - 4.0).abs() < 0.01),
                    "{days}: {day:?}"
                );
            }
            let total = fitted.total_of(&forecast).mean;
            assert!((total - 112.0).abs() < 0.2, "{days}: {total}");
            for (day, ahead) in fitted
                .forecast("weekly", 28)
                .unwrap()
                .days
                .iter()
                .zip(days..)
            {
                let wanted = if ahead % 7 == 2 { 9.0 } else { 3.0 };
                assert!((day.mean - wanted).abs() < 0.02, "{days}: {day:?}");
            }
        }
    }
}

#[test]
fn an_almost_constant_series_keeps_its_band() {
    let mut histories = shop(4, 200);
    let nearly = (0..200)
        .map(|day| Some(f64::from(20 + (day * 5) % 4)))
        .collect();
    histories.push(history("nearly", nearly));
    let forecast = fit(&histories, 200).forecast("nearly", 28).unwrap();
    let mean = sum(&forecast) / 28.0;
    assert!((mean - 21.5).abs() < 1.0, "{mean}");
    assert!(forecast.days.iter().any(|day| day.high - day.low > 1.0));
}

#[test]
fn ten_years_of_history_are_cut_not_refused() {
    let histories = shop(1, 3_650);
    let fitted = fit(&histories, 3_650);
    check(&fitted.forecast("p0", 28).unwrap(), 28);
}

#[test]
fn impossible_requests_are_refused_with_a_reason() {
    let fitted = fit(&shop(2, 60), 60);
    assert_eq!(fitted.forecast("p0", 0), Err(ForecastError::Horizon(0)));
    assert_eq!(
        fitted.forecast("p0", 10_000),
        Err(ForecastError::Horizon(10_000))
    );
    let twice = vec![history("a", vec![Some(1.0)]), history("a", vec![Some(1.0)])];
    assert_eq!(
        Engine::fit(&twice, date(1), &small()).err(),
        Some(ForecastError::DuplicateSeries("a".to_owned()))
    );
    assert_eq!(
        Engine::fit(&[], NaiveDate::MAX, &small()).err(),
        Some(ForecastError::Date)
    );
    assert_eq!(
        Engine::fit(&[], NaiveDate::MIN, &small()).err(),
        Some(ForecastError::Date)
    );
}

#[test]
fn the_chance_of_a_stock_out_falls_with_the_stock() {
    let fitted = fit(&shop(6, 220), 220);
    let total = fitted.forecast_total("p2", 14).unwrap();
    assert!(total.low <= total.mean * 1.2 && total.high >= total.mean * 0.8);
    let chances: Vec<f64> = [0.0, 0.5, 0.9, 1.0, 1.1, 1.5, 3.0]
        .iter()
        .map(|part| total.probability_above(part * total.mean))
        .collect();
    assert!(
        chances.windows(2).all(|pair| pair[0] >= pair[1]),
        "{chances:?}"
    );
    assert!(chances[0] > 0.9 && chances[6] < 0.1, "{chances:?}");
    assert!(total.quantile(0.95) >= total.quantile(0.5));
}

#[test]
fn the_band_of_a_total_narrows_as_the_days_grow() {
    let fitted = Engine::fit(
        &shop(6, 55),
        date(54),
        &Settings {
            pooled_rows: 0,
            forest_rows: 0,
            ..small()
        },
    )
    .unwrap();
    let width = |days| {
        let total = fitted.forecast_total("p3", days).unwrap();
        (total.high - total.low) / total.mean
    };
    assert!(width(28) < 0.85 * width(7), "{} {}", width(28), width(7));
    assert!(width(28) > 0.1, "{}", width(28));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_order_of_the_series_changes_nothing(
        series in 2_usize..7,
        days in 20_i32..200,
        order in any::<u64>(),
    ) {
        let mut histories = shop(series, days);
        histories.push(history("never", vec![Some(0.0); 20]));
        let once = fit(&histories, days);
        let mut random = SplitMix64::new(order);
        for last in (1..histories.len()).rev() {
            let other = usize::try_from(random.next() % (u64::try_from(last).unwrap() + 1)).unwrap();
            histories.swap(last, other);
        }
        let again = fit(&histories, days);
        prop_assert_eq!(once.to_json().unwrap(), again.to_json().unwrap());
        for id in once.series_ids() {
            prop_assert_eq!(once.forecast(id, 14).unwrap(), again.forecast(id, 14).unwrap());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_history_gets_finite_ordered_bands(
        lengths in prop::collection::vec(0_usize..240, 1..4),
        seed in any::<u64>(),
        zero_share in 0.0_f64..1.0,
        size in prop_oneof![Just(1e-9), Just(1.0), Just(1e12)],
        horizon in 1_usize..40,
    ) {
        let mut random = SplitMix64::new(seed);
        let histories: Vec<SeriesHistory> = lengths.iter().enumerate().map(|(index, length)| {
            let quantities = (0..*length).map(|_| match random.uniform() {
                draw if draw < 0.05 => None,
                draw if draw < 0.06 => Some(f64::NAN),
                draw if draw < 0.07 => Some(-3.0),
                draw if draw < 0.07 + 0.93 * zero_share => Some(0.0),
                draw if draw > 0.995 => Some(size * 1e6),
                draw => Some(size * draw),
            }).collect();
            history(&format!("s{index}"), quantities)
        }).collect();
        let fitted = Engine::fit(&histories, date(239), &small()).unwrap();
        let ids: Vec<String> = fitted.series_ids().map(str::to_owned).collect();
        prop_assert_eq!(ids.len(), histories.len());
        for id in ids {
            let forecast = fitted.forecast(&id, horizon).unwrap();
            check(&forecast, horizon);
            let total = fitted.total_of(&forecast);
            prop_assert!(total.mean.is_finite() && total.low <= total.high);
            prop_assert!((0.0..=1.0).contains(&total.probability_above(size)));
        }
    }
}
