//! Reading the audit log: entries newest first, and the type of what each deed writes. Every feature
//! writes through [`crate::audit`]. This feature stands above all others, since it knows their types.

pub mod http;
pub mod list;
pub mod shapes;
