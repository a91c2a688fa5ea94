//! A copy of SQLite's database, taken while others write to it.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::Store;

/// How long the copy waits for a lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Servers bring their own tool.
    #[error("the database is a server's; copy it with: pg_dump --format=custom --file={} \"$DATABASE_URL\"", .0.display())]
    Server(PathBuf),
    /// Nothing is overwritten.
    #[error("{} exists already; name another file", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("{} cannot be written: {}", .0.display(), .1)]
    Unwritable(PathBuf, io::Error),
    /// The database cannot be read, or the copy cannot be finished.
    #[error("the copy failed: {0}")]
    Copy(#[from] rusqlite::Error),
    /// What was written is not whole.
    #[error("the copy is damaged, so the database may be too: {0}")]
    Damaged(String),
}

// === impl Store ===

impl Store {
    /// Writes a consistent copy of the database to `file`, which must not exist, and checks it. Returns its size in bytes.
    /// Readers and writers go on meanwhile (`SQLite`, "VACUUM", section 3). Only this user may read the copy.
    ///
    /// # Errors
    /// [`BackupError`]; then there is no `file`.
    pub fn backup(&self, file: &Path) -> Result<u64, BackupError> {
        let Some(database) = self.file() else {
            return Err(BackupError::Server(file.to_owned()));
        };
        if fs::symlink_metadata(file).is_ok() {
            return Err(BackupError::Exists(file.to_owned()));
        }
        // A copy that broke off never has the name of a whole one.
        let unfinished = unfinished(file);
        let unwritable = |error| BackupError::Unwritable(file.to_owned(), error);
        create(&unfinished).map_err(unwritable)?;
        let copied = copy(database, &unfinished).and_then(|()| {
            let bytes = fs::metadata(&unfinished).map_err(unwritable)?.len();
            fs::rename(&unfinished, file).map_err(unwritable)?;
            Ok(bytes)
        });
        copied.inspect_err(|_| drop(fs::remove_file(&unfinished)))
    }
}

fn unfinished(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}

/// An empty file for this user alone. The copy may be written to one that is empty.
fn create(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(file).map(drop)
}

fn copy(database: &Path, to: &Path) -> Result<(), BackupError> {
    let source = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    source.busy_timeout(PATIENCE)?;
    source.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    let copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let verdict: String = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(BackupError::Damaged(verdict))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::super::tests::Database;
    use super::*;

    #[tokio::test]
    async fn a_copy_is_whole_private_and_another_database() {
        let database = Database::sqlite();
        let store = database.open().await;
        store.add_user("ada", "free", 5, 0).await.unwrap();
        let file = database.folder().join("copy.db");
        let bytes = store.backup(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().len(), bytes);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        store.add_user("bob", "free", 5, 0).await.unwrap();
        let copy = Store::open(&format!("sqlite:{}", file.display()), Path::new(""))
            .await
            .unwrap();
        let users: Vec<String> = copy.users().await.unwrap().into_iter().map(|user| user.id).collect();
        assert_eq!(users, ["ada"]);
    }

    #[tokio::test]
    async fn nothing_is_overwritten_and_what_failed_leaves_nothing() {
        let database = Database::sqlite();
        let store = database.open().await;
        let file = database.folder().join("copy.db");
        fs::write(&file, "mine").unwrap();
        assert!(matches!(store.backup(&file), Err(BackupError::Exists(_))));
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        let nowhere = database.folder().join("nowhere/copy.db");
        assert!(matches!(store.backup(&nowhere), Err(BackupError::Unwritable(..))));
        assert!(!nowhere.exists());
    }
}
