//! The level of a series: from its own past, its category, or the other series.

use super::*;

#[test]
fn a_product_that_never_sold_is_not_forecast_by_its_category() {
    for (days, quantities) in [
        (730_u32, vec![Some(0.0); 730]),
        (90, [vec![None; 640], vec![Some(0.0); 90]].concat()),
    ] {
        let mut histories = shop(6, 730);
        histories.push(history("calendar", quantities));
        let forecast = fit(&histories, 730).forecast("calendar", 28).unwrap();
        assert_eq!(forecast.caveats, vec![Caveat::LayUnsold { days }]);
        assert!(sum(&forecast) < 0.5, "{days}: {}", sum(&forecast));
    }
    for quantities in [
        vec![None; 730],
        [vec![None; 727], vec![Some(0.0); 3]].concat(),
    ] {
        let mut histories = shop(6, 730);
        histories.push(history("new", quantities));
        let forecast = fit(&histories, 730).forecast("new", 28).unwrap();
        assert_eq!(forecast.caveats, vec![Caveat::NoSalesYet]);
        assert!(sum(&forecast) > 28.0, "{}", sum(&forecast));
    }
}

#[test]
fn a_product_back_in_stock_is_not_dormant() {
    let mut histories = shop(4, 300);
    for (day, quantity) in histories[1].quantities.iter_mut().enumerate().skip(200) {
        *quantity = (!(230..265).contains(&day)).then_some(0.0);
    }
    let forecast = fit(&histories, 300).forecast("p1", 28).unwrap();
    assert_eq!(
        forecast.method,
        Method::FullBlend,
        "35 days in stock do not make it dormant"
    );
    for quantity in histories[1].quantities.iter_mut().skip(200) {
        *quantity = Some(0.0);
    }
    let fitted = fit(&histories, 300);
    let forecast = fitted.forecast("p1", 28).unwrap();
    assert_eq!(forecast.method, Method::Dormant);
    let total = fitted.total_of(&forecast);
    assert!(total.quantile(0.5) < 1e-9, "most of them stay away");
    assert!(
        total.quantile(0.95) > 2.0 * total.mean,
        "not all do: {total:?}"
    );
    let chances = [1.0, 5.0, 20.0, 100.0].map(|stock| total.probability_above(stock));
    assert!(
        chances.is_sorted_by(|one, other| one >= other),
        "{chances:?}"
    );
}

#[test]
fn a_day_that_was_closed_once_is_not_a_feast() {
    let days = 700;
    let mut histories = shop(8, days);
    let shut = days - 365 + 10;
    let place = usize::try_from(shut).unwrap();
    assert!((0..7).contains(&(date(shut).weekday().num_days_from_monday())));
    for history in &mut histories {
        for quantity in history.quantities.iter_mut().skip(place).take(2) {
            *quantity = Some(0.0);
        }
    }
    let fitted = fit(&histories, days);
    for id in ["p0", "p7"] {
        let forecast = fitted.forecast(id, 28).unwrap();
        for day in &forecast.days {
            assert_eq!(
                day.closed,
                day.date.weekday() == chrono::Weekday::Sun,
                "{day:?}"
            );
            assert!(day.closed || day.mean > 0.0, "{day:?}");
        }
    }
}

/// Every other week the shop sells half as much again; the newcomers have seen one such week.
#[test]
fn a_week_of_offers_is_not_taken_for_the_level_of_a_newcomer() {
    let days = 280;
    let offers = |day: i32| {
        if (days - 1 - day) / 7 % 2 == 0 {
            1.5
        } else {
            1.0
        }
    };
    let mut histories = shop(12, days);
    for history in &mut histories {
        for (day, quantity) in (0..).zip(&mut history.quantities) {
            *quantity = quantity.map(|sold| (sold * offers(day) * 4.0).round());
        }
    }
    let whole: f64 = histories[5].quantities.iter().flatten().sum();
    let level = whole / f64::from(days);
    histories[5].start = date(days - 7);
    histories[5]
        .quantities
        .drain(..usize::try_from(days - 7).unwrap());
    let week: f64 = histories[5].quantities.iter().flatten().sum::<f64>() / 7.0;
    let forecast = fit(&histories, days).forecast("p5", 28).unwrap();
    let (said, alone) = (sum(&forecast) / 28.0 / level, week / level);
    assert!(alone > 1.05, "its own week is too good: {alone}");
    assert!(said < alone - 0.08, "{said} instead of {alone}");
}

#[test]
fn the_point_of_a_newcomer_is_drawn_towards_its_median() {
    let days = 120;
    let mut random = SplitMix64::new(7);
    let mut histories = shop(6, days);
    for history in &mut histories {
        for quantity in &mut history.quantities {
            *quantity = Some(if random.uniform() < 0.3 { 3.0 } else { 0.0 });
        }
    }
    histories[5].start = date(days - 10);
    let last = histories[5].quantities.split_off(110);
    histories[5].quantities = last;
    let forecast = fit(&histories, days).forecast("p5", 14).unwrap();
    for day in &forecast.days {
        let expected = day.median..day.mean;
        assert!(expected.contains(&day.point), "{day:?}");
    }
}

#[test]
fn a_constant_rate_is_forecast_to_continue() {
    for (seed, chance) in [(1, 0.16), (2, 0.16), (3, 0.1), (4, 0.3), (5, 0.3)] {
        let mut random = SplitMix64::new(seed);
        let days = 730;
        let quantities = (0..days).map(|_| Some(f64::from(u8::from(random.uniform() < chance))));
        let rare = history("rare", quantities.collect());
        let sold: f64 = rare.quantities.iter().flatten().sum();
        let usual = 28.0 * sold / f64::from(days);
        let fitted = fit(&[rare], days);
        let forecast = fitted.forecast("rare", 28).unwrap();
        let mean = sum(&forecast);
        let points: f64 = forecast.days.iter().map(|day| day.point).sum();
        assert!((mean / usual - 1.0).abs() < 0.1, "{mean} for {usual}");
        assert!((points / usual - 1.0).abs() < 0.1, "{points} for {usual}");
        // The first week does not depend on the horizon.
        let week = fitted.forecast("rare", 7).unwrap();
        assert!((week.days[3].mean - forecast.days[3].mean).abs() < 1e-9);
    }
}
