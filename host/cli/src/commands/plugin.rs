//! `jackfield plugin`: the tools for plugin authors.

mod build;
mod component;
mod inspect;
mod metadata;
mod new;
mod pack;
mod secret_key;
mod sign;
mod test;
mod toolchain;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The subcommands of `plugin`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PluginCommand {
    /// Compile plugins and pack each into a component, ready for the plugin folder.
    Build {
        /// Folders of cargo packages with the crate type `cdylib`.
        #[arg(required = true, value_name = "DIR")]
        directories: Vec<PathBuf>,
        /// Folder for the `.wasm` files; created if absent.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Show a plugin file's contract, imports, exports, memory and manifest.
    Inspect {
        /// A `.wasm` file.
        file: PathBuf,
    },
    /// Make a key pair to sign plugins with. The password is read from the terminal, or from stdin.
    Keygen {
        /// File for the secret key, such as `vendor.key`; the public key goes to `vendor.pub`.
        key: PathBuf,
        /// Protect the secret key with no password: whoever has the file can sign.
        #[arg(long)]
        without_password: bool,
    },
    /// Create a plugin that builds and passes its tests as it is.
    New {
        /// The plugin's name: lower-case letters, digits and hyphens, starting with a letter.
        name: String,
        /// Folder in which to create NAME. Default: `plugins/` in a Jackfield checkout, elsewhere the current folder.
        #[arg(long, value_name = "PARENT")]
        dir: Option<PathBuf>,
    },
    /// Sign a plugin file as minisign does: the signature is written beside it, to FILE.minisig.
    Sign {
        /// A `.wasm` file.
        file: PathBuf,
        /// The secret key, made by `plugin keygen` or minisign. Its password is read from the terminal, or from stdin.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Run a plugin's golden cases natively and in the sandbox, and compare them with their snapshots.
    Test(test::TestArguments),
}

/// Runs one subcommand. `describe` returns the manifest of a plugin file as JSON.
pub(super) fn run(command: PluginCommand, describe: impl FnOnce(&Path) -> Result<String, String>) -> ExitCode {
    let outcome = match command {
        PluginCommand::Build { directories, out } => build::build(&directories, &out).map_err(Into::into),
        PluginCommand::Inspect { file } => inspect::inspect(&file, describe).map_err(Into::into),
        PluginCommand::Keygen { key, without_password } => {
            secret_key::generate(&key, without_password).map_err(Into::into)
        }
        PluginCommand::New { name, dir } => new::create(&name, dir.as_deref()).map_err(Into::into),
        PluginCommand::Sign { file, key } => sign::sign(&file, &key).map_err(Into::into),
        PluginCommand::Test(arguments) => test::run(&arguments).map_err(Into::into),
    };
    outcome.map_or_else(
        |error: Box<dyn Error>| {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}
