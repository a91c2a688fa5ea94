//! Where spans wait to be sent. What a request leaves wakes nobody, unless it is the first or the last of a batch: a wake-up of
//! another thread costs more than all else that is done for its spans.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The most spans of a batch, but for those of its last request.
const BATCH: usize = 512;

/// How many bytes most spans have: a batch gets room for them at once, and is not moved as it grows.
const BYTES: usize = 600;

/// Spans of one or more requests, encoded for OTLP: fields of a `ScopeSpans`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    /// How many there are.
    pub(crate) count: usize,
    /// What they are as Protobuf.
    pub(crate) encoded: Vec<u8>,
}

/// Spans that wait.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    /// That there are some, that a batch is full, or that no more come.
    news: Notify,
    /// The most requests whose spans may wait.
    most: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Full ones, and one that is not.
    batches: VecDeque<Batch>,
    requests: usize,
    closed: bool,
}

#[derive(Debug)]
struct Batch {
    requests: usize,
    spans: Spans,
}

// === impl Queue ===

impl Queue {
    /// One with room for the spans of so many requests.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            news: Notify::new(),
            most,
        }
    }

    /// Adds the spans of a request; false if there is no room for them, or if nobody sends them any more.
    #[must_use]
    pub(super) fn push(&self, spans: Spans) -> bool {
        let mut waiting = self.waiting();
        if waiting.closed || waiting.requests >= self.most {
            return false;
        }
        let is_first = waiting.requests == 0;
        waiting.requests += 1;
        let is_full = waiting.add(spans);
        drop(waiting);
        if is_first || is_full {
            self.news.notify_one();
        }
        true
    }

    /// No more come.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.news.notify_one();
    }

    /// The next batch: a full one, or after `linger` what there is. `None` if no more come, and none do after `stop`.
    pub(crate) async fn next(&self, linger: Duration, stop: &CancellationToken) -> Option<Spans> {
        loop {
            let news = self.news.notified();
            if stop.is_cancelled() {
                self.waiting().closed = true;
            }
            let (is_empty, is_closed) = self.state();
            if !is_empty {
                break;
            }
            if is_closed {
                return None;
            }
            stop.run_until_cancelled(news).await;
        }
        let full = async {
            while !self.waiting().has_more() {
                self.news.notified().await;
            }
        };
        stop.run_until_cancelled(timeout(linger, full)).await;
        self.waiting().take()
    }

    fn state(&self) -> (bool, bool) {
        let waiting = self.waiting();
        (waiting.requests == 0, waiting.closed)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Waiting ===

impl Waiting {
    /// Adds a request's spans to the last batch; whether that is full now.
    fn add(&mut self, spans: Spans) -> bool {
        if self.batches.back().is_none_or(Batch::is_full) {
            self.batches.push_back(Batch::with_room());
        }
        let Some(batch) = self.batches.back_mut() else {
            return false;
        };
        batch.requests += 1;
        batch.spans.count += spans.count;
        batch.spans.encoded.extend(spans.encoded);
        batch.is_full()
    }

    /// Whether a batch need not wait for more.
    fn has_more(&self) -> bool {
        self.closed || self.batches.front().is_some_and(Batch::is_full)
    }

    fn take(&mut self) -> Option<Spans> {
        let batch = self.batches.pop_front()?;
        self.requests -= batch.requests;
        Some(batch.spans)
    }
}

// === impl Batch ===

impl Batch {
    fn with_room() -> Self {
        let spans = Spans {
            count: 0,
            encoded: Vec::with_capacity(BATCH * BYTES),
        };
        Self { requests: 0, spans }
    }

    fn is_full(&self) -> bool {
        self.spans.count >= BATCH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINGER: Duration = Duration::from_millis(1);

    fn spans(count: usize) -> Spans {
        Spans {
            count,
            encoded: vec![b's'; count],
        }
    }

    #[tokio::test]
    async fn what_comes_goes_in_batches_and_in_order() {
        let (queue, stop) = (Queue::new(10), CancellationToken::new());
        for count in [2, BATCH - 3, 3, 1] {
            assert!(queue.push(spans(count)));
        }
        // The third request fills the first batch.
        assert_eq!(queue.next(LINGER, &stop).await, Some(spans(BATCH + 2)));
        assert_eq!(queue.next(LINGER, &stop).await, Some(spans(1)));
    }

    #[tokio::test]
    async fn a_full_batch_and_the_first_of_one_are_waited_for() {
        let (queue, stop) = (Queue::new(10), CancellationToken::new());
        let far = Duration::from_secs(1_000);
        let adds = async {
            assert!(queue.push(spans(1)));
            tokio::task::yield_now().await;
            assert!(queue.push(spans(BATCH)));
        };
        let (next, ()) = tokio::join!(queue.next(far, &stop), adds);
        assert_eq!(next, Some(spans(BATCH + 1)));
    }

    #[tokio::test]
    async fn without_room_nothing_is_added() {
        let (queue, stop) = (Queue::new(2), CancellationToken::new());
        assert!(queue.push(spans(1)) && queue.push(spans(1)));
        assert!(!queue.push(spans(1)));
        assert_eq!(queue.next(LINGER, &stop).await, Some(spans(2)));
        assert!(queue.push(spans(1)));
    }

    #[tokio::test]
    async fn the_rest_goes_before_it_ends() {
        let (queue, stop) = (Queue::new(2), CancellationToken::new());
        assert!(queue.push(spans(1)));
        queue.close();
        assert!(!queue.push(spans(1)));
        assert_eq!(queue.next(LINGER, &stop).await, Some(spans(1)));
        assert_eq!(queue.next(LINGER, &stop).await, None);
        let (queue, stop) = (Queue::new(2), CancellationToken::new());
        assert!(queue.push(spans(1)));
        stop.cancel();
        assert_eq!(queue.next(LINGER, &stop).await, Some(spans(1)));
        assert_eq!(queue.next(LINGER, &stop).await, None);
        assert!(!queue.push(spans(1)));
    }
}
