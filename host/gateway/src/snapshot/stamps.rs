//! File stamps, which reveal changes without reading the files; and the database files, whose changes are ignored.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// For how long after a change the same stamp may hide another one: timestamps are as coarse as two seconds (FAT).
const COARSE: Duration = Duration::from_secs(2);

/// The metadata of a file or folder that shows whether it may have changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileStamp {
    path: PathBuf,
    /// `None` if it does not exist, or cannot be looked at.
    found: Option<Found>,
    /// The path after following links; `None` if it does not exist.
    target: Option<PathBuf>,
}

/// What was found at a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    device: u64,
    inode: u64,
    /// Who may read it: its mode, owner and group.
    access: (u32, u32, u32),
    /// `None` if it is not a file. A folder's content has stamps of its own.
    content: Option<Content>,
}

/// What changes with a file's content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Content {
    bytes: u64,
    modified: Option<SystemTime>,
    /// The time of the last change of content, permissions or name (`st_ctime`), in seconds and nanoseconds since 1970.
    /// Programs that copy a file can set the time of its modification, but not this one.
    changed: (i64, i64),
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
        Self {
            path: path.to_owned(),
            found: fs::metadata(path).ok().map(|metadata| Found::of(&metadata)),
            target: fs::canonicalize(path).ok(),
        }
    }

    /// Whether the file changed so shortly before `now` that another change may leave the same stamp.
    pub(super) fn is_fresh(&self, now: SystemTime) -> bool {
        let content = self.found.as_ref().and_then(|found| found.content.as_ref());
        content.is_some_and(|content| {
            let changed = UNIX_EPOCH + Duration::from_secs(content.changed.0.unsigned_abs());
            let apart = now.duration_since(changed).unwrap_or_else(|error| error.duration());
            apart <= COARSE
        })
    }
}

// === impl Found ===

impl Found {
    fn of(metadata: &fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            access: (metadata.mode(), metadata.uid(), metadata.gid()),
            content: metadata.is_file().then(|| Content {
                bytes: metadata.len(),
                modified: metadata.modified().ok(),
                changed: (metadata.ctime(), metadata.ctime_nsec()),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

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

    #[test]
    fn a_file_of_the_same_size_and_date_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, "one").unwrap();
        let date = fs::metadata(&path).unwrap().modified().unwrap();
        let before = FileStamp::of(&path);
        assert_eq!(FileStamp::of(&path), before);
        fs::write(&other, "two").unwrap();
        fs::File::open(&other).unwrap().set_modified(date).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_ne!(FileStamp::of(&path), before);
    }

    #[test]
    fn a_repaired_permission_changes_the_stamp_of_a_file_and_of_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (file, within) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&file, "one").unwrap();
        fs::create_dir(&within).unwrap();
        for path in [file, within] {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
            let before = FileStamp::of(&path);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            assert_ne!(FileStamp::of(&path), before, "{path:?}");
        }
    }

    #[test]
    fn a_stamp_is_fresh_for_two_seconds_after_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "one").unwrap();
        let (stamp, now) = (FileStamp::of(&path), SystemTime::now());
        assert!(stamp.is_fresh(now));
        assert!(!stamp.is_fresh(now + Duration::from_secs(4)));
        // The clock of a file server may be ahead of ours.
        assert!(!stamp.is_fresh(now - Duration::from_secs(4)));
        assert!(!FileStamp::of(folder.path()).is_fresh(now));
        assert!(!FileStamp::of(&folder.path().join("nowhere")).is_fresh(now));
    }
}
