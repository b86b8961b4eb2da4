//! Rules for `#[validate(custom(function = …))]` that several bodies share.

use kernel::{Quantity, text::has_visible};
use validator::ValidationError;

/// The text has a visible character.
///
/// # Errors
/// `field.blank`.
pub fn not_blank(text: &str) -> Result<(), ValidationError> {
    if has_visible(text) {
        Ok(())
    } else {
        Err(ValidationError::new("not_blank").with_message("must not be blank".into()))
    }
}

/// The quantity is above zero.
///
/// # Errors
/// `quantity.not_positive`.
pub fn quantity_positive(quantity: &Quantity) -> Result<(), ValidationError> {
    if quantity.is_positive() {
        Ok(())
    } else {
        Err(ValidationError::new("quantity_positive").with_message("must be more than zero".into()))
    }
}

/// The quantity is zero or more.
///
/// # Errors
/// `quantity.negative`.
pub fn quantity_not_negative(quantity: &Quantity) -> Result<(), ValidationError> {
    if quantity.milli() >= 0 {
        Ok(())
    } else {
        Err(ValidationError::new("quantity_not_negative")
            .with_message("must not be negative".into()))
    }
}

/// The quantity is not zero.
///
/// # Errors
/// `quantity.zero`.
pub fn quantity_not_zero(quantity: &Quantity) -> Result<(), ValidationError> {
    if quantity.is_zero() {
        Err(ValidationError::new("quantity_zero").with_message("must not be zero".into()))
    } else {
        Ok(())
    }
}
