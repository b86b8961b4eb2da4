//! The types of the domain and the ports between the modules.
//!
//! Pure: no input or output, no database, no clock of its own, no framework. Every other crate uses
//! these types, so that mistakes do not compile: money without a currency, a quantity with four
//! decimals, an integer in place of an id.
#![forbid(unsafe_code)]

pub mod amount;
pub mod changes;
pub mod clock;
pub mod currency;
pub mod figure;
pub mod gtin;
pub mod happenings;
pub mod ids;
pub mod import;
pub mod jobs;
pub mod money;
pub mod notes;
pub mod paging;
pub mod period;
pub mod problem;
pub mod product;
pub mod quantity;
pub mod rate;
pub mod read;
pub mod roles;
pub mod rounding;
pub mod schedule;
pub mod text;

pub use amount::{Amount, Balance};
pub use clock::{Clock, Timestamp};
pub use currency::Currency;
pub use figure::FigureOutOfRange;
pub use money::MoneyError;
pub use period::Period;
pub use problem::{Code, FieldError, Problem};
pub use quantity::{Quantity, QuantitySum};
pub use rate::{ExchangeRate, RateMicros, RateSide};
pub use roles::{Permission, Role};
