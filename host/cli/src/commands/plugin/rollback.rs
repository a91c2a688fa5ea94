//! `plugin rollback`: puts an earlier content of a plugin back into the folder.

use jackfield_config::Faults;
use jackfield_gateway::sources::{RollbackError, earlier, put_plugin};

use super::versions::GatewayArguments;

/// The arguments of `plugin rollback`.
#[derive(Debug, clap::Args)]
pub(crate) struct RollbackArguments {
    /// The plugin's name.
    name: String,
    /// The version to put back: as `plugin versions` shows it, or the beginning of its SHA-256. Default: the one before.
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    #[command(flatten)]
    gateway: GatewayArguments,
}

/// Why nothing was put back.
#[derive(Debug, thiserror::Error)]
pub(super) enum PutBackError {
    /// The configuration is at fault.
    #[error("{0}")]
    Config(#[from] Faults),
    /// There is none, or it cannot come back.
    #[error("{0}")]
    Rollback(#[from] RollbackError),
}

/// Puts the previous content of a plugin, or the one that is asked for, back into its file, and says what is there now.
///
/// # Errors
/// [`PutBackError`], and then nothing has changed.
pub(super) fn run(arguments: &RollbackArguments) -> Result<(), PutBackError> {
    let RollbackArguments { name, to, gateway } = arguments;
    let kept = gateway.open()?;
    let place = (&kept.store, kept.folder.as_path());
    let back = earlier(place, &kept.config.plugins, name, to.as_deref())?;
    let written = put_plugin(&back.file, back.version.signature.as_deref(), &back.content);
    written.map_err(|source| RollbackError::File {
        file: back.file.clone(),
        source,
    })?;
    let before = back.before.as_ref();
    let before = before.map_or("a file that was never in force".to_owned(), ToString::to_string);
    println!("{} holds {name} {} again", back.file.display(), back.version);
    println!("before it held {before}; a running gateway takes the change within a second");
    Ok(())
}
