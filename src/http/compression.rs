//! Compresses answers with Brotli or gzip, if the client accepts one of them.
//!
//! A list of products is a twentieth of its size when it is compressed, and phones on a mobile
//! network pay for every kilobyte. Not compressed are small answers, streams of events, which must
//! not wait for more text, and formats that are compressed already (PDF, workbooks, images).
//!
//! A secret in an answer could be guessed by the size of compressed answers only if a stranger's
//! page could send requests as the user. Browsers attach no credentials by themselves here: the token
//! travels in a header that only the app can set.

use std::{
    io::{self, Write as _},
    sync::LazyLock,
};

use actix_http::encoding::Encoder;
use actix_web::{
    HttpRequest,
    body::{BodySize, BodyStream, BoxBody, EitherBody, MessageBody},
    dev::ServiceResponse,
    http::{
        StatusCode,
        header::{
            self, AcceptEncoding, ContentEncoding, Encoding, Header as _, HeaderMap, HeaderValue,
        },
    },
    web::{self, Bytes},
};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};
use futures_util::stream;

const BY_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");
/// Smaller answers fit into one packet anyway.
const MIN_BYTES: u64 = 1024;

/// Longer answers are worth more work: a twentieth is saved for some milliseconds.
const MUCH_BYTES: u64 = 64 * 1024;
/// Of 0 to 11. The catalogue of 5,000 products: 154 KB with 3, 149 KB with 5, 145 KB with 9, which
/// takes ten times as long.
const BROTLI_QUALITY: i32 = 5;
/// Base-two logarithm of the window.
const BROTLI_WINDOW: i32 = 22;
/// Of 0 to 9. The same catalogue: 202 KB with 1, 165 KB with 6, 158 KB with 9.
const GZIP_LEVEL: u32 = 6;

static OFFERED: LazyLock<[Encoding; 3]> =
    LazyLock::new(|| [Encoding::brotli(), Encoding::gzip(), Encoding::identity()]);

/// A body as it is or compressed while it is sent, or a long one compressed as a whole.
pub(super) type Packed<B> = EitherBody<Encoder<B>, BoxBody>;

/// Compresses the body of an answer if that makes sense and the client accepts it.
///
/// A compressed answer has a weak entity tag: its bytes are others, its content is the same.
pub(super) fn apply<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
) -> ServiceResponse<Packed<B>> {
    let is_worth_it = is_worth_it(&response);
    let encoding = if is_worth_it {
        accepted(response.request())
    } else {
        ContentEncoding::Identity
    };
    let mut response = response.map_body(|head, body| {
        if is_worth_it && encoding == ContentEncoding::Identity {
            // The encoder adds it to compressed answers.
            head.headers_mut().append(header::VARY, BY_ENCODING);
        }
        let is_much = matches!(body.size(), BodySize::Sized(bytes) if bytes >= MUCH_BYTES);
        if encoding == ContentEncoding::Identity || !is_much {
            return EitherBody::left(Encoder::response(encoding, head, body));
        }
        match body.try_into_bytes() {
            Ok(bytes) => {
                let headers = head.headers_mut();
                let name = HeaderValue::from_static(encoding.as_str());
                headers.insert(header::CONTENT_ENCODING, name);
                headers.append(header::VARY, BY_ENCODING);
                EitherBody::right(packed(bytes, encoding))
            }
            Err(body) => EitherBody::left(Encoder::response(encoding, head, body)),
        }
    });
    if encoding != ContentEncoding::Identity {
        weaken_tag(response.headers_mut());
    }
    response
}

/// A long body, compressed on a thread for such work.
fn packed(bytes: Bytes, encoding: ContentEncoding) -> BoxBody {
    let work = async move {
        let done = web::block(move || pack(&bytes, encoding)).await;
        done.map_err(io::Error::other)?.map(Bytes::from)
    };
    BoxBody::new(BodyStream::new(stream::once(Box::pin(work))))
}

fn pack(mut bytes: &[u8], encoding: ContentEncoding) -> io::Result<Vec<u8>> {
    let mut packed = Vec::with_capacity(bytes.len() / 4);
    if encoding == ContentEncoding::Brotli {
        let params = BrotliEncoderParams {
            quality: BROTLI_QUALITY,
            lgwin: BROTLI_WINDOW,
            ..BrotliEncoderParams::default()
        };
        brotli::BrotliCompress(&mut bytes, &mut packed, &params)?;
        return Ok(packed);
    }
    let mut encoder = GzEncoder::new(packed, Compression::new(GZIP_LEVEL));
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn is_worth_it<B: MessageBody>(response: &ServiceResponse<B>) -> bool {
    let is_long = match response.response().body().size() {
        BodySize::None => false,
        BodySize::Sized(bytes) => bytes >= MIN_BYTES,
        BodySize::Stream => true,
    };
    let headers = response.headers();
    is_long
        && response.status() != StatusCode::PARTIAL_CONTENT
        && !headers.contains_key(header::CONTENT_ENCODING)
        && headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(is_text)
}

/// Whether a content type is text that is sent as a whole.
fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match essence {
        "text/event-stream" => false,
        "application/json" | "application/javascript" | "image/svg+xml" => true,
        other => other.starts_with("text/") || other.ends_with("+json"),
    }
}

/// The encoding that the client prefers. A header that accepts nothing at all gets the answer as it
/// is.
fn accepted(request: &HttpRequest) -> ContentEncoding {
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        return ContentEncoding::Identity;
    }
    let accepted = AcceptEncoding::parse(request).ok();
    match accepted.and_then(|accepted| accepted.negotiate(OFFERED.iter())) {
        Some(Encoding::Known(encoding)) => encoding,
        Some(Encoding::Unknown(_)) | None => ContentEncoding::Identity,
    }
}

fn weaken_tag(headers: &mut HeaderMap) {
    let weak = headers
        .get(header::ETAG)
        .and_then(|tag| tag.to_str().ok())
        .filter(|tag| !tag.starts_with("W/"))
        .and_then(|tag| HeaderValue::try_from(format!("W/{tag}")).ok());
    if let Some(weak) = weak {
        headers.insert(header::ETAG, weak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_compressed_and_streams_of_events_and_packed_formats_are_not() {
        for text in [
            "application/json",
            "application/problem+json",
            "text/csv; charset=utf-8",
            "text/html; charset=utf-8",
            "text/javascript",
        ] {
            assert!(is_text(text), "{text}");
        }
        for other in [
            "text/event-stream",
            "text/event-stream; charset=utf-8",
            "application/pdf",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "image/png",
            "application/octet-stream",
            "",
        ] {
            assert!(!is_text(other), "{other}");
        }
    }
}
