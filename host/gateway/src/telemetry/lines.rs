//! How an event becomes a line of the log. Nothing that strangers wrote can forge a line, colour it, or make it endless.

mod human;
mod json;
#[cfg(test)]
mod tests;

use std::fmt::{self, Debug, Write};

use jackfield_config::escaped::Escaper;
use tracing::Metadata;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

pub(super) use human::HumanLine;
pub(super) use json::JsonLine;

/// The most bytes of a message, or of another value.
const MAX_VALUE: usize = 2048;

/// The target of the log of prompts, which operators turn on to read them in full.
const WHOLE: &str = "jackfield::prompt";

/// What an event of the crate `log` says about itself begins with this.
const OF_LOG: &str = "log.";

/// The most bytes of a value of such an event.
fn limit(metadata: &Metadata<'_>) -> usize {
    if metadata.target() == WHOLE {
        usize::MAX
    } else {
        MAX_VALUE
    }
}

/// Writes what `value` formats as: on one line, and cut at `limit` bytes.
fn write_escaped(out: &mut dyn Write, value: &dyn Debug, limit: usize) {
    // It fails where it is cut, and then nothing is left to do.
    let _ = write!(Escaper::new(out, limit), "{value:?}");
}

/// The time that a line begins with.
fn now() -> Result<String, fmt::Error> {
    let mut time = String::with_capacity(32);
    SystemTime.format_time(&mut Writer::new(&mut time))?;
    Ok(time)
}
