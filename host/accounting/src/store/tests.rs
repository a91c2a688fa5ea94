//! The same tests against SQLite and PostgreSQL.

mod administration;
mod postgres;
mod stories;

use std::path::Path;

use tempfile::TempDir;

use sqlx::{AnyConnection, Connection, Executor};

use super::location::Location;
use super::{KeyTerms, NewKey, Store, options, schema};

/// The database of one test. It may be opened several times, as by several nodes.
pub(crate) struct Database {
    url: String,
    folder: TempDir,
}

// === impl Database ===

impl Database {
    /// An SQLite file that does not exist yet.
    pub(crate) fn sqlite() -> Self {
        Self {
            url: "sqlite:test.db".to_owned(),
            folder: TempDir::new().unwrap(),
        }
    }

    /// An empty database of the tests' server.
    pub(crate) async fn postgres() -> Self {
        Self {
            url: postgres::database().await,
            folder: TempDir::new().unwrap(),
        }
    }

    /// Opens it as one more node.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url, self.folder.path()).await.unwrap()
    }

    /// The number of the latest migration.
    pub(crate) const LATEST: i64 = schema::latest();

    /// Migrates it up to this number, as an earlier release did, and lets that release write.
    pub(crate) async fn written_at(&self, number: i64, statements: &[String]) {
        sqlx::any::install_default_drivers();
        let location = Location::parse(&self.url, self.folder.path()).unwrap();
        location.create_file().unwrap();
        let options = options(&location).unwrap();
        let mut connection = AnyConnection::connect_with(&options).await.unwrap();
        schema::migrate_to(number, location.backend, &mut connection)
            .await
            .unwrap();
        for statement in statements {
            connection.execute(statement.as_str()).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The folder that relative URLs are relative to.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Turns each `async fn(Database)` into one test per database.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::store::tests::Database::sqlite()).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::store::tests::Database::postgres().await).await;
            })*
        }
    };
}

pub(crate) use on_both;

/// A key whose hash consists of this byte.
fn new_key(number: u8, user: &str) -> NewKey {
    NewKey {
        id: format!("key_{number}"),
        user: user.to_owned(),
        hash: [number; 32],
        prefix: format!("rk_{number}"),
        name: "ci".to_owned(),
        terms: KeyTerms::default(),
        most: None,
    }
}
