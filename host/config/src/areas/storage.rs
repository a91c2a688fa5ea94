//! `storage:`: the database of users, keys and the request ledger.

use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::Secret;

/// The database of users, keys and the request ledger. A change of `url` or `journal` takes effect at the next start.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StorageConfig {
    /// The database: `sqlite:FILE` (relative to `state_dir`, created if absent),
    /// `postgres://USER:PASSWORD@HOST/DATABASE`, or `none`. With `none`, nothing is stored, and only the keys in the
    /// configuration are known. It may contain a password, so it is never shown. Default `sqlite:jackfield.db`.
    #[schemars(schema_with = "url")]
    pub url: Secret,
    /// A folder that records each request until the database has it, so that neither a crash nor a database outage
    /// loses one. Default: `jackfield.journal` in `state_dir`; for `SQLite`, next to the database file
    /// and named after it.
    pub journal: Option<PathBuf>,
    /// What happens to requests while the journal cannot take their rows: its disk is full, read-only or broken. Default
    /// `deny`.
    pub on_unavailable: OnUnwritable,
}

/// What happens to requests while the journal cannot take their rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnUnwritable {
    /// They get a 503, and the gateway is not ready: nobody is served without a row.
    #[default]
    Deny,
    /// They are served. Rows wait in memory, up to 16 MiB of them, and further ones are lost.
    Allow,
}

/// The schema of a database URL. A file name in it is not percent-encoded, so `?` and `#`, which would start a query or
/// a fragment, are refused.
fn url(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": r"^(none|sqlite:[^:?#]*[^:?#/]|postgres(ql)?://\S+)$",
        "default": "sqlite:jackfield.db",
        "errorMessage": "is not a supported database URL",
        "remedy": "write sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, or none to store nothing",
        "writeOnly": true,
    })
}

// === impl StorageConfig ===

impl StorageConfig {
    /// Whether nothing is stored.
    pub fn is_none(&self) -> bool {
        self.url.expose() == "none"
    }

    /// The database file, for `SQLite`.
    pub fn file(&self) -> Option<PathBuf> {
        self.url.expose().strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// The database in `base`, if its path is relative, there is one, and none in `dir`.
    pub(crate) fn left_in(&self, base: &Path, dir: &Path) -> Option<PathBuf> {
        let file = self.url.expose().strip_prefix("sqlite:")?;
        let file = file.strip_prefix("//").unwrap_or(file);
        let left = base.join(file);
        (!Path::new(file).is_absolute() && left.exists() && !dir.join(file).exists()).then_some(left)
    }

    /// Resolves relative paths against the folder of what is written, and fills in the default of `journal`.
    pub(crate) fn complete(&mut self, base: &Path) {
        let file = self.url.expose().strip_prefix("sqlite:");
        let file = file.map(|file| base.join(file.strip_prefix("//").unwrap_or(file)));
        let journal = match (self.journal.take(), &file) {
            (Some(journal), _) => Some(base.join(journal)),
            (None, Some(file)) => Some(file.with_extension("journal")),
            (None, None) => (!self.is_none()).then(|| base.join("jackfield.journal")),
        };
        self.journal = journal;
        if let Some(file) = file {
            self.url = Secret::new(format!("sqlite:{}", file.display()));
        }
    }
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self {
            url: Secret::new("sqlite:jackfield.db"),
            journal: None,
            on_unavailable: OnUnwritable::Deny,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_file_is_resolved_and_the_journal_goes_next_to_it() {
        let cases = [
            (
                "sqlite:jackfield.db",
                "sqlite:/etc/jf/jackfield.db",
                "/etc/jf/jackfield.journal",
            ),
            (
                "sqlite://data/a.db",
                "sqlite:/etc/jf/data/a.db",
                "/etc/jf/data/a.journal",
            ),
            ("sqlite:/var/b.sqlite", "sqlite:/var/b.sqlite", "/var/b.journal"),
            ("sqlite:///var/b", "sqlite:/var/b", "/var/b.journal"),
            ("postgres://u:p@h/d", "postgres://u:p@h/d", "/etc/jf/jackfield.journal"),
        ];
        for (written, url, journal) in cases {
            let mut storage = StorageConfig {
                url: Secret::new(written),
                ..StorageConfig::default()
            };
            storage.complete(Path::new("/etc/jf"));
            assert_eq!(storage.url.expose(), url, "{written}");
            assert_eq!(storage.journal, Some(PathBuf::from(journal)), "{written}");
            assert!(!storage.is_none());
        }
    }

    #[test]
    fn a_relative_journal_is_resolved_too() {
        let mut storage = StorageConfig {
            journal: Some("notes".into()),
            ..StorageConfig::default()
        };
        storage.complete(Path::new("etc"));
        assert_eq!(storage.journal, Some(PathBuf::from("etc/notes")));
        assert_eq!(storage.url.expose(), "sqlite:etc/jackfield.db");
    }

    #[test]
    fn a_database_of_none_has_no_journal() {
        let mut storage = StorageConfig {
            url: Secret::new("none"),
            ..StorageConfig::default()
        };
        storage.complete(Path::new("/etc/jf"));
        assert!(storage.is_none());
        assert_eq!((storage.url.expose(), storage.journal), ("none", None));
    }
}
