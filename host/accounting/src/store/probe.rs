//! Whether a database is there, without changing it.

use std::path::{Path, PathBuf};

use sqlx::{AnyConnection, Connection};
use tokio::time::timeout;

use super::location::{Backend, Location};
use super::{ANSWER_WITHIN, Store, StoreError, options};

/// What a look at a database found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It answers.
    Answers,
    /// SQLite's file does not exist; its folder does, and the first start creates the file there.
    NotCreated,
}

// === impl Store ===

impl Store {
    /// `SQLite`'s file at `url`, if it does not exist; `None` if it does, or if the database is a server's.
    ///
    /// # Errors
    /// `Invalid` if the URL is not a database's.
    pub fn missing_file(url: &str, base: &Path) -> Result<Option<PathBuf>, StoreError> {
        Ok(Location::parse(url, base)?.file.filter(|file| !file.exists()))
    }

    /// Looks whether the database at `url` answers, within 5 s. Unlike [`Store::open`], it neither creates the file nor
    /// migrates the tables.
    ///
    /// # Errors
    /// `Invalid` if the URL is not a database's, `Unavailable` if the database does not answer.
    pub async fn probe(url: &str, base: &Path) -> Result<Reached, StoreError> {
        sqlx::any::install_default_drivers();
        let location = Location::parse(url, base)?;
        if let Some(file) = location.file.as_deref()
            && !file.exists()
        {
            return folder_of(file);
        }
        let options = options(&location)?;
        let asking = async {
            let mut connection = AnyConnection::connect_with(&options).await?;
            sqlx::query(question(location.backend)).execute(&mut connection).await?;
            // Closing is a courtesy to the server; whether it succeeds does not matter.
            let _ = connection.close().await;
            Ok(Reached::Answers)
        };
        let answered = timeout(ANSWER_WITHIN, asking).await;
        answered.unwrap_or_else(|_| Err(StoreError::Unavailable("no answer within 5 s".to_owned())))
    }
}

/// What only a database of this kind answers: SQLite reads its file for nothing less.
fn question(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SELECT count(*) FROM sqlite_schema",
        Backend::Postgres => "SELECT 1",
    }
}

/// Whether a file that does not exist can be created in its folder, as far as can be told without doing so.
fn folder_of(file: &Path) -> Result<Reached, StoreError> {
    if file.parent().is_some_and(Path::is_dir) {
        return Ok(Reached::NotCreated);
    }
    let missing = format!("{} cannot be created: its folder does not exist", file.display());
    Err(StoreError::Unavailable(missing))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_file_is_looked_at_and_not_created() {
        let folder = tempfile::tempdir().unwrap();
        let probe = || Store::probe("sqlite:a.db", folder.path());
        assert_eq!(probe().await, Ok(Reached::NotCreated));
        let missing = || Store::missing_file("sqlite:a.db", folder.path());
        assert_eq!(missing(), Ok(Some(folder.path().join("a.db"))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let store = Store::open("sqlite:a.db", folder.path()).await.unwrap();
        store.close().await;
        assert_eq!(probe().await, Ok(Reached::Answers));
        assert_eq!(missing(), Ok(None));
    }

    #[tokio::test]
    async fn what_is_no_database_or_has_no_folder_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Store::probe("sqlite:no/a.db", folder.path()).await.unwrap_err();
        assert!(missing.to_string().ends_with("its folder does not exist"), "{missing}");
        fs::write(folder.path().join("b.db"), "no database at all, but text ".repeat(100)).unwrap();
        assert!(matches!(
            Store::probe("sqlite:b.db", folder.path()).await,
            Err(StoreError::Unavailable(_))
        ));
        assert!(matches!(
            Store::probe("mysql://a", folder.path()).await,
            Err(StoreError::Invalid { .. })
        ));
    }
}
