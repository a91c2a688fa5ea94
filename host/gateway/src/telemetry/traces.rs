//! Traces for a collector of OpenTelemetry: which requests get spans, as the configuration in force has it.
//!
//! Reading order: [`Tracing`], `spans` (what a record becomes), `attributes`, `fields` and `protobuf` (how it is written),
//! `exporter` (sends them).

mod about;
mod attributes;
mod exporter;
mod fields;
mod protobuf;
mod resource;
mod spans;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::exporter::Exporter;
pub(super) use self::spans::spans;
use crate::snapshot::{Current, Snapshot};
use crate::trace::{Counts, Parent, Queue, Trace, Tracer};
use crate::upstream::spans::{SendError, SpanReceiver};
use jackfield_config::{TraceContent, TraceProtocol, TracesConfig};

/// How long a shutdown waits for the collector.
const FLUSH: Duration = Duration::from_secs(5);

/// The traces of a process. Off, a request costs one look at its configuration.
#[derive(Debug, Default)]
pub(crate) struct Tracing {
    installed: ArcSwap<Installed>,
    /// Held while settings are installed.
    turn: Mutex<()>,
    /// Where spans are sent; set once configurations are [followed](Self::follow).
    runtime: OnceLock<Handle>,
    counts: Arc<Counts>,
    exporters: TaskTracker,
    stop: CancellationToken,
}

/// The settings that count.
#[derive(Debug, Default)]
struct Installed {
    /// The newest generation that has them.
    generation: u64,
    settings: TracesConfig,
    tracer: Option<Arc<Tracer>>,
}

// === impl Tracing ===

impl Tracing {
    /// Begins the trace of a request with these headers; `None` while there are none.
    pub(crate) fn begin(&self, snapshot: &Snapshot, headers: &HeaderMap) -> Option<Trace> {
        snapshot.config.telemetry.traces.endpoint.as_ref()?;
        self.keep_up(snapshot);
        let installed = self.installed.load();
        Some(Trace::begin(installed.tracer.as_ref()?, Parent::read(headers)))
    }

    /// What became of spans so far.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Keeps in step with the configuration in force, until this is [closed](Self::close).
    pub(crate) fn follow(self: &Arc<Self>, current: Arc<Current>) {
        self.runtime.get_or_init(Handle::current);
        let (tracing, stop) = (Arc::clone(self), self.stop.clone());
        let mut changes = current.changes();
        self.keep_up(&current.load());
        self.exporters.spawn(async move {
            let follow = async {
                while changes.changed().await.is_ok() {
                    tracing.keep_up(&current.load());
                }
            };
            stop.run_until_cancelled(follow).await;
        });
    }

    /// Sends what is left. Call it after the last request has ended.
    pub(crate) async fn close(&self) {
        self.installed.store(Arc::default());
        self.stop.cancel();
        self.exporters.close();
        if timeout(FLUSH, self.exporters.wait()).await.is_err() {
            tracing::warn!("spans are lost: the collector does not take them in time");
        }
    }

    /// Takes the settings of this snapshot, unless a newer one's are taken. The first request of a snapshot may come
    /// before the news of it.
    fn keep_up(&self, snapshot: &Snapshot) {
        let is_known = || self.installed.load().generation >= snapshot.generation;
        if is_known() {
            return;
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if is_known() || self.stop.is_cancelled() {
            return;
        }
        let settings = &snapshot.config.telemetry.traces;
        let installed = self.installed.load();
        let tracer = if installed.settings == *settings {
            installed.tracer.clone()
        } else {
            self.tracer(settings)
        };
        self.installed.store(Arc::new(Installed {
            generation: snapshot.generation,
            settings: settings.clone(),
            tracer,
        }));
    }

    /// A tracer with these settings. What requests of the earlier ones still bring goes where it was to go.
    fn tracer(&self, settings: &TracesConfig) -> Option<Arc<Tracer>> {
        let receiver = match receiver(settings.endpoint.as_deref()?, settings) {
            Ok(receiver) => receiver,
            Err(error) => {
                tracing::error!("traces are off: {error}");
                return None;
            }
        };
        let queue = Arc::new(Queue::new(settings.max_queued_requests));
        let counts = Arc::clone(&self.counts);
        let exporter = Exporter::new(receiver, Arc::clone(&queue), counts, &settings.service_name);
        self.exporters
            .spawn_on(exporter.run(self.stop.clone()), self.runtime.get()?);
        Some(Arc::new(Tracer {
            sample: settings.sample,
            content: (settings.content == TraceContent::On).then_some(settings.max_content_bytes),
            propagate: settings.propagate,
            queue,
            counts: Arc::clone(&self.counts),
        }))
    }
}

fn receiver(endpoint: &str, config: &TracesConfig) -> Result<SpanReceiver, SendError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &config.headers {
        // Checked with the configuration.
        if let (Ok(name), Ok(mut value)) = (HeaderName::try_from(name), HeaderValue::from_str(value.expose())) {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    match config.protocol {
        TraceProtocol::Http => SpanReceiver::http(endpoint, headers),
        TraceProtocol::Grpc => SpanReceiver::grpc(endpoint, headers),
    }
}
