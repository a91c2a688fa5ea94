//! An event as a line for people: time, level, target, message, then `name=value`.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::{OF_LOG, limit, now, write_escaped};

/// The sequence that ends a colour on a terminal.
const PLAIN: &str = "\u{1b}[0m";

/// Formats events for people.
pub(in crate::telemetry) struct HumanLine;

/// The values of one event on their way to its line.
struct Values<'w, 'a> {
    out: &'a mut Writer<'w>,
    limit: usize,
}

// === impl HumanLine ===

impl<S, N> FormatEvent<S, N> for HumanLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let of_log = event.normalized_metadata();
        let metadata = of_log.as_ref().unwrap_or(event.metadata());
        let (time, level, target) = (now()?, metadata.level(), metadata.target());
        if out.has_ansi_escapes() {
            let (dim, colour) = ("\u{1b}[2m", colour(*level));
            write!(
                out,
                "{dim}{time}{PLAIN} {colour}{level:>5}{PLAIN} {dim}{target}:{PLAIN}"
            )?;
        } else {
            write!(out, "{time} {level:>5} {target}:")?;
        }
        let mut values = Values {
            out: &mut out,
            limit: limit(metadata),
        };
        event.record(&mut values);
        out.write_char('\n')
    }
}

/// The sequence that begins the colour of a level.
fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\u{1b}[31m",
        Level::WARN => "\u{1b}[33m",
        Level::INFO => "\u{1b}[32m",
        Level::DEBUG => "\u{1b}[34m",
        Level::TRACE => "\u{1b}[35m",
    }
}

// === impl Values ===

impl Visit for Values<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let name = field.name();
        if name.starts_with(OF_LOG) {
            return;
        }
        let _ = match name {
            "message" => self.out.write_char(' '),
            _ if self.out.has_ansi_escapes() => write!(self.out, " \u{1b}[3m{name}{PLAIN}="),
            _ => write!(self.out, " {name}="),
        };
        write_escaped(self.out, value, self.limit);
    }
}
