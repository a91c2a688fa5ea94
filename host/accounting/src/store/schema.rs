//! Migrations of the tables, applied when the store is opened.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Connection, Executor};
use tokio::time::sleep;

use super::{Backend, StoreError};

/// The migrations by number, oldest first; a number may be left out. A released migration is never changed, not even its comments: sqlx compares
/// checksums. A new one is added instead.
const MIGRATIONS: [(i64, &str, &str); 17] = [
    (1, "accounts", include_str!("../../migrations/0001_accounts.sql")),
    (2, "ledger", include_str!("../../migrations/0002_ledger.sql")),
    (3, "ledger key", include_str!("../../migrations/0003_ledger_key.sql")),
    (
        4,
        "upstream model",
        include_str!("../../migrations/0004_upstream_model.sql"),
    ),
    (5, "continued", include_str!("../../migrations/0005_continued.sql")),
    (
        6,
        "possible balances",
        include_str!("../../migrations/0006_possible_balances.sql"),
    ),
    (7, "classes", include_str!("../../migrations/0007_classes.sql")),
    (
        8,
        "served model",
        include_str!("../../migrations/0008_served_model.sql"),
    ),
    (9, "units", include_str!("../../migrations/0009_units.sql")),
    (10, "attempts", include_str!("../../migrations/0010_attempts.sql")),
    (11, "ledger days", include_str!("../../migrations/0011_ledger_days.sql")),
    (
        12,
        "administration",
        include_str!("../../migrations/0012_administration.sql"),
    ),
    (13, "cache", include_str!("../../migrations/0013_cache.sql")),
    (
        14,
        "quick reports",
        include_str!("../../migrations/0014_quick_reports.sql"),
    ),
    (15, "key terms", include_str!("../../migrations/0015_key_terms.sql")),
    (
        16,
        "ledger totals",
        include_str!("../../migrations/0016_ledger_totals.sql"),
    ),
    (17, "half hours", include_str!("../../migrations/0017_half_hours.sql")),
];

/// How often enabling the write-ahead log is retried.
const WAL_RETRIES: u32 = 50;

/// The pause between these retries.
const WAL_PAUSE: Duration = Duration::from_millis(20);

/// Applies the migrations that the database has not seen.
pub(super) async fn migrate(backend: Backend, connection: &mut AnyConnection) -> Result<(), StoreError> {
    migrate_to(latest(), backend, connection).await
}

/// The number of the latest migration.
pub(super) const fn latest() -> i64 {
    MIGRATIONS[MIGRATIONS.len() - 1].0
}

/// The same, up to the one with this number.
pub(super) async fn migrate_to(
    number: i64,
    backend: Backend,
    connection: &mut AnyConnection,
) -> Result<(), StoreError> {
    for setting in backend.settings() {
        connection.execute(*setting).await?;
    }
    // `run` calls `run_direct`, but the compiler cannot prove that the future of `run` is `Send`.
    let done = match backend {
        // The driver's advisory lock makes other processes wait.
        Backend::Postgres => migrator(number).run_direct(&mut *connection).await,
        Backend::Sqlite => {
            enable_wal(connection).await?;
            // SQLite's driver has no such lock. A transaction that acquires the write lock at once serves as one.
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
            let done = migrator(number).run_direct(&mut *transaction).await;
            if done.is_ok() {
                transaction.commit().await?;
            }
            done
        }
    };
    done.map_err(|error| match error {
        MigrateError::Execute(error) => error.into(),
        other => StoreError::Unavailable(format!("its tables cannot be migrated: {other}")),
    })
}

/// The migrations up to the one with this number.
fn migrator(last: i64) -> Migrator {
    let migration = |(number, name, sql): (i64, &'static str, &'static str)| {
        let (name, sql) = (Cow::Borrowed(name), Cow::Borrowed(sql));
        Migration::new(number, name, MigrationType::Simple, sql, false)
    };
    Migrator {
        migrations: MIGRATIONS
            .into_iter()
            .filter(|(number, ..)| *number <= last)
            .map(migration)
            .collect(),
        ..Migrator::DEFAULT
    }
}

/// Enables the write-ahead log, with which readers and the writer do not block each other. The setting is stored in the
/// file.
///
/// If two connections of a new file do this at once, SQLite refuses one of them regardless of `busy_timeout`, because
/// waiting could deadlock.
async fn enable_wal(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let mut retries = 0;
    loop {
        match connection.execute("PRAGMA journal_mode = WAL").await {
            Ok(_) => return Ok(()),
            Err(error) if retries == WAL_RETRIES => return Err(error.into()),
            Err(_) => retries += 1,
        }
        sleep(WAL_PAUSE).await;
    }
}
