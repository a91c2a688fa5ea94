//! `jackfield plugin`: the tools for plugin authors.

mod build;
mod built;
mod check;
mod component;
mod component_file;
mod dev;
mod embedded;
mod inspect;
mod new;
mod pack;
mod precompile;
mod pull;
mod push;
mod record;
mod registry;
mod replay;
mod rollback;
mod secret_key;
mod sign;
mod test;
mod versions;
mod wit;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where a plugin keeps its golden cases.
const CASES: &str = "tests/golden";

/// The subcommands of `plugin`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PluginCommand {
    /// Make a component of each plugin, in whichever language, ready for the plugin folder.
    Build {
        /// Folders with a Cargo.toml, package.json, pyproject.toml or C files; single .c files; compiled .wasm files.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Folder for the `.wasm` files; created if absent.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Examine a plugin under a gateway's limits: time, memory, purity, and what it does with what is broken.
    Check(check::CheckArguments),
    /// Build, test and install a plugin whenever a file of it changes.
    Dev(dev::DevArguments),
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
    New(new::NewArguments),
    /// Compile plugins into the gateway's cache, so that dropping them into its folder later costs it nothing.
    Precompile(precompile::PrecompileArguments),
    /// Fetch a plugin from an OCI registry, and show the digest that its tag has now.
    Pull(pull::PullArguments),
    /// Put a plugin file into an OCI registry, and show the reference with its digest, as `plugins.sources` takes it.
    Push(push::PushArguments),
    /// Record golden cases: forward requests to an upstream, and keep what it answers, without keys.
    Record(record::RecordArguments),
    /// Serve a plugin's recorded cases as its upstream.
    Replay(replay::ReplayArguments),
    /// Put an earlier version of a plugin back into the plugin folder.
    Rollback(rollback::RollbackArguments),
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
    /// List the versions of plugins that were in force, the newest first.
    Versions {
        /// The plugin's name. Default: all.
        name: Option<String>,
        #[command(flatten)]
        gateway: versions::GatewayArguments,
    },
    /// Print the contract between the gateway and its plugins, for tools of other languages.
    Wit {
        /// Folder to write its files into, instead of printing them; created if absent.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Runs one subcommand. `describe` returns the manifest of a plugin file as JSON.
pub(super) fn run(command: PluginCommand, describe: impl Fn(&Path) -> Result<String, String>) -> ExitCode {
    let outcome = match command {
        PluginCommand::Build { paths, out } => build::build(&paths, &out, &describe).map_err(Into::into),
        PluginCommand::Check(arguments) => check::run(&arguments, &describe).map_err(Into::into),
        PluginCommand::Dev(arguments) => dev::run(&arguments).map_err(Into::into),
        PluginCommand::Inspect { file } => inspect::inspect(&file, describe).map_err(Into::into),
        PluginCommand::Keygen { key, without_password } => {
            secret_key::generate(&key, without_password).map_err(Into::into)
        }
        PluginCommand::New(arguments) => new::create(&arguments).map_err(Into::into),
        PluginCommand::Precompile(arguments) => precompile::precompile(&arguments).map_err(Into::into),
        PluginCommand::Pull(arguments) => pull::run(&arguments).map_err(Into::into),
        PluginCommand::Push(arguments) => push::run(&arguments, describe).map_err(Into::into),
        PluginCommand::Record(arguments) => record::run(&arguments).map_err(Into::into),
        PluginCommand::Replay(arguments) => replay::run(&arguments).map_err(Into::into),
        PluginCommand::Rollback(arguments) => rollback::run(&arguments).map_err(Into::into),
        PluginCommand::Sign { file, key } => sign::sign(&file, &key).map_err(Into::into),
        PluginCommand::Test(arguments) => test::run(&arguments).map_err(Into::into),
        PluginCommand::Versions { name, gateway } => versions::run(name.as_deref(), &gateway).map_err(Into::into),
        PluginCommand::Wit { out } => wit::wit(out.as_deref()).map_err(Into::into),
    };
    outcome.map_or_else(
        |error: Box<dyn Error>| {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}
