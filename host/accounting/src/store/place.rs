//! `storage.url`: which database it names, and where.

use std::fmt::Write;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::StoreError;

/// What the remedy of every bad URL says.
const REMEDY: &str = "write sqlite:jackfield.db, or postgres://user:password@host/database";

/// The databases that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file, for one node.
    Sqlite,
    /// A server, for any number of nodes.
    Postgres,
}

/// A database's place. It may hold a password, hence no `Debug`.
pub(super) struct Place {
    /// Which database it is.
    pub(super) backend: Backend,
    /// The URL in the driver's form.
    pub(super) url: String,
    /// The file of SQLite.
    pub(super) file: Option<PathBuf>,
}

// === impl Backend ===

impl Backend {
    /// What every connection is told first.
    pub(crate) fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[
                "PRAGMA busy_timeout = 5000",
                "PRAGMA foreign_keys = ON",
                // With a write-ahead log this loses nothing when the process is killed; a power cut may cost the last
                // transactions, but not the file (sqlite.org/pragma.html#pragma_synchronous).
                "PRAGMA synchronous = NORMAL",
            ],
            Self::Postgres => &[],
        }
    }
}

// === impl Place ===

impl Place {
    /// Reads a URL. A relative path begins at `base`.
    pub(super) fn parse(url: &str, base: &Path) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Self::sqlite(path.strip_prefix("//").unwrap_or(path), base);
        }
        let postgres = ["postgres://", "postgresql://"];
        if postgres.iter().any(|scheme| url.starts_with(scheme)) {
            return Ok(Self {
                backend: Backend::Postgres,
                url: url.to_owned(),
                file: None,
            });
        }
        Err(invalid("is neither sqlite: nor postgres://"))
    }

    fn sqlite(path: &str, base: &Path) -> Result<Self, StoreError> {
        if path.is_empty() || path.ends_with('/') {
            return Err(invalid("names no file"));
        }
        if path.contains(":memory:") {
            return Err(invalid(
                "names a database in memory, which would be lost with the process",
            ));
        }
        if path.contains('?') {
            return Err(invalid("has parameters, which SQLite takes none of here"));
        }
        let file = std::path::absolute(base.join(path)).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let Some(text) = file.to_str() else {
            return Err(invalid("names a path that is not UTF-8"));
        };
        Ok(Self {
            backend: Backend::Sqlite,
            url: format!("sqlite://{}", encoded(text)),
            file: Some(file),
        })
    }

    /// Makes the file of SQLite if it is missing, for nobody else to read: it tells who uses the gateway for what.
    pub(super) fn make_file(&self) -> Result<(), StoreError> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(0o600);
        options
            .open(file)
            .map(drop)
            .map_err(|error| StoreError::Unavailable(format!("{} cannot be opened: {error}", file.display())))
    }
}

/// The fault of a URL that the driver cannot read.
pub(super) fn not_understood() -> StoreError {
    invalid("is not a URL that can be read")
}

fn invalid(problem: &'static str) -> StoreError {
    StoreError::Invalid {
        field: "storage.url",
        problem,
        remedy: REMEDY,
    }
}

/// A path as it stands in a URL (RFC 3986, section 2.1).
fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        match Place::parse(url, Path::new("/etc/jackfield")) {
            Ok(place) => panic!("{} was taken", place.url),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_relative_file_lies_in_the_configurations_folder() {
        for url in ["sqlite:a b/c.db", "sqlite://a b/c.db"] {
            let place = Place::parse(url, Path::new("/etc/jackfield")).unwrap();
            assert_eq!(place.url, "sqlite:///etc/jackfield/a%20b/c.db");
        }
        let place = Place::parse("sqlite:///var/j?k.db", Path::new("/etc"));
        assert!(place.is_err(), "a question mark begins parameters");
        let place = Place::parse("sqlite:/var/100%.db", Path::new("/etc")).unwrap();
        assert_eq!(place.url, "sqlite:///var/100%25.db");
    }

    #[test]
    fn every_bad_url_is_told_what_to_write() {
        let remedy = "; write sqlite:jackfield.db, or postgres://user:password@host/database";
        for (url, problem) in [
            ("mysql://root:pw@db", "is neither sqlite: nor postgres://"),
            ("jackfield.db", "is neither sqlite: nor postgres://"),
            ("sqlite:", "names no file"),
            (
                "sqlite::memory:",
                "names a database in memory, which would be lost with the process",
            ),
            ("sqlite:a.db?mode=ro", "has parameters, which SQLite takes none of here"),
        ] {
            assert_eq!(refused(url), format!("storage.url: {problem}{remedy}"));
        }
    }
}
