//! The database: users, their keys, and messages between nodes, in SQLite or PostgreSQL.
//!
//! In reading order: `location` parses the URL, [`Store::open`] connects, `schema` migrates the tables; then `user`,
//! `key` and `revision`, one file per table; `terms` are what a key may do on its own, `key_change` changes them, `key_lookup` finds a key by its hash, `spending` is what keys have cost,
//! `standing` refuses users and removes them, `audit` keeps who changed what; `name` says what all of them may be called,
//! `backup` copies SQLite's and `probe` looks whether there is one. Only this module and the ledger know sqlx. The SQL is the same for both
//! databases, and the tests run against both.

mod audit;
mod backup;
mod key;
mod key_change;
mod key_lookup;
mod location;
mod name;
mod probe;
mod revision;
mod schema;
mod spending;
mod standing;
mod terms;
mod user;

#[cfg(test)]
pub(crate) mod tests;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions, Connection, Executor, Transaction};
use tokio::runtime::Handle;
use tokio::time::timeout;

pub use audit::{AuditEntry, Change};
pub use backup::BackupError;
pub use key::Key;
pub(crate) use key::NewKey;
pub use key_change::ChangedKey;
pub(crate) use key_lookup::Looked;
pub(crate) use location::Backend;
use location::Location;
pub use probe::Reached;
pub(crate) use revision::{Changes, StreamKill};
pub use spending::Spent;
pub use terms::{Budget, KeyLimits, KeyTerms, OnExhausted};
pub use user::User;
pub(crate) use user::{LARGEST_BALANCE, check_id};

/// How long the first connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long a query waits for a connection of the pool. No request may hang because the database is dead.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(2);

/// How long a query or change may take in total.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The database. Cheap to clone.
///
/// Its connections belong to the runtime that it was opened on, and all its work runs there, whichever runtime calls.
/// So a change is completed even if the caller's future is dropped.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    backend: Backend,
    /// SQLite's file; `None` for PostgreSQL.
    file: Option<Arc<Path>>,
    home: Handle,
}

/// Why a query or change failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or cannot answer; the text says why.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// There is no such user or key.
    #[error("there is no {what} {id:?}")]
    NotFound {
        /// `user` or `key`.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The id is taken.
    #[error("{what} {id:?} already exists")]
    AlreadyExists {
        /// `user` or `key`.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A value is not allowed.
    #[error("{field}: {problem}; {remedy}")]
    Invalid {
        /// The name of the value.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
        /// What to write instead.
        remedy: &'static str,
    },
    /// The user has as many keys as they may have.
    #[error("{user} already has {most} keys, which is as many as a user may have; revoke one first")]
    TooManyKeys {
        /// The user's id.
        user: String,
        /// How many they may have.
        most: u32,
    },
}

// === impl Store ===

impl Store {
    /// Opens the database at `url` and migrates its tables.
    ///
    /// `url` is `sqlite:FILE`, where a relative path is relative to `base` and the file is created if absent, or
    /// `postgres://USER:PASSWORD@HOST/DATABASE`. Several processes may do this at the same time. The connections will
    /// live on the current runtime.
    ///
    /// # Errors
    /// `Invalid` if the URL is neither of these, `Unavailable` if the database cannot be reached or migrated.
    pub async fn open(url: &str, base: &Path) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let location = Location::parse(url, base)?;
        location.create_file()?;
        let options = options(&location)?;
        let connecting = timeout(CONNECT_WITHIN, AnyConnection::connect_with(&options));
        let mut connection = connecting
            .await
            .map_err(|_| StoreError::Unavailable("connecting took longer than 5 s".to_owned()))??;
        schema::migrate(location.backend, &mut connection).await?;
        // Closing is a courtesy to the server; whether it succeeds does not matter.
        let _ = connection.close().await;
        Ok(Self {
            pool: pool(location.backend, options),
            backend: location.backend,
            file: location.file.as_deref().map(Arc::from),
            home: Handle::current(),
        })
    }

    /// The connections, for the ledger's table.
    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// The runtime that the connections live on.
    pub(crate) fn home(&self) -> &Handle {
        &self.home
    }

    /// The kind of database.
    #[cfg(test)]
    pub(crate) fn backend(&self) -> Backend {
        self.backend
    }

    /// SQLite's file; `None` for PostgreSQL.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Closes all connections. Later calls fail with `Unavailable`.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Runs `work` on the runtime of the connections, with a timeout.
    ///
    /// It is spawned at once, so that the caller's future holds a handle instead of many kilobytes of state.
    pub(crate) fn at_home<T, W>(&self, work: W) -> impl Future<Output = Result<T, StoreError>> + use<T, W>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let task = self.home.spawn(timeout(ANSWER_WITHIN, work));
        async move {
            match task.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(StoreError::Unavailable("no answer within 5 s".to_owned())),
                Err(_) => Err(StoreError::Unavailable("its runtime is shutting down".to_owned())),
            }
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({:?})", self.backend)
    }
}

/// Begins a transaction and takes the next revision in it.
///
/// Taking the revision first makes changes queue up here instead of deadlocking later.
async fn begin_change(pool: &AnyPool) -> Result<(Transaction<'static, Any>, i64), StoreError> {
    let mut transaction = pool.begin().await?;
    let next = "UPDATE revision SET value = value + 1 WHERE id = 1 RETURNING value";
    let (revision,) = sqlx::query_as::<_, (i64,)>(next).fetch_one(&mut *transaction).await?;
    Ok((transaction, revision))
}

fn options(location: &Location) -> Result<AnyConnectOptions, StoreError> {
    let options: AnyConnectOptions = location.url.parse()?;
    // Our own log says what failed; the driver's would contain every statement.
    Ok(options.disable_statement_logging())
}

fn pool(backend: Backend, options: AnyConnectOptions) -> AnyPool {
    // SQLite has one writer at a time, and its reads are too short for a fifth connection to pay off.
    let connections = match backend {
        Backend::Sqlite => 4,
        Backend::Postgres => 8,
    };
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_WITHIN)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for setting in backend.settings() {
                    connection.execute(*setting).await?;
                }
                Ok(())
            })
        })
        .connect_lazy_with(options)
}

// === impl StoreError ===

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            // The driver's message may repeat a part of the URL.
            sqlx::Error::Configuration(_) => location::not_understood(),
            sqlx::Error::PoolTimedOut => Self::Unavailable("no free connection within 2 s".to_owned()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
