//! The tables, brought up to date when the store is opened.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Connection, Executor};
use tokio::time::sleep;

use super::{Backend, StoreError};

/// The steps by number, oldest first. A step that was released is never changed: a new one is added.
const STEPS: [(i64, &str, &str); 3] = [
    (1, "accounts", include_str!("../../migrations/0001_accounts.sql")),
    (2, "ledger", include_str!("../../migrations/0002_ledger.sql")),
    (3, "ledger key", include_str!("../../migrations/0003_ledger_key.sql")),
];

/// How often, and after what pause, SQLite is asked again for its write-ahead log.
const LOG_TRIES: u32 = 50;
const LOG_PAUSE: Duration = Duration::from_millis(20);

/// Carries out the steps that the database has not seen.
pub(super) async fn migrate(backend: Backend, connection: &mut AnyConnection) -> Result<(), StoreError> {
    for setting in backend.settings() {
        connection.execute(*setting).await?;
    }
    // `run_direct` is what `run` calls, whose future the compiler does not see to be `Send`.
    let done = match backend {
        // The driver's own lock lets the others wait.
        Backend::Postgres => migrator().run_direct(&mut *connection).await,
        Backend::Sqlite => {
            write_ahead(connection).await?;
            // SQLite's driver has no such lock. A transaction that writes from its first moment is one.
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
            let done = migrator().run_direct(&mut *transaction).await;
            if done.is_ok() {
                transaction.commit().await?;
            }
            done
        }
    };
    done.map_err(|error| match error {
        MigrateError::Execute(error) => error.into(),
        other => StoreError::Unavailable(format!("its tables cannot be brought up to date: {other}")),
    })
}

fn migrator() -> Migrator {
    let step = |(number, name, sql): (i64, &'static str, &'static str)| {
        let (name, sql) = (Cow::Borrowed(name), Cow::Borrowed(sql));
        Migration::new(number, name, MigrationType::Simple, sql, false)
    };
    Migrator {
        migrations: STEPS.into_iter().map(step).collect(),
        ..Migrator::DEFAULT
    }
}

/// Lets readers and the writer go on beside each other. The file remembers it.
///
/// While two connections of a new file ask for this at once, SQLite refuses one of them without any waiting, whatever
/// its `busy_timeout` is: waiting could lock both for ever.
async fn write_ahead(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        match connection.execute("PRAGMA journal_mode = WAL").await {
            Ok(_) => return Ok(()),
            Err(error) if tries == LOG_TRIES => return Err(error.into()),
            Err(_) => tries += 1,
        }
        sleep(LOG_PAUSE).await;
    }
}
