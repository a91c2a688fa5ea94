//! `jackfield backup`: copies the database while a gateway uses it.

use std::path::PathBuf;
use std::process::ExitCode;

use super::database::{self, ConfigArgument};

/// The arguments of `backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct BackupArguments {
    /// The file that is to hold the copy. It must not exist yet.
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArgument,
}

/// Writes the copy, and prints its size. Exits with 78 if the configuration is at fault, and with 1 if anything else is.
pub(super) fn run(arguments: &BackupArguments) -> ExitCode {
    database::run(&arguments.config, async |_, store, out| {
        let bytes = store.backup(&arguments.file)?;
        writeln!(out, "{}: {bytes} bytes, checked", arguments.file.display())?;
        Ok(())
    })
}
