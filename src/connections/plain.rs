//! Refusals of the server library itself: a request that is not HTTP, a head that is too long or too
//! slow. It sends a bare status; this turns it into a problem like every other refusal.

use std::fmt::Write as _;

use actix_web::web::Bytes;
use kernel::{Code, Problem};
use metrics::counter;
use platform::{problem, request::RequestId};

/// Every answer of the library begins like this.
const BEGINNING: &[u8] = b"HTTP/1.1 ";
const EMPTY: &str = "content-length: 0";

/// The problem that replaces a bare refusal; `None` for anything else.
pub(super) fn explained(bytes: &[u8]) -> Option<Bytes> {
    let rest = bytes.strip_prefix(BEGINNING)?;
    let refusal = match rest.get(..3)? {
        b"400" => Problem::of(Code::MalformedRequest),
        b"408" => Problem::of(Code::RequestTimeout),
        b"431" => Problem::of(Code::HeadTooLarge),
        _ => return None,
    };
    let head = std::str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
    // More than one answer, or an answer with a body, is not the library's.
    if head.contains("\r\n\r\n") || !head.contains(EMPTY) {
        return None;
    }
    let id = RequestId::generate().to_string();
    let status = refusal.code.status();
    tracing::info!(request_id = %id, http.status = status, "a request that cannot be read was refused");
    counter!("http_requests_unreadable_total", "status" => status.to_string()).increment(1);
    let body = problem::render(&refusal, &id);
    let mut answer = String::with_capacity(head.len() + body.len() + 256);
    for line in head.split("\r\n") {
        let is_replaced = [EMPTY, "connection:"]
            .iter()
            .any(|name| line.to_ascii_lowercase().starts_with(name));
        if !is_replaced {
            answer.push_str(line);
            answer.push_str("\r\n");
        }
    }
    write!(
        answer,
        "content-type: {}\r\ncontent-length: {}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\
         x-request-id: {id}\r\nconnection: close\r\n\r\n{body}",
        problem::CONTENT_TYPE,
        body.len()
    )
    .ok()?;
    Some(Bytes::from(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_refusal_is_explained() {
        let bare = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: today\r\n\r\n";
        let answer = explained(bare).unwrap();
        let text = std::str::from_utf8(&answer).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("HTTP/1.1 400 Bad Request\r\ndate: today\r\n"),
            "{head}"
        );
        assert_eq!(head.matches("content-length").count(), 1);
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["code"], "request.malformed");
        for other in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"",
        ] {
            assert!(explained(other).is_none());
        }
    }
}
