//! The database: users, their keys, and what nodes tell each other, in SQLite or PostgreSQL.
//!
//! In reading order: `place` reads the URL, [`Store::open`] connects, `schema` makes the tables; then `user`, `key` and
//! `revision`, one file a table. Only this module knows sqlx. The SQL is the same for both databases, which the tests
//! run against in turn.

mod key;
pub(crate) mod place;
mod revision;
mod schema;
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

pub use key::{Key, NewKey, Owned};
pub use place::Backend;
use place::Place;
pub use revision::{Changes, Kill};
pub use user::{User, check_id};

/// How long the first connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long one waits for a connection of the pool. Nothing on the way of a request may hang on a dead database.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(2);

/// How long any one question or change may take altogether.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The database.
///
/// Its connections belong to the runtime that it was opened on, and all its work runs there, whichever runtime asks. So
/// a change is carried through even if the one who asked for it has gone.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    backend: Backend,
    /// SQLite's file.
    file: Option<Arc<Path>>,
    home: Handle,
}

/// Why the database did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or is in no state to answer.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// It has no such thing.
    #[error("there is no {what} {id:?}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// It has one of that id already.
    #[error("there is a {what} {id:?} already")]
    AlreadyThere {
        /// What was to be made.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A value is not one that can be kept.
    #[error("{field}: {problem}; {remedy}")]
    Invalid {
        /// Which value.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
        /// What to write instead.
        remedy: &'static str,
    },
}

// === impl Store ===

impl Store {
    /// Opens the database that `url` names, and brings its tables up to date. A relative path begins at `base`.
    ///
    /// `sqlite:FILE` (made if it is missing) or `postgres://USER:PASSWORD@HOST/DATABASE`. Several processes may do so
    /// at once. The current runtime is the one that the connections will live on.
    ///
    /// # Errors
    /// `Invalid` if the URL is none of these, `Unavailable` if the database cannot be reached or prepared.
    pub async fn open(url: &str, base: &Path) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let place = Place::parse(url, base)?;
        place.make_file()?;
        let options = options(&place)?;
        let prepared = timeout(CONNECT_WITHIN, AnyConnection::connect_with(&options));
        let mut connection = prepared
            .await
            .map_err(|_| StoreError::Unavailable("connecting took longer than 5 s".to_owned()))??;
        schema::migrate(place.backend, &mut connection).await?;
        // Closing is a courtesy to the server: that it was not heard changes nothing.
        let _ = connection.close().await;
        Ok(Self {
            pool: pool(place.backend, options),
            backend: place.backend,
            file: place.file.as_deref().map(Arc::from),
            home: Handle::current(),
        })
    }

    /// Which database it is.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The connections, for the ledger's table.
    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// The runtime that the connections live on.
    pub(crate) fn home(&self) -> &Handle {
        &self.home
    }

    /// SQLite's file; none if the database is another.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Closes all connections. Whatever is asked afterwards is answered with `Unavailable`.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Runs `work` on the runtime of the connections, for a limited time.
    ///
    /// It is begun at once, so that whoever waits for it holds a handle and not its many kilobytes of state.
    fn at_home<T, W>(&self, work: W) -> impl Future<Output = Result<T, StoreError>> + use<T, W>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let begun = self.home.spawn(timeout(ANSWER_WITHIN, work));
        async move {
            match begun.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(StoreError::Unavailable("no answer within 5 s".to_owned())),
                Err(_) => Err(StoreError::Unavailable("it is being closed".to_owned())),
            }
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({:?})", self.backend)
    }
}

/// Begins a change: a transaction that holds the next revision, which is returned with it.
///
/// It is taken first, so that changes queue up here and not where they could lock each other out.
async fn change(pool: &AnyPool) -> Result<(Transaction<'static, Any>, i64), StoreError> {
    let mut transaction = pool.begin().await?;
    let next = "UPDATE revision SET value = value + 1 WHERE id = 1 RETURNING value";
    let (revision,) = sqlx::query_as::<_, (i64,)>(next).fetch_one(&mut *transaction).await?;
    Ok((transaction, revision))
}

fn options(place: &Place) -> Result<AnyConnectOptions, StoreError> {
    let options: AnyConnectOptions = place.url.parse()?;
    // Our own log says what failed; the driver's would hold every statement.
    Ok(options.disable_statement_logging())
}

fn pool(backend: Backend, options: AnyConnectOptions) -> AnyPool {
    // SQLite writes one at a time, and its reads are over before a fifth connection would pay.
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
            // What the driver says of a URL may repeat a part of it.
            sqlx::Error::Configuration(_) => place::not_understood(),
            sqlx::Error::PoolTimedOut => Self::Unavailable("no connection could be had within 2 s".to_owned()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
