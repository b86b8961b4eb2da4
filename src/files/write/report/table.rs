//! Tables that go on on the next page, with their heading and with what they come to so far.

use super::{
    Cell, Column, Foot, Kind, Table, Tone,
    pages::{DARK, GREY, LIGHT, Layout, MARGIN, PLAIN, QUIET, ROOM, ROW, STRONG},
    shown,
};
use crate::write::{Weight, pdf::pages::Face};

/// Between two columns, millimetres.
const GAP: f64 = 5.0;
/// Inside the outer columns, millimetres.
const EDGE: f64 = 1.6;
/// The least a column of words gets, millimetres.
const WORDS: f64 = 22.0;
/// The smallest size that is still read without effort, points.
const SMALLEST: u8 = 5;

/// Where the columns are, and how large their letters.
struct Grid {
    columns: Vec<ColumnPlace>,
    points: u8,
}

struct ColumnPlace {
    left: f64,
    width: f64,
    /// Figures stand at the right end, words at the left one.
    right: bool,
}

impl Layout<'_> {
    pub(super) fn table(&mut self, title: &str, table: &Table) {
        let grid = self.grid(table);
        self.heading(&grid, &table.columns);
        let summed = table.columns.iter().any(|column| column.foot == Foot::Sum);
        let mut sums = vec![0_i128; table.columns.len()];
        let mut rows = table.rows.iter().enumerate().peekable();
        if table.rows.is_empty() && table.total.is_none() {
            self.y += 1.0;
            self.page
                .text(MARGIN + EDGE, self.y, QUIET, self.words.nothing);
            self.y += ROW - 1.0;
        }
        while let Some((number, row)) = rows.next() {
            let face = set(&grid, row.tone);
            let lines = self.lines(&grid, &table.columns, &row.cells, face);
            let height = height(&lines);
            // The last row stays with the total; the others leave room for what is carried forward.
            let after = if rows.peek().is_some() {
                if summed { ROW } else { 0.0 }
            } else if table.total.is_some() {
                ROW + 1.0
            } else {
                0.0
            };
            if height + after > self.left() {
                if summed && number > 0 {
                    let carried = self.words.carried;
                    self.sums(&grid, table, &sums, carried);
                }
                self.turn();
                let continued = self.words.continued;
                self.title(title, continued);
                self.heading(&grid, &table.columns);
                if summed && number > 0 {
                    let brought = self.words.brought;
                    self.sums(&grid, table, &sums, brought);
                    self.page.rule(MARGIN, self.y, ROOM, 0.2, LIGHT);
                }
            }
            self.row(&grid, &lines, face, row.tone);
            for (sum, cell) in sums.iter_mut().zip(&row.cells) {
                *sum += i128::from(cell.figure().unwrap_or_default());
            }
        }
        if let Some(given) = &table.total {
            let cells = totals(&table.columns, &sums, given);
            self.keep(ROW + 1.0);
            self.y += 0.4;
            let face = set(&grid, Tone::Result);
            let lines = self.lines(&grid, &table.columns, &cells, face);
            self.row(&grid, &lines, face, Tone::Result);
        }
    }

    /// How wide each column is: figures get what they need, words share the rest.
    fn grid(&self, table: &Table) -> Grid {
        let mut points = PLAIN.points;
        loop {
            let face = Face { points, ..STRONG };
            let needs: Vec<f64> = (0..table.columns.len())
                .map(|number| self.need(table, number, face))
                .collect();
            let fixed = |(column, _): &(&Column, &f64)| column.kind != Kind::Text;
            let gaps: f64 = needs.iter().skip(1).map(|_| GAP).sum::<f64>() + 2.0 * EDGE;
            let columns = || table.columns.iter().zip(&needs);
            let figures: f64 = columns().filter(fixed).map(|(_, need)| need).sum();
            let words: f64 = columns()
                .filter(|pair| !fixed(pair))
                .map(|(_, need)| need)
                .sum();
            let least: f64 = columns()
                .filter(|pair| !fixed(pair))
                .map(|(_, need)| need.min(WORDS))
                .sum();
            let room = ROOM - gaps - figures;
            if room < least && points > SMALLEST {
                points -= 1;
                continue;
            }
            // Where even the smallest letters do not fit, all columns give way alike.
            let squeeze = ((ROOM - gaps) / (figures + least).max(1.0)).min(1.0);
            let room = room.max(least * squeeze);
            let share = if words > room { room / words } else { 1.0 };
            let spare = (ROOM - gaps - figures * squeeze - words * share).max(0.0);
            let mut places = Vec::new();
            let mut left = MARGIN + EDGE;
            let (mut spent, mut others) = (false, 0.0);
            for _ in needs.iter().skip(1) {
                others += 1.0;
            }
            for (column, need) in columns() {
                let words = column.kind == Kind::Text;
                let mut width = need * if words { share } else { squeeze };
                // What is left over goes to the first column, or between the others.
                if spent {
                    let first_takes = table
                        .columns
                        .first()
                        .is_some_and(|first| first.kind == Kind::Text);
                    let rest = if first_takes { spare * 0.6 } else { spare };
                    width += rest / others;
                } else {
                    if words || others == 0.0 {
                        width += spare * 0.4;
                    }
                    spent = true;
                }
                places.push(ColumnPlace {
                    left,
                    width,
                    right: !matches!(
                        column.kind,
                        Kind::Text | Kind::Date | Kind::Weekday | Kind::Moment
                    ),
                });
                left += width + GAP;
            }
            return Grid {
                columns: places,
                points,
            };
        }
    }

    /// What a column needs on one line. Figures are as long as their letters are many, so the longest are
    /// measured, and the sums of a long table may be longer than any of its rows.
    fn need(&self, table: &Table, number: usize, face: Face) -> f64 {
        let Some(column) = table.columns.get(number) else {
            return 0.0;
        };
        let heading = longest_word(&column.title)
            .map(|word| self.ruler.width(face, word))
            .unwrap_or_default();
        let cells = table.rows.iter().filter_map(|row| row.cells.get(number));
        if column.kind == Kind::Text {
            let given = table.total.iter().filter_map(|cells| cells.get(number));
            let words = |cell: &Cell| {
                self.ruler
                    .width(face, &shown::cell(self.report, column.kind, cell))
            };
            return cells.chain(given).map(words).fold(heading, f64::max);
        }
        let sum: i128 = cells
            .clone()
            .map(|cell| i128::from(cell.figure().unwrap_or_default()))
            .sum();
        let sum = match column.foot {
            Foot::Sum => i64::try_from(sum).ok().map(|sum| column.kind.cell(sum)),
            Foot::Given => table
                .total
                .as_ref()
                .and_then(|cells| cells.get(number))
                .cloned(),
        };
        let is_text = |cell: &&Cell| matches!(cell, Cell::Text(_));
        let texts = cells.clone().filter(is_text);
        let longest = cells.max_by_key(|cell| {
            cell.figure().map_or(0, |figure| {
                let sign = if figure < 0 { 3 } else { 1 };
                figure.saturating_abs().saturating_mul(sign)
            })
        });
        longest
            .into_iter()
            .chain(texts)
            .chain(sum.as_ref())
            .map(|cell| {
                let text = shown::cell(self.report, column.kind, cell);
                self.ruler.width(face, &text)
            })
            .fold(heading, f64::max)
    }

    fn heading(&mut self, grid: &Grid, columns: &[Column]) {
        let face = Face {
            points: grid.points,
            ..QUIET
        };
        let texts: Vec<Vec<String>> = columns
            .iter()
            .zip(&grid.columns)
            .map(|(column, place)| {
                let title = self.drawable(&column.title);
                self.ruler.wrap(face, &title, place.width + 0.1)
            })
            .collect();
        let rows = texts.iter().map(Vec::len).max().unwrap_or(1);
        let line = self.ruler.line(face);
        for (lines, place) in texts.iter().zip(&grid.columns) {
            // Headings stand on the rule.
            for (number, text) in (rows - lines.len()..).zip(lines) {
                let mut y = self.y + 1.0;
                for _ in 0..number {
                    y += line;
                }
                self.set(place, y, face, text);
            }
        }
        for _ in 0..rows {
            self.y += line;
        }
        self.y += 2.0;
        self.page.rule(MARGIN, self.y, ROOM, 0.35, DARK);
        self.y += 0.35;
    }

    fn lines(
        &self,
        grid: &Grid,
        columns: &[Column],
        cells: &[Cell],
        face: Face,
    ) -> Vec<Vec<String>> {
        columns
            .iter()
            .zip(&grid.columns)
            .enumerate()
            .map(|(number, (column, place))| {
                let Some(cell) = cells.get(number) else {
                    return Vec::new();
                };
                let text = shown::cell(self.report, column.kind, cell);
                if let Cell::Text(_) = cell {
                    let text = self.ruler.drawable(face, &text);
                    self.ruler.wrap(face, &text, place.width + 0.1)
                } else {
                    vec![text]
                }
            })
            .collect()
    }

    fn row(&mut self, grid: &Grid, lines: &[Vec<String>], face: Face, tone: Tone) {
        let height = height(lines);
        let line = self.ruler.line(face);
        let inset = (ROW - line) / 2.0;
        for (lines, place) in lines.iter().zip(&grid.columns) {
            let mut y = self.y + inset;
            for text in lines {
                let quiet = Face { ink: GREY, ..face };
                let face = if text == "–" { quiet } else { face };
                self.set(place, y, face, text);
                y += line;
            }
            if tone == Tone::Result && place.right {
                let width = lines
                    .iter()
                    .map(|text| self.ruler.width(face, text))
                    .fold(0.0, f64::max);
                if width > 0.0 {
                    let x = place.left + place.width - width;
                    self.page.rule(x, y + 0.3, width, 0.2, DARK);
                    self.page.rule(x, y + 0.9, width, 0.2, DARK);
                }
            }
        }
        self.y += height;
        match tone {
            Tone::Result => self.y += 1.4,
            Tone::Closing => self.page.rule(MARGIN, self.y, ROOM, 0.25, GREY),
            Tone::Plain | Tone::Strong => self.page.rule(MARGIN, self.y, ROOM, 0.2, LIGHT),
        }
    }

    /// What the table comes to so far.
    fn sums(&mut self, grid: &Grid, table: &Table, sums: &[i128], name: &str) {
        let mut cells = totals(&table.columns, sums, &[]);
        if let (Some(first), Some(column)) = (cells.first_mut(), table.columns.first())
            && column.foot == Foot::Given
        {
            *first = Cell::Text(name.to_owned());
        }
        let face = set(grid, Tone::Strong);
        let lines: Vec<Vec<String>> = table
            .columns
            .iter()
            .zip(&cells)
            .map(|(column, cell)| vec![shown::cell(self.report, column.kind, cell)])
            .collect();
        let inset = (ROW - self.ruler.line(face)) / 2.0;
        for (lines, place) in lines.iter().zip(&grid.columns) {
            for text in lines {
                self.set(place, self.y + inset, face, text);
            }
        }
        self.y += ROW;
    }

    fn set(&mut self, place: &ColumnPlace, y: f64, face: Face, text: &str) {
        let x = if place.right {
            place.left + place.width - self.ruler.width(face, text)
        } else {
            place.left
        };
        self.page.text(x, y, face, text);
    }
}

fn height(lines: &[Vec<String>]) -> f64 {
    let mut height = ROW;
    let rows = lines.iter().map(Vec::len).max().unwrap_or(1);
    for _ in 1..rows {
        height += 3.9;
    }
    height
}

fn set(grid: &Grid, tone: Tone) -> Face {
    let weight = match tone {
        Tone::Plain | Tone::Closing => Weight::Plain,
        Tone::Strong | Tone::Result => Weight::Strong,
    };
    Face {
        weight,
        points: grid.points,
        ink: DARK,
    }
}

fn longest_word(title: &str) -> Option<&str> {
    title.split(' ').max_by_key(|word| word.chars().count())
}

/// The row of totals: sums where a column is summed, else what is given. A sum that no amount can hold is
/// left out.
pub(super) fn totals(columns: &[Column], sums: &[i128], given: &[Cell]) -> Vec<Cell> {
    columns
        .iter()
        .zip(sums)
        .enumerate()
        .map(|(number, (column, sum))| match column.foot {
            Foot::Sum => i64::try_from(*sum).map_or(Cell::Empty, |sum| column.kind.cell(sum)),
            Foot::Given => given.get(number).cloned().unwrap_or(Cell::Empty),
        })
        .collect()
}
