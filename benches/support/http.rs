//! The least HTTP that measures a server and not its client: requests are rendered once, of an
//! answer only the status and the length are read.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A request, ready to be sent as often as wanted.
pub fn post(path: &str, token: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A file for an operation that takes a form.
pub fn upload(path: &str, token: &str, file: &str) -> Vec<u8> {
    const BOUNDARY: &str = "a-line-that-no-file-has";
    let body = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"list.csv\"\r\n\r\n{file}\r\n--{BOUNDARY}--\r\n"
    );
    format!(
        "POST {path} HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {token}\r\ncontent-type: multipart/form-data; boundary={BOUNDARY}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A question, ready to be asked as often as wanted.
pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    body: std::ops::Range<usize>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; 64 * 1024],
            body: 0..0,
        })
    }

    /// Sends a request and waits for the whole answer; answers its status.
    pub async fn ask(&mut self, request: &[u8]) -> std::io::Result<u16> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let mut end = None;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            filled += read;
            if end.is_none() {
                end = find(&self.buffer[..filled], b"\r\n\r\n").map(|head| {
                    self.body = head + 4..head + 4 + length(&self.buffer[..head]);
                    self.body.end
                });
                if end.is_some_and(|end| end > self.buffer.len()) {
                    self.buffer.resize(self.body.end, 0);
                }
            }
            if end.is_some_and(|end| filled >= end) {
                return Ok(status(&self.buffer));
            }
        }
    }

    /// The body of the last answer.
    pub fn body(&self) -> &[u8] {
        &self.buffer[self.body.clone()]
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

fn status(head: &[u8]) -> u16 {
    head[9..12]
        .iter()
        .fold(0, |status, digit| status * 10 + u16::from(digit - b'0'))
}

fn length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let start = find(head, NAME).map_or(head.len(), |at| at + NAME.len());
    head[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
}
