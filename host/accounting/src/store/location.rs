//! `storage.url`: the kind of database and its location.

use std::fmt::Write;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::StoreError;

/// The remedy for every bad URL.
const REMEDY: &str = "write sqlite:jackfield.db, or postgres://user:password@host/database";

/// A supported database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A file, for a single node.
    Sqlite,
    /// A server, for any number of nodes.
    Postgres,
}

/// Where a database is. It may contain a password, hence no `Debug`.
pub(super) struct Location {
    pub(super) backend: Backend,
    /// The URL in the driver's form.
    pub(super) url: String,
    /// SQLite's file; `None` for PostgreSQL.
    pub(super) file: Option<PathBuf>,
}

// === impl Backend ===

impl Backend {
    /// The statements that every connection runs first.
    pub(crate) fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[
                "PRAGMA busy_timeout = 5000",
                "PRAGMA foreign_keys = ON",
                // With a write-ahead log this loses nothing when the process is killed. A power cut may lose the last
                // transactions, but does not corrupt the file (sqlite.org/pragma.html#pragma_synchronous).
                "PRAGMA synchronous = NORMAL",
            ],
            Self::Postgres => &[],
        }
    }
}

// === impl Location ===

impl Location {
    /// Parses a URL. A relative path is relative to `base`.
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
                "names an in-memory database, which would be lost with the process",
            ));
        }
        if path.contains('?') {
            return Err(invalid("has parameters, which are not supported for SQLite"));
        }
        let file = std::path::absolute(base.join(path)).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let Some(text) = file.to_str() else {
            return Err(invalid("names a path that is not UTF-8"));
        };
        Ok(Self {
            backend: Backend::Sqlite,
            url: format!("sqlite://{}", percent_encoded(text)),
            file: Some(file),
        })
    }

    /// Creates SQLite's file if absent. Only this user may read it: it records who uses the gateway for what.
    pub(super) fn create_file(&self) -> Result<(), StoreError> {
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

/// The error for a URL that the driver cannot parse.
pub(super) fn not_understood() -> StoreError {
    invalid("is not a valid URL")
}

fn invalid(problem: &'static str) -> StoreError {
    StoreError::Invalid {
        field: "storage.url",
        problem,
        remedy: REMEDY,
    }
}

/// Percent-encodes a path (RFC 3986, section 2.1).
fn percent_encoded(path: &str) -> String {
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
        match Location::parse(url, Path::new("/etc/jackfield")) {
            Ok(location) => panic!("{} was accepted", location.url),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_relative_file_is_relative_to_the_configurations_folder() {
        for url in ["sqlite:a b/c.db", "sqlite://a b/c.db"] {
            let location = Location::parse(url, Path::new("/etc/jackfield")).unwrap();
            assert_eq!(location.url, "sqlite:///etc/jackfield/a%20b/c.db");
        }
        let location = Location::parse("sqlite:///var/j?k.db", Path::new("/etc"));
        assert!(location.is_err(), "a question mark begins parameters");
        let location = Location::parse("sqlite:/var/100%.db", Path::new("/etc")).unwrap();
        assert_eq!(location.url, "sqlite:///var/100%25.db");
    }

    #[test]
    fn every_bad_url_is_refused_with_a_remedy() {
        let remedy = "; write sqlite:jackfield.db, or postgres://user:password@host/database";
        for (url, problem) in [
            ("mysql://root:pw@db", "is neither sqlite: nor postgres://"),
            ("jackfield.db", "is neither sqlite: nor postgres://"),
            ("sqlite:", "names no file"),
            (
                "sqlite::memory:",
                "names an in-memory database, which would be lost with the process",
            ),
            (
                "sqlite:a.db?mode=ro",
                "has parameters, which are not supported for SQLite",
            ),
        ] {
            assert_eq!(refused(url), format!("storage.url: {problem}{remedy}"));
        }
    }
}
