//! A table as a workbook, written as it comes.
//!
//! A sheet is a member of a zip archive, packed while it is written; the parts that have to know how
//! many sheets there are come last. Nothing is kept but the state of the packer, on disk neither. Texts
//! are written into their cells, so there is no list of all texts to keep.

use std::io::Write as _;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};
use chrono_tz::Tz;
use flate2::{Compression, Crc, write::DeflateEncoder};

use super::{Heading, Value, moment, neutral, plain};

/// Rows of a sheet, by the format's own limit.
const ROWS: u32 = 1_048_576;
/// Letters of a cell, by the format's own limit.
const LETTERS: usize = 32_767;
/// Bytes of a member or of an archive without the extension for larger ones.
const BYTES: u64 = 0xffff_ffff;

/// Why a workbook could not be written.
#[derive(Debug, thiserror::Error)]
pub enum XlsxError {
    /// It has become larger than such a file can be.
    #[error("the workbook is larger than 4 GB")]
    TooLarge,
    /// The packer failed.
    #[error("the workbook cannot be packed: {0}")]
    Pack(#[from] std::io::Error),
}

/// A workbook that is being written. Rows beyond what a sheet can hold go on on a next one.
#[derive(Debug)]
pub struct XlsxTable {
    name: String,
    headings: Vec<Heading>,
    zone: Tz,
    out: Vec<u8>,
    /// Bytes that were taken away.
    taken: u64,
    members: Vec<Member>,
    sheet: Option<OpenSheet>,
    sheets: u32,
    row: String,
}

#[derive(Debug)]
struct OpenSheet {
    packer: DeflateEncoder<Vec<u8>>,
    crc: Crc,
    offset: u64,
    packed: u64,
    rows: u32,
}

#[derive(Debug)]
struct Member {
    name: String,
    crc: u32,
    packed: u32,
    unpacked: u32,
    offset: u32,
    /// Its sizes follow after it.
    streamed: bool,
}

impl XlsxTable {
    /// A workbook with the heading of its first sheet. `zone` is the one in which its moments are written.
    ///
    /// # Errors
    /// [`XlsxError`].
    pub fn new(name: &str, headings: Vec<Heading>, zone: Tz) -> Result<Self, XlsxError> {
        let mut table = Self {
            name: sheet_name(name),
            headings,
            zone,
            out: Vec::new(),
            taken: 0,
            members: Vec::new(),
            sheet: None,
            sheets: 0,
            row: String::new(),
        };
        table.open_sheet()?;
        Ok(table)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// [`XlsxError`].
    pub fn push<'a>(&mut self, row: impl IntoIterator<Item = Value<'a>>) -> Result<(), XlsxError> {
        if self.sheet.as_ref().is_none_or(|sheet| sheet.rows >= ROWS) {
            self.close_sheet()?;
            self.open_sheet()?;
        }
        let mut text = std::mem::take(&mut self.row);
        text.clear();
        text.push_str("<row>");
        for value in row {
            write_cell(&mut text, value, self.zone);
        }
        text.push_str("</row>");
        let written = self.write(&text);
        self.row = text;
        if let Some(sheet) = &mut self.sheet {
            sheet.rows += 1;
        }
        written
    }

    /// What is ready to be sent.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        self.drain();
        self.taken += bytes(self.out.len());
        std::mem::take(&mut self.out)
    }

    /// The rest of the workbook.
    ///
    /// # Errors
    /// [`XlsxError`].
    pub fn finish(mut self) -> Result<Vec<u8>, XlsxError> {
        self.close_sheet()?;
        for (name, content) in self.parts() {
            self.member(&name, &content)?;
        }
        let start = self.position();
        let mut directory = Vec::new();
        for member in &self.members {
            directory.extend_from_slice(b"PK\x01\x02\x14\0\x14\0");
            directory.extend_from_slice(&member.header());
            // The length of the comment, the disk, the attributes.
            directory.extend_from_slice(&[0; 10]);
            directory.extend_from_slice(&member.offset.to_le_bytes());
            directory.extend_from_slice(member.name.as_bytes());
        }
        let count = u16::try_from(self.members.len()).map_err(|_| XlsxError::TooLarge)?;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend_from_slice(&count.to_le_bytes());
        end.extend_from_slice(&count.to_le_bytes());
        end.extend_from_slice(&small(bytes(directory.len()))?.to_le_bytes());
        end.extend_from_slice(&small(start)?.to_le_bytes());
        end.extend_from_slice(&[0; 2]);
        self.out.extend_from_slice(&directory);
        self.out.extend_from_slice(&end);
        Ok(self.out)
    }

    fn position(&self) -> u64 {
        self.taken + bytes(self.out.len())
    }

    fn open_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheets += 1;
        let name = format!("xl/worksheets/sheet{}.xml", self.sheets);
        let offset = self.position();
        // Sizes and the sum follow after the member (bit 3).
        self.out
            .extend_from_slice(b"PK\x03\x04\x14\0\x08\x08\x08\0\0\0\x21\0");
        self.out.extend_from_slice(&[0; 12]);
        self.out.extend_from_slice(&length(&name)?.to_le_bytes());
        self.out.extend_from_slice(&[0; 2]);
        self.out.extend_from_slice(name.as_bytes());
        self.sheet = Some(OpenSheet {
            packer: DeflateEncoder::new(Vec::new(), Compression::new(3)),
            crc: Crc::new(),
            offset,
            packed: 0,
            rows: 0,
        });
        let mut text = String::from(SHEET_START);
        for (number, heading) in (1..).zip(&self.headings) {
            text.push_str(&format!(
                "<col min=\"{number}\" max=\"{number}\" width=\"{}\" customWidth=\"1\"/>",
                heading.letters.max(6)
            ));
        }
        text.push_str("</cols><sheetData><row>");
        for heading in &self.headings {
            text.push_str("<c t=\"inlineStr\" s=\"1\"><is><t>");
            escape(&mut text, &heading.title);
            text.push_str("</t></is></c>");
        }
        text.push_str("</row>");
        if let Some(sheet) = &mut self.sheet {
            sheet.rows = 1;
        }
        self.write(&text)
    }

    fn close_sheet(&mut self) -> Result<(), XlsxError> {
        let Some(rows) = self.sheet.as_ref().map(|sheet| sheet.rows) else {
            return Ok(());
        };
        let last = column(self.headings.len());
        let end = format!("</sheetData><autoFilter ref=\"A1:{last}{rows}\"/></worksheet>");
        self.write(&end)?;
        self.drain();
        let Some(sheet) = self.sheet.take() else {
            return Ok(());
        };
        let rest = sheet.packer.finish()?;
        self.out.extend_from_slice(&rest);
        let member = Member {
            name: format!("xl/worksheets/sheet{}.xml", self.sheets),
            crc: sheet.crc.sum(),
            packed: small(sheet.packed + bytes(rest.len()))?,
            unpacked: sheet.crc.amount(),
            offset: small(sheet.offset)?,
            streamed: true,
        };
        self.out.extend_from_slice(b"PK\x07\x08");
        self.out.extend_from_slice(&member.crc.to_le_bytes());
        self.out.extend_from_slice(&member.packed.to_le_bytes());
        self.out.extend_from_slice(&member.unpacked.to_le_bytes());
        self.members.push(member);
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<(), XlsxError> {
        if let Some(sheet) = &mut self.sheet {
            // The packer counts to 4 GB, as the format does.
            if u64::from(sheet.crc.amount()) + bytes(text.len()) > BYTES {
                return Err(XlsxError::TooLarge);
            }
            sheet.crc.update(text.as_bytes());
            sheet.packer.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    /// Moves what is packed to what is ready.
    fn drain(&mut self) {
        if let Some(sheet) = &mut self.sheet {
            let ready = std::mem::take(sheet.packer.get_mut());
            sheet.packed += bytes(ready.len());
            self.out.extend_from_slice(&ready);
        }
    }

    /// A short member, whole.
    fn member(&mut self, name: &str, content: &str) -> Result<(), XlsxError> {
        let mut crc = Crc::new();
        crc.update(content.as_bytes());
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::new(3));
        packer.write_all(content.as_bytes())?;
        let packed = packer.finish()?;
        let member = Member {
            name: name.to_owned(),
            crc: crc.sum(),
            packed: small(bytes(packed.len()))?,
            unpacked: small(bytes(content.len()))?,
            offset: small(self.position())?,
            streamed: false,
        };
        self.out.extend_from_slice(b"PK\x03\x04\x14\0");
        self.out.extend_from_slice(&member.header());
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(&packed);
        self.members.push(member);
        Ok(())
    }

    /// The parts that are as short as the sheets are few.
    fn parts(&self) -> Vec<(String, String)> {
        let (mut types, mut links, mut sheets) = (String::new(), String::new(), String::new());
        for number in 1..=self.sheets {
            types.push_str(&format!(
                "<Override PartName=\"/xl/worksheets/sheet{number}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"
            ));
            links.push_str(&format!(
                "<Relationship Id=\"rId{number}\" Type=\"{RELATION}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
            ));
            let name = if number == 1 {
                self.name.clone()
            } else {
                format!("{} {number}", self.name)
            };
            sheets.push_str("<sheet name=\"");
            escape(&mut sheets, &name);
            sheets.push_str(&format!("\" sheetId=\"{number}\" r:id=\"rId{number}\"/>"));
        }
        let styles = self.sheets + 1;
        vec![
            (
                "xl/workbook.xml".to_owned(),
                format!(
                    "{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATION}\"><sheets>{sheets}</sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels".to_owned(),
                format!(
                    "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{links}<Relationship Id=\"rId{styles}\" Type=\"{RELATION}/styles\" Target=\"styles.xml\"/></Relationships>"
                ),
            ),
            (
                "_rels/.rels".to_owned(),
                format!(
                    "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" Type=\"{RELATION}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            ("xl/styles.xml".to_owned(), format!("{HEAD}{STYLES}")),
            (
                "[Content_Types].xml".to_owned(),
                format!(
                    "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>{types}</Types>"
                ),
            ),
        ]
    }
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
/// The first row stays where it is when the others are moved.
const SHEET_START: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>";
/// Styles of cells, by their place: 0 general, 1 heading, 2 words (a code of digits stays what it is), 3
/// whole, 4 two decimals, 5 as many decimals as there are, 6 day, 7 moment, 8 words that stand out.
const STYLES: &str = "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><numFmts count=\"2\"><numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\"/><numFmt numFmtId=\"166\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/></numFmts><fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts><fills count=\"4\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill><fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFE8EBF0\"/></patternFill></fill><fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFF8C9C4\"/></patternFill></fill></fills><borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs count=\"9\"><xf numFmtId=\"0\"/><xf numFmtId=\"49\" fontId=\"1\" fillId=\"2\" applyFont=\"1\" applyFill=\"1\"/><xf numFmtId=\"49\" applyNumberFormat=\"1\"/><xf numFmtId=\"3\" applyNumberFormat=\"1\"/><xf numFmtId=\"4\" applyNumberFormat=\"1\"/><xf numFmtId=\"0\"/><xf numFmtId=\"165\" applyNumberFormat=\"1\"/><xf numFmtId=\"166\" applyNumberFormat=\"1\"/><xf numFmtId=\"49\" fillId=\"3\" applyNumberFormat=\"1\" applyFill=\"1\"/></cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

impl Member {
    /// What the local and the central header have in common, from the flags to the lengths: names in
    /// UTF-8, packed, 1 January 1980.
    fn header(&self) -> Vec<u8> {
        let follows = if self.streamed { 8 } else { 0 };
        let mut header = vec![follows, 8, 8, 0, 0, 0, 0x21, 0];
        header.extend_from_slice(&self.crc.to_le_bytes());
        header.extend_from_slice(&self.packed.to_le_bytes());
        header.extend_from_slice(&self.unpacked.to_le_bytes());
        let length = u16::try_from(self.name.len()).unwrap_or(u16::MAX);
        header.extend_from_slice(&length.to_le_bytes());
        header.extend_from_slice(&[0; 2]);
        header
    }
}

/// A cell. A number of 16 and more figures would lose its last ones in a spreadsheet: it is kept as text.
fn write_cell(row: &mut String, value: Value<'_>, zone: Tz) {
    match value {
        Value::Empty => row.push_str("<c/>"),
        Value::Text(text) => words(row, 2, text),
        Value::Marked(text) => words(row, 8, text),
        Value::Number { scaled, decimals } if scaled.unsigned_abs() < 1_000_000_000_000_000 => {
            let style = match decimals {
                0 => 3,
                1 | 2 => 4,
                _ => 5,
            };
            number(row, style, &plain(scaled, decimals));
        }
        Value::Number { scaled, decimals } => {
            write_cell(row, Value::Text(&plain(scaled, decimals)), zone);
        }
        Value::Flag(flag) => {
            row.push_str("<c t=\"b\"><v>");
            row.push(if flag { '1' } else { '0' });
            row.push_str("</v></c>");
        }
        Value::Date(day) => number(row, 6, &serial(day).to_string()),
        Value::Moment(at) => number(row, 7, &serial_of_moment(moment(at, zone))),
    }
}

fn words(row: &mut String, style: u8, text: &str) {
    row.push_str("<c t=\"inlineStr\" s=\"");
    row.push(char::from(b'0' + style));
    row.push_str("\"><is><t xml:space=\"preserve\">");
    escape(row, &neutral(text));
    row.push_str("</t></is></c>");
}

fn number(row: &mut String, style: u8, figure: &str) {
    row.push_str("<c s=\"");
    row.push(char::from(b'0' + style));
    row.push_str("\"><v>");
    row.push_str(figure);
    row.push_str("</v></c>");
}

/// Days since the end of 1899, as spreadsheets count them (from March 1900 on).
pub(in crate::write) fn serial(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce()) - 693_594
}

pub(in crate::write) fn serial_of_moment(at: NaiveDateTime) -> String {
    let second = i64::from(at.num_seconds_from_midnight());
    // To a hundred-millionth of a day: less than a thousandth of a second.
    let part = second * 100_000_000 / 86_400;
    let round = i64::from(second * 100_000_000 % 86_400 > 0);
    plain(serial(at.date()) * 100_000_000 + part + round, 8)
}

/// A text as XML, without what XML has no place for, cut to the longest text that a cell can hold.
fn escape(out: &mut String, text: &str) {
    for letter in text.chars().take(LETTERS) {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() && !matches!(letter, '\n' | '\t') => {}
            letter => out.push(letter),
        }
    }
}

/// The name of a sheet: at most 31 letters, some of which are not allowed; room is left for a number.
pub(in crate::write) fn sheet_name(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|letter| !matches!(letter, '[' | ']' | ':' | '*' | '?' | '/' | '\\'))
        // An apostrophe would have to be doubled wherever the sheet is named.
        .map(|letter| if letter == '\'' { '’' } else { letter })
        .take(28)
        .collect();
    if name.trim().is_empty() {
        "1".to_owned()
    } else {
        name
    }
}

/// The letters of a column: 1 is A, 27 is AA.
fn column(number: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = number.max(1);
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().rev().collect()
}

fn bytes(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn small(number: u64) -> Result<u32, XlsxError> {
    u32::try_from(number).map_err(|_| XlsxError::TooLarge)
}

fn length(name: &str) -> Result<u16, XlsxError> {
    u16::try_from(name.len()).map_err(|_| XlsxError::TooLarge)
}

#[cfg(test)]
mod tests;
