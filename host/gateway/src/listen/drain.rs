//! Counts the requests under way, sheds load beyond the limit, and brings the count to zero at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::error::{ErrorKind, GatewayError};

/// What streams get to write their error event after they were cut.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The requests under way. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drain {
    count: Arc<Count>,
    draining: CancellationToken,
    cut: CancellationToken,
}

#[derive(Debug, Default)]
struct Count {
    under_way: AtomicUsize,
    landed: Notify,
}

/// A request under way; it has landed when this is dropped.
#[derive(Debug)]
pub(crate) struct Flight {
    count: Arc<Count>,
    cut: CancellationToken,
}

// === impl Drain ===

impl Drain {
    /// Lets a request take off unless the gateway is draining or `max` are under way.
    ///
    /// # Errors
    /// `OVERLOADED`.
    pub(crate) fn take_off(&self, max: usize) -> Result<Flight, GatewayError> {
        if self.is_draining() {
            let message = "The gateway is shutting down; try again at once.";
            return Err(GatewayError::new(ErrorKind::Overloaded, message));
        }
        let flight = Flight {
            count: Arc::clone(&self.count),
            cut: self.cut.clone(),
        };
        // Counted first, so that a refusal lands again like any other.
        if self.count.under_way.fetch_add(1, Ordering::AcqRel) >= max {
            let message = "The gateway is at its limit of concurrent requests; try again in a moment.";
            return Err(GatewayError::new(ErrorKind::Overloaded, message));
        }
        Ok(flight)
    }

    /// True once the gateway has begun to shut down.
    #[must_use]
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// How many requests are under way.
    #[must_use]
    pub(crate) fn under_way(&self) -> usize {
        self.count.under_way.load(Ordering::Acquire)
    }

    /// Turns new requests away, waits up to `patience` for those under way, and then cuts them.
    pub(crate) async fn run(&self, patience: Duration) {
        self.draining.cancel();
        tracing::info!(under_way = self.under_way(), "draining");
        if timeout(patience, self.all_landed()).await.is_err() {
            tracing::warn!(under_way = self.under_way(), "cutting what is still under way");
            self.cut.cancel();
            let _ = timeout(LAST_WORDS, self.all_landed()).await;
        }
    }

    async fn all_landed(&self) {
        loop {
            let landed = self.count.landed.notified();
            if self.under_way() == 0 {
                return;
            }
            landed.await;
        }
    }
}

// === impl Flight ===

impl Flight {
    /// Ends when this request must end now.
    pub(crate) async fn cut(&self) {
        self.cut.cancelled().await;
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.count.under_way.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.count.landed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_limit_load_is_shed_and_not_counted() {
        let drain = Drain::default();
        let flight = drain.take_off(1).unwrap();
        assert_eq!(drain.take_off(1).unwrap_err().kind, ErrorKind::Overloaded);
        assert_eq!(drain.under_way(), 1);
        drop(flight);
        assert!(drain.take_off(1).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_waits_for_the_last_request_and_turns_new_ones_away() {
        let drain = Drain::default();
        let flight = drain.take_off(10).unwrap();
        let draining = drain.clone();
        let (run, ()) = tokio::join!(draining.run(Duration::from_secs(30)), async {
            tokio::task::yield_now().await;
            assert!(drain.take_off(10).is_err());
            drop(flight);
        });
        assert_eq!((run, drain.under_way()), ((), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_outlasts_the_patience_is_cut() {
        let drain = Drain::default();
        let flight = drain.take_off(10).unwrap();
        tokio::join!(drain.run(Duration::from_secs(30)), async move {
            flight.cut().await;
        });
        assert_eq!(drain.under_way(), 0);
    }
}
