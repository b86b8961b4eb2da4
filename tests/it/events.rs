//! `GET /events`: what happens in the shop, as a stream that can be resumed.

mod ending;
mod instances;
mod kinds;
mod refusals;
mod resumed;

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{
    contract::{differences, document},
    http::Client,
};

/// Longest wait for an event, on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);
/// The jobs of the tests are their own.
const OTHER_DATA: &str = "test.";

/// Somebody who watches the shop.
struct Watcher {
    response: Response,
    text: String,
    /// The id of the last event.
    last_id: String,
}

/// One event.
#[derive(Debug, Clone)]
struct Event {
    name: String,
    data: Value,
}

impl Watcher {
    /// Opens a stream, which begins with `ready`.
    async fn open(client: &Client) -> Self {
        let (watcher, first) = Self::begin(client, None).await;
        assert_eq!(first.name, "ready");
        watcher
    }

    /// Goes on behind an event.
    async fn resume(client: &Client, last_id: &str) -> Self {
        let (watcher, first) = Self::begin(client, Some(last_id)).await;
        assert_eq!(first.name, "ready");
        watcher
    }

    async fn begin(client: &Client, last_id: Option<&str>) -> (Self, Event) {
        let mut request = client.request(Method::GET, "/events");
        // As browsers do. A compressed event would wait for the next one.
        request = request.header("accept-encoding", "gzip, deflate, br");
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(!response.headers().contains_key("content-encoding"));
        let mut watcher = Self {
            response,
            text: String::new(),
            last_id: String::new(),
        };
        let first = watcher.next().await.expect("a first event");
        (watcher, first)
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(event) = self.read(&block) {
                    return Some(event);
                }
            }
            let chunk = tokio::time::timeout(LIMIT, self.response.chunk()).await;
            let chunk = chunk.expect("an event in time").ok().flatten()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// A block without data is a sign of life, perhaps with an id.
    fn read(&mut self, block: &str) -> Option<Event> {
        let field = |name: &str| {
            let mut lines = block.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        if let Some(id) = field("id") {
            id.clone_into(&mut self.last_id);
        }
        let data: Value = serde_json::from_str(field("data")?).unwrap();
        let name = field("event").expect("a name").to_owned();
        assert_eq!(data["event"], name.as_str());
        assert!(field("id").is_some(), "an event without an id: {block}");
        let kind = data["job"]["kind"].as_str().unwrap_or_default();
        if !kind.starts_with(OTHER_DATA) {
            let schema = json!({"$ref": "#/components/schemas/ShopEvent"});
            differences(&schema, &data).unwrap_or_else(|why| panic!("{why}\n{data}"));
        }
        Some(Event { name, data })
    }

    /// The next event with this name; others are passed over.
    async fn until(&mut self, name: &str) -> Value {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.name == name {
                return event.data;
            }
        }
    }

    /// The names of all events until one with this name and this at a pointer.
    async fn names_until(&mut self, name: &str, pointer: &str, value: &Value) -> Vec<String> {
        let mut names = Vec::new();
        loop {
            let event = self.next().await.expect("the stream goes on");
            names.push(event.name.clone());
            if event.name == name && event.data.pointer(pointer) == Some(value) {
                return names;
            }
        }
    }

    /// True when the stream ends without another event.
    async fn ends(&mut self) -> bool {
        self.next().await.is_none()
    }
}

#[test]
fn the_examples_of_the_document_are_events() {
    let content = &document()["paths"]["/api/v1/events"]["get"]["responses"]["200"]["content"];
    let content = &content["text/event-stream"];
    let examples = content["examples"].as_object().expect("examples");
    let mut names: Vec<&str> = examples.keys().map(String::as_str).collect();
    names.sort_unstable();
    let kinds = [
        "finding", "job", "ready", "refund", "reset", "sale", "stock", "void",
    ];
    assert_eq!(names, kinds);
    for (name, example) in examples {
        assert_eq!(example["value"]["event"], name.as_str());
        let compared = differences(&content["schema"], &example["value"]);
        compared.unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}
