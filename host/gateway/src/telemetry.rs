//! Telemetry: the process's log, with every panic in it, how its [`lines`] are written, and the [`sinks`] that read each
//! request's record, of which [`metrics`] and [`traces`] are two.

mod lines;
pub(crate) mod metrics;
mod panic;
pub(crate) mod sinks;
pub(crate) mod traces;

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use jackfield_config::{LogConfig, LogFormat};
use lines::{HumanLine, JsonLine};

/// Sets up the process's log on stderr. Later calls have no effect.
///
/// # Errors
/// A message if `log.level` is not a valid filter.
pub fn init(config: &LogConfig) -> Result<(), String> {
    let filter = EnvFilter::try_new(&config.level)
        .map_err(|error| format!("log.level: {error}; write info, debug or jackfield=debug"))?;
    let registry = tracing_subscriber::registry().with(filter);
    let colours = io::stderr().is_terminal();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(colours);
    panic::log_panics();
    // This fails if the embedding program has set up its own log.
    let _ = match config.format {
        LogFormat::Human => registry.with(layer.event_format(HumanLine)).try_init(),
        LogFormat::Json => registry.with(layer.event_format(JsonLine)).try_init(),
    };
    Ok(())
}
