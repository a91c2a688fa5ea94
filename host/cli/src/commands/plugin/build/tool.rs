//! The programs of other languages that make components: where they are, and what to install if they are not.

use std::env;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// A program that is not there, and the commands that install it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not installed; to install it, run:{}", Commands(.install))]
pub(in crate::commands::plugin) struct ToolMissing {
    /// The program.
    pub(super) what: String,
    /// Commands, each with its condition: `in DIR: npm install`.
    pub(super) install: Vec<String>,
}

/// Why a program made no component.
#[derive(Debug, thiserror::Error)]
pub(in crate::commands::plugin) enum ToolError {
    /// It is not there.
    #[error(transparent)]
    Missing(#[from] ToolMissing),
    /// It did not start.
    #[error("cannot run {program}: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It failed; its words.
    #[error("{program} failed ({status}):\n{output}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote.
        output: String,
    },
    /// It succeeded, but left no component.
    #[error("the tool left no component: {0}")]
    Silent(std::io::Error),
}

struct Commands<'a>(&'a [String]);

/// A program's file: the first of `folders` that holds it, otherwise on the PATH.
pub(super) fn find(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>());
    folders
        .iter()
        .chain(on_path.iter().flatten())
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The folder `below` in `folder` and in each of its parents: where npm and Python's virtual environments put programs.
pub(super) fn upwards(folder: &Path, below: &str) -> Vec<PathBuf> {
    let absolute = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    absolute.ancestors().map(|parent| parent.join(below)).collect()
}

/// Runs a program to its end. What it writes is shown only if it fails.
///
/// # Errors
/// If it does not start, or fails.
pub(super) fn run(command: &mut Command) -> Result<(), ToolError> {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let output = command.output().map_err(|source| ToolError::Start {
        program: program.clone(),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    let written = [output.stdout, output.stderr].concat();
    Err(ToolError::Failed {
        program,
        status: output.status,
        output: String::from_utf8_lossy(&written).trim_end().to_owned(),
    })
}

// === impl Commands ===

impl Display for Commands<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|command| write!(f, "\n  {command}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_in_a_parents_folder_is_found_before_the_path() {
        let root = tempfile::tempdir().unwrap();
        let bin = root.path().join("node_modules/.bin");
        let package = root.path().join("packages/mine");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::create_dir_all(&package).unwrap();
        std::fs::write(bin.join("sh"), "").unwrap();
        let found = find("sh", &upwards(&package, "node_modules/.bin")).unwrap();
        assert_eq!(found, bin.canonicalize().unwrap().join("sh"));
        assert!(find("sh", &[]).is_some(), "the PATH is searched as well");
    }

    #[test]
    fn a_failed_program_is_quoted() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such world; exit 3"]);
        let message = run(&mut command).unwrap_err().to_string();
        assert_eq!(message, "sh failed (exit status: 3):\nno such world");
    }
}
