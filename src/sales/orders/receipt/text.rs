//! A receipt as plain text, for a message or a printer that knows nothing else: lines of as many
//! characters as the paper holds.

use files::write::Weight;

use super::{Paper, layout::Row};

/// Draws the rows.
pub(super) fn render(paper: Paper, rows: &[Row]) -> String {
    let width = paper.characters();
    let mut text = String::new();
    for row in rows {
        let lines = match row {
            Row::Rule => vec!["-".repeat(width)],
            Row::Left(line, _) | Row::Name { name: line, .. } => wrap(line, width),
            Row::Centred(line, _) => centred(line, width),
            Row::Mark(line) => centred(&format!("*** {line} ***"), width),
            Row::Pair(left, right, weight) => {
                if *weight == Weight::Strong {
                    text.push('\n');
                }
                pair(left, right, width)
            }
        };
        for line in lines {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

fn centred(line: &str, width: usize) -> Vec<String> {
    let centre = |line: String| format!("{}{line}", blanks(width.saturating_sub(count(&line)) / 2));
    wrap(line, width).into_iter().map(centre).collect()
}

/// Left and right on one line. What is left of a long text on the left stands above; where the
/// right one takes most of the width, it has lines of its own.
fn pair(left: &str, right: &str, width: usize) -> Vec<String> {
    let taken = count(right);
    let room = width.saturating_sub(taken + 2);
    if room * 10 < width * 3 {
        let to_the_right =
            |line: String| format!("{}{line}", blanks(width.saturating_sub(count(&line))));
        let mut lines = wrap(left, width);
        lines.extend(wrap(right, width).into_iter().map(to_the_right));
        return lines;
    }
    let mut lines = wrap(left, room);
    if let Some(last) = lines.last_mut() {
        last.push_str(&blanks(width.saturating_sub(count(last) + taken)));
        last.push_str(right);
    }
    lines
}

fn blanks(count: usize) -> String {
    " ".repeat(count)
}

/// Letters; a mark stands on the one before it.
fn count(text: &str) -> usize {
    text.chars().filter(|c| !kernel::text::is_mark(*c)).count()
}

/// The text in lines of at most so many letters; there is always one. Words that are longer are
/// broken; what follows the first line keeps its indentation.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let leading = text.chars().take_while(|c| *c == ' ').count();
    let indent = blanks(leading.min(width / 2));
    let mut lines = Vec::new();
    let mut line = indent.clone();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(line != indent);
        if count(&line) + gap + count(word) <= width {
            line.push_str(&blanks(gap));
            line.push_str(word);
            continue;
        }
        if line != indent {
            lines.push(std::mem::replace(&mut line, indent.clone()));
        }
        for c in word.chars() {
            if count(&line) >= width && !kernel::text::is_mark(c) {
                lines.push(std::mem::replace(&mut line, indent.clone()));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_fill_the_width_of_the_paper() {
        let rows = [
            Row::Centred("Chez Awa".to_owned(), Weight::Strong),
            Row::Rule,
            Row::Name {
                name: "Mbɔ́tɛ na bínó, un nom qui ne tient pas".to_owned(),
                code: "A1".to_owned(),
            },
            Row::Pair(
                "   2 × 1\u{a0}500".to_owned(),
                "3\u{a0}000".to_owned(),
                Weight::Plain,
            ),
            Row::Mark("ANNULÉ".to_owned()),
        ];
        assert_eq!(
            render(Paper::Mm58, &rows).lines().collect::<Vec<_>>(),
            [
                "            Chez Awa",
                "--------------------------------",
                "Mbɔ́tɛ na bínó, un nom qui ne",
                "tient pas",
                "   2 × 1\u{a0}500               3\u{a0}000",
                "         *** ANNULÉ ***",
            ]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_long(text in "[a-zé\u{301} ]{0,80}", width in 8usize..48) {
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(count(line) <= width, "{line:?}");
            }
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
