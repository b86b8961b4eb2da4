//! Background work: the queue, and the state of each schedule.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000007_jobs"
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

// `claims` counts how often a worker took the job: a worker with an older number may write nothing.
// `attempts` does not count jobs that an orderly shutdown gave back.
const UP: &[&str] = &[
    "CREATE TABLE jobs (
        id {uuid} NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        state TEXT NOT NULL CONSTRAINT jobs_state_known CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
        payload_json TEXT NOT NULL,
        dedup_key TEXT,
        requested_by {uuid} REFERENCES users (id),
        attempts {int} NOT NULL,
        claims {int} NOT NULL,
        available_at_us {int} NOT NULL,
        lease_until_us {int},
        cancel_wished {bool} NOT NULL,
        progress_ppm {int} NOT NULL CONSTRAINT jobs_progress_bounded CHECK (progress_ppm BETWEEN 0 AND 1000000),
        result_json TEXT,
        error_code TEXT,
        error_detail TEXT,
        created_at_us {int} NOT NULL,
        started_at_us {int},
        finished_at_us {int},
        CONSTRAINT jobs_running_has_lease CHECK ((state = 'running') = (lease_until_us IS NOT NULL)),
        CONSTRAINT jobs_ended_has_end CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at_us IS NOT NULL))
    ) {table}",
    "CREATE UNIQUE INDEX jobs_dedup_key ON jobs (dedup_key) WHERE dedup_key IS NOT NULL AND state IN ('queued', 'running')",
    "CREATE INDEX jobs_waiting ON jobs (available_at_us) WHERE state = 'queued'",
    "CREATE INDEX jobs_leases ON jobs (lease_until_us) WHERE state = 'running'",
    "CREATE INDEX jobs_newest ON jobs (created_at_us DESC, id DESC)",
    "CREATE INDEX jobs_ended ON jobs (finished_at_us) WHERE finished_at_us IS NOT NULL",
    "CREATE TABLE job_schedules (
        name TEXT NOT NULL PRIMARY KEY,
        last_due_us {int} NOT NULL
    ) {table}",
];

const DOWN: &[&str] = &["DROP TABLE job_schedules", "DROP TABLE jobs"];
