//! What a committed file made is noted, so that it can be undone. The sales of an imported history can
//! be voided although its returns have refunded them.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::{
    append_only::{Changes, Guard, Kept, keep, lift},
    statements::{apply, take_writer},
};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000033_undo"
    }
}

#[async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take_writer(manager).await?;
        apply(manager, UP).await?;
        lift(manager, &SALES_BEFORE).await?;
        keep(manager, &SALES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Sales have no trigger of the first name that is lifted: that would be a read before a write.
        take_writer(manager).await?;
        lift(manager, &SALES).await?;
        keep(manager, &SALES_BEFORE).await?;
        apply(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    // FALSE for files of before: what they made was not noted, and they cannot be undone.
    "ALTER TABLE imports ADD COLUMN is_traced {bool} NOT NULL DEFAULT FALSE",
    "ALTER TABLE imports ADD COLUMN count_id {uuid}",
    "ALTER TABLE imports ADD COLUMN undone_json TEXT",
    // The products that a file made, and those whose average cost moved with its goods.
    "CREATE TABLE import_products (
        import_id {uuid} NOT NULL REFERENCES imports (id),
        product_id {uuid} NOT NULL REFERENCES products (id),
        is_made {bool} NOT NULL,
        cost_before_minor {int},
        cost_after_minor {int},
        CONSTRAINT import_products_pk PRIMARY KEY (import_id, product_id)
    ) {table}",
];

const DOWN: &[&str] = &[
    "DROP TABLE import_products",
    "ALTER TABLE imports DROP COLUMN undone_json",
    "ALTER TABLE imports DROP COLUMN count_id",
    "ALTER TABLE imports DROP COLUMN is_traced",
];

/// The changes of sales until now.
const SALES_BEFORE: Kept = Kept {
    table: "sales",
    changes: Changes::Named {
        columns: &["state", "voided_at_us", "voided_by", "void_reason"],
        when: "(OLD.state = 'completed' AND NEW.state = 'voided' AND NEW.voided_at_us IS NOT NULL)
            OR ((NEW.state = OLD.state
                 OR (OLD.state = 'completed' AND NEW.state = 'partially_refunded')
                 OR (OLD.state IN ('completed', 'partially_refunded') AND NEW.state = 'refunded'))
                AND NEW.voided_at_us {same} OLD.voided_at_us AND NEW.voided_by {same} OLD.voided_by
                AND NEW.void_reason {same} OLD.void_reason)",
    },
    guard: Guard::Off,
};

/// A sale of a file can be voided together with its refunds, when the file is undone.
const SALES: Kept = Kept {
    table: "sales",
    changes: Changes::Named {
        columns: &["state", "voided_at_us", "voided_by", "void_reason"],
        when: "((OLD.state = 'completed' OR (OLD.import_id IS NOT NULL AND OLD.state IN ('partially_refunded', 'refunded')))
                AND NEW.state = 'voided' AND NEW.voided_at_us IS NOT NULL)
            OR ((NEW.state = OLD.state
                 OR (OLD.state = 'completed' AND NEW.state = 'partially_refunded')
                 OR (OLD.state IN ('completed', 'partially_refunded') AND NEW.state = 'refunded'))
                AND NEW.voided_at_us {same} OLD.voided_at_us AND NEW.voided_by {same} OLD.voided_by
                AND NEW.void_reason {same} OLD.void_reason)",
    },
    guard: Guard::Off,
};
