//! What is on the pages, read back.

use chrono::TimeZone as _;

use super::*;

/// Days of one month, figures that add up.
fn report(days: u32, language: Language) -> Report {
    let cdf = Kind::Money(Currency::parse("CDF").unwrap());
    let column = |title: &str, kind, foot| Column {
        title: title.to_owned(),
        kind,
        foot,
    };
    let rows = (0..days)
        .map(|day| Row {
            cells: vec![
                Cell::Text(format!("Savon {day}")),
                Cell::Money(i64::from(day) * 100),
                Cell::Percent(1234),
            ],
            tone: Tone::Plain,
        })
        .collect();
    let date = |day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap();
    Report {
        language,
        zone: chrono_tz::Africa::Lubumbashi,
        shop: Letterhead {
            name: "Chez Furaha".to_owned(),
            lines: vec!["Goma".to_owned()],
        },
        title: "Rapport".to_owned(),
        period: Period {
            from: date(1),
            to: date(31),
        },
        unit: String::new(),
        provenance: Provenance {
            computed_at: Utc.with_ymd_and_hms(2026, 11, 29, 17, 34, 0).unwrap(),
            by: "Furaha".to_owned(),
            facts: vec![("Livre".to_owned(), "132152".to_owned())],
        },
        sections: vec![Section {
            title: "Produits".to_owned(),
            remark: String::new(),
            blocks: vec![
                Block::Table(Table {
                    columns: vec![
                        column("Article", Kind::Text, Foot::Given),
                        column("Ventes", cdf, Foot::Sum),
                        column("%", Kind::Percent, Foot::Given),
                    ],
                    rows,
                    total: Some(vec![Cell::Text("Tout".to_owned())]),
                }),
                Block::Note("Une remarque.".to_owned()),
            ],
        }],
        signatures: vec!["Vu".to_owned()],
    }
}

/// The lines of each page: the glyphs of what is drawn, as the document itself says what they mean.
fn read(bytes: &[u8]) -> Vec<Vec<String>> {
    let document = lopdf::Document::load_mem(bytes).unwrap();
    let pages = document.get_pages();
    pages
        .into_values()
        .map(|page| {
            let fonts: std::collections::BTreeMap<String, std::collections::BTreeMap<u16, char>> =
                fonts(&document, page)
                    .iter()
                    .map(|(name, font)| {
                        let font = document.get_dictionary(font.as_reference().unwrap());
                        let map = font.unwrap().get_deref(b"ToUnicode", &document).unwrap();
                        let map = map.as_stream().unwrap();
                        let map = map
                            .decompressed_content()
                            .unwrap_or_else(|_| map.content.clone());
                        (
                            String::from_utf8(name.clone()).unwrap(),
                            meanings(&String::from_utf8(map).unwrap()),
                        )
                    })
                    .collect();
            let content = String::from_utf8(document.get_page_content(page).unwrap()).unwrap();
            content
                .lines()
                .filter_map(|line| {
                    let line = line.strip_prefix("BT /")?;
                    let font = &fonts[line.split(' ').next()?];
                    let glyphs = line.split(['<', '>']).nth(1)?;
                    Some(
                        glyphs
                            .as_bytes()
                            .chunks(4)
                            .map(|hex| {
                                let hex = std::str::from_utf8(hex).unwrap();
                                font[&u16::from_str_radix(hex, 16).unwrap()]
                            })
                            .collect(),
                    )
                })
                .collect()
        })
        .collect()
}

fn fonts(document: &lopdf::Document, page: lopdf::ObjectId) -> &lopdf::Dictionary {
    let page = document.get_dictionary(page).unwrap();
    let resources = page.get_deref(b"Resources", document).unwrap();
    let fonts = resources.as_dict().unwrap().get_deref(b"Font", document);
    fonts.unwrap().as_dict().unwrap()
}

fn meanings(map: &str) -> std::collections::BTreeMap<u16, char> {
    map.lines()
        .filter_map(|line| {
            let mut parts = line
                .split(['<', '>'])
                .filter(|part| !part.trim().is_empty());
            let glyph = u16::from_str_radix(parts.next()?, 16).ok()?;
            let letter = u32::from_str_radix(parts.next()?, 16).ok()?;
            Some((glyph, char::from_u32(letter)?))
        })
        .collect()
}

#[test]
fn a_long_table_repeats_its_heading_and_carries_its_sums() {
    let pages = read(&pdf::print(&report(100, Language::French)).unwrap());
    assert!(pages.len() > 2, "{} pages", pages.len());
    let count = pages.len();
    let has = |page: &[String], text: &str| page.iter().any(|line| line == text);
    for (number, page) in (1..).zip(&pages) {
        assert!(has(page, &format!("Page {number} sur {count}")), "{page:?}");
        let rows = page.iter().any(|line| line.starts_with("Savon"));
        assert!(!rows || has(page, "Ventes"), "{page:?}");
    }
    let carried = |page: &[String], word: &str| {
        let at = page.iter().position(|line| line == word).unwrap();
        page[at + 1].clone()
    };
    let forward = carried(&pages[0], "À reporter");
    assert_eq!(forward, carried(&pages[1], "Report"));
    let rows = pages[0]
        .iter()
        .filter(|line| line.starts_with("Savon"))
        .count();
    // 0 + 1 + … of as many rows.
    assert_eq!(forward, (rows * (rows - 1) / 2).to_string());
    let all: Vec<String> = pages.concat();
    for day in 0..100 {
        assert!(has(&all, &format!("Savon {day}")), "row {day}");
    }
    assert_eq!(carried(&all, "Tout"), "4\u{a0}950");
    assert!(has(&all, "132152") && has(&all, "Africa/Lubumbashi") && has(&all, "Vu"));
}

#[test]
fn a_report_in_english_has_its_words_and_figures_in_english() {
    let pages = read(&pdf::print(&report(100, Language::English)).unwrap());
    let all = pages.concat();
    for text in [
        "Brought forward",
        "4,950",
        "12.3",
        "29 Nov 2026 19:34 by Furaha",
    ] {
        assert!(all.iter().any(|line| line == text), "{text}: {all:?}");
    }
}

#[test]
fn words_that_are_too_long_are_broken_and_never_lost() {
    let mut long = report(1, Language::French);
    let name = "x".repeat(300);
    if let Some(Block::Table(table)) = long.sections[0].blocks.first_mut() {
        table.rows[0].cells[0] = Cell::Text(name.clone());
    }
    let all = read(&pdf::print(&long).unwrap()).concat();
    let printed: usize = all
        .iter()
        .filter(|line| line.chars().all(|letter| letter == 'x'))
        .map(String::len)
        .sum();
    assert_eq!(printed, name.len());
}
