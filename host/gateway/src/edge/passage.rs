//! A request on its way through: what logs it, meters it and counts it, all settled together, once.

use std::future::pending;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::error::GatewayError;
use crate::listen::Flight;
use crate::metering::{Meter, Outcome};
use crate::routing::{ClientStream, Whole};
use crate::telemetry::RequestLog;
use jackfield_accounting::limits::{StreamGuard, Streams};

/// Dropped at whatever moment, it settles the request as what it has come to by then.
#[derive(Debug)]
pub(super) struct Passage {
    /// The line in the log.
    pub(super) log: RequestLog,
    /// What was taken for it, from the moment that anything was.
    pub(super) meter: Option<Meter>,
    /// Its count among those under way.
    pub(super) flight: Option<Flight>,
    /// Its place among its user's streams.
    pub(super) running: Option<Running>,
}

/// A stream that its user may end.
#[derive(Debug)]
pub(super) struct Running {
    _guard: StreamGuard,
    killed: CancellationToken,
}

// === impl Passage ===

impl Passage {
    pub(super) fn new(log: RequestLog) -> Self {
        Self {
            log,
            meter: None,
            flight: None,
            running: None,
        }
    }

    /// What a whole answer costs, in micro-credits.
    pub(super) fn charge(&self, whole: &Whole) -> i64 {
        let meter = self.meter.as_ref();
        meter.map_or(0, |meter| meter.charge(&outcome(whole)))
    }

    /// A whole answer is ready.
    pub(super) fn answered(&mut self, whole: &Whole) {
        self.log.answered(200);
        self.log.usage = whole.usage;
        self.log.finished();
        self.settle(&outcome(whole));
    }

    /// A stream has come to its end, whatever its log says that was.
    pub(super) fn streamed(&mut self, stream: &ClientStream) {
        self.log.usage = stream.usage();
        self.log.first_content = stream.first_content();
        self.settle(&Outcome {
            usage: self.log.usage,
            produced_bytes: stream.produced_bytes(),
            answered: true,
        });
    }

    /// The client gets an error.
    pub(super) fn failed(&mut self, error: &GatewayError) {
        self.log.failed(error);
        self.settle(&Outcome::default());
    }

    /// Its user has ended the stream before its first content.
    pub(super) fn killed_early(&mut self) {
        self.log.answered(200);
        self.log.killed();
        self.settle(&Outcome::default());
    }

    fn settle(&mut self, outcome: &Outcome) {
        if let Some(meter) = self.meter.take() {
            meter.settle(&self.log, outcome);
        }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.settle(&Outcome::default());
    }
}

// === impl Running ===

impl Running {
    pub(super) fn new(streams: &Streams, user: &Arc<str>) -> Self {
        let (guard, killed) = streams.register(user, SystemTime::now());
        Self { _guard: guard, killed }
    }
}

/// Ends when the gateway cuts what is under way.
pub(super) async fn cut(flight: Option<&Flight>) {
    match flight {
        Some(flight) => flight.cut().await,
        None => pending().await,
    }
}

/// Ends when the user ends their streams.
pub(super) async fn killed(running: Option<&Running>) {
    match running {
        Some(running) => running.killed.cancelled().await,
        None => pending().await,
    }
}

fn outcome(whole: &Whole) -> Outcome {
    Outcome {
        usage: whole.usage,
        produced_bytes: whole.produced_bytes,
        answered: true,
    }
}

/// The last bytes of a stream that its user has ended (the public API, "Usage, streams, keys").
pub(super) const KILLED: Bytes = Bytes::from_static(b"data: [DONE]\n\n");
