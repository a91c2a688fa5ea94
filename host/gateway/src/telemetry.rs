//! Telemetry: the process's log, with every panic in it, how its [`lines`] are made and [written](paced), and the [`sinks`] that read each
//! request's record, of which [`metrics`] and [`traces`] are two.

mod lines;
pub(crate) mod metrics;
pub(crate) mod paced;
mod panic;
pub(crate) mod sinks;
pub(crate) mod traces;

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use jackfield_config::{LogConfig, LogFormat};
use lines::{HumanLine, JsonLine};
pub use tracing_appender::non_blocking::WorkerGuard as LogGuard;

/// Sets up the process's log on stderr, which a thread of its own writes: nobody waits for who reads it. Later calls have no
/// effect. What is not written yet when the guard is dropped has a second to be written.
///
/// # Errors
/// A message if `log.level` is not a valid filter.
pub fn init(config: &LogConfig) -> Result<LogGuard, String> {
    let filter = EnvFilter::try_new(&config.level)
        .map_err(|error| format!("log.level: {error}; write info, debug or jackfield=debug"))?;
    let registry = tracing_subscriber::registry().with(filter);
    let colours = io::stderr().is_terminal();
    let (writer, guard) = paced::writer(io::stderr());
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(colours);
    panic::log_panics();
    // This fails if the embedding program has set up its own log.
    let _ = match config.format {
        LogFormat::Human => registry.with(layer.event_format(HumanLine)).try_init(),
        LogFormat::Json => registry.with(layer.event_format(JsonLine)).try_init(),
    };
    Ok(guard)
}
