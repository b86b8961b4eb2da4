//! Records cannot be rewritten, in any table of records and by any statement: not by UPDATE or
//! DELETE, not by REPLACE, ON CONFLICT or TRUNCATE. Allowed later changes are listed here.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::{
    append_only::{Changes, Guard, Kept, keep, lift},
    statements::apply,
};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000026_append_only"
    }
}

#[async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, UP).await?;
        for kept in KEPT {
            keep(manager, kept).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for kept in KEPT {
            lift(manager, kept).await?;
        }
        apply(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    // A column that is added later is protected as well.
    "postgres:CREATE FUNCTION refuse_other_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV THEN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END $$",
];

const DOWN: &[&str] = &["postgres:DROP FUNCTION refuse_other_change()"];

const KEPT: &[Kept] = &[
    Kept {
        table: "audit_log",
        changes: Changes::NoneAlready,
        guard: Guard::Keys(&[&["id"]]),
    },
    Kept {
        table: "stock_documents",
        changes: Changes::NoneAlready,
        guard: Guard::Keys(&[&["id"]]),
    },
    Kept {
        table: "clock_corrections",
        changes: Changes::NoneAlready,
        guard: Guard::Keys(&[&["number"]]),
    },
    Kept {
        table: "price_changes",
        changes: Changes::None,
        guard: Guard::Keys(&[&["id"]]),
    },
    // A rate can be withdrawn, once.
    Kept {
        table: "rates",
        changes: Changes::Named {
            columns: &["withdrawn_at_us", "withdrawn_by", "withdraw_reason"],
            when: "(OLD.withdrawn_at_us IS NULL AND NEW.withdrawn_at_us IS NOT NULL)
                OR (NEW.withdrawn_at_us {same} OLD.withdrawn_at_us AND NEW.withdrawn_by {same} OLD.withdrawn_by
                    AND NEW.withdraw_reason {same} OLD.withdraw_reason)",
        },
        guard: Guard::Keys(&[&["id"]]),
    },
    // A whole sale can be voided, or it can be refunded in parts until all has come back.
    Kept {
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
    },
    Kept {
        table: "sale_lines",
        changes: Changes::Named {
            columns: &["refunded_milli"],
            when: "NEW.refunded_milli >= OLD.refunded_milli",
        },
        guard: Guard::Off,
    },
    // The payments of a voided sale do not count any more, and their references can be used again.
    Kept {
        table: "payments",
        changes: Changes::Named {
            columns: &["is_live"],
            when: "NEW.is_live <= OLD.is_live",
        },
        guard: Guard::Off,
    },
    Kept {
        table: "refunds",
        changes: Changes::None,
        guard: Guard::Keys(&[&["id"], &["number"]]),
    },
    Kept {
        table: "refund_lines",
        changes: Changes::None,
        guard: Guard::Keys(&[&["refund_id", "sale_line_id"]]),
    },
    Kept {
        table: "refund_payments",
        changes: Changes::None,
        guard: Guard::Keys(&[&["refund_id", "position"]]),
    },
];
