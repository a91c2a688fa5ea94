//! Where the time of a request goes that is not the gateway's own, added up while it runs; and the tape of a trial.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use jackfield_dialects::words::failures::Class;

use crate::tape::Tape;
use crate::trace::Trace;

/// Times of one request, in nanoseconds. Attempts and streams add to them as they go.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    waiting: AtomicU64,
    plugins: AtomicU64,
    /// The request's place in a trace; `None` while there are none.
    trace: Option<Trace>,
    /// Records the exchanges; `None` but for requests that operators try out.
    tape: Option<Tape>,
}

// === impl Spent ===

impl Spent {
    /// What records the exchanges; `None` but for requests that operators try out.
    pub(crate) fn tape(&self) -> Option<&Tape> {
        self.tape.as_ref()
    }

    /// Nothing yet, of a request in this trace and with its exchanges on this tape.
    pub(crate) fn noted(trace: Option<Trace>, tape: Option<Tape>) -> Self {
        Self {
            trace,
            tape,
            ..Self::default()
        }
    }

    /// The request's place in a trace; `None` while there are none.
    pub(crate) fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }

    /// The request has waited this long for others: for an upstream, until it may be asked again, for its client.
    pub(crate) fn waited(&self, time: Duration) {
        self.waiting.fetch_add(nanoseconds(time), Relaxed);
    }

    /// An adapter has worked on it for this long, in this function, and failed if that is so.
    pub(crate) fn in_plugin(&self, function: &'static str, time: Duration, failed: bool) {
        if let Some(trace) = &self.trace {
            trace.called(function, time, failed.then_some(Class::Plugin.as_str()));
        }
        self.plugins.fetch_add(nanoseconds(time), Relaxed);
    }

    /// How long it has waited for others, for a stream until its first content.
    pub(crate) fn waiting(&self) -> Duration {
        Duration::from_nanos(self.waiting.load(Relaxed))
    }

    /// How long adapters have worked on it.
    pub(crate) fn plugins(&self) -> Duration {
        Duration::from_nanos(self.plugins.load(Relaxed))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
