//! The bodies of users and access. Those with a password do not print.

use kernel::{Currency, Role};
use platform::{body::rules::not_blank, patch::present};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::people::{User, sessions::SignedIn};

/// Who signs in.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// The address, in any case.
    #[validate(length(min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254, example = "amani@example.com")]
    pub email: String,
    /// The password.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub password: String,
    /// The code of the second factor, for a user who has one: what the app shows, or a recovery code.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 32))]
    #[schema(min_length = 1, max_length = 32, nullable = false, example = "492039")]
    pub otp: Option<String>,
}

/// The refresh token of the last pair.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// As it was given out.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128)]
    pub refresh_token: String,
}

/// The caller's own password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// The one that is valid now.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub current_password: String,
    /// The one that shall be.
    #[validate(length(min = 8, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub new_password: String,
}

/// The first owner and what the shop is called.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// The one-time token that the server printed.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128)]
    pub token: String,
    /// The owner's address.
    #[validate(length(min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254, example = "amani@example.com")]
    pub email: String,
    /// The owner's password.
    #[validate(length(min = 8, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub password: String,
    /// The owner's name.
    #[validate(length(min = 1, max = 120), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 120, example = "Amani Bahati")]
    pub name: String,
    /// The name on the receipts.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, example = "Alimentation Amani")]
    pub shop_name: Option<String>,
    /// The currency of every price and total; only while there is no product.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "CDF")]
    pub currency: Option<Currency>,
    /// The IANA time zone in which the shop's days are cut.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "Africa/Lubumbashi")]
    pub time_zone: Option<String>,
}

/// A new user.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUserRequest {
    /// The address under which the user signs in.
    #[validate(length(min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254, example = "neema@example.com")]
    pub email: String,
    /// What the others call the user.
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

/// What of a user is to change; what is left out stays.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// Another role; ends the user's sessions now.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub role: Option<Role>,
    /// True takes the right to sign in away and ends the user's sessions now.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub disabled: Option<bool>,
    /// Another name.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 120), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 120, nullable = false)]
    pub name: Option<String>,
}

/// Another password for a user who forgot it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPasswordRequest {
    /// The one that shall be.
    #[validate(length(min = 8, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub password: String,
}

/// A pair of tokens and whose they are.
#[derive(Serialize, ToSchema)]
pub struct TokenPair {
    /// For the header `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// Can be exchanged for the next pair, once.
    pub refresh_token: String,
    /// Who has signed in.
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

/// Which users.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// Items in the page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// With this role.
    #[param(inline)]
    pub role: Option<Role>,
    /// Disabled (true) or active (false).
    pub disabled: Option<bool>,
}

/// A page of users in the order of their creation.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserPage {
    /// The users.
    pub items: Vec<User>,
    /// For the next page; null on the last.
    pub next_cursor: Option<String>,
}
