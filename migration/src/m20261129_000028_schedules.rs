//! Schedules as rows: which job, with what payload, when, and for whom. Those of the program have a
//! name, by which it finds them at the start; those of a person have their place among that person's
//! schedules, which bounds their number, and go with the account.
//!
//! A job says which schedule ordered it.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::{apply, refuse_while};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000028_schedules"
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
        let persons = "SELECT 1 FROM schedules WHERE user_id IS NOT NULL LIMIT 1";
        refuse_while(
            manager,
            &[(
                persons,
                "there are schedules of persons, which the older program cannot keep",
            )],
        )
        .await?;
        apply(manager, DOWN).await
    }
}

// The two schedules that existed keep how far they have come; their definition is brought up to date
// at each start.
const UP: &[&str] = &[
    "CREATE TABLE schedules (
        id {uuid} NOT NULL PRIMARY KEY,
        name TEXT CONSTRAINT schedules_name_unique UNIQUE,
        kind TEXT NOT NULL,
        payload_json TEXT NOT NULL,
        cron TEXT,
        every_seconds {int} CONSTRAINT schedules_interval_bounded CHECK (every_seconds BETWEEN 900 AND 31622400),
        user_id {uuid} REFERENCES users (id) ON DELETE CASCADE,
        place {int} CONSTRAINT schedules_of_a_person_bounded CHECK (place BETWEEN 1 AND 20),
        last_due_us {int} NOT NULL,
        created_at_us {int} NOT NULL,
        CONSTRAINT schedules_one_timing CHECK ((cron IS NULL) <> (every_seconds IS NULL)),
        CONSTRAINT schedules_of_program_or_person CHECK ((name IS NULL) <> (user_id IS NULL)),
        CONSTRAINT schedules_person_has_place CHECK ((user_id IS NULL) = (place IS NULL)),
        CONSTRAINT schedules_place_unique UNIQUE (user_id, place)
    ) {table}",
    "sqlite:INSERT INTO schedules (id, name, kind, payload_json, cron, last_due_us, created_at_us)
     SELECT X'019ACCD5A0007000800000000000001C', name, name, '{}', '30 3 * * *', last_due_us, last_due_us
     FROM job_schedules WHERE name = 'books.verify'
     UNION ALL
     SELECT X'019ACCD5A0007000800000000000002C', name, name, '{}', '20 2 * * *', last_due_us, last_due_us
     FROM job_schedules WHERE name = 'forecasts.refit'",
    "postgres:INSERT INTO schedules (id, name, kind, payload_json, cron, last_due_us, created_at_us)
     SELECT CAST('019accd5-a000-7000-8000-00000000001c' AS uuid), name, name, '{}', '30 3 * * *', last_due_us, last_due_us
     FROM job_schedules WHERE name = 'books.verify'
     UNION ALL
     SELECT CAST('019accd5-a000-7000-8000-00000000002c' AS uuid), name, name, '{}', '20 2 * * *', last_due_us, last_due_us
     FROM job_schedules WHERE name = 'forecasts.refit'",
    "DROP TABLE job_schedules",
    "ALTER TABLE jobs ADD COLUMN schedule_id {uuid}",
];

const DOWN: &[&str] = &[
    "ALTER TABLE jobs DROP COLUMN schedule_id",
    "CREATE TABLE job_schedules (
        name TEXT NOT NULL PRIMARY KEY,
        last_due_us {int} NOT NULL
    ) {table}",
    "INSERT INTO job_schedules (name, last_due_us) SELECT name, last_due_us FROM schedules WHERE name IS NOT NULL",
    "DROP TABLE schedules",
];
