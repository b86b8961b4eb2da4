//! The message with which a report is sent, in French and in English.

use analytics::reports::{ReportLocale, shelf::KeptReport};
use chrono_tz::Tz;
use data_encoding::HEXLOWER;
use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use sha2::{Digest as _, Sha256};

/// Bytes of a recipient's hash in the id of a message.
const HASH_BYTES: usize = 6;

/// What a letter says besides the report.
#[derive(Debug)]
pub(super) struct Letterhead<'a> {
    /// Name of the shop.
    pub shop: &'a str,
    /// Time zone of the shop.
    pub zone: Tz,
    /// Name of the user whose schedule it is.
    pub ordered_by: &'a str,
}

/// The message to one recipient. Its id is the same in every attempt, so that a server which took it before
/// can recognise it.
///
/// # Errors
/// When it cannot be written; the address was checked before.
pub(super) fn write(
    from: &Mailbox,
    recipient: &str,
    head: &Letterhead<'_>,
    report: &KeptReport,
    file: Vec<u8>,
) -> anyhow::Result<Message> {
    let to: Address = recipient.parse()?;
    let content_type = ContentType::parse(report.format.content_type())?;
    let attachment = Attachment::new(report.file_name.clone()).body(file, content_type);
    let text = SinglePart::plain(text_of(head, report));
    let hash = HEXLOWER.encode(
        Sha256::digest(recipient)
            .get(..HASH_BYTES)
            .unwrap_or_default(),
    );
    let id = format!("<{}.{hash}@{}>", report.id, from.email.domain());
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(subject_of(head, report))
        .message_id(Some(id))
        .date(report.created_at.to_utc().into())
        .multipart(MultiPart::mixed().singlepart(text).singlepart(attachment))?;
    // No machine answers a machine (RFC 3834).
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    let header = HeaderValue::new(name, "auto-generated".to_owned());
    message.headers_mut().insert_raw(header);
    Ok(message)
}

fn span_of(report: &KeptReport) -> String {
    let form = "%d/%m/%Y";
    let (from, to) = (report.from.format(form), report.to.format(form));
    match report.locale {
        _ if report.from == report.to => from.to_string(),
        ReportLocale::Fr => format!("du {from} au {to}"),
        ReportLocale::En => format!("{from} to {to}"),
    }
}

fn subject_of(head: &Letterhead<'_>, report: &KeptReport) -> String {
    let (shop, title, span) = (head.shop, &report.title, span_of(report));
    match report.locale {
        ReportLocale::Fr => format!("{shop} : {title}, {span}"),
        ReportLocale::En => format!("{shop}: {title}, {span}"),
    }
}

fn text_of(head: &Letterhead<'_>, report: &KeptReport) -> String {
    let (shop, by) = (head.shop, head.ordered_by);
    let (title, span, file) = (&report.title, span_of(report), &report.file_name);
    let at = report.origin.computed_at.to_utc().with_timezone(&head.zone);
    let at = at.format("%d/%m/%Y %H:%M");
    let zone = head.zone.name();
    match report.locale {
        ReportLocale::Fr => format!(
            "Bonjour,\n\n\
             Vous trouverez ci-joint ce rapport : {title}, {span}.\n\n\
             Boutique : {shop}\n\
             Fichier : {file}\n\
             Calculé le {at} ({zone})\n\n\
             {by} a programmé cet envoi. Pour ne plus le recevoir, adressez-vous à cette personne.\n"
        ),
        ReportLocale::En => format!(
            "Hello,\n\n\
             This report is attached: {title}, {span}.\n\n\
             Shop: {shop}\n\
             File: {file}\n\
             Computed on {at} ({zone})\n\n\
             {by} scheduled this message. To stop it, write to this person.\n"
        ),
    }
}
