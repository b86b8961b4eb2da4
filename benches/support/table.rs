//! Figures for people: medians, and a table with what was wanted beside what was measured.

use std::fmt::Write as _;

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

/// Whether more or less is better.
#[derive(Clone, Copy)]
pub enum Wanted {
    AtLeast(f64),
    AtMost(f64),
    /// For information.
    Nothing,
}

/// Collects rows and prints them aligned.
#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 6]>,
}

impl Table {
    pub fn new() -> Self {
        let head = ["figure", "median", "best", "limit", "ratio", "reached"];
        Self {
            rows: vec![head.map(str::to_owned)],
        }
    }

    /// One figure, measured in several rounds.
    pub fn figure(&mut self, name: &str, unit: &str, rounds: &[f64], wanted: Wanted) {
        let middle = median(rounds.to_vec());
        let (lowest, highest) = rounds.iter().fold(
            (f64::INFINITY, f64::NEG_INFINITY),
            |(lowest, highest), value| (lowest.min(*value), highest.max(*value)),
        );
        let text = |value: f64| match value {
            value if value >= 1000.0 => format!("{value:.0}{unit}"),
            value if value >= 10.0 => format!("{value:.1}{unit}"),
            value => format!("{value:.2}{unit}"),
        };
        let (best, limit, ratio, reached) = match wanted {
            Wanted::AtLeast(limit) => (
                highest,
                format!(">= {}", text(limit)),
                format!("{:.2}", middle / limit),
                if middle >= limit { "yes" } else { "no" },
            ),
            Wanted::AtMost(limit) => (
                lowest,
                format!("<= {}", text(limit)),
                format!("{:.2}", middle / limit),
                if middle <= limit { "yes" } else { "no" },
            ),
            Wanted::Nothing => (highest, String::new(), String::new(), ""),
        };
        let best = match wanted {
            Wanted::Nothing => format!("{} .. {}", text(lowest), text(highest)),
            _ => text(best),
        };
        self.rows.push([
            name.to_owned(),
            text(middle),
            best,
            limit,
            ratio,
            reached.to_owned(),
        ]);
    }

    pub fn print(&self) {
        let width = |column: usize| {
            let lengths = self.rows.iter().map(|row| row[column].chars().count());
            lengths.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..6).map(width).collect();
        println!();
        for row in &self.rows {
            let mut line = format!("{:<1$}", row[0], widths[0]);
            for (cell, width) in row.iter().zip(&widths).skip(1) {
                let _infallible = write!(line, "  {cell:>width$}");
            }
            println!("{}", line.trim_end());
        }
    }
}
