//! The clock of a client that does not read what is written.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// How much a client has to read in its time, once it is waited for. Less would be reading for the clock's sake: a
/// client that takes a byte now and then could hold its connection for ever.
const ENOUGH: usize = 16 << 10;

/// The clock. It runs while writing waits.
#[derive(Debug)]
pub(super) struct Stall {
    patience: Duration,
    /// Rings when too little was read; `None` while nothing waits.
    timer: Option<Pin<Box<Sleep>>>,
    /// How much was written since it was set.
    written: usize,
}

// === impl Stall ===

impl Stall {
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            patience,
            timer: None,
            written: 0,
        }
    }

    /// Everything is written.
    pub(super) fn flushed(&mut self) {
        self.timer = None;
    }

    /// Sees how a write went. Ready if the client has read too little for too long.
    pub(super) fn poll(&mut self, wrote: &Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<()> {
        if let Poll::Ready(wrote) = wrote {
            self.written += wrote.as_ref().map_or(0, |bytes| *bytes);
            if self.written >= ENOUGH {
                self.timer = None;
            }
            return Poll::Pending;
        }
        if self.timer.is_none() {
            self.written = 0;
        }
        let patience = self.patience;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(patience)));
        timer.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::time::advance;

    use super::*;

    const PATIENCE: Duration = Duration::from_mins(1);

    /// Whether the clock has run out after these writes; `None` is one that waits.
    fn is_over(stall: &mut Stall, writes: &[Option<usize>]) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        let mut over = |wrote: &Option<usize>| {
            let wrote = wrote.map_or(Poll::Pending, |bytes| Poll::Ready(Ok(bytes)));
            stall.poll(&wrote, &mut context).is_ready()
        };
        writes.iter().any(&mut over)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_too_little_is_left_in_time() {
        let mut stall = Stall::new(PATIENCE);
        assert!(!is_over(&mut stall, &[Some(ENOUGH), None]));
        for _ in 0..5 {
            advance(PATIENCE / 6).await;
            assert!(!is_over(&mut stall, &[Some(1), None]));
        }
        advance(PATIENCE / 6).await;
        assert!(is_over(&mut stall, &[Some(1), None]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_is_waited_for_as_long_as_it_reads() {
        let mut stall = Stall::new(PATIENCE);
        for _ in 0..10 {
            assert!(!is_over(&mut stall, &[Some(ENOUGH / 2), Some(ENOUGH / 2), None]));
            advance(PATIENCE / 2).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_has_read_everything_owes_nothing() {
        let mut stall = Stall::new(PATIENCE);
        assert!(!is_over(&mut stall, &[None, Some(1)]));
        stall.flushed();
        advance(PATIENCE * 2).await;
        assert!(!is_over(&mut stall, &[Some(1), None]));
    }
}
