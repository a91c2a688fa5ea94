//! Owns a request: its record, its places in the counts, and the guarantee that it is settled exactly once.

use std::sync::Arc;

use jackfield_dialects::words::usage::Usage;

use super::drain::InFlight;
use super::kill_switch::KillSwitch;
use super::live::LivePlace;
use crate::error::GatewayError;
use crate::record::{End, RequestRecord};
use crate::routing::{ClientStream, WholeAnswer};
use crate::shaping::Shaping;
use crate::telemetry::sinks::Sinks;

/// A request from beginning to end. Dropping it at any point settles the request for what has happened so far.
#[derive(Debug)]
pub(crate) struct RequestGuard {
    /// What is known about the request.
    pub(crate) record: RequestRecord,
    /// Its place in the count of in-flight requests.
    pub(crate) in_flight: Option<Arc<InFlight>>,
    /// Its place among its user's streams, if it is a stream.
    pub(crate) kill_switch: Option<KillSwitch>,
    /// Its place among the requests that operators see.
    pub(crate) live: Option<LivePlace>,
    /// The shapers that the request went through, for its reply.
    pub(crate) shaping: Option<Shaping>,
    /// The sinks for the record; `None` after settlement.
    sinks: Option<Sinks>,
}

// === impl RequestGuard ===

impl RequestGuard {
    /// Guards the request that `record` describes.
    pub(crate) fn new(record: RequestRecord, sinks: &Sinks) -> Self {
        Self {
            record,
            in_flight: None,
            kill_switch: None,
            live: None,
            shaping: None,
            sinks: Some(sinks.clone()),
        }
    }

    /// Notes the model that the client named, for the trace of a request that is refused before its model is known.
    pub(crate) fn refused_for(&self, model: &str) {
        if let Some(trace) = self.record.spent.trace() {
            trace.refused(model);
        }
    }

    /// The price of a whole answer, in micro-credits; `None` if it is unknown.
    pub(crate) fn charge(&self, answer: &WholeAnswer) -> Option<i64> {
        self.record.charge_for(&answer.usage, answer.produced_bytes)
    }

    /// Records that a whole answer is ready, and that a shaper keeps it from the client.
    pub(crate) fn withheld(&mut self, usage: &Usage, produced_bytes: u64) {
        self.record.produced(usage, produced_bytes);
        self.record.finished = true;
    }

    /// Records that a whole answer is ready.
    pub(crate) fn answered(&mut self, usage: &Usage, produced_bytes: u64) {
        self.record.produced(usage, produced_bytes);
        self.record.finished = true;
        self.record.status = Some(200);
    }

    /// Settles a request whose whole answer is sent but for its last bytes.
    pub(crate) fn complete(&mut self) {
        self.record.end = End::Complete;
        self.settle();
    }

    /// Records that the head of a streamed answer is ready.
    pub(crate) fn streaming(&mut self) {
        self.record.status = Some(200);
    }

    /// Settles a stream that has ended. The caller sets `record.end` first.
    pub(crate) fn streamed<S>(&mut self, stream: &ClientStream<S>) {
        self.record.produced(&stream.usage(), stream.produced_bytes());
        self.record.finished = self.record.end == End::Complete;
        self.record.first_content = stream.first_content();
        (self.record.chunks, self.record.last_text) = stream.texts();
        self.record.attempts.resumed(stream.resumed(), stream.breaks());
        self.record.continued = stream.resumed().answered();
        self.settle();
    }

    /// Settles a request whose client gets an error.
    pub(crate) fn failed(&mut self, error: &GatewayError) {
        self.record.failed(error);
        self.settle();
    }

    /// Settles a stream that its user killed before its first content.
    pub(crate) fn killed_early(&mut self) {
        self.record.status = Some(200);
        self.record.end = End::Killed;
        self.settle();
    }

    fn settle(&mut self) {
        if let Some(sinks) = self.sinks.take() {
            sinks.settle(&mut self.record);
        }
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.settle();
    }
}

#[cfg(test)]
mod tests;
