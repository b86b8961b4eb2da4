//! A receipt as plain text, for a message or a simple printer. Lines are as long as the paper allows.

use files::write::Weight;

use super::{Paper, layout::ReceiptRow};

pub(super) fn render(paper: Paper, rows: &[ReceiptRow]) -> String {
    let width = paper.characters();
    let mut text = String::new();
    for row in rows {
        let lines = match row {
            ReceiptRow::Rule => vec!["-".repeat(width)],
            ReceiptRow::Left(line, _) | ReceiptRow::Name { name: line, .. } => wrap(line, width),
            ReceiptRow::Centred(line, _) => centred(line, width),
            ReceiptRow::Mark(line) => centred(&format!("*** {line} ***"), width),
            ReceiptRow::Pair(left, right, weight) => {
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

/// Two texts on one line. If the left one is too long, its beginning gets lines above. If the right
/// one takes most of the width, it gets lines of its own.
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

/// Counts letters; a combining mark belongs to the letter before it.
fn count(text: &str) -> usize {
    text.chars().filter(|c| !kernel::text::is_mark(*c)).count()
}

/// Wraps the text into lines of at most this many letters, at least one line. Longer words are
/// broken. Later lines keep the indentation.
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
            ReceiptRow::Centred("Chez Awa".to_owned(), Weight::Strong),
            ReceiptRow::Rule,
            ReceiptRow::Name {
                name: "Mbɔ́tɛ na bínó, un nom qui ne tient pas".to_owned(),
                code: "A1".to_owned(),
            },
            ReceiptRow::Pair(
                "   2 × 1\u{a0}500".to_owned(),
                "3\u{a0}000".to_owned(),
                Weight::Plain,
            ),
            ReceiptRow::Mark("ANNULÉ".to_owned()),
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
