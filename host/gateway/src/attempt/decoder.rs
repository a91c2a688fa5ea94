//! The plugin's part in a stream: events in, canonical chunks out. Any instance can continue from the state.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use jackfield_dialects::json::is_deep;
use jackfield_sandbox::contract::Decoded;
use jackfield_sandbox::{Done, PaceError, Paced};

use super::calls::{Calls, Outcome, OwnedCalls};
use super::decoding::{Budget, Decode, DecodedChunks};
use super::more::{MOST, More};
use crate::error::{Class, Failure};
use crate::upstream::framing::Event;

/// The most that a plugin may keep of a stream, in bytes: it goes in and out with each call.
const MOST_STATE: usize = 1 << 20;

/// Everything that an instance of the plugin needs to continue decoding.
#[derive(Debug)]
pub(super) struct PluginDecoder {
    calls: OwnedCalls,
    state: Vec<u8>,
    /// The call of a slow plugin whose result is not there yet.
    pending: Option<Paced<Outcome<Decoded>>>,
    /// How many warnings of this stream are still logged.
    warnings_left: usize,
}

// === impl PluginDecoder ===

impl PluginDecoder {
    pub(super) fn new(calls: Calls<'_>, state: Vec<u8>) -> Self {
        Self {
            calls: calls.to_owned(),
            state,
            pending: None,
            warnings_left: MOST,
        }
    }

    /// Logs what the plugin warns of.
    fn warn(&mut self, more: &[u8]) -> Result<(), Failure> {
        let mut more = More::read(more)?;
        more.warnings.truncate(self.warnings_left);
        self.warnings_left -= more.warnings.len();
        let calls = self.calls.as_calls();
        more.log(&calls.request.id, calls.adapter);
        Ok(())
    }

    /// The call that is under way, or a new one.
    fn call(&mut self, events: &[Event], last: bool, budget: &Budget) -> Result<Paced<Outcome<Decoded>>, Failure> {
        if let Some(pending) = self.pending.take() {
            return Ok(pending);
        }
        if events.iter().any(|event| is_deep(&event.data)) {
            let message = "an event of the upstream's stream is nested too deep";
            return Err(Failure::new(Class::Malformed, message));
        }
        let calls = self.calls.as_calls();
        Ok(calls.decode_events(&self.state, events, last, budget.left()))
    }

    /// Takes over what the plugin made of the events.
    fn decoded(
        &mut self,
        called: Result<Done<Outcome<Decoded>>, PaceError>,
        budget: &mut Budget,
    ) -> Result<DecodedChunks, Failure> {
        let Done { value, took } = called?;
        budget.spend(took);
        let decoded = value??;
        if decoded.state.len() > MOST_STATE {
            let message = format!("the adapter must keep more than {MOST_STATE} bytes of the upstream's stream");
            return Err(Failure::new(Class::Malformed, message));
        }
        self.warn(&decoded.more)?;
        self.state = decoded.state;
        Ok(DecodedChunks {
            lines: decoded.chunks,
            done: decoded.done,
        })
    }
}

impl Decode for PluginDecoder {
    fn deadline(&self) -> Duration {
        self.calls.as_calls().adapter.plugin.limits.deadline
    }

    fn poll_decode(
        &mut self,
        context: &mut Context<'_>,
        events: &[Event],
        last: bool,
        budget: &mut Budget,
    ) -> Poll<Result<DecodedChunks, Failure>> {
        let mut call = self.call(events, last, budget)?;
        let called = match Pin::new(&mut call).poll(context) {
            Poll::Ready(called) => called,
            Poll::Pending => {
                self.pending = Some(call);
                return Poll::Pending;
            }
        };
        Poll::Ready(self.decoded(called, budget))
    }
}
