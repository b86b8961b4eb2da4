//! The simple members: Theta, the seasonal window average and TSB.
//!
//! Each forecasts one series alone from its usable days.

use super::calendar::weekday_of;
use super::ets::Observation;

/// The Theta method (Assimakopoulos and Nikolopoulos 2000; as simple exponential smoothing with half
/// the slope of the straight line, Hyndman and Billah 2003) on the series without its weekly profile.
/// `None` with fewer than 28 usable days.
pub(crate) fn theta(days: &[Observation], horizon: usize) -> Option<Vec<f64>> {
    let profile = weekday_profile(days)?;
    let smooth: Vec<f64> = days
        .iter()
        .filter_map(|(day, value)| {
            value.map(|value| {
                value
                    / profile
                        .get(weekday_of(*day))
                        .copied()
                        .unwrap_or(1.0)
                        .max(0.1)
            })
        })
        .collect();
    if smooth.len() < 28 {
        return None;
    }
    let slope = straight_line_slope(&smooth) / 2.0;
    let (alpha, level) = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5]
        .into_iter()
        .map(|alpha| (alpha, smooth_exponentially(&smooth, alpha)))
        .min_by(|left, right| left.1.0.total_cmp(&right.1.0))
        .map(|(alpha, (_, level))| (alpha, level))?;
    let last = days.last()?.0;
    let path = (last + 1..)
        .take(horizon)
        .zip(1_i32..)
        .map(|(day, step)| {
            let drift = slope * (f64::from(step) - 1.0 + 1.0 / alpha.max(0.05));
            // The drift changes the level at most by half: a straight line has no limits of its own.
            let base = (level + drift).clamp(0.5 * level.max(0.0), 1.5 * level.max(0.0));
            base * profile.get(weekday_of(day)).copied().unwrap_or(1.0)
        })
        .collect();
    Some(path)
}

/// Mean of the same weekday over the last `weeks` weeks; `None` when no such day is usable.
pub(crate) fn window_average(days: &[Observation], weeks: i32, horizon: usize) -> Option<Vec<f64>> {
    let last = days.last()?.0;
    let mut sums = [(0.0_f64, 0.0_f64); 7];
    let mut all = (0.0, 0.0);
    for (day, value) in days {
        let (Some(value), Some(slot)) = (value, sums.get_mut(weekday_of(*day))) else {
            continue;
        };
        if last - day < 7 * weeks {
            slot.0 += value;
            slot.1 += 1.0;
            all.0 += value;
            all.1 += 1.0;
        }
    }
    if all.1 <= 0.0 {
        return None;
    }
    let mean = all.0 / all.1;
    let path = (last + 1..)
        .take(horizon)
        .map(|day| {
            sums.get(weekday_of(day))
                .filter(|slot| slot.1 > 0.0)
                .map_or(mean, |slot| slot.0 / slot.1)
        })
        .collect();
    Some(path)
}

/// TSB (Teunter, Syntetos and Babai 2011): the probability of a sale decays on every day without one, so
/// that a product that is no longer bought fades out. `None` before the first sale.
pub(crate) fn tsb(days: &[Observation], horizon: usize) -> Option<Vec<f64>> {
    let values: Vec<f64> = days.iter().filter_map(|(_, value)| *value).collect();
    if !values.iter().any(|value| *value > 0.0) {
        return None;
    }
    let rate = [(0.1, 0.02), (0.1, 0.05), (0.2, 0.1), (0.3, 0.2)]
        .into_iter()
        .map(|(size, chance)| run_tsb(&values, size, chance))
        .min_by(|left, right| left.0.total_cmp(&right.0))?
        .1;
    Some(vec![rate; horizon])
}

/// Squared one-step error and the last rate of sale.
fn run_tsb(values: &[f64], size_rate: f64, chance_rate: f64) -> (f64, f64) {
    let mut positive = 0.0;
    let mut sum = 0.0;
    let mut count = 0.0;
    for value in values.iter().take(90) {
        count += 1.0;
        if *value > 0.0 {
            positive += 1.0;
            sum += value;
        }
    }
    let mut chance = if count > 0.0 { positive / count } else { 0.0 };
    let mut size = if positive > 0.0 { sum / positive } else { 0.0 };
    let mut total = 0.0;
    for value in values {
        let error = value - chance * size;
        total += error * error;
        if *value > 0.0 {
            size = if size > 0.0 {
                size + size_rate * (value - size)
            } else {
                *value
            };
            chance += chance_rate * (1.0 - chance);
        } else {
            chance -= chance_rate * chance;
        }
    }
    (total, (chance * size).max(0.0))
}

/// Weekday factors around 1, shrunk towards 1 by two pseudo-weeks; `None` without sales.
pub(crate) fn weekday_profile(days: &[Observation]) -> Option<[f64; 7]> {
    let mut sums = [(0.0_f64, 0.0_f64); 7];
    for (day, value) in days {
        if let (Some(value), Some(slot)) = (value, sums.get_mut(weekday_of(*day))) {
            slot.0 += value;
            slot.1 += 1.0;
        }
    }
    let total = sums
        .iter()
        .fold((0.0, 0.0), |sum, slot| (sum.0 + slot.0, sum.1 + slot.1));
    if total.0 <= 0.0 || total.1 <= 0.0 {
        return None;
    }
    let mean = total.0 / total.1;
    Some(sums.map(|(sum, count)| ((sum + 2.0 * mean) / (count + 2.0) / mean).max(0.02)))
}

fn straight_line_slope(values: &[f64]) -> f64 {
    let count = u32::try_from(values.len()).map_or(f64::MAX, f64::from);
    let middle = (count - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / count.max(1.0);
    let (mut cross, mut square) = (0.0, 0.0);
    for (value, position) in values.iter().zip(0_u32..) {
        let distance = f64::from(position) - middle;
        cross += distance * (value - mean);
        square += distance * distance;
    }
    if square > 0.0 { cross / square } else { 0.0 }
}

/// Squared one-step error and the last level.
fn smooth_exponentially(values: &[f64], alpha: f64) -> (f64, f64) {
    let early = values.get(..values.len().min(14)).unwrap_or(values);
    let count = u32::try_from(early.len()).map_or(1.0, f64::from).max(1.0);
    let mut level = early.iter().sum::<f64>() / count;
    let mut total = 0.0;
    for value in values {
        let error = value - level;
        total += error * error;
        level += alpha * error;
    }
    (total, level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(length: i32, value: impl Fn(i32) -> f64) -> Vec<Observation> {
        (1..=length).map(|day| (day, Some(value(day)))).collect()
    }

    #[test]
    fn theta_follows_half_of_a_slope() {
        let path = theta(&series(120, |day| 50.0 + f64::from(day) / 2.0), 28).unwrap();
        assert!(path[27] > path[0] && path[27] < 140.0, "{path:?}");
    }

    #[test]
    fn the_window_average_repeats_weekdays() {
        let path = window_average(&series(56, |day| f64::from(day % 7)), 4, 7).unwrap();
        assert!((path[0] - f64::from(57 % 7)).abs() < 1e-9);
    }

    #[test]
    fn tsb_fades_when_sales_stop() {
        let alive = tsb(
            &series(200, |day| f64::from(i32::from(day % 4 == 0)) * 3.0),
            1,
        )
        .unwrap();
        let gone = tsb(
            &series(200, |day| {
                f64::from(i32::from(day < 80 && day % 4 == 0)) * 3.0
            }),
            1,
        )
        .unwrap();
        assert!(gone[0] < alive[0] / 3.0, "{gone:?} {alive:?}");
    }

    #[test]
    fn nothing_sold_gives_no_forecast() {
        assert!(tsb(&series(30, |_| 0.0), 3).is_none());
        assert!(theta(&series(60, |_| 0.0), 3).is_none());
    }
}
