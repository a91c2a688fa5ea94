//! Decides which traces are recorded, and takes their spans, as one configuration wants it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::queue::{Queue, Spans};

/// Decides on traces, and passes their spans on.
#[derive(Debug)]
pub(crate) struct Tracer {
    /// The share of traces without a parent that are recorded, from 0 to 1.
    pub(crate) sample: f64,
    /// The most bytes of a request, and of an answer, that a span has; `None` for none.
    pub(crate) content: Option<usize>,
    /// Whether upstreams are told of the trace.
    pub(crate) propagate: bool,
    /// Where spans wait to be sent.
    pub(crate) queue: Arc<Queue>,
    /// What became of them.
    pub(crate) counts: Arc<Counts>,
}

/// What became of spans, over the life of the process.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// The collector has them.
    pub(crate) exported: AtomicU64,
    /// There was no room for them.
    pub(crate) dropped: AtomicU64,
    /// The collector did not take them.
    pub(crate) failed: AtomicU64,
}

// === impl Tracer ===

impl Tracer {
    /// The decision for a trace, by its id: every gateway decides alike, and a larger share includes a smaller one.
    pub(super) fn samples(&self, trace_id: &[u8; 16]) -> bool {
        let place = u128::from_be_bytes(*trace_id) as u64 >> 1;
        #[expect(clippy::cast_precision_loss, reason = "a share is no exact number")]
        let share = place as f64 / (1_u64 << 63) as f64;
        self.sample >= 1.0 || share < self.sample
    }

    /// Passes a request's spans on. Never waits: without room they are dropped, and counted.
    pub(crate) fn submit(&self, spans: Spans) {
        let count = spans.count as u64;
        if !self.queue.push(spans) {
            self.counts.dropped.fetch_add(count, Relaxed);
        }
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[cfg(test)]
mod tests {
    use super::super::context;
    use super::*;

    fn tracer(sample: f64) -> Tracer {
        Tracer {
            sample,
            content: None,
            propagate: true,
            queue: Arc::new(Queue::new(1)),
            counts: Arc::default(),
        }
    }

    #[test]
    fn about_the_wanted_share_is_sampled_and_always_the_same() {
        let share = |sample| {
            let tracer = tracer(sample);
            let sampled = (0..4_000).filter(|_| tracer.samples(&context::new_trace_id()));
            sampled.count()
        };
        assert_eq!((share(0.0), share(1.0)), (0, 4_000));
        let quarter = share(0.25);
        assert!((800..1_200).contains(&quarter), "{quarter}");
        let tracer = tracer(0.5);
        assert!(tracer.samples(&[0; 16]) && !tracer.samples(&[0xff; 16]));
    }

    #[test]
    fn spans_without_room_are_dropped_and_counted() {
        let tracer = tracer(1.0);
        for _ in 0..3 {
            tracer.submit(Spans {
                count: 2,
                ..Spans::default()
            });
        }
        assert_eq!(tracer.counts.dropped.load(Relaxed), 4);
    }
}
