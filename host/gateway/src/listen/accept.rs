//! Accepts connections; says when it cannot, without filling the log.

use std::time::Duration;
use std::{io, net};

use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

/// The pause after a failure. The usual one is that all descriptors are taken: without a pause the loop would spin.
const PAUSE: Duration = Duration::from_millis(50);

/// How often a lasting failure is logged.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// A listener, and what went wrong with it lately.
#[derive(Debug)]
pub(super) struct Accept {
    listener: TcpListener,
    failures: Failures,
}

/// The failures since the last line in the log.
#[derive(Debug, Default)]
struct Failures {
    logged: Option<Instant>,
    since: u64,
}

// === impl Accept ===

impl Accept {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            failures: Failures::default(),
        }
    }

    /// The next connection, detached from this runtime. Cancel safe.
    pub(super) async fn next(&mut self) -> net::TcpStream {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // Otherwise a small event would wait up to 40 ms for the acknowledgement of the previous one.
                    let detached = stream.set_nodelay(true).and_then(|()| stream.into_std());
                    match detached {
                        Ok(stream) => return stream,
                        Err(error) => tracing::debug!(%error, "connection lost"),
                    }
                }
                // The client is gone already; the next one may be waiting (accept(2)).
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    if let Some(times) = self.failures.count(Instant::now()) {
                        tracing::error!(%error, times, "cannot accept connections; clients wait");
                    }
                    sleep(PAUSE).await;
                }
            }
        }
    }
}

// === impl Failures ===

impl Failures {
    /// Counts a failure. If it is time for a line in the log, returns how many it reports.
    fn count(&mut self, now: Instant) -> Option<u64> {
        self.since += 1;
        if self.logged.is_some_and(|logged| now < logged + LOG_EVERY) {
            return None;
        }
        self.logged = Some(now);
        Some(std::mem::take(&mut self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lasting_failure_is_logged_at_once_and_then_now_and_again() {
        let (mut failures, start) = (Failures::default(), Instant::now());
        assert_eq!(failures.count(start), Some(1));
        assert_eq!(failures.count(start + PAUSE), None);
        assert_eq!(failures.count(start + PAUSE * 2), None);
        assert_eq!(failures.count(start + LOG_EVERY), Some(3));
        assert_eq!(failures.count(start + LOG_EVERY + PAUSE), None);
    }
}
