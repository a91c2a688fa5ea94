//! Where the time of a request goes that is not the gateway's own, added up while it runs.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Times of one request, in nanoseconds. Attempts and streams add to them as they go.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    waiting: AtomicU64,
    plugins: AtomicU64,
}

// === impl Spent ===

impl Spent {
    /// The request has waited this long for others: for an upstream, until it may be asked again, for its client.
    pub(crate) fn waited(&self, time: Duration) {
        self.waiting.fetch_add(nanoseconds(time), Relaxed);
    }

    /// An adapter has worked on it for this long.
    pub(crate) fn in_plugin(&self, time: Duration) {
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
