//! The schema, forwards and backwards, on `SQLite` and `PostgreSQL`.
//!
//! A migration is a list of statements, written once; `statements::apply` inserts the few words that
//! differ between the databases. It runs in one transaction on both.
#![forbid(unsafe_code)]

mod append_only;
pub mod copied;
mod m20261122_000001_users;
mod m20261122_000002_catalogue;
mod m20261122_000003_stock;
mod m20261122_000004_sales;
mod m20261122_000005_imports;
mod m20261122_000006_rollups;
mod m20261122_000007_jobs;
mod m20261122_000008_notes;
mod m20261122_000009_changes;
mod m20261122_000010_ledger;
mod m20261123_000011_documents;
mod m20261129_000013_clock;
mod m20261129_000014_figures;
mod m20261129_000015_payments;
mod m20261129_000016_counted;
mod m20261129_000017_line_unit;
mod m20261129_000019_rates;
mod m20261129_000020_money;
mod m20261129_000022_identity;
mod m20261129_000023_late;
mod m20261129_000024_places;
mod m20261129_000025_second_factor;
mod m20261129_000026_append_only;
mod m20261129_000027_corrections;
mod m20261129_000028_schedules;
mod m20261129_000029_received;
mod m20261129_000030_reports;
mod m20261129_000031_mappings;
mod m20261129_000032_positions;
mod m20261129_000033_undo;
mod m20261129_000034_till;
mod m20261129_000036_lists;
mod m20261129_000037_archive;
mod m20261130_000040_deliveries;
mod m20261130_000043_happenings;
mod m20261130_000044_bulk;
mod statements;

use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// Every migration, in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_users::Migration),
            Box::new(m20261122_000002_catalogue::Migration),
            Box::new(m20261122_000003_stock::Migration),
            Box::new(m20261122_000004_sales::Migration),
            Box::new(m20261122_000005_imports::Migration),
            Box::new(m20261122_000006_rollups::Migration),
            Box::new(m20261122_000007_jobs::Migration),
            Box::new(m20261122_000008_notes::Migration),
            Box::new(m20261122_000009_changes::Migration),
            Box::new(m20261122_000010_ledger::Migration),
            Box::new(m20261123_000011_documents::Migration),
            Box::new(m20261129_000013_clock::Migration),
            Box::new(m20261129_000014_figures::Migration),
            Box::new(m20261129_000015_payments::Migration),
            Box::new(m20261129_000016_counted::Migration),
            Box::new(m20261129_000017_line_unit::Migration),
            Box::new(m20261129_000019_rates::Migration),
            Box::new(m20261129_000020_money::Migration),
            Box::new(m20261129_000022_identity::Migration),
            Box::new(m20261129_000023_late::Migration),
            Box::new(m20261129_000024_places::Migration),
            Box::new(m20261129_000025_second_factor::Migration),
            Box::new(m20261129_000026_append_only::Migration),
            Box::new(m20261129_000027_corrections::Migration),
            Box::new(m20261129_000028_schedules::Migration),
            Box::new(m20261129_000029_received::Migration),
            Box::new(m20261129_000030_reports::Migration),
            Box::new(m20261129_000031_mappings::Migration),
            Box::new(m20261129_000032_positions::Migration),
            Box::new(m20261129_000033_undo::Migration),
            Box::new(m20261129_000034_till::Migration),
            Box::new(m20261129_000036_lists::Migration),
            Box::new(m20261129_000037_archive::Migration),
            Box::new(m20261130_000040_deliveries::Migration),
            Box::new(m20261130_000043_happenings::Migration),
            Box::new(m20261130_000044_bulk::Migration),
        ]
    }
}
