//! A report as a workbook: a sheet for each section, with typed cells, totals as formulas and charts that
//! the spreadsheet draws itself.

mod cells;

use umya_spreadsheet::{
    Chart as NativeChart, ChartType, Coordinate, Pane, PaneStateValues, PaneValues, Workbook,
    Worksheet, XlsxError, drawing::spreadsheet::MarkerType,
    helper::coordinate::string_from_column_index,
};

use cells::{Mark, digits, figure, format_of, mark_of, style};

use super::{
    Block, Cell, Chart, Column, Foot, Kind, Report, Section, Shape, Table, Tone,
    words::{self, PageWords},
};
use crate::write::{
    language::Language,
    table::{
        neutral,
        xlsx::{serial, serial_of_moment, sheet_name},
    },
};

/// Why a report has no workbook.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// The library could not write it.
    #[error("the workbook cannot be written: {0}")]
    Write(#[from] XlsxError),
    /// It has more rows than a sheet can hold.
    #[error("the workbook is larger than a sheet can be")]
    TooLarge,
}

/// Width of a column of words at least and at most, in letters.
const NARROWEST: usize = 10;
const WIDEST: usize = 44;
/// Rows and columns that a chart covers.
const CHART_ROWS: u32 = 18;
const CHART_COLUMNS: u32 = 9;

/// Writes a report as a workbook. Takes a core for a while: call it off the request threads.
///
/// # Errors
/// [`WorkbookError`].
pub fn write(report: &Report) -> Result<Vec<u8>, WorkbookError> {
    let mut book = umya_spreadsheet::new_file_empty_worksheet();
    let mut names = Vec::new();
    for section in &report.sections {
        let name = unique(&mut names, &section.title);
        let sheet = book.new_sheet(&name)?;
        let mut page = Page::open(report, &name, sheet);
        page.head(&section.title, &section.remark);
        page.section(section)?;
        page.close();
    }
    origin(report, &mut book, &mut names)?;
    let title = words::titled(report);
    book.properties_mut()
        .set_title(title)
        .set_creator(report.shop.name.clone());
    let mut bytes = Vec::new();
    umya_spreadsheet::writer::xlsx::write_writer(&book, &mut bytes)?;
    Ok(bytes)
}

/// What the figures were computed from, on a sheet of its own.
fn origin(
    report: &Report,
    book: &mut Workbook,
    names: &mut Vec<String>,
) -> Result<(), WorkbookError> {
    let words = PageWords::of(report.language);
    let name = unique(names, words.origin);
    let sheet = book.new_sheet(&name)?;
    let mut page = Page::open(report, &name, sheet);
    page.head(words.origin, "");
    for line in &report.shop.lines {
        page.line(line);
    }
    for (name, value) in words::origins(report) {
        page.text(1, &name, Mark::Plain);
        page.text(2, &value, Mark::Plain);
        page.widen(1, name.chars().count());
        page.widen(2, value.chars().count().min(WIDEST));
        page.row += 1;
    }
    page.close();
    Ok(())
}

/// A name that no other sheet has, whatever its case.
fn unique(names: &mut Vec<String>, title: &str) -> String {
    let base = sheet_name(title);
    let mut name = base.clone();
    let mut number = 2;
    while names.contains(&name.to_lowercase()) {
        name = format!("{base} {number}");
        number += 1;
    }
    names.push(name.to_lowercase());
    name
}

/// A sheet that is being written, from the top down.
struct Page<'a> {
    report: &'a Report,
    name: &'a str,
    sheet: &'a mut Worksheet,
    /// The next row.
    row: u32,
    widths: Vec<usize>,
    /// The heading that stays in place: the first table's.
    heading: Option<u32>,
    /// Columns that the tables take; charts stand to the right of them.
    columns: u32,
    charts: u32,
}

impl<'a> Page<'a> {
    fn open(report: &'a Report, name: &'a str, sheet: &'a mut Worksheet) -> Self {
        Self {
            report,
            name,
            sheet,
            row: 1,
            widths: Vec::new(),
            heading: None,
            columns: 1,
            charts: 0,
        }
    }

    fn head(&mut self, title: &str, remark: &str) {
        self.text(1, title, Mark::Title);
        self.row += 1;
        let period = words::period(self.report.language, self.report.period);
        let mut line = format!("{}, {}, {period}", self.report.shop.name, self.report.title);
        for more in [&self.report.unit, remark] {
            if !more.is_empty() {
                line.push_str(", ");
                line.push_str(more);
            }
        }
        self.line(&line);
        self.row += 1;
    }

    fn line(&mut self, text: &str) {
        self.text(1, text, Mark::Plain);
        self.row += 1;
    }

    fn section(&mut self, section: &Section) -> Result<(), WorkbookError> {
        for block in &section.blocks {
            match block {
                Block::Table(table) => self.table(table)?,
                Block::Chart(chart) => self.chart(&section.title, chart)?,
                Block::Note(text) => {
                    self.row += 1;
                    self.line(text);
                }
            }
        }
        Ok(())
    }

    fn table(&mut self, table: &Table) -> Result<(), WorkbookError> {
        if self.heading.is_some() {
            self.row += 1;
        }
        let columns = count(table.columns.len())?;
        self.columns = self.columns.max(columns);
        for (column, at) in table.columns.iter().zip(1..) {
            self.text(at, &column.title, Mark::Heading);
            self.widen(at, column.title.chars().count().min(WIDEST));
        }
        let heading = self.row;
        self.row += 1;
        let formats: Vec<String> = (0..table.columns.len())
            .map(|at| format_of(table, at, self.report.language))
            .collect();
        let first = self.row;
        let mut last = heading;
        for row in &table.rows {
            let mark = mark_of(row.tone);
            for ((cell, format), at) in row.cells.iter().zip(&formats).zip(1..) {
                let kind = table.columns.get(at as usize - 1).map(|column| column.kind);
                self.cell(at, kind.unwrap_or(Kind::Text), cell, format, mark);
            }
            last = self.row;
            self.row += 1;
        }
        if self.heading.is_none() {
            self.heading = Some(heading);
            let end = string_from_column_index(columns);
            self.sheet
                .set_auto_filter(format!("A{heading}:{end}{last}"));
        }
        if let Some(given) = &table.total {
            self.total(table, given, &formats, (first, last));
            self.row += 1;
        }
        if self.row > 1_000_000 {
            return Err(WorkbookError::TooLarge);
        }
        Ok(())
    }

    /// Sums as formulas: of what a filter shows.
    fn total(
        &mut self,
        table: &Table,
        given: &[Cell],
        formats: &[String],
        (first, last): (u32, u32),
    ) {
        let columns = table.columns.iter().zip(formats).enumerate();
        for ((position, (column, format)), at) in columns.zip(1..) {
            if column.foot == Foot::Given {
                let cell = given.get(position).unwrap_or(&Cell::Empty);
                self.cell(at, column.kind, cell, format, Mark::Strong);
                continue;
            }
            let sum: i128 = table
                .rows
                .iter()
                .filter_map(|row| row.cells.get(position)?.figure())
                .map(i128::from)
                .sum();
            let letter = string_from_column_index(at);
            let row = self.row;
            let cell = self.sheet.cell_mut((at, row));
            if last < first {
                cell.set_value_number(0.0);
            } else {
                cell.set_formula(format!("SUBTOTAL(9,{letter}{first}:{letter}{last})"));
                let sum = i64::try_from(sum).unwrap_or(i64::MAX);
                cell.set_formula_result_number(figure(column.kind, sum));
            }
            self.sheet.set_style((at, row), style(format, Mark::Result));
        }
    }

    fn cell(&mut self, at: u32, kind: Kind, cell: &Cell, format: &str, mark: Mark) {
        let row = self.row;
        // A result has counts among its amounts.
        let own = match (cell, kind) {
            (Cell::Count(_), _) => Kind::Count,
            (Cell::Quantity(_), _) => Kind::Quantity,
            (Cell::Percent(_), _) => Kind::Percent,
            _ => kind,
        };
        match cell {
            Cell::Empty => {
                if mark == Mark::Plain {
                    return;
                }
            }
            Cell::Text(text) => {
                self.widen(at, text.chars().count().min(WIDEST));
                let text = neutral(text).into_owned();
                self.sheet.cell_mut((at, row)).set_value_string(text);
            }
            Cell::Date(day) => {
                let number = f64::from(i32::try_from(serial(*day)).unwrap_or(0));
                self.sheet.cell_mut((at, row)).set_value_number(number);
            }
            Cell::Moment(moment) => {
                let local = moment.with_timezone(&self.report.zone).naive_local();
                let number: f64 = serial_of_moment(local).parse().unwrap_or(0.0);
                self.sheet.cell_mut((at, row)).set_value_number(number);
            }
            Cell::Money(_) | Cell::Quantity(_) | Cell::Count(_) | Cell::Percent(_) => {
                let number = figure(own, cell.figure().unwrap_or(0));
                self.widen(at, digits(number));
                self.sheet.cell_mut((at, row)).set_value_number(number);
            }
        }
        let format = match cell {
            Cell::Text(_) => "@",
            _ if own == kind => format,
            Cell::Quantity(_) => "#,##0.000",
            Cell::Percent(_) => "0.0%",
            _ => "#,##0",
        };
        self.sheet.set_style((at, row), style(format, mark));
    }

    fn text(&mut self, at: u32, text: &str, mark: Mark) {
        let row = self.row;
        let text = neutral(text).into_owned();
        self.sheet.cell_mut((at, row)).set_value_string(text);
        self.sheet.set_style((at, row), style("@", mark));
    }

    /// The figures of a chart as a table, and beside them the chart.
    fn chart(&mut self, title: &str, chart: &Chart) -> Result<(), WorkbookError> {
        let language = self.report.language;
        let mut columns = vec![Column {
            title: String::new(),
            kind: Kind::Text,
            foot: Foot::Given,
        }];
        columns.extend(chart.series.iter().map(|series| Column {
            title: series.name.clone(),
            kind: chart.kind,
            foot: Foot::Given,
        }));
        let rows = chart.points.iter().enumerate().map(|(number, point)| {
            let mut cells = vec![Cell::Text(point.label.clone())];
            cells.extend(chart.series.iter().map(|series| {
                let figure = series.figures.get(number).copied().flatten();
                figure.map_or(Cell::Empty, |figure| chart.kind.cell(figure))
            }));
            super::Row {
                cells,
                tone: Tone::Plain,
            }
        });
        let table = Table {
            columns,
            rows: rows.collect(),
            total: None,
        };
        if table.rows.is_empty() {
            return Ok(());
        }
        self.table(&table)?;
        let points = count(table.rows.len())?;
        let (first, last) = (self.row - points, self.row - 1);
        let sheet = self.name.replace('\'', "''");
        let ranges: Vec<String> = (2..)
            .zip(&chart.series)
            .map(|(at, _)| {
                let letter = string_from_column_index(at);
                format!("'{sheet}'!${letter}${first}:${letter}${last}")
            })
            .collect();
        let kind = match chart.shape {
            Shape::Bars => ChartType::BarChart,
            Shape::Lines => ChartType::LineChart,
        };
        let left = self.columns + 1;
        let top = 3 + self.charts * (CHART_ROWS + 2);
        self.charts += 1;
        let mut native = NativeChart::default();
        native
            .new_chart(
                &kind,
                marker(left, top),
                marker(left + CHART_COLUMNS, top + CHART_ROWS),
                ranges.iter().map(String::as_str).collect(),
            )
            .set_series_title(chart.series.iter().map(|one| one.name.as_str()).collect())
            .set_series_point_title(chart.points.iter().map(|one| one.label.as_str()).collect())
            .set_default_language(match language {
                Language::French => "fr-FR",
                Language::English => "en-US",
            })
            .set_title(title);
        self.sheet.add_chart(native);
        Ok(())
    }

    fn widen(&mut self, at: u32, letters: usize) {
        let position = (at as usize).saturating_sub(1);
        if self.widths.len() <= position {
            self.widths.resize(position + 1, NARROWEST);
        }
        if let Some(width) = self.widths.get_mut(position) {
            *width = (*width).max(letters + 2);
        }
    }

    /// Widths, and the heading that stays in place.
    fn close(self) {
        for (width, at) in self.widths.iter().zip(1..) {
            let width = u32::try_from(*width).unwrap_or(0);
            self.sheet
                .column_dimension_by_number_mut(at)
                .set_width(f64::from(width));
        }
        if let Some(heading) = self.heading {
            let mut corner = Coordinate::default();
            corner.set_coordinate(format!("A{}", heading + 1));
            let mut pane = Pane::default();
            pane.set_vertical_split(f64::from(heading))
                .set_top_left_cell(corner)
                .set_active_pane(PaneValues::BottomLeft)
                .set_state(PaneStateValues::Frozen);
            let views = self.sheet.sheet_views_mut().sheet_view_list_mut();
            if views.is_empty() {
                views.push(umya_spreadsheet::SheetView::default());
            }
            if let Some(view) = views.first_mut() {
                view.set_pane(pane);
            }
        }
        self.sheet
            .page_setup_mut()
            .set_paper_size(9)
            .set_fit_to_width(1)
            .set_fit_to_height(0);
    }
}

fn marker(column: u32, row: u32) -> MarkerType {
    let mut marker = MarkerType::default();
    marker.set_coordinate(format!("{}{row}", string_from_column_index(column)));
    marker
}

fn count(number: usize) -> Result<u32, WorkbookError> {
    u32::try_from(number).map_err(|_| WorkbookError::TooLarge)
}
