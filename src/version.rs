//! What this program is: its version, and the commit that it was built from.

/// The version and the commit. `build.rs` finds the commit.
pub const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("SALESFLOW_BUILT_FROM"),
    ")"
);
