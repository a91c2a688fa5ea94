//! `jackfield backup`: copies the database while a gateway uses it.

use std::path::PathBuf;
use std::process::ExitCode;

use super::database::{self, Absent, ConfigArgument};

/// The arguments of `backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct BackupArguments {
    /// The file that is to hold the copy. It must not exist yet.
    #[arg(value_parser = file)]
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArgument,
}

/// Writes the copy, and prints its size. Exits with 78 if the configuration is at fault, and with 1 if anything else is.
pub(super) fn run(arguments: &BackupArguments) -> ExitCode {
    database::run(&arguments.config, Absent::Refuse, async |_, store, out| {
        let bytes = store.backup(&arguments.file)?;
        writeln!(out, "{}: {bytes} bytes, checked", arguments.file.display())?;
        Ok(())
    })
}

/// The name of a file; `-` means stdout to whoever writes it.
fn file(name: &str) -> Result<PathBuf, &'static str> {
    if name == "-" {
        return Err("the copy cannot be written to stdout; name a file, such as jackfield-copy.db");
    }
    Ok(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stdout_is_no_place_for_a_copy() {
        assert_eq!(file("a-.db"), Ok("a-.db".into()));
        assert_eq!(file("./-"), Ok("./-".into()));
        let refused = "the copy cannot be written to stdout; name a file, such as jackfield-copy.db";
        assert_eq!(file("-"), Err(refused));
    }
}
