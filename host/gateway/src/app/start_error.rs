//! Why the gateway cannot start, and whose fault that is.

use std::io;
use std::path::PathBuf;

use jackfield_accounting::ledger::JournalError;
use jackfield_accounting::limits;
use jackfield_accounting::store::StoreError;
use jackfield_config::Faults;
use jackfield_sandbox::LoadError;

use super::LONGEST_START;

/// Why the gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration or a plugin is invalid.
    #[error("{0}")]
    Faults(#[from] Faults),
    /// Reading and compiling everything takes longer than it may.
    #[error(
        "the configuration and its plugins took longer than {LONGEST_START:?} to load; take out the largest plugin"
    )]
    Slow,
    /// The machine cannot run plugins.
    #[error("{0}")]
    Engine(#[from] LoadError),
    /// The folder of what the gateway writes cannot be made.
    #[error("state_dir: {} cannot be created: {}", .0.display(), .1)]
    State(PathBuf, io::Error),
    /// The database cannot be used.
    #[error("storage.url: {0}")]
    Store(#[from] StoreError),
    /// The ledger's journal cannot be opened.
    #[error("storage.journal: {0}")]
    Journal(#[from] JournalError),
    /// The file of requests cannot be opened.
    #[error("log.requests.file: {} cannot be opened: {}", .0.display(), .1)]
    RequestLog(PathBuf, io::Error),
    /// The folder of batches cannot be used.
    #[error("batches.dir: {0}")]
    Batches(io::Error),
    /// The URL of the shared counters is invalid.
    #[error("limits.url: {0}")]
    Limits(#[from] limits::UrlError),
    /// The URL of the response cache is invalid.
    #[error("{0}")]
    Cache(String),
    /// The system does not provide file notifications.
    #[error("files cannot be watched: {0}")]
    Watch(#[from] notify::Error),
}

/// Whose fault it is that the gateway cannot start, and so whether another try may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// What is written in the configuration: only an edit helps.
    Configuration,
    /// A database that does not answer: it may be back for the next try.
    Store,
    /// This machine: its files, its memory, its processor.
    Machine,
}

// === impl StartError ===

impl StartError {
    /// Whose fault it is.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Faults(_) | Self::Store(StoreError::Invalid { .. }) | Self::Limits(_) | Self::Cache(_) => {
                Blame::Configuration
            }
            Self::Store(_) => Blame::Store,
            Self::Slow
            | Self::Engine(_)
            | Self::State(..)
            | Self::Journal(_)
            | Self::RequestLog(..)
            | Self::Batches(_)
            | Self::Watch(_) => Blame::Machine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_away_or_in_the_way_is_not_blamed_on_the_configuration() {
        let away = StoreError::Unavailable("connection refused".to_owned());
        assert_eq!(StartError::from(away).blame(), Blame::Store);
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(StartError::State("state".into(), full).blame(), Blame::Machine);
        assert_eq!(StartError::Slow.blame(), Blame::Machine);
        let url = StoreError::Invalid {
            field: "storage.url",
            problem: "names no file",
            remedy: "write sqlite:jackfield.db",
        };
        for error in [
            url.into(),
            StartError::Faults(Faults(Vec::new())),
            limits::UrlError.into(),
        ] {
            assert_eq!(error.blame(), Blame::Configuration, "{error}");
        }
    }
}
