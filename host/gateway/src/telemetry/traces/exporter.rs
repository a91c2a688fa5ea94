//! Sends spans in batches, on its own. What the collector does not take is dropped: requests never wait for it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::attributes::Attributes;
use crate::trace::Counts;
use crate::upstream::spans::{SendError, SpanReceiver};

/// The most spans of a batch, but for those of its last request.
const BATCH: usize = 512;

/// How long the first span of a batch waits for others.
const LINGER: Duration = Duration::from_secs(1);

/// The pauses before a batch is sent again.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// The shortest interval between log lines about spans that are lost.
const LOGGED_EVERY: Duration = Duration::from_mins(1);

/// Sends the spans of one queue.
pub(super) struct Exporter {
    receiver: SpanReceiver,
    queue: Receiver<Vec<Span>>,
    counts: Arc<Counts>,
    resource: Resource,
    logged: Option<Instant>,
}

// === impl Exporter ===

impl Exporter {
    /// Sends what comes in `queue`, in the name of this service.
    pub(super) fn new(receiver: SpanReceiver, queue: Receiver<Vec<Span>>, counts: Arc<Counts>, service: &str) -> Self {
        let mut about = Attributes::default();
        about.text("service.name", service);
        about.text("service.version", env!("CARGO_PKG_VERSION"));
        Self {
            receiver,
            queue,
            counts,
            resource: Resource {
                attributes: about.finish(),
                ..Resource::default()
            },
            logged: None,
        }
    }

    /// Works until nobody can add spans any more, or `stop` is cancelled and the queue is empty.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        loop {
            let first = tokio::select! {
                biased;
                first = self.queue.recv() => first,
                () = stop.cancelled() => {
                    self.queue.close();
                    self.queue.recv().await
                }
            };
            let Some(mut batch) = first else {
                return;
            };
            self.fill(&mut batch, &stop).await;
            self.send(batch, &stop).await;
        }
    }

    /// Adds what comes until the batch is full or its time is up.
    async fn fill(&mut self, batch: &mut Vec<Span>, stop: &CancellationToken) {
        let until = Instant::now() + LINGER;
        while batch.len() < BATCH {
            let more = match self.queue.try_recv() {
                Ok(more) => Some(more),
                Err(_) if stop.is_cancelled() => None,
                Err(_) => tokio::select! {
                    more = timeout_at(until, self.queue.recv()) => more.ok().flatten(),
                    () = stop.cancelled() => continue,
                },
            };
            match more {
                Some(mut more) => batch.append(&mut more),
                None => return,
            }
        }
    }

    /// Sends a batch, several times if that may help.
    async fn send(&mut self, batch: Vec<Span>, stop: &CancellationToken) {
        let count = batch.len() as u64;
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

    fn request(&self, spans: Vec<Span>) -> ExportTraceServiceRequest {
        let scope = InstrumentationScope {
            name: "jackfield".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        };
        let scope_spans = vec![ScopeSpans {
            scope: Some(scope),
            spans,
            schema_url: String::new(),
        }];
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(self.resource.clone()),
                scope_spans,
                schema_url: String::new(),
            }],
        }
    }
}
