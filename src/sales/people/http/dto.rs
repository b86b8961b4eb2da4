//! The bodies of users and access. Those with a password cannot be printed.

use kernel::{Currency, Role};
use platform::{body::rules::not_blank, patch::present};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::people::{User, last_seen::ListedUser, sessions::SignedIn};

/// A sign-in with e-mail address and password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// The user's e-mail address, in any case.
    #[validate(length(min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254, example = "amani@example.com")]
    pub email: String,
    /// The user's present password.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub password: String,
    /// A code of the second factor, if the user has one: from the app, or a recovery code.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 32))]
    #[schema(min_length = 1, max_length = 32, nullable = false, example = "492039")]
    pub otp: Option<String>,
}

/// The refresh token of the last pair.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The refresh token, as it was issued.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128)]
    pub refresh_token: String,
}

/// A change of the caller's own password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// The caller's present password.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub current_password: String,
    /// The caller's new password.
    #[validate(length(min = 8, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub new_password: String,
}

/// The first owner, and the shop's first settings.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// The one-time token that the server printed.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128)]
    pub token: String,
    /// The owner's e-mail address.
    #[validate(length(min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254, example = "amani@example.com")]
    pub email: String,
    /// The owner's new password.
    #[validate(length(min = 8, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub password: String,
    /// The name that others see.
    #[validate(length(min = 1, max = 120), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 120, example = "Amani Bahati")]
    pub name: String,
    /// The shop's name on receipts.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, example = "Alimentation Amani")]
    pub shop_name: Option<String>,
    /// The base currency of every price and total; only while there is no product.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "CDF")]
    pub currency: Option<Currency>,
    /// The IANA time zone of the shop's days.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "Africa/Lubumbashi")]
    pub time_zone: Option<String>,
}

/// A new user.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUserRequest {
    /// The e-mail address to sign in with.
    #[validate(length(min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254, example = "neema@example.com")]
    pub email: String,
    /// The name that others see.
    #[validate(length(min = 1, max = 120), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 120, example = "Neema Furaha")]
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// The first password; the user may change it.
    #[validate(length(min = 8, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub password: String,
}

/// A change of a user. Absent fields stay as they are.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// The new role. It ends the user's sessions at once.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub role: Option<Role>,
    /// True: the user may not sign in any more, and all sessions end at once.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub disabled: Option<bool>,
    /// The new name that others see.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 120), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 120, nullable = false)]
    pub name: Option<String>,
    /// The new e-mail address to sign in with. Sessions go on.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254, nullable = false)]
    pub email: Option<String>,
}

/// A new password for a user who forgot it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPasswordRequest {
    /// The user's new password.
    #[validate(length(min = 8, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub password: String,
}

/// A pair of tokens and their user.
#[derive(Serialize, ToSchema)]
pub struct TokenPair {
    /// The token for the header `Authorization: Bearer …`.
    pub access_token: String,
    /// The type of the access token, always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// The token for the next pair. It works once.
    pub refresh_token: String,
    /// The user who has signed in.
    pub user: User,
}

impl From<SignedIn> for TokenPair {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: signed_in.access_token,
            token_type: "Bearer",
            expires_in: signed_in.expires_in,
            refresh_token: signed_in.refresh_token,
            user: signed_in.user,
        }
    }
}

/// A filter for users.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// Items in a page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
    /// Only users with this role.
    #[param(inline)]
    pub role: Option<Role>,
    /// True: only disabled users. False: only active ones.
    pub disabled: Option<bool>,
}

/// A page of users in the order of their creation.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserPage {
    /// Users in the order of their creation.
    pub items: Vec<ListedUser>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}
