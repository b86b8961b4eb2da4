//! Charts, drawn as lines and boxes: as sharp on paper as the letters.

use super::{
    Chart, Shape,
    pages::{CHART, DARK, GREY, LIGHT, Layout, MARGIN, QUIET, ROOM, STRONG},
    shown,
};
use crate::write::{
    Weight,
    pdf::pages::{Drawn, Face, Ink},
};

/// Colours of the series, in order.
const INKS: [Ink; 5] = [
    Ink(37, 60, 138),
    Ink(201, 122, 28),
    Ink(64, 134, 102),
    Ink(160, 58, 60),
    Ink(122, 136, 153),
];
/// Points that are marked.
const MARKED: Ink = Ink(122, 136, 153);
/// Lines across the chart at most.
const TICKS: i128 = 5;
const LABELS: f64 = 5.0;

/// The axis: round figures from the lowest to the highest.
struct Axis {
    low: i128,
    high: i128,
    step: i128,
}

/// Where the chart is on the page.
struct Plot {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    axis: Axis,
}

impl Plot {
    /// The height of a figure on the page.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a place on paper, not a figure that is printed"
    )]
    fn y(&self, figure: i128) -> f64 {
        let span = (self.axis.high - self.axis.low).max(1) as f64;
        let above = (figure - self.axis.low) as f64;
        self.top + self.height * (1.0 - above / span)
    }
}

impl Layout<'_> {
    pub(super) fn chart(&mut self, chart: &Chart) {
        self.keep(CHART);
        let small = Face { points: 7, ..QUIET };
        let mut top = self.y + 2.0;
        if chart.series.len() > 1 {
            self.legend(chart, top, small);
            top += 5.0;
        }
        let figures = || chart.series.iter().flat_map(|series| series.figures.iter());
        let axis = Axis::around(figures().flatten().copied().map(i128::from));
        let mut ticks = Vec::new();
        let mut tick = axis.low;
        while tick <= axis.high {
            let figure = i64::try_from(tick).unwrap_or(i64::MAX);
            ticks.push((tick, shown::short(self.report.language, chart.kind, figure)));
            tick += axis.step;
        }
        let labels = ticks
            .iter()
            .map(|(_, label)| self.ruler.width(small, label))
            .fold(0.0, f64::max);
        let plot = Plot {
            left: MARGIN + labels + 2.0,
            top,
            width: ROOM - labels - 2.0,
            height: self.y + CHART - LABELS - 2.0 - top,
            axis,
        };
        let half = self.ruler.line(small) / 2.0;
        for (tick, label) in ticks {
            let y = plot.y(tick);
            let x = plot.left - 2.0 - self.ruler.width(small, &label);
            self.page.text(x, y - half, small, label);
            let (height, ink) = if tick == 0 { (0.3, GREY) } else { (0.2, LIGHT) };
            self.page
                .rule(plot.left, y - height / 2.0, plot.width, height, ink);
        }
        match chart.shape {
            Shape::Bars => self.bars(chart, &plot),
            Shape::Lines => self.curves(chart, &plot),
        }
        self.point_labels(chart, &plot, small);
        self.y += CHART;
    }

    fn legend(&mut self, chart: &Chart, y: f64, face: Face) {
        let mut x = MARGIN;
        for (series, ink) in chart.series.iter().zip(INKS.iter().cycle()) {
            let name = self.drawable(&series.name);
            let width = self.ruler.width(face, &name);
            self.page.rule(x, y + 0.9, 2.0, 2.0, *ink);
            self.page.text(x + 3.0, y, face, name);
            x += width + 9.0;
        }
    }

    fn bars(&mut self, chart: &Chart, plot: &Plot) {
        let step = plot.width / number(chart.points.len().max(1));
        let width = step * 0.72 / number(chart.series.len().max(1));
        let zero = plot.y(0);
        let mut offset = step * 0.14;
        let only = chart.series.len() == 1;
        for (series, ink) in chart.series.iter().zip(INKS.iter().cycle()) {
            let mut x = plot.left + offset;
            for (point, figure) in chart.points.iter().zip(&series.figures) {
                if let Some(figure) = figure {
                    let y = plot.y(i128::from(*figure));
                    let ink = if point.marked && only { MARKED } else { *ink };
                    self.page.rule(x, y.min(zero), width, (zero - y).abs(), ink);
                }
                x += step;
            }
            offset += width;
        }
        let has_mean = chart.with_mean && chart.points.len() > 2;
        if let ([series], true) = (chart.series.as_slice(), has_mean) {
            self.average(chart, plot, &series.figures, step);
        }
    }

    /// A dotted line at the mean, with its figure where no bar is in the way.
    fn average(&mut self, chart: &Chart, plot: &Plot, figures: &[Option<i64>], step: f64) {
        let known: Vec<i64> = figures.iter().flatten().copied().collect();
        let Ok(count) = i128::try_from(known.len()) else {
            return;
        };
        if count == 0 {
            return;
        }
        let sum: i128 = known.iter().copied().map(i128::from).sum();
        let mean = kernel::rounding::div_half_up(sum, count);
        let y = plot.y(mean);
        self.page.shape(Drawn::Line {
            points: vec![(plot.left, y), (plot.left + plot.width, y)],
            pen: 0.3,
            ink: DARK,
            dotted: true,
        });
        let Ok(figure) = i64::try_from(mean) else {
            return;
        };
        let said = shown::cell(self.report, chart.kind, &chart.kind.cell(figure));
        let said = format!("{} {said}", self.words.average);
        let face = Face {
            points: 7,
            ..STRONG
        };
        let width = self.ruler.width(face, &said) + 2.0;
        let height = self.ruler.line(face) + 0.4;
        let tops: Vec<f64> = figures
            .iter()
            .map(|figure| plot.y(i128::from(figure.unwrap_or_default())))
            .collect();
        let mut x = plot.left + 1.0;
        for first in 0..tops.len() {
            let mut right = x;
            let mut free = true;
            for top in tops.iter().skip(first) {
                if right >= x + width {
                    break;
                }
                free &= *top > y;
                right += step;
            }
            if free && right >= x + width {
                self.page.text(x, y - height, face, said);
                return;
            }
            x += step;
        }
        let x = plot.left + plot.width - width;
        self.page.text(x, plot.top - height - 0.4, face, said);
    }

    fn curves(&mut self, chart: &Chart, plot: &Plot) {
        let step = plot.width / number(chart.points.len().max(1));
        for (series, ink) in chart.series.iter().zip(INKS.iter().cycle()) {
            let mut x = plot.left + step / 2.0;
            let mut points = Vec::new();
            // A gap ends a line, and the next figure begins another.
            for figure in series.figures.iter().chain([&None]) {
                if let Some(figure) = figure {
                    points.push((x, plot.y(i128::from(*figure))));
                } else if let [(x, y)] = points.as_slice() {
                    self.page.rule(x - 0.5, y - 0.5, 1.0, 1.0, *ink);
                    points.clear();
                } else if !points.is_empty() {
                    self.page.shape(Drawn::Line {
                        points: std::mem::take(&mut points),
                        pen: 0.5,
                        ink: *ink,
                        dotted: false,
                    });
                }
                x += step;
            }
        }
    }

    /// Labels below the axis: all where they fit, else those of the marked points, else one in every few.
    fn point_labels(&mut self, chart: &Chart, plot: &Plot, face: Face) {
        let step = plot.width / number(chart.points.len().max(1));
        let widest = chart
            .points
            .iter()
            .map(|point| self.ruler.width(face, &point.label))
            .fold(0.0, f64::max)
            + 2.0;
        let marked = chart.points.iter().any(|point| point.marked);
        let mut every = 1;
        while number(every) * step < widest && every < chart.points.len() {
            every += 1;
        }
        let y = plot.top + plot.height + 1.0;
        let mut free = plot.left - widest;
        let mut centre = plot.left + step / 2.0;
        for (place, point) in chart.points.iter().enumerate() {
            let width = self.ruler.width(face, &point.label);
            let chosen = if marked && every > 1 {
                point.marked
            } else {
                place % every == 0
            };
            let x = (centre - width / 2.0).min(plot.left + plot.width - width);
            if chosen && x >= free {
                let face = Face {
                    weight: Weight::Plain,
                    ..face
                };
                let label = self.drawable(&point.label);
                self.page.text(x, y, face, label);
                free = x + width + 2.0;
            }
            centre += step;
        }
    }
}

impl Axis {
    fn around(figures: impl Iterator<Item = i128>) -> Self {
        let (mut low, mut high) = (0, 0);
        for figure in figures {
            low = low.min(figure);
            high = high.max(figure);
        }
        let step = round_step((high - low + TICKS - 1) / TICKS);
        Self {
            low: low.div_euclid(step) * step,
            high: (high.max(1) + step - 1).div_euclid(step) * step,
            step,
        }
    }
}

/// The next round figure: 1, 2, 4 or 5 and zeros.
fn round_step(least: i128) -> i128 {
    let mut power = 1;
    loop {
        for digit in [1, 2, 4, 5] {
            if digit * power >= least {
                return digit * power;
            }
        }
        power *= 10;
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "points of a chart are few: it is a place on paper"
)]
const fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_round_figures_around_all_of_its_points() {
        let axis = Axis::around([1_405_563_i128, 30_000].into_iter());
        assert_eq!((axis.low, axis.high, axis.step), (0, 1_600_000, 400_000));
        let axis = Axis::around([-3_i128, 7].into_iter());
        assert_eq!((axis.low, axis.high, axis.step), (-4, 8, 2));
        let axis = Axis::around(std::iter::empty());
        assert_eq!((axis.low, axis.high, axis.step), (0, 1, 1));
        let most = i128::from(i64::MAX);
        let axis = Axis::around([most, -most].into_iter());
        assert!(axis.low <= -most && axis.high >= most);
    }
}
