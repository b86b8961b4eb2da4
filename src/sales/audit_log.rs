//! The audit log as its readers see it: lines newest first, and the shape of what each deed writes
//! down. Every feature writes to the log through [`crate::audit`]; this feature stands above all of
//! them, since it knows the types of what they write.

pub mod http;
pub mod list;
pub mod shapes;
