//! File stamps, which reveal changes without reading the files; and the database files, whose changes are ignored.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The metadata of a file that shows whether it may have changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileStamp {
    path: PathBuf,
    /// Its length in bytes and modification time; `None` if it is not a file.
    content: Option<(u64, SystemTime)>,
    /// The path after following links; `None` if it does not exist.
    target: Option<PathBuf>,
}

/// The database's files, whose names all begin with that of the first. They may lie next to the configuration, and are
/// written all the time. `None` if the database is not a file.
#[derive(Clone)]
pub(super) struct DatabaseFiles(pub(super) Option<PathBuf>);

// === impl DatabaseFiles ===

impl DatabaseFiles {
    /// True if there are paths and all of them are the database's.
    pub(super) fn include(&self, paths: &[PathBuf]) -> bool {
        !paths.is_empty() && paths.iter().all(|path| self.is(path))
    }

    /// True if this path is one of the database's.
    pub(super) fn is(&self, path: &Path) -> bool {
        self.0.as_deref().is_some_and(|first| {
            let (path, first) = (path.as_os_str().as_bytes(), first.as_os_str().as_bytes());
            path.starts_with(first)
        })
    }
}

// === impl FileStamp ===

impl FileStamp {
    /// The stamp of the file at this path, which may not exist.
    pub(super) fn of(path: &Path) -> Self {
        let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file);
        Self {
            path: path.to_owned(),
            content: metadata.and_then(|metadata| Some((metadata.len(), metadata.modified().ok()?))),
            target: fs::canonicalize(path).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_files_are_recognised_by_their_common_prefix() {
        let files = DatabaseFiles(Some("/etc/jackfield/a.db".into()));
        let include = |paths: &[&str]| {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            files.include(&paths)
        };
        assert!(include(&["/etc/jackfield/a.db", "/etc/jackfield/a.db-wal"]));
        assert!(!include(&["/etc/jackfield/a.db-wal", "/etc/jackfield/b.yaml"]));
        assert!(!include(&[]));
        assert!(!DatabaseFiles(None).is(Path::new("/etc/jackfield/a.db")));
    }
}
