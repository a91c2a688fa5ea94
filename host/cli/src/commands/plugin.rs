//! `jackfield plugin`: what the author of a plugin runs.

mod build;
mod component;
mod inspect;
mod metadata;
mod new;
mod pack;
mod toolchain;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The commands for authors of plugins.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PluginCommand {
    /// Compile plugins and pack each into a component, ready to be dropped into the plugin folder.
    Build {
        /// Folders of cargo packages whose crate type is `cdylib`.
        #[arg(required = true, value_name = "DIR")]
        directories: Vec<PathBuf>,
        /// The folder that the `.wasm` files go to; it is made if it is missing.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Show what a plugin file is: contract, imports, exports, memory and manifest.
    Inspect {
        /// A `.wasm` file.
        file: PathBuf,
    },
    /// Start a new plugin: a folder that builds and passes its tests as it is.
    New {
        /// The plugin's name: a letter, then letters, digits and hyphens, all lower case.
        name: String,
        /// The folder in which NAME is made. Default: `plugins/` inside a Jackfield checkout, else here.
        #[arg(long, value_name = "PARENT")]
        dir: Option<PathBuf>,
    },
}

/// Runs one command and prints its outcome. `describe` runs a plugin and returns its manifest as JSON.
pub(super) fn run(command: PluginCommand, describe: impl FnOnce(&Path) -> Result<String, String>) -> ExitCode {
    let outcome = match command {
        PluginCommand::Build { directories, out } => build::build(&directories, &out).map_err(Into::into),
        PluginCommand::Inspect { file } => inspect::inspect(&file, describe).map_err(Into::into),
        PluginCommand::New { name, dir } => new::create(&name, dir.as_deref()).map_err(Into::into),
    };
    outcome.map_or_else(
        |error: Box<dyn Error>| {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}
