//! A mail server of the test's own, which does what the test says.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Takes every message.
    Takes,
    /// Refuses this recipient for good.
    Refuses(&'static str),
    /// Cannot take anything for this recipient now.
    IsBusyFor(&'static str),
    /// Does not know the password.
    RefusesPassword,
    /// Ends the connection in the middle of the message.
    CutsInTheMiddle,
    /// Takes the message and ends the connection instead of saying so.
    CutsBeforeTheReply,
    /// Says nothing from the beginning.
    Hangs,
    /// Takes the message and says nothing.
    HangsBeforeTheReply,
}

/// A message that the server has, whether or not it said so.
#[derive(Debug, Clone)]
pub struct Letter {
    pub to: Vec<String>,
    pub text: String,
}

impl Letter {
    /// A header by its name, put together and decoded.
    pub fn header(&self, name: &str) -> String {
        let (head, _) = self.text.split_once("\r\n\r\n").unwrap();
        let head = head.replace("\r\n ", " ");
        let start = format!("{}: ", name.to_lowercase());
        let line = head
            .lines()
            .find(|line| line.to_lowercase().starts_with(&start))
            .unwrap_or_else(|| panic!("no {name} in {head}"));
        decoded_words(&line[start.len()..])
    }

    /// The text of the message.
    pub fn words(&self) -> String {
        let (head, body) = self.part("text/plain");
        let bytes = if head.contains("base64") {
            whole_base64(&body)
        } else if head.contains("quoted-printable") {
            quoted_printable(&body)
        } else {
            body.into_bytes()
        };
        String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
    }

    /// The attached file.
    pub fn file(&self) -> Vec<u8> {
        let (head, body) = self.part("attachment");
        assert!(head.contains("base64"), "{head}");
        whole_base64(&body)
    }

    fn part(&self, with: &str) -> (String, String) {
        let header = self.header("content-type");
        let boundary = header.split("boundary=\"").nth(1).unwrap();
        let boundary = format!("--{}", boundary.split('"').next().unwrap());
        let part = self
            .text
            .split(&boundary)
            .skip(1)
            .find(|part| part.split("\r\n\r\n").next().unwrap().contains(with))
            .unwrap_or_else(|| panic!("no part with {with}"));
        let (head, body) = part.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.trim_end_matches("\r\n").to_owned())
    }
}

fn whole_base64(text: &str) -> Vec<u8> {
    let one: String = text.split_whitespace().collect();
    STANDARD.decode(one).unwrap()
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let text = text.replace("=\r\n", "");
    let mut rest = text.as_bytes();
    let mut bytes = Vec::new();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    bytes
}

/// Words as `=?utf-8?b?…?=`; the blank between two of them belongs to neither.
fn decoded_words(text: &str) -> String {
    let mut found = String::new();
    for (at, part) in text.replace("?= =?", "?==?").split("=?").enumerate() {
        if at == 0 {
            found.push_str(part);
            continue;
        }
        let (word, rest) = part.split_once("?=").unwrap();
        let coded = word.split('?').nth(2).unwrap();
        found.push_str(&String::from_utf8(whole_base64(coded)).unwrap());
        found.push_str(rest);
    }
    found
}

#[derive(Default)]
struct Kept {
    letters: Vec<Letter>,
    /// Every line that a client sent outside a message.
    said: Vec<String>,
}

/// The mail server, and the folder for reports beside it.
pub struct PostOffice {
    pub port: u16,
    folder: tempfile::TempDir,
    manner: Arc<Mutex<Manner>>,
    kept: Arc<Mutex<Kept>>,
    server: JoinHandle<()>,
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl PostOffice {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let manner = Arc::new(Mutex::new(Manner::Takes));
        let kept = Arc::new(Mutex::new(Kept::default()));
        let port = listener.local_addr().unwrap().port();
        let (shared, own) = (Arc::clone(&kept), Arc::clone(&manner));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let manner = *own.lock().unwrap();
                // A connection that breaks is no fault of the test.
                tokio::spawn(serve(stream, manner, Arc::clone(&shared)));
            }
        });
        Self {
            port,
            folder: tempfile::tempdir().unwrap(),
            manner,
            kept,
            server,
        }
    }

    /// From the next connection on.
    pub fn behaves(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub fn letters(&self) -> Vec<Letter> {
        self.kept.lock().unwrap().letters.clone()
    }

    /// How many messages each recipient has.
    pub fn counts(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for to in self.letters().into_iter().flat_map(|letter| letter.to) {
            *counts.entry(to).or_default() += 1;
        }
        counts
    }

    /// Every line that clients have sent outside messages.
    pub fn said(&self) -> Vec<String> {
        self.kept.lock().unwrap().said.clone()
    }

    /// The folder for reports. It is not there yet: the program makes it.
    pub fn folder(&self) -> std::path::PathBuf {
        self.folder.path().join("reports")
    }

    /// The files in the folder, by name.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        files_of(&self.folder())
    }
}

fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

async fn serve(stream: TcpStream, manner: Manner, kept: Arc<Mutex<Kept>>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    if manner == Manner::Hangs {
        return std::future::pending().await;
    }
    write.write_all(b"220 sink ESMTP\r\n").await?;
    let mut to = Vec::new();
    while let Some(line) = lines.next_line().await? {
        kept.lock().unwrap().said.push(line.clone());
        let word = line.split_whitespace().next().unwrap_or_default();
        let reply = match word.to_uppercase().as_str() {
            "EHLO" => "250-sink\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME".to_owned(),
            "AUTH" if manner == Manner::RefusesPassword => "535 5.7.8 wrong password".to_owned(),
            "AUTH" => "235 2.7.0 welcome".to_owned(),
            "RCPT" => {
                let address = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                let reply = match manner {
                    Manner::Refuses(who) if who == address => "550 5.1.1 no such mailbox",
                    Manner::IsBusyFor(who) if who == address => "451 4.3.2 come back later",
                    _ => "250 ok",
                };
                to.push(address);
                reply.to_owned()
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                if manner == Manner::CutsInTheMiddle {
                    lines.next_line().await?;
                    return Ok(());
                }
                let mut text = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push_str("\r\n");
                }
                let to = std::mem::take(&mut to);
                kept.lock().unwrap().letters.push(Letter { to, text });
                match manner {
                    Manner::CutsBeforeTheReply => return Ok(()),
                    Manner::HangsBeforeTheReply => return std::future::pending().await,
                    _ => "250 2.0.0 taken".to_owned(),
                }
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok".to_owned(),
        };
        write.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}
