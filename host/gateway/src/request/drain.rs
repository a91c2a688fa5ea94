//! Counts in-flight requests, sheds load beyond the limit, and drains them at shutdown.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::error::{ErrorKind, GatewayError};

/// How long streams have to write their error event after they are cut off.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How long a process with a successor serves at least on the connections that it has. Clients that reuse one are told with
/// an answer that it ends, and none is closed under a request that is on its way.
const LAST_CALL: Duration = Duration::from_secs(1);

/// The in-flight requests. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drain {
    count: Arc<Count>,
    draining: CancellationToken,
    cut: CancellationToken,
    /// Whether another process takes over.
    hands_over: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Count {
    in_flight: AtomicUsize,
    /// Those of them that are streams.
    streams: AtomicUsize,
    finished: Notify,
}

/// An in-flight request. Dropping it ends the request's count: once its guard is gone and its last bytes are written.
#[derive(Debug)]
pub(crate) struct InFlight {
    count: Arc<Count>,
    is_stream: AtomicBool,
    cut: CancellationToken,
}

// === impl Drain ===

impl Drain {
    /// From now on, a shutdown leaves new connections to another process, and refuses nothing on the present ones.
    pub(crate) fn hand_over(&self) {
        self.hands_over.store(true, Ordering::Release);
    }

    /// Completes when new connections are to be left to another process; never if there is none.
    pub(crate) async fn handed_over(&self) {
        self.draining.cancelled().await;
        if !self.hands_over() {
            pending::<()>().await;
        }
    }

    /// Completes when clients with a connection have had time to learn that another process takes over; never if there is none.
    pub(crate) async fn said_goodbye(&self) {
        self.handed_over().await;
        sleep(LAST_CALL).await;
    }

    fn hands_over(&self) -> bool {
        self.hands_over.load(Ordering::Acquire)
    }

    /// Admits a request unless the gateway is draining without a successor, or `max` requests are in flight.
    ///
    /// # Errors
    /// `OVERLOADED` otherwise.
    pub(crate) fn begin(&self, max: usize) -> Result<InFlight, GatewayError> {
        if self.is_draining() && !self.hands_over() {
            let message = "The gateway is shutting down; try again.";
            return Err(GatewayError::new(ErrorKind::Overloaded, message));
        }
        let request = InFlight {
            count: Arc::clone(&self.count),
            is_stream: AtomicBool::new(false),
            cut: self.cut.clone(),
        };
        // Counted before the check; on refusal, dropping `request` undoes it.
        if self.count.in_flight.fetch_add(1, Ordering::AcqRel) >= max {
            let message = "The gateway is at its limit of concurrent requests; try again in a moment.";
            return Err(GatewayError::new(ErrorKind::Overloaded, message));
        }
        Ok(request)
    }

    /// True once shutdown has begun.
    #[must_use]
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Completes once shutdown has begun.
    pub(crate) async fn begun(&self) {
        self.draining.cancelled().await;
    }

    /// The number of in-flight requests.
    #[must_use]
    pub(crate) fn in_flight(&self) -> usize {
        self.count.in_flight.load(Ordering::Acquire)
    }

    /// The number of those that are streams.
    #[must_use]
    pub(crate) fn streams(&self) -> usize {
        self.count.streams.load(Ordering::Relaxed)
    }

    /// Refuses new requests (or none, with a successor), waits up to `patience` for those in flight, and then cuts off the rest.
    pub(crate) async fn run(&self, patience: Duration) {
        self.draining.cancel();
        tracing::info!(in_flight = self.in_flight(), "draining");
        let finished = async {
            if self.hands_over() {
                sleep(LAST_CALL).await;
            }
            self.all_finished().await;
        };
        if timeout(patience, finished).await.is_err() {
            tracing::warn!(
                in_flight = self.in_flight(),
                "cutting off the requests that are still in flight"
            );
            self.cut.cancel();
            let _ = timeout(LAST_WORDS, self.all_finished()).await;
        }
    }

    async fn all_finished(&self) {
        loop {
            let finished = self.count.finished.notified();
            if self.in_flight() == 0 {
                return;
            }
            finished.await;
        }
    }
}

// === impl InFlight ===

impl InFlight {
    /// Counts the request as a stream.
    pub(crate) fn is_stream(&self) {
        if !self.is_stream.swap(true, Ordering::Relaxed) {
            self.count.streams.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// True once the request must end.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.is_cancelled()
    }

    /// Completes when the request must end at once; never completes for one that is not counted.
    pub(crate) async fn cut(request: Option<&Self>) {
        match request {
            Some(request) => request.cut.cancelled().await,
            None => pending().await,
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if *self.is_stream.get_mut() {
            self.count.streams.fetch_sub(1, Ordering::Relaxed);
        }
        if self.count.in_flight.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.count.finished.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_beyond_the_limit_is_shed_and_not_counted() {
        let drain = Drain::default();
        let flight = drain.begin(1).unwrap();
        flight.is_stream();
        flight.is_stream();
        assert_eq!(drain.streams(), 1);
        assert_eq!(drain.begin(1).unwrap_err().kind, ErrorKind::Overloaded);
        assert_eq!(drain.in_flight(), 1);
        drop(flight);
        assert_eq!(drain.streams(), 0);
        assert!(drain.begin(1).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_waits_for_the_last_request_and_refuses_new_ones() {
        let drain = Drain::default();
        let flight = drain.begin(10).unwrap();
        let draining = drain.clone();
        let (run, ()) = tokio::join!(draining.run(Duration::from_secs(30)), async {
            tokio::task::yield_now().await;
            assert!(drain.begin(10).is_err());
            drop(flight);
        });
        assert_eq!((run, drain.in_flight()), ((), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_outlasts_the_patience_is_cut_off() {
        let drain = Drain::default();
        let flight = drain.begin(10).unwrap();
        tokio::join!(drain.run(Duration::from_secs(30)), async move {
            InFlight::cut(Some(&flight)).await;
        });
        assert_eq!(drain.in_flight(), 0);
    }
    #[tokio::test(start_paused = true)]
    async fn with_a_successor_requests_on_present_connections_are_served_for_a_while() {
        let drain = Drain::default();
        drain.hand_over();
        let (draining, begun) = (drain.clone(), tokio::time::Instant::now());
        let (run, ()) = tokio::join!(draining.run(Duration::from_secs(30)), async {
            drain.handed_over().await;
            let flight = drain.begin(10).unwrap();
            sleep(Duration::from_secs(5)).await;
            drop(flight);
        });
        assert_eq!((run, begun.elapsed()), ((), Duration::from_secs(5)));
    }

    #[tokio::test(start_paused = true)]
    async fn with_a_successor_an_idle_process_stays_for_its_last_call() {
        let drain = Drain::default();
        drain.hand_over();
        let begun = tokio::time::Instant::now();
        drain.run(Duration::from_secs(30)).await;
        assert_eq!(begun.elapsed(), LAST_CALL);
    }
}
