//! Identifiers: UUIDv7, one type for each kind of thing, so that the id of a sale cannot be passed where
//! the id of a product is expected.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

fn uuid_schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type};
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .into()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id; ids are ordered by the time of their creation.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// Takes a UUID that is known to be of this kind (from a stored row or a path).
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                uuid_schema()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

ids! {
    /// A mobile-money wallet or bank account of the shop.
    PaymentAccountId;
    /// A person who signs in.
    UserId;
    /// A signed-in device: the refresh tokens that descend from one sign-in.
    SessionId;
    /// A category of products.
    CategoryId;
    /// A product.
    ProductId;
    /// A place with stock.
    LocationId;
    /// An entry of the stock ledger.
    MovementId;
    /// A stock document: a receipt, an adjustment, a count or a transfer.
    DocumentId;
    /// A sale.
    SaleId;
    /// A line of a sale.
    SaleLineId;
    /// A refund.
    RefundId;
    /// A staged file.
    ImportId;
    /// An entry of the audit log.
    AuditId;
    /// A dated exchange rate.
    RateId;
    /// A job in the background.
    JobId;
    /// A schedule of background work.
    ScheduleId;
}
