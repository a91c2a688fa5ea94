//! The command line.

mod check;
mod database;
pub(crate) mod key;
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
    /// Serve clients until SIGTERM; SIGHUP reloads.
    Serve(ServeArguments),
    /// Check a configuration and its plugins: exit code 0, or 78 with every fault on stderr.
    Check {
        /// Folder or file of the configuration.
        #[arg(long, value_name = "PATH")]
        config: PathBuf,
        /// Folder of the plugins; goes before `plugins.dir`.
        #[arg(long, value_name = "DIR")]
        plugins: Option<PathBuf>,
    },
    /// Print the JSON Schema of the configuration, for editors.
    Schema,
    /// Make users, and give them plans and credits.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Make, list and revoke keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Show what requests have used and cost.
    Usage(usage::UsageArguments),
    /// Build, inspect and begin plugins.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
}

/// What `serve` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArguments {
    /// Folder or file of the configuration.
    #[arg(long, value_name = "PATH")]
    config: PathBuf,
    /// Address to listen on; goes before `server.listen`.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Folder of the plugins; goes before `plugins.dir`.
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
}

// === impl Command ===

impl Command {
    /// Carries it out.
    #[must_use]
    pub(crate) fn run(self) -> ExitCode {
        match self {
            Self::Serve(arguments) => serve::run(arguments),
            Self::Check { config, plugins } => check::run(&config, |loaded| plugins::faults(&config, plugins, loaded)),
            Self::Schema => schema::run(),
            Self::User(command) => user::run(command),
            Self::Key(command) => key::run(command),
            Self::Usage(arguments) => usage::run(&arguments),
            Self::Plugin(command) => plugin::run(command, plugins::describe),
        }
    }
}
