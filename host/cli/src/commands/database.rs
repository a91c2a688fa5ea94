//! The configuration's database, opened for one command: what `user`, `key` and `usage` share.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jackfield_accounting::callers::IssueError;
use jackfield_accounting::ledger::Day;
use jackfield_accounting::ledger::table::RequestsError;
use jackfield_accounting::store::{BackupError, Store, StoreError};
use jackfield_config::{Config, Environment, Faults, ProcessEnvironment};

use super::arguments::config_of_environment;
use super::exit_code::EX_CONFIG;

/// The argument that names the configuration.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ConfigArgument {
    /// Configuration file or folder. Default: `$JACKFIELD_CONFIG`.
    #[arg(long = "config", value_name = "PATH", required = config_of_environment().is_none(), default_value = config_of_environment(), hide_default_value = true)]
    path: PathBuf,
}

/// What becomes of a command whose database does not exist yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// It is created: the command is the first to write to it.
    Create,
    /// It is a fault: the command reads, and would find nothing.
    Refuse,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    #[error("{0}")]
    Config(#[from] Faults),
    #[error(
        "storage.url is none, so there is no database; set it to sqlite:jackfield.db or postgres://user:password@host/database"
    )]
    NoDatabase,
    #[error(
        "there is no database {} to read; check that --config names the gateway's configuration, and storage.url and \
         state_dir in it", .0.display()
    )]
    Absent(PathBuf),
    #[error("the configuration has no plan {plan:?}; {remedy}")]
    NoSuchPlan { plan: String, remedy: String },
    #[error("the configuration has no model {0:?} for --on-exhausted; name one that `models:` has")]
    NoSuchModel(String),
    #[error("--from {0} is after --to {1}")]
    Backwards(Day, Day),
    #[error("days are exported whole; leave out everything but --from and --to")]
    WholeDays,
    #[error("{0}")]
    Requests(#[from] RequestsError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Backup(#[from] BackupError),
    #[error("{0}")]
    Issue(#[from] IssueError),
    #[error("the key {0} was changed by somebody else at the same time; look at it and try again")]
    Meanwhile(String),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Runs `work` with the configuration, its database and stdout. Exits with 78 if the configuration is at fault, and with
/// 1 if anything else is.
pub(super) fn run(
    config: &ConfigArgument,
    absent: Absent,
    work: impl AsyncFnOnce(&Config, &Store, &mut dyn Write) -> Result<(), CommandError>,
) -> ExitCode {
    match open((&config.path, absent), &ProcessEnvironment, work, &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output is gone, as after `| head`; a message would only be in its way.
        Err(CommandError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            match error {
                CommandError::Config(_) | CommandError::NoDatabase => ExitCode::from(EX_CONFIG),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// Does what `run` does, with any environment and output.
pub(super) fn open(
    (path, absent): (&Path, Absent),
    environment: &dyn Environment,
    work: impl AsyncFnOnce(&Config, &Store, &mut dyn Write) -> Result<(), CommandError>,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let config = jackfield_config::load(path, environment)?.config;
    if config.storage.is_none() {
        return Err(CommandError::NoDatabase);
    }
    // Loading the configuration has already resolved a relative path of SQLite's file.
    let (url, base) = (config.storage.url.expose(), Path::new(""));
    if absent == Absent::Refuse
        && let Some(file) = Store::missing_file(url, base)?
    {
        return Err(CommandError::Absent(file));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    config.create_state_dir()?;
    runtime.block_on(async {
        let store = Store::open(url, base).await?;
        let done = work(&config, &store, out).await;
        store.close().await;
        done
    })
}

#[cfg(test)]
pub(super) mod tests;
