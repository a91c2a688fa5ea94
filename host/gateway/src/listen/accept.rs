//! Accepts connections; says when it cannot, without filling the log.

use std::sync::Arc;
use std::time::Duration;
use std::{io, net};

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

use super::seats::{Full, Seat, SeatLimits, Seats};

/// The pause after a failure. The usual one is that all descriptors are taken: without a pause the loop would spin.
const PAUSE: Duration = Duration::from_millis(50);

/// The answer on a connection too many.
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nx-error-code: OVERLOADED\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";

/// How many connections are taken from a listener that is left. Others may come in as fast, if another process has it too.
const MOST_WAITING: usize = 4096;

/// How often a lasting failure is logged.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// A listener, and what went wrong with it lately.
#[derive(Debug)]
pub(super) struct Accept {
    listener: TcpListener,
    seats: Arc<Seats>,
    failures: Failures,
    refusals: Failures,
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
            seats: Arc::default(),
            failures: Failures::default(),
            refusals: Failures::default(),
        }
    }

    /// The next connection for which there is a seat, detached from this runtime. Cancel safe.
    pub(super) async fn next(&mut self, limits: impl Fn() -> SeatLimits) -> (net::TcpStream, Seat) {
        loop {
            match self.listener.accept().await {
                Ok((stream, client)) => match self.seats.take(client.ip(), limits()) {
                    Ok(seat) => match detached(stream) {
                        Ok(stream) => return (stream, seat),
                        Err(error) => tracing::debug!(%error, "connection lost"),
                    },
                    Err(full) => self.refuse(&stream, full),
                },
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

impl Accept {
    /// Closes the listener, and returns the connections that waited in it. Those whose clients connect in the very moment
    /// are lost with a listener that nobody else has, unless the system moves them (`net.ipv4.tcp_migrate_req`).
    pub(super) fn leave(self, limits: SeatLimits) -> Vec<(net::TcpStream, Seat)> {
        let Ok(listener) = self.listener.into_std() else {
            return Vec::new();
        };
        let waiting = std::iter::from_fn(|| listener.accept().ok());
        let seated = waiting.take(MOST_WAITING).filter_map(|(stream, client)| {
            let seat = self.seats.take(client.ip(), limits).ok()?;
            // Both are options of the socket, which a listener's do not reach.
            stream
                .set_nonblocking(true)
                .and_then(|()| stream.set_nodelay(true))
                .ok()?;
            Some((stream, seat))
        });
        seated.collect()
    }

    /// Tells the client as far as that needs no waiting, and the log now and then.
    fn refuse(&mut self, stream: &TcpStream, full: Full) {
        let _ = stream.try_write(REFUSAL);
        if let Some(times) = self.refusals.count(Instant::now()) {
            tracing::warn!(times, "connections are refused: {full}");
        }
    }
}

/// The connection for the runtime of its worker.
fn detached(stream: TcpStream) -> io::Result<net::TcpStream> {
    // Otherwise a small event would wait up to 40 ms for the acknowledgement of the previous one.
    stream.set_nodelay(true)?;
    stream.into_std()
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
