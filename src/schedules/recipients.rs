//! The addresses to which a scheduled report goes.

use kernel::FieldError;
use sales::people::email::{Email, MAX_EMAIL};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};

use super::{job::MAX_RECIPIENTS, mail::is_address};

/// Addresses of e-mail with their limits, which the attributes of a list cannot say.
pub(super) fn schema() -> Schema {
    let address = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(MAX_EMAIL));
    ArrayBuilder::new()
        .items(address)
        .max_items(Some(MAX_RECIPIENTS))
        .description(Some(
            "Addresses of e-mail; each gets a message of its own with the report attached.",
        ))
        .build()
        .into()
}

/// The addresses in the form in which they are compared, each once; faults are added at their places.
pub(super) fn check(recipients: &[String], faults: &mut Vec<FieldError>) -> Vec<String> {
    let mut addresses: Vec<String> = Vec::with_capacity(recipients.len());
    for (index, recipient) in recipients.iter().enumerate() {
        let pointer = format!("/recipients/{index}");
        if recipient.chars().count() > MAX_EMAIL {
            faults.push(FieldError::length(pointer, 0, MAX_EMAIL));
            continue;
        }
        match address_of(recipient) {
            Err(detail) => faults.push(FieldError::new(pointer, "field.email", detail)),
            Ok(address) if addresses.contains(&address) => {
                let detail = "is in the list already";
                faults.push(FieldError::new(pointer, "field.invalid", detail));
            }
            Ok(address) => addresses.push(address),
        }
    }
    addresses
}

/// An address in the form in which it is compared.
fn address_of(text: &str) -> Result<String, String> {
    let email = Email::parse(text).map_err(|problem| {
        let error = problem.errors.into_iter().next();
        error.map_or(problem.detail, |error| error.detail)
    })?;
    if is_address(email.as_str()) {
        Ok(email.as_str().to_owned())
    } else {
        Err("is not an e-mail address".to_owned())
    }
}
