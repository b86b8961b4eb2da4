//! Broken rules of `validator` as field errors with pointers.

use kernel::FieldError;
use validator::{ValidationErrors, ValidationErrorsKind};

use super::MAX_ERRORS;

/// The broken rules as field errors with pointers, at most a hundred.
#[must_use]
pub(super) fn field_errors(errors: &ValidationErrors) -> Vec<FieldError> {
    let mut found = Vec::new();
    collect(errors, "", &mut found);
    found.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    found.truncate(MAX_ERRORS);
    found
}

fn collect(errors: &ValidationErrors, prefix: &str, found: &mut Vec<FieldError>) {
    for (field, kind) in errors.errors() {
        let pointer = format!("{prefix}/{field}");
        match kind {
            ValidationErrorsKind::Field(broken) => {
                for rule in broken {
                    let mut error = FieldError::new(&pointer, code_of(&rule.code), sentence(rule));
                    // `value` would repeat the input, even a password.
                    error.params = rule
                        .params
                        .iter()
                        .filter(|(name, _)| name.as_ref() != "value")
                        .map(|(name, value)| (name.to_string(), value.clone()))
                        .collect();
                    found.push(error);
                }
            }
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, found),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{pointer}/{index}"), found);
                }
            }
        }
    }
}

/// Codes of the `validator` rules in use; the program's own rules have their own codes.
fn code_of(rule: &str) -> &'static str {
    match rule {
        "length" => "field.length",
        "range" => "field.out_of_range",
        "email" => "field.email",
        "not_blank" => "field.blank",
        "quantity_positive" => "quantity.not_positive",
        "quantity_not_negative" => "quantity.negative",
        "quantity_zero" => "quantity.zero",
        _ => "field.invalid",
    }
}

fn sentence(rule: &validator::ValidationError) -> String {
    if let Some(message) = &rule.message {
        return message.to_string();
    }
    let figure = |name: &str| rule.params.get(name).map(ToString::to_string);
    match (rule.code.as_ref(), figure("min"), figure("max")) {
        ("length", Some(min), Some(max)) => format!("must have {min} to {max} characters or items"),
        ("length", Some(min), None) => format!("must have at least {min} characters or items"),
        ("length", None, Some(max)) => format!("may have at most {max} characters or items"),
        ("range", Some(min), Some(max)) => format!("must lie between {min} and {max}"),
        ("range", Some(min), None) => format!("must be at least {min}"),
        ("range", None, Some(max)) => format!("may be at most {max}"),
        ("email", ..) => "is not an e-mail address".to_owned(),
        _ => "is not valid".to_owned(),
    }
}
