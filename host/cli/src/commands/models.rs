//! `jackfield models`: lists what a provider's upstream offers.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use jackfield_config::{Environment, Faults, ProcessEnvironment};
use jackfield_gateway::{Listing, ListingError};
use serde_json::Value;

use super::arguments::{config_of_environment, plugins_of_environment};
use super::exit_code::EX_CONFIG;
use super::plugins;
use super::table::Table;

/// What is shown where the upstream says nothing.
const UNKNOWN: &str = "-";

/// The arguments of `models`.
#[derive(Debug, clap::Args)]
pub(crate) struct ModelsArguments {
    /// The provider, one of `providers` in the configuration.
    provider: String,
    /// Configuration file or folder. Default: `$JACKFIELD_CONFIG`.
    #[arg(long, value_name = "PATH", required = config_of_environment().is_none(), default_value = config_of_environment(), hide_default_value = true)]
    config: PathBuf,
    /// Plugin folder; overrides `plugins.dir`. Default: `$JACKFIELD_PLUGINS`.
    #[arg(long, value_name = "DIR", default_value = plugins_of_environment(), hide_default_value = true)]
    plugins: Option<PathBuf>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// The format of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned columns.
    Table,
    /// A JSON array of objects, with everything that the upstream says about each model.
    Json,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
enum ModelsError {
    #[error("{0}")]
    Config(#[from] Faults),
    #[error("{0}")]
    Listing(#[from] ListingError),
    #[error("{0}")]
    Engine(String),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Prints the list. Exits with 78 if the configuration is at fault, and with 1 if anything else is.
pub(super) fn run(arguments: &ModelsArguments) -> ExitCode {
    match list(arguments, &ProcessEnvironment, &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output is gone, as after `| head`; a message would only be in its way.
        Err(ModelsError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            match error {
                ModelsError::Config(_) => ExitCode::from(EX_CONFIG),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// Does what `run` does, with any environment and output.
fn list(arguments: &ModelsArguments, environment: &dyn Environment, out: &mut dyn Write) -> Result<(), ModelsError> {
    let loaded = jackfield_config::load(&arguments.config, environment)?;
    let listing = plugins::with_builder(&arguments.config, arguments.plugins.clone(), &loaded, async |builder| {
        let faults = builder.check(&loaded);
        if faults.is_empty() {
            Ok(builder.list_models(&loaded, &arguments.provider).await?)
        } else {
            Err(ModelsError::Config(Faults(faults)))
        }
    });
    Ok(arguments.format.write(&listing.map_err(ModelsError::Engine)??, out)?)
}

// === impl Format ===

impl Format {
    fn write(self, listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Table => write!(out, "{}", table(listing)),
            Self::Json => {
                let list: Value = serde_json::from_slice(&listing.body)?;
                serde_json::to_writer_pretty(&mut *out, &list["data"])?;
                writeln!(out)
            }
        }
    }
}

fn table(listing: &Listing) -> Table {
    let mut table = Table::of_text(["model", "context", "owner"]);
    for model in &listing.models {
        let context = model.context_length.map(|tokens| tokens.to_string());
        let owner = model.owned_by.clone().filter(|owner| !owner.is_empty());
        let shown = |cell: Option<String>| cell.unwrap_or_else(|| UNKNOWN.to_owned());
        table.row([model.id.clone(), shown(context), shown(owner)]);
    }
    table
}
