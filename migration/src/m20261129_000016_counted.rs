//! A level stores the latest time at which it was counted. A transaction that changes it learns
//! without another query whether a count may have seen the movement.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000016_counted"
    }
}

#[async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    "ALTER TABLE stock_levels ADD COLUMN counted_at_us {int}",
    "UPDATE stock_levels SET counted_at_us = (
        SELECT MAX(movement.occurred_at_us) FROM stock_movements AS movement
        WHERE movement.product_id = stock_levels.product_id AND movement.location_id = stock_levels.location_id
          AND movement.kind = 'count')",
    "sqlite:DROP TRIGGER stock_movements_move_level",
    "sqlite:CREATE TRIGGER stock_movements_move_level AFTER INSERT ON stock_movements BEGIN
        UPDATE stock_levels SET on_hand_milli = NEW.balance_after_milli, seq = NEW.seq,
            counted_at_us = CASE WHEN NEW.kind = 'count' THEN MAX(COALESCE(counted_at_us, NEW.occurred_at_us), NEW.occurred_at_us)
                                 ELSE counted_at_us END
        WHERE product_id = NEW.product_id AND location_id = NEW.location_id
          AND seq = NEW.seq - 1 AND on_hand_milli + NEW.delta_milli = NEW.balance_after_milli;
        SELECT RAISE(ABORT, 'a movement does not follow its level') WHERE changes() <> 1;
    END",
];

const DOWN: &[&str] = &[
    "sqlite:DROP TRIGGER stock_movements_move_level",
    "ALTER TABLE stock_levels DROP COLUMN counted_at_us",
    "sqlite:CREATE TRIGGER stock_movements_move_level AFTER INSERT ON stock_movements BEGIN
        UPDATE stock_levels SET on_hand_milli = NEW.balance_after_milli, seq = NEW.seq
        WHERE product_id = NEW.product_id AND location_id = NEW.location_id
          AND seq = NEW.seq - 1 AND on_hand_milli + NEW.delta_milli = NEW.balance_after_milli;
        SELECT RAISE(ABORT, 'a movement does not follow its level') WHERE changes() <> 1;
    END",
];
