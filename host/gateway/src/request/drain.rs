//! Counts in-flight requests, sheds load beyond the limit, and drains them at shutdown.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::error::{ErrorKind, GatewayError};

/// How long streams have to write their error event after they are cut off.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The in-flight requests. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drain {
    count: Arc<Count>,
    draining: CancellationToken,
    cut: CancellationToken,
}

#[derive(Debug, Default)]
struct Count {
    in_flight: AtomicUsize,
    finished: Notify,
}

/// An in-flight request. Dropping it ends the request's count: once its guard is gone and its last bytes are written.
#[derive(Debug)]
pub(crate) struct InFlight {
    count: Arc<Count>,
    cut: CancellationToken,
}

// === impl Drain ===

impl Drain {
    /// Admits a request unless the gateway is draining or `max` requests are in flight.
    ///
    /// # Errors
    /// `OVERLOADED` otherwise.
    pub(crate) fn begin(&self, max: usize) -> Result<InFlight, GatewayError> {
        if self.is_draining() {
            let message = "The gateway is shutting down; try again.";
            return Err(GatewayError::new(ErrorKind::Overloaded, message));
        }
        let request = InFlight {
            count: Arc::clone(&self.count),
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

    /// The number of in-flight requests.
    #[must_use]
    pub(crate) fn in_flight(&self) -> usize {
        self.count.in_flight.load(Ordering::Acquire)
    }

    /// Refuses new requests, waits up to `patience` for those in flight, and then cuts off the rest.
    pub(crate) async fn run(&self, patience: Duration) {
        self.draining.cancel();
        tracing::info!(in_flight = self.in_flight(), "draining");
        if timeout(patience, self.all_finished()).await.is_err() {
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
        assert_eq!(drain.begin(1).unwrap_err().kind, ErrorKind::Overloaded);
        assert_eq!(drain.in_flight(), 1);
        drop(flight);
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
}
