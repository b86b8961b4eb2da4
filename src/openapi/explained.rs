//! The page about refusals: `docs/errors.md`, to which the `type` of every refusal links.

use std::{fmt::Write as _, sync::LazyLock};

/// A test compares it with the codes.
const TABLE: &str = include_str!("../../docs/errors.md");

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>What can be refused</title>\n\
    <style>body { font: 16px/1.5 sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; } \
    table { border-collapse: collapse; } td, th { border: 1px solid #ccc; padding: .4rem .6rem; text-align: left; \
    vertical-align: top; } tr:target { background: #ffc; } pre { background: #f4f4f4; padding: 1rem; overflow-x: auto; }</style>\n\
    </head>\n<body>\n";

pub(super) fn page() -> &'static str {
    static PAGE: LazyLock<String> = LazyLock::new(|| rendered(TABLE));
    PAGE.as_str()
}

/// Renders headings, paragraphs, code and tables: the file has nothing else.
fn rendered(markdown: &str) -> String {
    let mut html = HEAD.to_owned();
    let (mut is_code, mut is_table) = (false, false);
    for line in markdown.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
            html.push_str(if is_code { "<pre>" } else { "</pre>\n" });
            continue;
        }
        let is_row = !is_code && line.starts_with('|');
        if is_row != is_table {
            html.push_str(if is_row { "<table>\n" } else { "</table>\n" });
            is_table = is_row;
        }
        let text = escaped(line);
        let _infallible = if is_code {
            writeln!(html, "{text}")
        } else if is_row {
            write_row(&mut html, line)
        } else if let Some(heading) = text.strip_prefix("# ") {
            writeln!(html, "<h1>{heading}</h1>")
        } else if let Some(heading) = text.strip_prefix("## ") {
            writeln!(html, "<h2>{heading}</h2>")
        } else if text.is_empty() {
            writeln!(html, "<p>")
        } else {
            writeln!(html, "{}", with_code(&text))
        };
    }
    html.push_str(if is_table { "</table>\n" } else { "" });
    html.push_str("</body>\n</html>\n");
    html
}

/// A row, with an anchor to link to.
fn write_row(html: &mut String, line: &str) -> std::fmt::Result {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    if cells
        .iter()
        .all(|cell| cell.chars().all(|c| "-:".contains(c)))
    {
        return Ok(());
    }
    let mut name = "";
    let mut row = String::new();
    for cell in cells {
        let anchor = cell
            .strip_prefix("<a id=\"")
            .and_then(|rest| rest.split_once("\"></a>"));
        let text = anchor.map_or(cell, |(_, text)| text);
        name = anchor.map_or(name, |(id, _)| id);
        write!(row, "<td>{}</td>", with_code(&escaped(text)))?;
    }
    match name {
        "" => writeln!(html, "<tr>{row}</tr>"),
        name => writeln!(html, "<tr id=\"{}\">{row}</tr>", escaped(name)),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn with_code(text: &str) -> String {
    let mut html = String::new();
    for (place, part) in text.split('`').enumerate() {
        html.push_str(match (place, place % 2) {
            (0, _) => "",
            (_, 1) => "<code>",
            _ => "</code>",
        });
        html.push_str(part);
    }
    html
}

#[cfg(test)]
mod tests {
    use kernel::Code;

    use super::*;

    #[test]
    fn every_code_has_its_place_on_the_page() {
        for code in Code::ALL {
            let row = format!(
                "<tr id=\"{0}\"><td><code>{0}</code></td><td>{1}</td>",
                code.as_str(),
                code.status()
            );
            assert!(page().contains(&row), "{}", code.as_str());
        }
        assert_eq!(
            page().matches("<table>").count(),
            page().matches("</table>").count()
        );
        assert!(!page().contains("<td>---</td>"));
    }

    #[test]
    fn what_the_file_says_is_text() {
        let html =
            rendered("# A & B\n\n```json\n{\"a\": \"<b>\"}\n```\n\n| `x` | 1 < 2 |\n|---|---|\n");
        assert!(html.contains("<h1>A &amp; B</h1>"));
        assert!(html.contains("<pre>{&quot;a&quot;: &quot;&lt;b&gt;&quot;}\n</pre>"));
        assert!(
            html.contains("<tr><td><code>x</code></td><td>1 &lt; 2</td></tr>"),
            "{html}"
        );
    }
}
