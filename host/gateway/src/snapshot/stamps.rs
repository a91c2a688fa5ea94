//! Stamps of files, by which a change shows without reading them; and the files whose changes say nothing.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What tells from outside that a file may have changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileStamp {
    path: PathBuf,
    /// Its length in bytes and when it was written; none if it is no file.
    content: Option<(u64, SystemTime)>,
    /// Where its links lead; none if it does not exist.
    target: Option<PathBuf>,
}

/// The database's files, which are all named like the first of them: they may lie beside the configuration, and are
/// written all the time. None if it is no file.
#[derive(Clone)]
pub(super) struct DatabaseFiles(pub(super) Option<PathBuf>);

// === impl DatabaseFiles ===

impl DatabaseFiles {
    /// Whether all of these are such files, and there are any.
    pub(super) fn include(&self, paths: &[PathBuf]) -> bool {
        !paths.is_empty() && paths.iter().all(|path| self.is(path))
    }

    /// Whether this is such a file.
    pub(super) fn is(&self, path: &Path) -> bool {
        self.0.as_deref().is_some_and(|first| {
            let (path, first) = (path.as_os_str().as_bytes(), first.as_os_str().as_bytes());
            path.starts_with(first)
        })
    }
}

// === impl FileStamp ===

impl FileStamp {
    /// The stamp of the file at this path, which need not exist.
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
    fn the_databases_files_are_recognised_by_their_common_beginning() {
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
