//! The web app inside the program: what `npm run build` wrote to `static/app`, each file in three
//! forms, and which of them a browser gets.
//!
//! A program that was built without the app serves the page in `static/index.html` instead.

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

/// Where every address of the app leads that names no file.
const INDEX: &str = "index.html";
/// Files below it have a hash in their name: what they hold never changes.
const HASHED: &str = "assets/";
/// Everything from here, nothing from elsewhere, and no script or style inside a page.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The forms that a file may lie there in, the smallest first.
const FORMS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Whether the app is inside this program.
#[must_use]
pub fn is_built() -> bool {
    Files::get(INDEX).is_some()
}

/// The page of the app, whatever its address.
#[must_use]
pub fn page(request: &HttpRequest) -> Option<HttpResponse> {
    send(request, INDEX)
}

/// The file that an address names; none for what is no file of the app, its page among them.
#[must_use]
pub fn file(request: &HttpRequest) -> Option<HttpResponse> {
    let path = request.path().strip_prefix('/')?;
    // The forms of a file have no address of their own.
    let is_form = FORMS.iter().any(|(_, ending)| path.ends_with(ending));
    (!path.is_empty() && path != INDEX && !is_form)
        .then(|| send(request, path))
        .flatten()
}

/// Whether an address can only be a file: where there is none, nobody wants the page instead.
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

/// Whether an `Accept-Encoding` has a form in it, and not with a quality of nothing.
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

/// What a file holds, and in which form: another form is another answer.
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

/// Scripts say their letters: without it, a browser reads them by the letters of the page.
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
    fn a_form_is_taken_where_it_is_accepted() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("br;q=0.5", "br"));
        assert!(!accepts("br;q=0, gzip", "br"));
        assert!(!accepts("gzip", "br"));
        assert!(!accepts("", "gzip"));
        assert!(!accepts("brotli", "br"));
    }

    #[test]
    fn scripts_say_their_letters_and_what_is_unknown_is_only_bytes() {
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
