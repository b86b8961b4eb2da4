//! Answers without a route: wrong method, unknown path, or the page for browsers.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web::Data,
};
use kernel::{Code, Problem};
use platform::{problem, request::request_id};
use utoipa::openapi::{HttpMethod, OpenApi};

use crate::webapp;

/// Everything under this path is for programs.
const API: &str = "/api";
/// The page of a build without the web app.
const PAGE: &str = include_str!("../../static/index.html");
/// It has a style of its own and loads nothing else.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Read-only paths outside the OpenAPI document.
const READ_ONLY: &[&str] = &[
    "/health/live",
    "/health/ready",
    "/metrics",
    "/docs",
    "/docs/",
    "/redoc",
    "/api-docs/openapi.json",
];

/// The methods of each path, and the page for browsers.
#[derive(Debug)]
pub struct Routes {
    operations: Vec<(String, Vec<&'static str>)>,
    read_only: Vec<&'static str>,
    page: String,
}

impl Routes {
    /// From the document. Some paths outside it may be switched off.
    #[must_use]
    pub fn of(document: &OpenApi, switched_off: &[&str]) -> Self {
        let is_on = |path: &&&'static str| !switched_off.contains(*path);
        let leads_on = |line: &&str| {
            let leads_to = |path: &&str| line.contains(&format!("href=\"{path}\""));
            !switched_off.iter().any(leads_to)
        };
        Self {
            operations: document
                .paths
                .paths
                .iter()
                .map(|(path, item)| {
                    let operations = [
                        (HttpMethod::Get, item.get.is_some()),
                        (HttpMethod::Post, item.post.is_some()),
                        (HttpMethod::Put, item.put.is_some()),
                        (HttpMethod::Patch, item.patch.is_some()),
                        (HttpMethod::Delete, item.delete.is_some()),
                    ];
                    let methods = operations
                        .into_iter()
                        .filter(|(_, is_known)| *is_known)
                        .flat_map(|(method, _)| words(&method))
                        .copied()
                        .collect();
                    (path.clone(), methods)
                })
                .collect(),
            read_only: READ_ONLY.iter().filter(is_on).copied().collect(),
            page: PAGE.lines().filter(leads_on).collect::<Vec<_>>().join("\n"),
        }
    }

    /// For a listener with these paths only and no page.
    #[must_use]
    pub fn only(read_only: &[&'static str]) -> Self {
        Self {
            operations: Vec::new(),
            read_only: read_only.to_vec(),
            page: String::new(),
        }
    }

    /// The methods of a literal path of the document, if the request's method is not among them.
    pub(super) fn other_methods_of(&self, request: &HttpRequest) -> Option<Vec<&'static str>> {
        let named = self
            .operations
            .iter()
            .find(|(path, _)| path == request.path());
        let (_, methods) = named?;
        let is_known = methods.contains(&request.method().as_str());
        (!is_known).then(|| methods.clone())
    }

    /// The methods of a path; empty for an unknown path.
    fn methods_of(&self, path: &str) -> Vec<&'static str> {
        if self.read_only.contains(&path) {
            return words(&HttpMethod::Get).to_vec();
        }
        // `/sales/batch` is not a sale, although it looks like the path of one.
        if let Some((_, methods)) = self
            .operations
            .iter()
            .find(|(template, _)| template == path)
        {
            return methods.clone();
        }
        let mut found: Vec<_> = self
            .operations
            .iter()
            .filter(|(template, _)| fits(template, path))
            .flat_map(|(_, methods)| methods.iter().copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn words(method: &HttpMethod) -> &'static [&'static str] {
    match method {
        HttpMethod::Get => &["GET", "HEAD"],
        HttpMethod::Post => &["POST"],
        HttpMethod::Put => &["PUT"],
        HttpMethod::Patch => &["PATCH"],
        HttpMethod::Delete => &["DELETE"],
        _ => &[],
    }
}

fn fits(template: &str, path: &str) -> bool {
    let mut wanted = template.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {}
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}

/// Answers a request that no route has answered.
pub async fn answer(request: HttpRequest, routes: Data<Routes>) -> HttpResponse {
    let path = request.path();
    let id = request_id(&request);
    let methods = routes.methods_of(path);
    if !methods.is_empty() && !methods.contains(&request.method().as_str()) {
        return refuse_method(&methods, &id);
    }
    let has_pages = !routes.page.is_empty() && request.method() == Method::GET;
    if has_pages && !is_for_programs(path) {
        if let Some(file) = webapp::file(&request) {
            return file;
        }
        // An old page may request a file of the previous version: the page must not take its place.
        if webapp::is_asset(path) {
            return problem::respond(&Problem::of(Code::NoSuchPath), &id);
        }
    }
    if has_pages && is_for_browsers(&request) {
        let of_the_app = (!is_documentation(path)).then(|| webapp::page(&request));
        if let Some(page) = of_the_app.flatten() {
            return page;
        }
        return HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY))
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .body(routes.page.clone());
    }
    problem::respond(&Problem::of(Code::NoSuchPath), &id)
}

/// Refuses a method, and lists those that the path has.
pub(super) fn refuse_method(methods: &[&'static str], request_id: &str) -> HttpResponse {
    let allowed = methods.join(", ");
    let detail = format!("This address knows {allowed}.");
    let refusal = Problem::new(Code::MethodNotAllowed, detail);
    let mut response = problem::respond(&refusal, request_id);
    if let Ok(value) = header::HeaderValue::try_from(allowed) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

/// Paths that only programs read.
fn is_for_programs(path: &str) -> bool {
    path.starts_with(API) || path.starts_with("/health") || path.starts_with("/metrics")
}

/// The pages that show the API; they may be switched off.
fn is_documentation(path: &str) -> bool {
    path.starts_with("/docs") || path.starts_with("/redoc")
}

/// The page is only for requests for HTML outside the API.
fn is_for_browsers(request: &HttpRequest) -> bool {
    let accepts_html = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    request.method() == Method::GET && !is_for_programs(request.path()) && accepts_html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_fits_whole_segments_only() {
        assert!(fits("/products/{id}", "/products/1"));
        assert!(!fits("/products/{id}", "/products/"));
        assert!(!fits("/products/{id}", "/products/1/archive"));
        assert!(!fits("/products/{id}/archive", "/products/1"));
        assert!(fits("/products", "/products"));
    }

    #[test]
    fn the_plain_page_leads_to_nothing_that_is_switched_off() {
        let routes = Routes::of(&crate::openapi::document(), &crate::openapi::PAGES);
        assert!(routes.page.contains("/health/ready"), "{}", routes.page);
        for gone in ["/docs/", "/redoc", "openapi.json"] {
            assert!(!routes.page.contains(gone), "{}", routes.page);
        }
    }
}
