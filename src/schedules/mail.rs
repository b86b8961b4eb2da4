//! Mail: the connection to the mail server of the settings, with a limit of time for each message.

use std::time::Duration;

use anyhow::Context as _;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use tokio::time::timeout;

use crate::settings::{MailSettings, MailTls};

/// Most characters of a server's reply that are kept: it is shown to the user.
const REPLY_LENGTH: usize = 200;
/// Replies by which a server refuses the sender, whoever the recipient: sign-in needed, too weak, refused.
const OF_THE_SENDER: [&str; 4] = ["530", "534", "535", "538"];

/// Sends messages through the mail server of the settings.
#[derive(derive_more::Debug)]
#[debug("Mailer {{ .. }}")]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    limit: Duration,
    max_attachment: u64,
}

/// Why a message was not sent, or not for sure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailFault {
    /// The server refuses this recipient or this message for good, with this reply.
    Refused(String),
    /// The server refuses us for good, with this reply: no message will pass.
    RefusesUs(String),
    /// The server cannot take it now, with this reply; another recipient's may pass.
    NotNow(String),
    /// The connection failed or took too long. When it broke after the last line, the server may have taken
    /// the message.
    Broken(String),
}

impl Mailer {
    /// The mailer of the settings; `None` when they have no mail server.
    ///
    /// # Errors
    /// When a setting is not valid, or TLS cannot be prepared.
    pub fn open(settings: &MailSettings) -> anyhow::Result<Option<Self>> {
        if settings.host.is_empty() {
            return Ok(None);
        }
        let from: Mailbox = settings
            .from
            .parse()
            .context("mail.from is not an address")?;
        let tls = || {
            TlsParameters::new(settings.host.clone())
                .context("TLS to the mail server cannot be prepared")
        };
        let tls = match settings.tls {
            MailTls::Starttls => Tls::Required(tls()?),
            MailTls::Tls => Tls::Wrapper(tls()?),
            MailTls::None => Tls::None,
        };
        let limit = Duration::from_secs(settings.timeout_seconds);
        let name = ClientId::Domain(from.email.domain().to_owned());
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
                .port(settings.port)
                .hello_name(name)
                .timeout(Some(limit))
                .tls(tls);
        if !settings.user.is_empty() {
            let password = settings.password.expose().to_owned();
            builder = builder.credentials(Credentials::new(settings.user.clone(), password));
        }
        Ok(Some(Self {
            transport: builder.build(),
            from,
            limit,
            max_attachment: settings.max_attachment_bytes,
        }))
    }

    /// The sender.
    #[must_use]
    pub const fn from(&self) -> &Mailbox {
        &self.from
    }

    /// The largest file that is sent, in bytes.
    #[must_use]
    pub const fn max_attachment(&self) -> u64 {
        self.max_attachment
    }

    /// Sends a message. `Ok` means that the server has taken it.
    ///
    /// # Errors
    /// [`MailFault`].
    pub async fn send(&self, message: Message) -> Result<(), MailFault> {
        match timeout(self.limit, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(fault_of(&error)),
            Err(_) => Err(MailFault::Broken(format!(
                "It did not finish within {} seconds.",
                self.limit.as_secs()
            ))),
        }
    }
}

fn fault_of(error: &Error) -> MailFault {
    let reply = readable(&error.to_string());
    let code = error.status().map(|code| code.to_string());
    if error.is_permanent() {
        if code.is_some_and(|code| OF_THE_SENDER.contains(&code.as_str())) {
            return MailFault::RefusesUs(reply);
        }
        return MailFault::Refused(reply);
    }
    if error.is_transient() {
        return MailFault::NotNow(reply);
    }
    if error.is_client() {
        // It lacks what the message or the settings need, such as STARTTLS.
        return MailFault::RefusesUs(reply);
    }
    MailFault::Broken(reply)
}

/// A reply as one short line.
fn readable(reply: &str) -> String {
    let line: String = reply
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(REPLY_LENGTH)
        .collect();
    let words: Vec<&str> = line.split_whitespace().collect();
    format!("It says: {}", words.join(" "))
}

/// Whether a text is an address to which mail can be sent.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_one_short_line() {
        assert_eq!(
            readable("550\r\n no\tsuch\u{7} user"),
            "It says: 550 no such user"
        );
        let long = readable(&"x".repeat(5_000));
        assert_eq!(long.chars().count(), REPLY_LENGTH + "It says: ".len());
    }
}
