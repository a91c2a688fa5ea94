//! `batches:`: many requests in one order, worked off by the gateway itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::duration;

/// The folder within `state_dir`.
const FOLDER: &str = "batches";

/// Files and batches: many requests in one order, worked off by the gateway itself within a day. A change of `dir` takes
/// effect at the next start.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BatchesConfig {
    /// The folder of uploaded files, batches and their results (relative to `state_dir`, created if absent). Only one
    /// gateway uses it at a time. Default: `batches/` in `state_dir` if there is one; else there are no files and no
    /// batches.
    pub dir: Option<PathBuf>,
    /// The largest file, and the largest order of a batch that brings its requests along, in bytes. Default 104857600
    /// (100 MiB).
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    pub max_file_bytes: u64,
    /// The most bytes of files and results that are kept for a user. Default 1073741824 (1 GiB).
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    pub max_bytes_per_user: u64,
    /// The most files that are kept for a user. Default 1000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_files_per_user: usize,
    /// The most requests of a batch. Default 50000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_requests: u64,
    /// The most batches that are not over, of all users together. Default 1000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_batches: usize,
    /// The most batches of a user that are not over. Default 50.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_batches_per_user: usize,
    /// How many requests of batches are in flight at a time, of all users together. Default 16.
    #[schemars(range(min = 1, max = 10_000))]
    pub concurrency: usize,
    /// The same for the requests of one user. Default 4.
    #[schemars(range(min = 1, max = 10_000))]
    pub concurrency_per_user: usize,
    /// How long files are kept if their client does not say, and batches after their end. Default `720h`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub keep_for: Duration,
}

// === impl BatchesConfig ===

impl BatchesConfig {
    /// Resolves a relative folder against `state`, or else the configuration's, and fills in the default.
    pub(crate) fn place(&mut self, base: &Path, state: Option<&Path>) {
        let written = self.dir.take().map(|dir| state.unwrap_or(base).join(dir));
        self.dir = written.or_else(|| Some(state?.join(FOLDER)));
    }
}

impl Default for BatchesConfig {
    fn default() -> Self {
        Self {
            dir: None,
            max_file_bytes: 100 << 20,
            max_bytes_per_user: 1 << 30,
            max_files_per_user: 1000,
            max_requests: 50_000,
            max_batches: 1000,
            max_batches_per_user: 50,
            concurrency: 16,
            concurrency_per_user: 4,
            keep_for: Duration::from_hours(720),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_where_it_is_written_or_in_the_state_directory() {
        let placed = |dir: Option<&str>, state: Option<&str>| {
            let mut batches = BatchesConfig {
                dir: dir.map(PathBuf::from),
                ..BatchesConfig::default()
            };
            batches.place(Path::new("/etc/jf"), state.map(Path::new));
            batches.dir.map(|dir| dir.display().to_string())
        };
        assert_eq!(placed(None, None), None);
        assert_eq!(placed(None, Some("/var/jf")).as_deref(), Some("/var/jf/batches"));
        assert_eq!(placed(Some("b"), None).as_deref(), Some("/etc/jf/b"));
        assert_eq!(placed(Some("b"), Some("/var/jf")).as_deref(), Some("/var/jf/b"));
        assert_eq!(placed(Some("/b"), Some("/var/jf")).as_deref(), Some("/b"));
    }
}
