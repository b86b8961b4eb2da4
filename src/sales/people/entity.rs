//! The table of users as `sea-orm` sees it. It never leaves this feature.

pub(super) mod user {
    //! A row of `users`.

    // The macro asks for its whole prelude.
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(unique)]
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

    impl ActiveModelBehavior for ActiveModel {}
}
