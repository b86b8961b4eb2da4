//! The marks of an XLSX workbook: its parts are XML.

use std::{collections::BTreeMap, io::BufReader};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{MAX_MARKS, SheetMarks, attribute, each_event};
use crate::read::book::guard::Archive;

/// The members that the relations of a workbook name, by the ids of the relations.
pub fn relations(archive: &mut Archive<'_>, member: &str) -> BTreeMap<String, String> {
    let mut targets = BTreeMap::new();
    each_element(archive, member, |element| {
        if element.local_name().as_ref() == "Relationship"
            && let (Some(id), Some(target)) =
                (attribute(element, "Id"), attribute(element, "Target"))
        {
            let target = match target.strip_prefix('/') {
                Some(absolute) => absolute.to_owned(),
                None => format!("xl/{target}"),
            };
            targets.insert(id, target);
        }
    });
    targets
}

/// The members in which the sheets lie, by the names of the sheets.
pub fn sheet_members(archive: &mut Archive<'_>) -> BTreeMap<String, String> {
    let targets = relations(archive, "xl/_rels/workbook.xml.rels");
    let mut members = BTreeMap::new();
    each_element(archive, "xl/workbook.xml", |element| {
        if element.local_name().as_ref() == "sheet"
            && let (Some(name), Some(id)) = (attribute(element, "name"), attribute(element, "id"))
            && let Some(target) = targets.get(&id)
        {
            members.insert(name, target.clone());
        }
    });
    members
}

/// Reads the marks of a sheet. A sheet that cannot be read has none: its cells say what is wrong.
pub fn read(archive: &mut Archive<'_>, member: &str) -> SheetMarks {
    let mut marks = SheetMarks::default();
    let mut place = Place::default();
    let Ok(file) = archive.by_name(member) else {
        return marks;
    };
    let mut reader = Reader::from_reader(BufReader::new(file));
    reader.config_mut().check_end_names = false;
    each_event(&mut reader, |event| match event {
        Event::Start(element) => place.enter(element, &mut marks),
        Event::Empty(element) => {
            place.enter(element, &mut marks);
            place.leave(element.local_name().as_ref(), &mut marks);
        }
        Event::End(element) => place.leave(element.local_name().as_ref(), &mut marks),
        _ => {}
    });
    marks
}

/// Where the reader of a sheet is.
#[derive(Debug, Default)]
struct Place {
    row: u32,
    column: u32,
    has_formula: bool,
    has_value: bool,
}

impl Place {
    fn enter(&mut self, element: &BytesStart<'_>, marks: &mut SheetMarks) {
        match element.local_name().as_ref() {
            "row" => {
                if let Some(number) =
                    attribute(element, "r").and_then(|text| text.parse::<u32>().ok())
                {
                    self.row = number.saturating_sub(1);
                }
                let is_hidden = attribute(element, "hidden");
                if is_hidden.is_some_and(|word| word == "1" || word == "true")
                    && marks.hidden_rows.len() < MAX_MARKS
                {
                    marks.hidden_rows.insert(self.row);
                }
            }
            "c" => {
                (self.has_formula, self.has_value) = (false, false);
                if let Some(at) = attribute(element, "r").and_then(|text| cell_place(&text)) {
                    self.column = at.1;
                }
            }
            "f" => self.has_formula = true,
            "v" | "is" => self.has_value = true,
            "mergeCell" => {
                let area = attribute(element, "ref").and_then(|text| {
                    let (from, to) = text.split_once(':')?;
                    Some((cell_place(from)?, cell_place(to)?))
                });
                if let Some((from, to)) = area
                    && to.0 > from.0
                    && marks.merged.len() < MAX_MARKS
                {
                    marks.merged.push((from.0, from.1, to.0));
                }
            }
            _ => {}
        }
    }

    fn leave(&mut self, name: &str, marks: &mut SheetMarks) {
        match name {
            "row" => {
                self.row = self.row.saturating_add(1);
                self.column = 0;
            }
            "c" => {
                if self.has_formula && !self.has_value && marks.unkept.len() < MAX_MARKS {
                    marks.unkept.insert((self.row, self.column));
                }
                self.column = self.column.saturating_add(1);
            }
            _ => {}
        }
    }
}

/// `C7` as row 6 and column 2.
fn cell_place(text: &str) -> Option<(u32, u32)> {
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let (letters, row) = text.split_at_checked(digits)?;
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let mut column = 0u32;
    for letter in letters.bytes() {
        let value = letter.to_ascii_uppercase().checked_sub(b'A')?;
        if value > 25 {
            return None;
        }
        column = column * 26 + u32::from(value) + 1;
    }
    Some((row.parse::<u32>().ok()?.checked_sub(1)?, column - 1))
}

fn each_element(archive: &mut Archive<'_>, member: &str, mut each: impl FnMut(&BytesStart<'_>)) {
    let Ok(file) = archive.by_name(member) else {
        return;
    };
    let mut reader = Reader::from_reader(BufReader::new(file));
    each_event(&mut reader, |event| {
        if let Event::Start(element) | Event::Empty(element) = event {
            each(element);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_its_letters() {
        assert_eq!(cell_place("A1"), Some((0, 0)));
        assert_eq!(cell_place("AA10"), Some((9, 26)));
        for text in ["", "A", "1", "A0", "ABCD1", "é1", "A-1"] {
            assert_eq!(cell_place(text), None, "{text}");
        }
    }
}
