//! The web app inside the program: the files that `npm run build` wrote to `static/app`, plain and
//! compressed, and the choice between them for a request.
//!
//! A program that was built without the app serves the page in `static/index.html` instead. A debug
//! build reads the files from the folder at each request.

use std::{borrow::Cow, fmt::Write as _};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG,
        HeaderName, IF_NONE_MATCH, VARY,
    },
    web::Bytes,
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "static/app/"]
#[allow_missing = true]
struct Files;

/// The page for every address of the app that is not a file: the app reads the address itself.
const INDEX: &str = "index.html";
/// The folder of files with a hash in their name: their content never changes.
const HASHED: &str = "assets/";
/// Everything from this origin, nothing from another, and no script or style inside the page.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The compressed forms of a file, the smallest first: name in `Accept-Encoding`, ending.
const FORMS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Whether the app is inside this program.
#[must_use]
pub fn is_built() -> bool {
    Files::get(INDEX).is_some()
}

/// The page of the app, for any address.
#[must_use]
pub fn page(request: &HttpRequest) -> Option<HttpResponse> {
    send(request, INDEX)
}

/// The file of the app at an address, if there is one. The page itself is not among them.
#[must_use]
pub fn file(request: &HttpRequest) -> Option<HttpResponse> {
    let path = request.path().strip_prefix('/')?;
    // A compressed form has no address of its own.
    let is_form = FORMS.iter().any(|(_, ending)| path.ends_with(ending));
    (!path.is_empty() && path != INDEX && !is_form)
        .then(|| send(request, path))
        .flatten()
}

/// Whether an address can only be a file. If it does not exist, the page must not take its place.
#[must_use]
pub fn is_asset(path: &str) -> bool {
    path.strip_prefix('/')
        .is_some_and(|path| path.starts_with(HASHED))
}

fn send(request: &HttpRequest, path: &str) -> Option<HttpResponse> {
    let plain = Files::get(path)?;
    let accepted = header(request, &ACCEPT_ENCODING);
    let (file, encoding) = FORMS
        .iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, ending)| {
            Files::get(&format!("{path}{ending}")).map(|file| (file, Some(*encoding)))
        })
        .unwrap_or((plain, None));
    let tag = tag_of(&file, encoding);
    let cache = if path.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let is_known = header(request, &IF_NONE_MATCH)
        .split(',')
        .any(|known| known.trim() == tag || known.trim() == "*");
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((ETAG, tag))
        .insert_header((VARY, "accept-encoding"));
    if is_known {
        return Some(response.finish());
    }
    if let Some(encoding) = encoding {
        response.insert_header((CONTENT_ENCODING, encoding));
    }
    let body = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some(response.content_type(content_type(path)).body(body))
}

fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> &'a str {
    let value = request.headers().get(name);
    value.and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// Whether an `Accept-Encoding` lists an encoding with a quality above zero.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let is_named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let is_refused = parts.any(|part| {
            part.strip_prefix("q=")
                .and_then(|quality| quality.parse::<f32>().ok())
                .is_some_and(|quality| quality <= 0.0)
        });
        is_named && !is_refused
    })
}

/// The entity tag: the hash of the content, and the encoding.
fn tag_of(file: &EmbeddedFile, encoding: Option<&str>) -> String {
    let hash = file.metadata.sha256_hash();
    let mut tag = String::from("\"");
    for byte in hash.iter().take(12) {
        let _ = write!(tag, "{byte:02x}");
    }
    if let Some(encoding) = encoding {
        let _ = write!(tag, "-{encoding}");
    }
    tag.push('"');
    tag
}

/// The content type by the ending. Text names its character set.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml; charset=utf-8",
        Some("webmanifest") => "application/manifest+json; charset=utf-8",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_counts_only_where_it_is_accepted() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("br;q=0.5", "br"));
        assert!(!accepts("br;q=0, gzip", "br"));
        assert!(!accepts("gzip", "br"));
        assert!(!accepts("", "gzip"));
        assert!(!accepts("brotli", "br"));
    }

    #[test]
    fn text_names_its_character_set_and_an_unknown_ending_is_bytes() {
        assert_eq!(
            content_type("assets/index-1.js"),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(content_type("sw.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("assets/font-1.woff2"), "font/woff2");
        assert_eq!(content_type("assets/x"), "application/octet-stream");
    }

    #[test]
    fn only_hashed_files_can_be_nothing_but_files() {
        assert!(is_asset("/assets/index-1.js"));
        assert!(!is_asset("/produits/1"));
        assert!(!is_asset("assets/x"));
    }
}
