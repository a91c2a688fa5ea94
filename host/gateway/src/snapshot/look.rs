//! How files look from outside, and which of them are not worth a look.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How a file looks from outside: enough to tell that it may have changed.
pub(super) type Look = (PathBuf, Option<(u64, SystemTime)>, Option<PathBuf>);

/// The database's files, which are all named like the first of them: they may lie beside the configuration, and are
/// written all the time. None if it is no file.
#[derive(Clone)]
pub(super) struct Written(pub(super) Option<PathBuf>);

// === impl Written ===

impl Written {
    /// Whether all of these are such files, and there are any.
    pub(super) fn hold(&self, paths: &[PathBuf]) -> bool {
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

/// Looks at it.
pub(super) fn look(path: &Path) -> Look {
    let metadata = fs::metadata(path).ok();
    let facts = metadata
        .filter(fs::Metadata::is_file)
        .and_then(|m| Some((m.len(), m.modified().ok()?)));
    (path.to_owned(), facts, fs::canonicalize(path).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_databases_files_are_told_from_others() {
        let written = Written(Some("/etc/jackfield/a.db".into()));
        let hold = |paths: &[&str]| {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            written.hold(&paths)
        };
        assert!(hold(&["/etc/jackfield/a.db", "/etc/jackfield/a.db-wal"]));
        assert!(!hold(&["/etc/jackfield/a.db-wal", "/etc/jackfield/b.yaml"]));
        assert!(!hold(&[]));
        assert!(!Written(None).is(Path::new("/etc/jackfield/a.db")));
    }
}
