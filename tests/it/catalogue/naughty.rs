//! Strings that break programs: they are data here.

use kernel::text::{Lines, find_control, has_visible};
use serde_json::json;

use super::{encoded, make, path_of, skus};

/// Texts that meant harm to some program somewhere.
const KNOWN: &[&str] = &[
    "undefined",
    "null",
    "NULL",
    "(null)",
    "nil",
    "None",
    "true",
    "false",
    "NaN",
    "Infinity",
    "-Infinity",
    "0",
    "1.00",
    "-1",
    "1E+02",
    "1e309",
    "0x0",
    "0xffffffff",
    "9223372036854775808",
    "1,000.00",
    "1'000",
    "0.1.2",
    "--1",
    "-",
    ".",
    "..",
    "/",
    "//",
    "\\",
    "\\\\",
    "\\n",
    "\\u0000",
    "\\x00",
    "%00",
    "%n%s%p",
    "%@",
    "{0}",
    "${x}",
    "#{1+1}",
    "{{7*7}}",
    "<%= 1 %>",
    "'",
    "\"",
    "''",
    "\"\"",
    "`",
    "'\"'",
    "'; DROP TABLE products; --",
    "1; SELECT pg_sleep(10)",
    "' OR 1=1 --",
    "') OR ('1'='1",
    "admin'--",
    "x'; ATTACH DATABASE 'x' AS y; --",
    "$1",
    "?1",
    ":name",
    "@var",
    "$$body$$",
    "/* comment */",
    "-- comment",
    "; ;",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;b&gt;",
    "&#x27;",
    "<!--",
    "]]>",
    "<![CDATA[x]]>",
    "=1+1",
    "+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "\tTAB",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "a\u{b}b",
    "a\u{c}b",
    " leading",
    "trailing ",
    "  two  blanks  ",
    "a\u{a0}b",
    "a\u{3000}b",
    "a\u{2003}b",
    "\u{feff}bom",
    "a\u{200b}b",
    "a\u{200d}b",
    "a\u{2060}b",
    "a\u{ad}b",
    "田中さんにあげて下さい",
    "パーティーへ行かないか",
    "和製漢語",
    "사회과학원 어학연구소",
    "찦차를 타고",
    "ด้้้้้็็็็็้้้้้็็็็็",
    "พ",
    "हिन्दी",
    "தமிழ்",
    "ქართული",
    "አማርኛ",
    "Українська",
    "Ελληνικά ΣΊΣΥΦΟΣ",
    "الكل في المجمو عة",
    "בראשית ברא אלוהים",
    "\u{202e}gnirts desrever",
    "\u{202d}x\u{202c}",
    "\u{2066}iso\u{2069}",
    "עברית english العربية",
    "مُنَاقَشَةُ سُبُلِ",
    "😍",
    "👩🏽",
    "👨‍👩‍👧‍👦",
    "🇨🇩",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "❤️",
    "1️⃣",
    "🐵🙈🙉🙊",
    "✋🏿💪🏿",
    "🚾🆒🆓",
    "ヽ༼ຈل͜ຈ༽ﾉ",
    "( ͡° ͜ʖ ͡°)",
    "¯\\_(ツ)_/¯",
    "ﷺ",
    "ﬁ ﬂ ﬃ",
    "№ ℡ ™",
    "ⅷ Ⅳ",
    "½⅓",
    "x²³",
    "İstanbul ı",
    "ß ẞ",
    "ǅ",
    "Ǆ",
    "ſ",
    "K",
    "Å",
    "T̗o͓͇̞ i̘n̰v̧o̡k͓e̖ t́h̡e",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "e\u{301}",
    "é",
    "\u{1e9b}\u{323}",
    "𝕿𝖍𝖊",
    "Ｔｈｅ",
    "⒯⒣⒠",
    "𠜎𠜱𠝹𠱓",
    "\u{10ffff}a",
    "\u{e000}a",
    "\u{fffd}a",
    "\u{d7ff}a",
    "\u{fdd0}a",
    "\u{fffe}a",
    "CON",
    "PRN",
    "LPT1",
    "../../etc/passwd",
    "C:\\Windows\\x",
    "file:///etc/passwd",
    "http://a/%%30%30",
    "a@b.c",
    "Scunthorpe",
    "{\"a\":1}",
    "[1,2]",
    "---",
    "|",
    "a|b;c,d",
    "(",
    ")",
    "[",
    "]",
    "[a-z]*",
    "a?b",
    "^$",
    "(?i)x",
    "*",
    "**",
    "%",
    "_",
    "%_%",
    "~",
    "!",
    "#",
    "&",
    "&&",
];

/// Those, and every control, mark of direction, width and combination between two letters.
fn naughty() -> Vec<String> {
    let mut texts: Vec<String> = KNOWN.iter().map(|text| (*text).to_owned()).collect();
    let hidden = ('\u{1}'..='\u{1f}')
        .chain('\u{7f}'..='\u{a0}')
        .chain('\u{300}'..='\u{36f}')
        .chain('\u{600}'..='\u{605}')
        .chain('\u{2000}'..='\u{200f}')
        .chain('\u{2028}'..='\u{202f}')
        .chain('\u{205f}'..='\u{206f}')
        .chain('\u{fe00}'..='\u{fe0f}')
        .chain('\u{fff9}'..='\u{fffd}')
        .chain('\u{1f3fb}'..='\u{1f3ff}')
        .chain('\u{e0061}'..='\u{e007a}');
    texts.extend(hidden.map(|c| format!("a{c}b")));
    texts.extend(('\u{1f600}'..='\u{1f640}').map(|c| format!("{c}{c}{c}")));
    texts.extend([
        "x".repeat(200),
        "é".repeat(200),
        "😍".repeat(200),
        "ﷺ".repeat(200),
        "' ".repeat(100),
    ]);
    assert!(texts.len() >= 515, "{}", texts.len());
    texts
}

both_databases!(
    naughty_strings_survive_as_names_and_are_found,
    |app| async {
        let manager = app.manager().await;
        // What a printer or a spreadsheet would act on is refused.
        let is_refused = |text: &String| find_control(text, Lines::One).is_some();
        let (refused, texts): (Vec<_>, Vec<_>) = naughty().into_iter().partition(is_refused);
        assert!(refused.len() > 60 && texts.len() > 400, "{}", texts.len());
        for text in &refused {
            let body = json!({"sku": "X", "name": text, "price_minor": 1});
            let refusal = manager.post("/products", body).await;
            let problem = refusal.expect_problem(422, "request.validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], "/name", "{text:?}");
            assert_eq!(problem["errors"][0]["code"], "text.control_character");
        }
        let mut made = Vec::new();
        for (number, text) in texts.iter().enumerate() {
            assert!(has_visible(text), "{text:?}");
            let body = json!({"sku": format!("N{number}"), "name": text, "price_minor": 1});
            made.push(make(&manager, body).await);
        }
        for ((number, text), product) in texts.iter().enumerate().zip(&made) {
            assert_eq!(product["name"].as_str(), Some(text.as_str()));
            let read = manager.get(&path_of(product)).await.expect(200);
            assert_eq!(&read, product);
            if text.chars().count() <= 100 {
                let found = skus(&manager, &format!("limit=200&q={}", encoded(text))).await;
                assert!(
                    found.contains(&format!("N{number}")),
                    "{text:?} is not found by itself"
                );
            }
        }
        for sort in ["name", "-name"] {
            assert_eq!(
                skus(&manager, &format!("sort={sort}&limit=11")).await.len(),
                texts.len()
            );
        }
        let first = manager
            .patch(&path_of(&made[0]), json!({"name": texts[50]}))
            .await
            .expect(200);
        assert_eq!(first["name"].as_str(), Some(texts[50].as_str()));
    }
);
