//! Schedules can be changed and paused, and remember their last run; a job knows for which due moment it
//! was ordered, and which of its steps are done and must not be repeated, such as a letter that was sent.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261130_000040_deliveries"
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
    "ALTER TABLE schedules ADD COLUMN version {int} NOT NULL DEFAULT 1",
    "ALTER TABLE schedules ADD COLUMN paused_at_us {int}",
    "ALTER TABLE schedules ADD COLUMN last_job_id {uuid}",
    "ALTER TABLE jobs ADD COLUMN due_at_us {int}",
    "CREATE TABLE job_steps (
        job_id {uuid} NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        step TEXT NOT NULL,
        done_at_us {int} NOT NULL,
        CONSTRAINT job_steps_pk PRIMARY KEY (job_id, step)
    ) {table}",
];

// The older program knows no kind of job that persons schedule: it runs none of their schedules.
const DOWN: &[&str] = &[
    "DROP TABLE job_steps",
    "ALTER TABLE jobs DROP COLUMN due_at_us",
    "ALTER TABLE schedules DROP COLUMN last_job_id",
    "ALTER TABLE schedules DROP COLUMN paused_at_us",
    "ALTER TABLE schedules DROP COLUMN version",
];
