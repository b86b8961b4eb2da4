//! The table of products. On `SQLite` it has a row number beside these columns, for the search index.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub sku: String,
    pub sku_folded: String,
    pub name: String,
    pub name_folded: String,
    pub search_text: String,
    pub category_id: Option<Uuid>,
    pub unit: String,
    pub price_minor: i64,
    pub cost_minor: i64,
    pub tax_rate_bp: i64,
    pub reorder_level_milli: i64,
    pub archived: bool,
    pub version: i64,
    pub created_at_us: i64,
    pub updated_at_us: i64,
    pub lead_time_days: Option<i64>,
    pub service_level_bp: Option<i64>,
    pub sku_key: String,
    pub sku_conflict: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
