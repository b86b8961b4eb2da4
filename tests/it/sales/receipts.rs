//! Receipts: right figures, harmless texts, for the right eyes.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use kernel::ids::ProductId;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    shop::{Wanted, basket},
};

/// A name that is one long word, and hostile.
const HOSTILE: &str = "<script>alert('x')</script>&\"\u{202e}Äéœ~SansEspaceEtBeaucoupTropLongPourUnTicketDeQuatreVingtsMillimètres";

async fn name(app: &TestApp, product: ProductId, name: &str) {
    let path = format!("/products/{product}");
    let manager = app.manager().await;
    manager
        .patch(&path, json!({ "name": name }))
        .await
        .expect(200);
}

/// The text of a PDF and its number of pages; no text where no reader is installed.
fn read_pdf(bytes: &[u8]) -> Option<String> {
    let mut reader = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    reader.stdin.take()?.write_all(bytes).ok()?;
    let output = reader.wait_with_output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A sale of rice with a discount, paid in dollars; returns the path of its receipt.
async fn sell_for_dollars(app: &TestApp) -> String {
    let rate = json!({ "currency": "USD", "rate_micros": 2_850_500_000_i64 });
    app.admin().await.post("/rates", rate).await.expect(201);
    let rice = app
        .product(Wanted {
            sku: "RIZ",
            unit: "kg",
            tax_rate_bp: 1600,
            ..Wanted::default()
        })
        .await;
    name(app, rice, "Riz parfumé").await;
    let order = json!({
        "lines": [{ "product_id": rice, "quantity": 2.5, "discount_minor": 5_000 }],
        "payments": [{ "method": "cash", "currency": "USD", "amount_minor": 500 }],
    });
    let sold = app.manager().await.post("/sales", order).await.expect(201);
    format!("/sales/{}/receipt", sold["id"].as_str().unwrap())
}

/// What the receipt of [`sell_for_dollars`] says: 2.5 kg at 3,500 less 50 are 8,700, of which 1,200
/// tax; 5 dollars are 14,252.50, 5,550 back in notes.
const RICE_FOR_DOLLARS: [&str; 12] = [
    "Reçu n°\u{a0}1",
    "Riz parfumé",
    "2,5\u{a0}kg × 3\u{a0}500",
    "8\u{a0}700\u{a0}FC",
    "dont TVA 16\u{a0}%",
    "1\u{a0}200\u{a0}FC",
    "HT 7\u{a0}500 + TVA 1\u{a0}200",
    "5,00\u{a0}USD",
    "1\u{a0}USD = 2\u{a0}850,5\u{a0}FC",
    "Rendu",
    "5\u{a0}550\u{a0}FC",
    "Caisse : manager",
];

/// A reader may turn a space that does not break into one that does.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

both_databases!(
    a_receipt_says_what_was_sold_and_how_it_was_paid,
    |app| async {
        let path = sell_for_dollars(app).await;
        let manager = app.manager().await;
        let page = manager.get(&path).await;
        page.expect(200);
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        let text = page.text();
        for words in RICE_FOR_DOLLARS {
            assert!(text.contains(words), "{words}: {text}");
        }

        let pdf = manager.get(&format!("{path}?format=pdf")).await;
        pdf.expect(200);
        assert_eq!(pdf.header("content-type"), Some("application/pdf"));
        assert!(pdf.bytes.starts_with(b"%PDF"));
        if let Some(text) = read_pdf(&pdf.bytes) {
            assert_eq!(text.matches('\u{c}').count(), 1, "one page: {text}");
            for words in RICE_FOR_DOLLARS {
                let words = plain(words);
                assert!(plain(&text).contains(words.trim()), "{words}: {text}");
            }
        }
    }
);

both_databases!(a_hostile_name_stays_a_name, |app| async {
    let product = app.product(Wanted::default()).await;
    name(app, product, HOSTILE).await;
    let manager = app.manager().await;
    let sold = manager.post("/sales", basket(product, 1)).await.expect(201);
    let path = format!("/sales/{}/receipt", sold["id"].as_str().unwrap());
    let text = manager.get(&path).await.text();
    assert!(
        text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;Äéœ~"),
        "{text}"
    );
    assert!(
        !text.contains("<script") && !text.contains('\u{202e}'),
        "{text}"
    );
    let pdf = manager.get(&format!("{path}?format=pdf")).await;
    pdf.expect(200);
    if let Some(text) = read_pdf(&pdf.bytes) {
        // It goes on in the next line, and nothing of it is lost.
        let letters = |text: &str| text.split_whitespace().collect::<String>();
        let whole = HOSTILE.replace('\u{202e}', "");
        assert!(letters(&text).contains(&letters(&whole)), "{text}");
    }
});

/// Names with letters and marks that few fonts have; some keyboards send the marks apart.
const NAMES: [&str; 5] = [
    "Mbɔ́tɛ na bínó",
    "Cafe\u{301} moulu de\u{301}cafe\u{301}ine\u{301}",
    "Ẹ̀wà àti ọ̀gẹ̀dẹ̀ ṣúgà",
    "Cà phê sữa đá, nước mắm",
    "Umuceri n’ibishyimbo bya Ngozi byiza cyane, igikapu cy’ibiro mirongo itanu",
];

both_databases!(names_are_printed_whole, |app| async {
    let manager = app.manager().await;
    let mut lines = Vec::new();
    for (number, name) in NAMES.iter().chain(&["መልካም ቡና"]).enumerate() {
        let body = json!({"sku": format!("CODE-{number}"), "name": name, "unit": "piece", "price_minor": 100_000, "cost_minor": 0, "tax_rate_bp": 0, "reorder_level": 0, "initial_stock": 5});
        let made = manager.post("/products", body).await.expect(201);
        lines.push(json!({"product_id": made["id"], "quantity": 1}));
    }
    let sale = json!({ "lines": lines });
    let sold = manager.post("/sales", sale).await.expect(201);
    let path = format!("/sales/{}/receipt", sold["id"].as_str().unwrap());
    let letters = |text: &str| -> String {
        let composed = kernel::text::compose(text);
        composed.chars().filter(|c| !c.is_whitespace()).collect()
    };
    for paper in ["58mm", "80mm"] {
        for format in ["html", "pdf", "text"] {
            let answer = manager
                .get(&format!("{path}?format={format}&paper={paper}"))
                .await;
            answer.expect(200);
            let text = if format == "pdf" {
                let size = answer.bytes.len();
                assert!(size <= 40_000, "{size} bytes");
                let Some(text) = read_pdf(&answer.bytes) else {
                    continue;
                };
                assert_eq!(text.matches('\u{c}').count(), 1, "one page: {text}");
                text
            } else {
                answer.text().replace("&#39;", "'")
            };
            for name in NAMES {
                assert!(
                    letters(&text).contains(&letters(name)),
                    "{format} {paper} {name}: {text}"
                );
            }
            // What has no letter in the font of a PDF is there by its code.
            let foreign = if format == "pdf" {
                "CODE-5"
            } else {
                "መልካም ቡና"
            };
            assert!(text.contains(foreign), "{format}: {text}");
        }
    }
    let text = manager.get(&format!("{path}?format=text&paper=58mm")).await;
    assert_eq!(
        text.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let is_mark = |c: &char| !kernel::text::is_mark(*c);
    for line in text.text().lines() {
        assert!(line.chars().filter(is_mark).count() <= 32, "{line}");
    }
    let page = manager.get(&format!("{path}?paper=58mm")).await.text();
    assert!(page.contains("size:58mm"), "{page}");
});

both_databases!(what_was_taken_back_is_stamped, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let sell = async || manager.post("/sales", basket(product, 2)).await.expect(201);
    let (one, two) = (sell().await, sell().await);
    let path = |sale: &serde_json::Value, end: &str| {
        format!("/sales/{}/{end}", sale["id"].as_str().unwrap())
    };
    manager
        .post(&path(&one, "void"), json!({ "reason": "erreur <b>" }))
        .await
        .expect(200);
    let text = manager.get(&path(&one, "receipt")).await.text();
    assert!(
        text.contains(">ANNULÉ<") && text.contains("Motif : erreur &lt;b&gt;"),
        "{text}"
    );
    let line = &two["lines"][0]["id"];
    manager
        .post(
            &path(&two, "refunds"),
            json!({ "lines": [{ "sale_line_id": line, "quantity": 1, "restock": true }], "reason": "cassé" }),
        )
        .await
        .expect(201);
    let text = manager.get(&path(&two, "receipt")).await.text();
    assert!(text.contains("PARTIELLEMENT REMBOURSÉ"), "{text}");
    assert!(text.contains("-3\u{a0}500\u{a0}FC"), "{text}");
    manager
        .get(&path(&two, "receipt?format=pdf"))
        .await
        .expect(200);
});

/// Refunds a part of the first line of a sale; returns the path of the refund's receipt.
async fn refund(app: &TestApp, sale: &Value, quantity: i64) -> String {
    let line = &sale["lines"][0]["id"];
    let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    let body = json!({
        "lines": [{ "sale_line_id": line, "quantity": quantity, "restock": true }],
        "reason": "cassé <b>",
    });
    let made = app.manager().await.post(&path, body).await.expect(201);
    format!("/refunds/{}/receipt", made["id"].as_str().unwrap())
}

/// A product with tax.
async fn taxed(app: &TestApp) -> ProductId {
    let wanted = Wanted {
        tax_rate_bp: 1600,
        ..Wanted::default()
    };
    app.product(wanted).await
}

both_databases!(a_refund_has_a_receipt_of_its_own, |app| async {
    let product = taxed(app).await;
    name(app, product, "Mbɔ́tɛ na bínó").await;
    let cashier = app.cashier().await;
    let sale = cashier.post("/sales", basket(product, 3)).await.expect(201);
    let path = refund(app, &sale, 2).await;
    // Two of three at 3,500, of which 965.52 is tax.
    let expected = [
        "Remboursement n°\u{a0}1",
        "Reçu n°\u{a0}1",
        "Mbɔ́tɛ na bínó",
        "7\u{a0}000\u{a0}FC",
        "dont TVA 16\u{a0}%",
        "966\u{a0}FC",
        "Espèces",
        "Caisse : manager",
    ];
    for (format, reason) in [
        ("html", "cassé &lt;b&gt;"),
        ("text", "cassé <b>"),
        ("pdf", "cassé <b>"),
    ] {
        let answer = cashier.get(&format!("{path}?format={format}")).await;
        answer.expect(200);
        let text = if format == "pdf" {
            assert!(answer.bytes.len() <= 40_000);
            let Some(text) = read_pdf(&answer.bytes) else {
                continue;
            };
            text
        } else {
            answer.text()
        };
        for words in expected {
            let (text, words) = (plain(&text), plain(words));
            assert!(text.contains(&words), "{format} {words}: {text}");
        }
        assert!(text.contains(reason), "{format}: {text}");
    }
});

both_databases!(
    the_receipt_of_a_refund_is_for_who_may_see_the_sale,
    |app| async {
        let product = taxed(app).await;
        let (manager, cashier) = (app.manager().await, app.cashier().await);
        let sale = manager.post("/sales", basket(product, 3)).await.expect(201);
        let foreign = refund(app, &sale, 1).await;
        cashier
            .get(&foreign)
            .await
            .expect_problem(404, "resource.not_found");
        app.viewer().await.get(&foreign).await.expect(200);
        manager
            .get("/refunds/0192f0c1-7c00-7000-8000-000000000000/receipt")
            .await
            .expect_problem(404, "resource.not_found");
    }
);

both_databases!(a_receipt_is_for_who_may_see_the_sale, |app| async {
    let product = app.product(Wanted::default()).await;
    let cashier = app.cashier().await;
    let own = cashier.post("/sales", basket(product, 1)).await.expect(201);
    let foreign = app
        .manager()
        .await
        .post("/sales", basket(product, 1))
        .await
        .expect(201);
    let path =
        |sale: &serde_json::Value| format!("/sales/{}/receipt", sale["id"].as_str().unwrap());
    cashier.get(&path(&own)).await.expect(200);
    for format in ["html", "pdf"] {
        cashier
            .get(&format!("{}?format={format}", path(&foreign)))
            .await
            .expect_problem(404, "resource.not_found");
    }
    app.viewer().await.get(&path(&foreign)).await.expect(200);
    app.anonymous()
        .get(&path(&own))
        .await
        .expect_problem(401, "auth.unauthenticated");
    for query in ["format=gif", "format=", "size=a4", "paper=a4", "paper=58"] {
        cashier
            .get(&format!("{}?{query}", path(&own)))
            .await
            .expect_problem(400, "request.invalid_query");
    }
});

fn english() -> crate::support::app::Wishes {
    crate::support::app::Wishes {
        settings: vec![
            ("SALESFLOW__SHOP__LOCALE", "en".to_owned()),
            ("SALESFLOW__SHOP__TAX_MODE", "added".to_owned()),
        ],
        ..Default::default()
    }
}

both_databases!(
    a_long_receipt_in_english_is_one_long_page,
    english(),
    |app| async {
        let product = app
            .product(Wanted {
                tax_rate_bp: 1600,
                stock: 1000,
                ..Wanted::default()
            })
            .await;
        let lines: Vec<_> = (0..200)
            .map(|_| json!({ "product_id": product, "quantity": 1 }))
            .collect();
        let manager = app.manager().await;
        let sold = manager
            .post("/sales", json!({ "lines": lines }))
            .await
            .expect(201);
        let path = format!("/sales/{}/receipt", sold["id"].as_str().unwrap());
        let text = manager.get(&path).await.text();
        assert!(
            text.contains("Subtotal") && text.contains("VAT 16\u{a0}%"),
            "{text}"
        );
        assert!(text.contains("812,000\u{a0}FC"), "{text}");
        let pdf = manager.get(&format!("{path}?format=pdf")).await;
        if let Some(text) = read_pdf(&pdf.bytes) {
            assert_eq!(text.matches("SUCRE-1KG").count(), 200);
            assert_eq!(text.matches('\u{c}').count(), 1);
        }
    }
);
