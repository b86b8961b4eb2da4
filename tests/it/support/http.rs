//! A client, and responses for tests.

use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{HeaderMap, HeaderName},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::contract;

/// Where the operations live.
const BASE: &str = "/api/v1";
/// The stream that does not end by itself.
const ENDLESS: &str = "/api/v1/events";

/// Somebody who sends requests. Paths that begin with `/health`, `/metrics`, `/docs`, `/redoc`,
/// `/api` or are `/` are taken as they are; all others are relative to `/api/v1`.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
    pub token: Option<String>,
    /// Whether its responses follow the document.
    is_documented: bool,
}

impl Client {
    pub fn new(http: reqwest::Client, address: String, token: Option<String>) -> Self {
        Self {
            http,
            address,
            token,
            is_documented: true,
        }
    }

    /// The same for a listener that the document says nothing of.
    pub fn undocumented(self) -> Self {
        Self {
            is_documented: false,
            ..self
        }
    }

    /// The same program, another token.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self {
            token: Some(token.into()),
            ..self.clone()
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: impl serde::Serialize) -> Answer {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    /// A POST without a body.
    pub async fn post_empty(&self, path: &str) -> Answer {
        self.send(self.request(Method::POST, path)).await
    }

    /// A POST under an `Idempotency-Key`.
    pub async fn post_once(&self, path: &str, key: &str, body: impl serde::Serialize) -> Answer {
        let request = self.request(Method::POST, path);
        self.send(request.header("idempotency-key", key).json(&body))
            .await
    }

    /// A POST of these very bytes.
    pub async fn post_raw(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let request = self.request(Method::POST, path);
        self.send(request.header("content-type", content_type).body(body))
            .await
    }

    pub async fn put(&self, path: &str, body: impl serde::Serialize) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: impl serde::Serialize) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body))
            .await
    }

    /// A PATCH based on a version.
    pub async fn patch_if_match(
        &self,
        path: &str,
        version: i64,
        body: impl serde::Serialize,
    ) -> Answer {
        let request = self.request(Method::PATCH, path);
        self.send(
            request
                .header("if-match", format!("\"{version}\""))
                .json(&body),
        )
        .await
    }

    /// Any request, with the token, to be finished by the test and sent with [`Self::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let is_absolute = path == "/"
            || ["/health", "/metrics", "/docs", "/redoc", "/api"]
                .iter()
                .any(|start| path.starts_with(start));
        let base = if is_absolute { "" } else { BASE };
        let request = self
            .http
            .request(method, format!("{}{base}{path}", self.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A GET of an address outside the API, such as a page of the web app.
    pub fn visit(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.address))
    }

    /// Sends it, reads the whole answer and compares it with the document. Of a stream that does not end
    /// by itself it reads the beginning.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("the request is whole");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let body = json_of(&request);
        let answer = self.http.execute(request).await;
        let mut response = answer.expect("the program answers");
        let status = response.status();
        let headers = response.headers().clone();
        let is_endless = path == ENDLESS && status == StatusCode::OK && method == Method::GET;
        let bytes = if is_endless {
            let first = response.chunk().await.expect("the stream begins");
            first.unwrap_or_default()
        } else {
            response.bytes().await.expect("the answer is whole")
        };
        let asked = contract::Asked {
            method: &method,
            path: &path,
            body: body.as_ref(),
        };
        let came = contract::Came {
            status,
            headers: &headers,
            bytes: &bytes,
        };
        if self.is_documented
            && let Err(why) = contract::check(&asked, &came)
        {
            panic!("{why}");
        }
        Answer {
            status,
            headers,
            bytes: bytes.to_vec(),
        }
    }
}

/// The body of a request, if it is JSON in memory.
fn json_of(request: &reqwest::Request) -> Option<Value> {
    let is_json = request.headers().get("content-type")? == "application/json";
    let bytes = request.body()?.as_bytes().filter(|_| is_json)?;
    serde_json::from_slice(bytes).ok()
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Fails with the response unless it has this status, and returns the body as JSON (null without
    /// one).
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The same for any success.
    #[track_caller]
    pub fn expect_success(&self) -> Value {
        assert!(self.status.is_success(), "{}", self.text());
        self.json()
    }

    /// The same for a refusal, which must have this code and be a whole problem.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{}",
            self.text()
        );
        assert_eq!(body["code"], code, "{}", self.text());
        assert_eq!(body["status"], status);
        assert!(body["errors"].is_array(), "{}", self.text());
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
        body
    }

    /// The same, and one of its errors must point here.
    #[track_caller]
    pub fn expect_problem_at(&self, status: u16, code: &str, pointer: &str) -> Value {
        let body = self.expect_problem(status, code);
        let errors = body["errors"].as_array().unwrap();
        assert!(
            errors.iter().any(|error| error["pointer"] == pointer),
            "no error at {pointer}: {}",
            self.text()
        );
        body
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    #[track_caller]
    pub fn parse<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: impl Into<HeaderNameOf>) -> Option<&str> {
        let HeaderNameOf(name) = name.into();
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A header by its name in small letters.
pub struct HeaderNameOf(HeaderName);

impl From<&'static str> for HeaderNameOf {
    fn from(name: &'static str) -> Self {
        Self(HeaderName::from_static(name))
    }
}
