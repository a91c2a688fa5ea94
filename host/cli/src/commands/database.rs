//! What `user` and `key` share: the configuration's database, opened for one command.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::check::EX_CONFIG;
use jackfield_accounting::callers::IssueError;
use jackfield_accounting::store::{Store, StoreError};
use jackfield_config::{Config, Environment, Faults, ProcessEnvironment};

/// Where the configuration is.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ConfigArgument {
    /// Folder or file of the configuration.
    #[arg(long = "config", value_name = "PATH")]
    path: PathBuf,
}

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    #[error("{0}")]
    Config(#[from] Faults),
    #[error(
        "the configuration keeps nothing: storage.url is none; write sqlite:jackfield.db there, or postgres://user:password@host/database"
    )]
    NoDatabase,
    #[error("the configuration has no plan {plan:?}; {remedy}")]
    NoSuchPlan { plan: String, remedy: String },
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Issue(#[from] IssueError),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Does `work` with the configuration and its database.
pub(super) fn run(
    config: &ConfigArgument,
    work: impl AsyncFnOnce(&Config, &Store, &mut dyn Write) -> Result<(), CommandError>,
) -> ExitCode {
    match open(&config.path, &ProcessEnvironment, work, &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            match error {
                CommandError::Config(_) | CommandError::NoDatabase => ExitCode::from(EX_CONFIG),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// As `run`, for any environment and output.
fn open(
    path: &Path,
    environment: &dyn Environment,
    work: impl AsyncFnOnce(&Config, &Store, &mut dyn Write) -> Result<(), CommandError>,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let config = jackfield_config::load(path, environment)?.config;
    if config.storage.is_none() {
        return Err(CommandError::NoDatabase);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // The configuration has joined a relative path to its own folder already.
        let store = Store::open(config.storage.url.expose(), Path::new("")).await?;
        let done = work(&config, &store, out).await;
        store.close().await;
        done
    })
}

#[cfg(test)]
pub(super) mod tests;
