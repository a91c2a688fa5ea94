//! Sends spans in batches, on its own. What the collector does not take is dropped: requests never wait for it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::attributes::Attributes;
use super::fields;
use super::protobuf::Message;
use super::resource;
use crate::trace::{Counts, Queue, Spans};
use crate::upstream::outgoing_body::OutgoingBody;
use crate::upstream::spans::{SendError, SpanReceiver};

/// Room for what stands before the only field of a request.
const HEAD: usize = 16;

/// How long the first span of a batch waits for others.
const LINGER: Duration = Duration::from_secs(1);

/// The pauses before a batch is sent again.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// The shortest interval between log lines about spans that are lost.
const LOGGED_EVERY: Duration = Duration::from_mins(1);

/// Sends the spans of one queue.
pub(super) struct Exporter {
    receiver: SpanReceiver,
    queue: Arc<Queue>,
    counts: Arc<Counts>,
    service: String,
    logged: Option<Instant>,
}

// === impl Exporter ===

impl Exporter {
    /// Sends what comes in `queue`, in the name of this service.
    pub(super) fn new(receiver: SpanReceiver, queue: Arc<Queue>, counts: Arc<Counts>, service: &str) -> Self {
        Self {
            receiver,
            queue,
            counts,
            service: service.to_owned(),
            logged: None,
        }
    }

    /// Works until nobody can add spans any more, or `stop` is cancelled and the queue is empty.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        while let Some(batch) = self.queue.next(LINGER, &stop).await {
            self.send(batch, &stop).await;
        }
    }

    /// Sends a batch, several times if that may help.
    async fn send(&mut self, batch: Spans, stop: &CancellationToken) {
        let count = batch.count as u64;
        let request = self.request(batch);
        let mut pauses = PAUSES.into_iter();
        let error = loop {
            match self.receiver.send(request.clone()).await {
                Ok(rejected) => {
                    let rejected = rejected.min(count);
                    self.counts.exported.fetch_add(count - rejected, Relaxed);
                    self.counts.failed.fetch_add(rejected, Relaxed);
                    return;
                }
                Err(error) => match pauses.next().filter(|_| matches!(error, SendError::Later(_))) {
                    Some(pause) if !stop.is_cancelled() => {
                        // A shutdown does not wait for a better time.
                        stop.run_until_cancelled(sleep(pause)).await;
                    }
                    _ => break error,
                },
            }
        };
        self.counts.failed.fetch_add(count, Relaxed);
        if self.logged.is_none_or(|last| last.elapsed() >= LOGGED_EVERY) {
            self.logged = Some(Instant::now());
            tracing::warn!(spans = count, "spans are lost: {error}");
        }
    }

    /// The call that brings these spans: an `ExportTraceServiceRequest`. They are many, so they stay where they are, behind what
    /// is before them.
    fn request(&self, spans: Spans) -> OutgoingBody {
        let mut scope_spans = Message::default();
        scope_spans.message(fields::scope_spans::SCOPE, |scope| {
            scope.bytes(fields::scope::NAME, b"jackfield");
            scope.bytes(fields::scope::VERSION, env!("CARGO_PKG_VERSION").as_bytes());
        });
        let scope_spans = scope_spans.finish();
        let length = scope_spans.len() + spans.encoded.len();
        let mut resource_spans = Message::default();
        resource_spans.message(fields::resource_spans::RESOURCE, |resource| {
            let mut about = Attributes {
                of: resource,
                field: fields::resource::ATTRIBUTES,
            };
            resource::describe(&mut about, &self.service);
        });
        resource_spans.before_message(fields::resource_spans::SCOPE_SPANS, length);
        let resource_spans = resource_spans.finish();
        let length = resource_spans.len() + length;
        let mut request = Message::with_capacity(resource_spans.len() + scope_spans.len() + HEAD);
        request.before_message(fields::request::RESOURCE_SPANS, length);
        request.append(&resource_spans);
        request.append(&scope_spans);
        vec![request.finish().into(), spans.encoded.into()].into()
    }
}
