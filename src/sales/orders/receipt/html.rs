//! A receipt as an HTML page: one file without scripts or external content.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use files::write::Weight;
use sha2::{Digest as _, Sha256};

use super::{Paper, layout::ReceiptRow};

/// The first two rules depend on the paper's width.
const STYLE: &str = "\
body{margin:4mm auto;font:9.5pt/1.35 'Noto Sans','DejaVu Sans',sans-serif;color:#000;background:#fff}\
p{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}\
.c{text-align:center}.b{font-weight:700}.b.p{font-size:11.5pt}\
.p{display:flex;justify-content:space-between;gap:3mm}.p span:last-child{white-space:nowrap;text-align:right}\
.m{text-align:center;font-weight:700;border:.6mm solid #000;padding:1mm;margin:2mm 0;letter-spacing:.1em}\
hr{border:0;border-top:.2mm dashed #000;margin:1.5mm 0}\
@media print{body{margin:0}}";

fn style(paper: Paper) -> String {
    let (width, margin) = (paper.width_mm(), 4);
    let inner = width - 2 * margin;
    format!("@page{{size:{width}mm auto;margin:{margin}mm}}body{{width:{inner}mm}}{STYLE}")
}

/// The content policy: the page may use only its own style.
pub(super) fn policy(paper: Paper) -> String {
    let hash = STANDARD.encode(Sha256::digest(style(paper).as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

pub(super) fn render(title: &str, locale: &str, paper: Paper, rows: &[ReceiptRow]) -> String {
    let mut body = String::new();
    for row in rows {
        match row {
            ReceiptRow::Rule => body.push_str("<hr>\n"),
            ReceiptRow::Mark(text) => paragraph(&mut body, "m", text),
            ReceiptRow::Centred(text, weight) => paragraph(&mut body, class("c", *weight), text),
            ReceiptRow::Name { name, .. } => paragraph(&mut body, "", name),
            ReceiptRow::Left(text, weight) => paragraph(&mut body, class("", *weight), text),
            ReceiptRow::Pair(left, right, weight) => {
                body.push_str("<p class=\"");
                body.push_str(class("p", *weight));
                body.push_str("\"><span>");
                escape(&mut body, left);
                body.push_str("</span><span>");
                escape(&mut body, right);
                body.push_str("</span></p>\n");
            }
        }
    }
    let mut head = String::new();
    escape(&mut head, title);
    let style = style(paper);
    let mut language = String::new();
    escape(&mut language, locale);
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{head}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

const fn class(base: &'static str, weight: Weight) -> &'static str {
    match (base.as_bytes(), weight) {
        (b"c", Weight::Strong) => "c b",
        (b"p", Weight::Strong) => "b p",
        (_, Weight::Strong) => "b",
        (_, Weight::Plain) => base,
    }
}

fn paragraph(body: &mut String, class: &str, text: &str) {
    body.push_str("<p class=\"");
    body.push_str(class);
    body.push_str("\">");
    escape(body, text);
    body.push_str("</p>\n");
}

/// Escapes the shop's texts, so that they cannot open a tag, an attribute or an entity.
fn escape(into: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            c => into.push(c),
        }
    }
}
