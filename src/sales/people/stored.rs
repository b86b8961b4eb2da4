//! A row of `users`, with its secrets. It never leaves this feature.

use store::{
    ColumnKind::{Bool, Int, Text, Uuid as Id},
    Columns, Record,
};
use uuid::Uuid;

store::selection! {
    /// A user as stored.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(super) struct StoredUser in person {
        pub id: Uuid,
        pub email: String,
        pub name: String,
        pub role: String,
        pub password_hash: String,
        pub disabled: bool,
        pub session_epoch: i64,
        pub version: i64,
        pub created_at_us: i64,
        pub updated_at_us: i64,
        /// The encrypted secret.
        pub second_factor: Option<String>,
        pub second_factor_step: i64,
        pub pending_factor: Option<String>,
        pub pending_factor_at_us: Option<i64>,
    }
}

impl Record for StoredUser {
    const TABLE: &'static str = "users";

    fn put<C: Columns>(&self, row: &mut C) {
        row.column("id", Id, self.id);
        row.column("email", Text, &self.email);
        row.column("name", Text, &self.name);
        row.column("role", Text, &self.role);
        row.column("password_hash", Text, &self.password_hash);
        row.column("disabled", Bool, self.disabled);
        row.column("session_epoch", Int, self.session_epoch);
        row.column("version", Int, self.version);
        row.column("created_at_us", Int, self.created_at_us);
        row.column("updated_at_us", Int, self.updated_at_us);
        row.column("second_factor", Text, &self.second_factor);
        row.column("second_factor_step", Int, self.second_factor_step);
        row.column("pending_factor", Text, &self.pending_factor);
        row.column("pending_factor_at_us", Int, self.pending_factor_at_us);
    }
}
