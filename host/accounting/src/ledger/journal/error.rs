//! Why an operation on the journal failed.

use std::io;
use std::path::PathBuf;

/// Why an operation on the journal failed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The directory cannot be used.
    #[error("cannot keep the journal in {0}: {1}; set `storage.journal` to a directory that this process may write to")]
    Directory(PathBuf, #[source] io::Error),
    /// The record was not written.
    #[error("cannot write to the journal in {0}: {1}")]
    Write(PathBuf, #[source] io::Error),
    /// A segment cannot be read back or removed.
    #[error("cannot read {0}: {1}")]
    Read(PathBuf, #[source] io::Error),
    /// The record cannot be serialised.
    #[error("a record cannot be written as JSON: {0}")]
    Record(#[from] serde_json::Error),
}
