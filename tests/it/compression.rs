//! Long answers are compressed for clients that accept it; streams and packed files are not.

use std::io::Read as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    http::{Answer, Client},
    shop::Wanted,
};

/// What `path` gives to a client that accepts these encodings.
async fn fetch(client: &Client, path: &str, accepted: &str) -> Answer {
    let client = client.clone().undocumented();
    let request = client.request(Method::GET, path);
    client
        .send(request.header("accept-encoding", accepted))
        .await
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    match answer.header("content-encoding") {
        Some("br") => {
            let mut reader = brotli::Decompressor::new(answer.bytes.as_slice(), 4096);
            reader.read_to_end(&mut bytes).unwrap();
        }
        Some("gzip") => {
            let mut reader = flate2::read::GzDecoder::new(answer.bytes.as_slice());
            reader.read_to_end(&mut bytes).unwrap();
        }
        other => panic!("{other:?}"),
    }
    bytes
}

async fn shop_with_a_list(app: &TestApp) {
    for sku in ["SUCRE-1KG", "SEL-500G", "RIZ-5KG", "HUILE-1L", "SAVON"] {
        app.product(Wanted {
            sku,
            ..Wanted::default()
        })
        .await;
    }
}

fn varies_by_encoding(answer: &Answer) -> bool {
    let all = answer.headers.get_all("vary").iter();
    let mut words = all.flat_map(|value| value.to_str().unwrap().split(','));
    words.any(|word| word.trim() == "accept-encoding")
}

both_databases!(
    a_list_is_compressed_as_its_client_prefers_and_is_the_same_list,
    |app| async {
        shop_with_a_list(app).await;
        let manager = app.manager().await;
        let plain = manager.get("/products").await;
        plain.expect(200);
        assert_eq!(plain.header("content-encoding"), None);
        assert!(varies_by_encoding(&plain));
        for (accepted, expected) in [
            ("gzip", "gzip"),
            ("br", "br"),
            ("gzip, deflate, br, zstd", "br"),
            ("br;q=0.1, gzip", "gzip"),
            ("GZIP", "gzip"),
            ("*;q=0, gzip", "gzip"),
        ] {
            let packed = fetch(&manager, "/products", accepted).await;
            assert_eq!(packed.status, 200);
            assert_eq!(packed.header("content-encoding"), Some(expected));
            assert_eq!(unpacked(&packed), plain.bytes, "{accepted}");
            assert!(packed.bytes.len() * 2 < plain.bytes.len(), "{accepted}");
            assert!(varies_by_encoding(&packed));
        }
        for accepted in ["identity", "br;q=0, gzip;q=0", "*;q=0", "zstd", "", "é"] {
            let answer = fetch(&manager, "/products", accepted).await;
            assert_eq!(answer.header("content-encoding"), None, "{accepted}");
            assert_eq!(answer.bytes, plain.bytes, "{accepted}");
        }
    }
);

both_databases!(
    refusals_and_other_long_texts_are_compressed_and_small_answers_are_not,
    |app| async {
        shop_with_a_list(app).await;
        let manager = app.manager().await;
        let export = fetch(&manager, "/exports/products.csv", "br").await;
        assert_eq!(export.header("content-encoding"), Some("br"));
        assert!(
            String::from_utf8(unpacked(&export))
                .unwrap()
                .contains("SEL-500G")
        );
        // A long one is compressed as a whole.
        for encoding in ["gzip", "br"] {
            let document = fetch(&manager, "/api-docs/openapi.json", encoding).await;
            assert_eq!(document.header("content-encoding"), Some(encoding));
            assert!(varies_by_encoding(&document));
            serde_json::from_slice::<Value>(&unpacked(&document)).unwrap();
        }
        for path in [
            "/locations",
            "/health/live",
            "/nothing",
            "/redoc/redoc.standalone.js",
        ] {
            let answer = fetch(&manager, path, "br").await;
            assert_ne!(answer.header("content-encoding"), Some("br"), "{path}");
        }
    }
);

both_databases!(packed_files_are_sent_as_they_are, |app| async {
    shop_with_a_list(app).await;
    let manager = app.manager().await;
    let workbook = fetch(&manager, "/exports/products.xlsx", "br, gzip").await;
    assert_eq!(workbook.header("content-encoding"), None);
    assert_eq!(workbook.bytes.get(..2), Some(b"PK".as_slice()));
});

both_databases!(
    a_tag_of_a_compressed_answer_is_weak_and_works_in_both_directions,
    |app| async {
        let admin = app.admin().await;
        let name = "b".repeat(200);
        let barcodes: Vec<String> = (0..20)
            .map(|number| format!("{number:064}x")[..64].to_owned())
            .collect();
        let created = admin
            .post(
                "/products",
                json!({ "sku": "LONG", "name": name, "price_minor": 100, "barcodes": barcodes }),
            )
            .await
            .expect(201);
        let path = format!("/products/{}", created["id"].as_str().unwrap());
        assert_eq!(admin.get(&path).await.header("etag"), Some("\"1\""));
        let packed = fetch(&admin, &path, "br").await;
        assert_eq!(packed.header("content-encoding"), Some("br"));
        assert_eq!(packed.header("etag"), Some("W/\"1\""));
        let change = admin.request(Method::PATCH, &path);
        let change = change
            .header("if-match", "W/\"1\"")
            .json(&json!({ "price_minor": 200 }));
        admin.send(change).await.expect(200);
        let stale = admin.request(Method::PATCH, &path);
        let stale = stale
            .header("if-match", "W/\"1\"")
            .json(&json!({ "price_minor": 300 }));
        admin
            .send(stale)
            .await
            .expect_problem(412, "request.precondition_failed");
    }
);
