//! The OpenAPI document and the two pages that show it. All of it is in the binary, so the pages work
//! without the internet.

mod bounds;
mod events;
pub mod examples;
mod explained;
pub mod jobs;
mod money;
mod presence;
mod problems;
mod refusals;
mod words;

use actix_web::{
    App, HttpResponse,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    get,
    http::{StatusCode, header},
    middleware::{DefaultHeaders, Next, from_fn},
    web::{self, Bytes, Data, ServiceConfig},
};
use kernel::{Code, Problem};
use platform::problem::ApiError;
use utoipa::openapi::{
    Components, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, SecurityRequirement,
    ServerBuilder,
    security::{Http, HttpAuthScheme, SecurityScheme},
    tag::TagBuilder,
};
use utoipa_actix_web::{AppExt as _, UtoipaApp, scope::scope};
use utoipa_swagger_ui::SwaggerUi;

/// The path prefix of all operations.
pub const BASE: &str = "/api/v1";
/// The path of the document.
pub const DOCUMENT: &str = "/api-docs/openapi.json";
/// The name of the security scheme.
const BEARER: &str = "bearer";

/// Redoc, compressed; see `static/vendor/redoc/README.md`.
const REDOC_SCRIPT: &[u8] = include_bytes!("../static/vendor/redoc/redoc.standalone.js.gz");
const REDOC_PAGE: &str = include_str!("../static/redoc.html");

/// Both pages add their own styles and call the API of their own origin. Swagger UI starts from an
/// inline script; Redoc searches in a worker that it creates itself.
const PAGES_POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The pages stay the same until the next version.
const PAGES_CACHE: &str = "max-age=3600";

const TAGS: &[(&str, &str)] = &[
    (
        "auth",
        "Signing in and out, your own account, the first owner",
    ),
    ("users", "The people who can sign in"),
    ("categories", "Product categories, a tree"),
    ("products", "What is sold"),
    ("inventory", "Stock levels and every movement of them"),
    ("sales", "Selling, voiding, refunding"),
    ("analytics", "Figures"),
    ("imports", "Files in"),
    ("exports", "Tables out"),
    (
        "reports",
        "Reports for the owner, the bank and the accountant",
    ),
    ("jobs", "Background work and its results"),
    ("events", "What happens in the shop, as it happens"),
    ("settings", "The shop itself, exchange rates"),
    ("admin", "The audit log and the state of the server"),
];

/// Adds every operation under [`BASE`] to an application and to its document.
pub fn collect<T>(app: App<T>) -> UtoipaApp<T>
where
    T: ServiceFactory<ServiceRequest, Config = (), Error = actix_web::Error, InitError = ()>,
{
    app.into_utoipa_app().openapi(base()).service(
        scope(BASE)
            // The most frequent requests, whose paths have no parameters: matched before any pattern.
            .configure(analytics::routes)
            .configure(sales::routes)
            .configure(crate::feedback::http::routes)
            .configure(crate::jobs::http::routes)
            .configure(crate::events::http::routes)
            .configure(crate::schedules::http::routes)
            .configure(crate::admin::routes),
    )
}

/// The complete document.
#[must_use]
pub fn document() -> OpenApi {
    let (_, mut document) = collect(App::new()).split_for_parts();
    refusals::complete(&mut document);
    jobs::complete(document.components.get_or_insert_default());
    money::complete(document.components.get_or_insert_default());
    words::complete(document.components.get_or_insert_default());
    presence::complete(&mut document);
    bounds::complete(&mut document);
    examples::complete(&mut document);
    events::complete(&mut document);
    document
}

fn base() -> OpenApi {
    let mut components = Components::new();
    components.add_security_scheme(
        BEARER,
        SecurityScheme::Http(
            Http::builder()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .description(Some("The access_token of POST /auth/login"))
                .build(),
        ),
    );
    let description = "Products, stock, sales, users and figures of a shop.\n\n\
        Money is in minor units of an ISO 4217 currency (`_minor`), quantities have at most three \
        decimals, times are RFC 3339 in UTC. Refusals are `application/problem+json` with a `code` \
        to branch on. Lists are paged with `limit` and `cursor`. `POST` requests that touch stock or \
        money honour `Idempotency-Key`; `PATCH` honours `If-Match`.\n\n\
        In answers, a field that may be null is always present, and one that may be absent is never null; \
        fields may be added. Every body has an example that works on the demo shop, or says what to \
        change. Production refuses the passwords of the examples.";
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("SalesFlow-Lite")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(description))
                .license(Some(
                    LicenseBuilder::new()
                        .name("MIT OR Apache-2.0")
                        .identifier(Some("MIT OR Apache-2.0"))
                        .build(),
                ))
                .build(),
        )
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .security(Some([SecurityRequirement::new(
            BEARER,
            Vec::<String>::new(),
        )]))
        .components(Some(components))
        .tags(Some(TAGS.iter().map(|(name, description)| {
            TagBuilder::new()
                .name(*name)
                .description(Some(*description))
                .build()
        })))
        .build()
}

/// The document as JSON bytes.
#[derive(Debug, Clone)]
pub struct Rendered(Bytes);

impl Rendered {
    /// Renders the document once.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn new(document: &OpenApi) -> serde_json::Result<Self> {
        Ok(Self(Bytes::from(serde_json::to_vec(document)?)))
    }
}

/// The paths of the document and of its pages.
pub const PAGES: [&str; 4] = [DOCUMENT, "/docs", "/docs/", "/redoc"];

/// Whether the document and its pages are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// Served to everybody.
    Shown,
    /// Not served. The explanation of refusals still is.
    SwitchedOff,
}

/// The routes of the explanation of refusals, the document and its pages.
pub fn routes(config: &mut ServiceConfig, document: &Rendered, pages: Pages) {
    let policy = || {
        DefaultHeaders::new()
            .add((header::CONTENT_SECURITY_POLICY, PAGES_POLICY))
            .add((header::CACHE_CONTROL, PAGES_CACHE))
    };
    config.service(
        web::resource("/docs/errors")
            .wrap(policy())
            .get(explain_refusals),
    );
    if pages == Pages::SwitchedOff {
        return;
    }
    config
        .app_data(Data::new(document.clone()))
        .service(web::scope("/api-docs").service(send_document))
        .service(web::redirect("/docs", "/docs/"))
        .service(
            web::scope("/redoc")
                .wrap(policy())
                .service(redoc_page)
                .service(redoc_script),
        )
        .service(
            web::scope("")
                .guard(actix_web::guard::fn_guard(|context| {
                    context.head().uri.path().starts_with("/docs/")
                }))
                .wrap(from_fn(refuse_unknown))
                .wrap(policy())
                .service(
                    SwaggerUi::new("/docs/{tail:.*}").config(
                        utoipa_swagger_ui::Config::new([DOCUMENT])
                            .try_it_out_enabled(true)
                            // A token in the browser's storage would stay there after the page is
                            // closed.
                            .persist_authorization(false)
                            .use_base_layout(),
                    ),
                ),
        );
}

async fn explain_refusals() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(explained::page())
}

/// Swagger UI gives an empty answer for an unknown path.
async fn refuse_unknown<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let response = next.call(request).await?;
    if response.status() == StatusCode::NOT_FOUND {
        return Err(ApiError(Problem::of(Code::NoSuchPath)).into());
    }
    Ok(response)
}

#[get("/openapi.json")]
async fn send_document(document: Data<Rendered>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(document.0.clone())
}

#[get("")]
async fn redoc_page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(REDOC_PAGE)
}

#[get("/redoc.standalone.js")]
async fn redoc_script() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header((header::CONTENT_ENCODING, "gzip"))
        .body(Bytes::from_static(REDOC_SCRIPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_can_be_written() {
        assert!(Rendered::new(&document()).is_ok());
    }
}
