//! The command line.

mod amount;
pub(crate) mod arguments;
mod audit;
mod backup;
mod cache;
mod check;
mod database;
mod exit_code;
mod export;
mod health;
pub(crate) mod key;
mod manual;
mod models;
pub(crate) mod plugin;
mod plugins;
mod schema;
mod selftest;
mod serve;
mod serving;
mod table;
pub(crate) mod usage;
pub(crate) mod user;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use arguments::{config_of_environment, plugins_of_environment};
use clap::Parser;

/// A gateway for language-model APIs whose providers are hot-swapped WebAssembly plugins.
#[derive(Debug, Parser)]
#[command(name = "jackfield", version, about)]
pub(crate) enum Command {
    /// Serve clients until SIGTERM or SIGINT; SIGHUP reloads.
    Serve(ServeArguments),
    /// Check a configuration and its plugins. If there are faults, list them on stderr and exit with 78.
    Check(CheckArguments),
    /// Show, fault by fault, what this configuration does when upstreams fail. Nothing is sent to the real ones.
    Selftest(selftest::SelftestArguments),
    /// Ask a gateway on this machine whether it lives.
    Health(health::HealthArguments),
    /// List the models that a provider's upstream offers.
    Models(models::ModelsArguments),
    /// Print the JSON Schema of the configuration, for editors.
    Schema(schema::SchemaArguments),
    /// Add, list, disable and remove users; set their plans and credits.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Create, list, change and revoke API keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Report usage and cost by model, user, key, tag, provider, status or day.
    Usage(usage::UsageArguments),
    /// Write the ledger out as CSV: single requests, or sums by day.
    Export(export::ExportArguments),
    /// Copy the database while a gateway uses it.
    Backup(backup::BackupArguments),
    /// Create, test, build, check and publish plugins.
    #[command(
        subcommand,
        after_help = "Begin with `jackfield plugin new NAME`, and let `jackfield plugin dev NAME` run."
    )]
    Plugin(plugin::PluginCommand),
    /// Print the script by which a shell completes these commands.
    Completions(manual::CompletionsArguments),
    /// Print the manual page, or write those of all commands.
    Man(manual::ManArguments),
}

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArguments {
    /// Configuration file or folder. Default: `$JACKFIELD_CONFIG`.
    #[arg(long, value_name = "PATH", required = config_of_environment().is_none(), default_value = config_of_environment(), hide_default_value = true)]
    config: PathBuf,
    /// Plugin folder; overrides `plugins.dir`. Default: `$JACKFIELD_PLUGINS`.
    #[arg(long, value_name = "DIR", default_value = plugins_of_environment(), hide_default_value = true)]
    plugins: Option<PathBuf>,
    /// Also fail on what is allowed but hardly meant, such as providers that are off or models in no plan.
    #[arg(long)]
    strict: bool,
    /// Also call each provider that is on: one GET of its base URL, with its credential.
    #[arg(long)]
    online: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = check::Format::Text)]
    format: check::Format,
}

/// The arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArguments {
    /// Configuration file or folder. Default: `$JACKFIELD_CONFIG`.
    #[arg(long, value_name = "PATH", required = config_of_environment().is_none(), default_value = config_of_environment(), hide_default_value = true)]
    config: PathBuf,
    /// Address to listen on, or a port alone for one on loopback; overrides `server.listen`.
    #[arg(long, value_name = "ADDR", value_parser = arguments::address)]
    listen: Option<SocketAddr>,
    /// Plugin folder; overrides `plugins.dir`. Default: `$JACKFIELD_PLUGINS`.
    #[arg(long, value_name = "DIR", default_value = plugins_of_environment(), hide_default_value = true)]
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
            Self::Selftest(arguments) => selftest::run(&arguments),
            Self::Health(arguments) => health::run(&arguments),
            Self::Models(arguments) => models::run(&arguments),
            Self::Schema(arguments) => schema::run(&arguments),
            Self::User(command) => user::run(command),
            Self::Key(command) => key::run(command),
            Self::Usage(arguments) => usage::run(&arguments),
            Self::Export(arguments) => export::run(&arguments),
            Self::Backup(arguments) => backup::run(&arguments),
            Self::Plugin(command) => plugin::run(command, plugins::describe),
            Self::Completions(arguments) => manual::completions(&arguments),
            Self::Man(arguments) => manual::man(&arguments),
        }
    }
}
