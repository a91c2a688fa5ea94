//! The command line.

mod amount;
mod cache;
mod check;
mod database;
pub(crate) mod key;
mod models;
pub(crate) mod plugin;
mod plugins;
mod schema;
mod serve;
mod table;
pub(crate) mod usage;
pub(crate) mod user;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// A gateway for language-model APIs whose providers are hot-swapped WebAssembly plugins.
#[derive(Debug, Parser)]
#[command(name = "jackfield", version, about)]
pub(crate) enum Command {
    /// Serve clients until SIGTERM or SIGINT; SIGHUP reloads.
    Serve(ServeArguments),
    /// Check a configuration and its plugins. If there are faults, list them on stderr and exit with 78.
    Check(CheckArguments),
    /// List the models that a provider's upstream offers.
    Models(models::ModelsArguments),
    /// Print the JSON Schema of the configuration, for editors.
    Schema,
    /// Add and list users; set their plans and credits.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Create, list and revoke API keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Report usage and cost by model, user or day.
    Usage(usage::UsageArguments),
    /// Create, test, build, check and publish plugins.
    #[command(
        subcommand,
        after_help = "Begin with `jackfield plugin new NAME`, and let `jackfield plugin dev NAME` run."
    )]
    Plugin(plugin::PluginCommand),
}

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArguments {
    /// Configuration file or folder.
    #[arg(long, value_name = "PATH")]
    config: PathBuf,
    /// Plugin folder; overrides `plugins.dir`.
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// Also fail on what is allowed but hardly meant, such as providers that are off or models in no plan.
    #[arg(long)]
    strict: bool,
    /// Also call each provider that is on: one GET of its base URL, with its credential.
    #[arg(long)]
    online: bool,
}

/// The arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArguments {
    /// Configuration file or folder.
    #[arg(long, value_name = "PATH")]
    config: PathBuf,
    /// Address to listen on; overrides `server.listen`.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Plugin folder; overrides `plugins.dir`.
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
}

// === impl ServeArguments ===

impl ServeArguments {
    /// Serve this configuration with the plugins of this folder.
    pub(crate) fn of(config: PathBuf, plugins: PathBuf) -> Self {
        Self {
            config,
            listen: None,
            plugins: Some(plugins),
        }
    }
}

// === impl Command ===

impl Command {
    /// Runs the command to its end.
    #[must_use]
    pub(crate) fn run(self) -> ExitCode {
        match self {
            Self::Serve(arguments) => serve::run(arguments),
            Self::Check(arguments) => check::run(&arguments),
            Self::Models(arguments) => models::run(&arguments),
            Self::Schema => schema::run(),
            Self::User(command) => user::run(command),
            Self::Key(command) => key::run(command),
            Self::Usage(arguments) => usage::run(&arguments),
            Self::Plugin(command) => plugin::run(command, plugins::describe),
        }
    }
}
