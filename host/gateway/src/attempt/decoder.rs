//! The plugin's part in a stream: events in, canonical chunks out. Any instance can continue from the state.

use std::sync::Arc;
use std::time::Duration;

use jackfield_dialects::json::is_deep;
use jackfield_sandbox::{RequestText, contract};
use tokio::time::Instant;

use super::adapter::{Adapter, Task};
use super::decoding::{Budget, Decode, DecodedChunks};
use super::more::{MOST, More};
use crate::error::{Class, Failure};
use crate::upstream::framing::Event;

/// The most that a plugin may keep of a stream, in bytes: it goes in and out with each call.
const MOST_STATE: usize = 1 << 20;

/// Everything that an instance of the plugin needs to continue decoding.
#[derive(Debug)]
pub(super) struct PluginDecoder {
    adapter: Arc<Adapter>,
    task: Task,
    model: Box<str>,
    request: RequestText,
    state: Vec<u8>,
    /// How many warnings of this stream are still logged.
    warnings_left: usize,
}

// === impl PluginDecoder ===

impl PluginDecoder {
    pub(super) fn new(adapter: &Arc<Adapter>, task: Task, model: &str, request: &RequestText, state: Vec<u8>) -> Self {
        Self {
            adapter: Arc::clone(adapter),
            task,
            model: model.into(),
            request: request.clone(),
            state,
            warnings_left: MOST,
        }
    }

    /// Logs what the plugin warns of.
    fn warn(&mut self, more: &[u8]) -> Result<(), Failure> {
        let mut more = More::read(more)?;
        more.warnings.truncate(self.warnings_left);
        self.warnings_left -= more.warnings.len();
        more.log(&self.request.id, &self.adapter);
        Ok(())
    }
}

impl Decode for PluginDecoder {
    fn deadline(&self) -> Duration {
        self.adapter.plugin.limits.deadline
    }

    fn decode(&mut self, events: &[Event], last: bool, budget: &mut Budget) -> Result<DecodedChunks, Failure> {
        if events.iter().any(|event| is_deep(&event.data)) {
            let message = "an event of the upstream's stream is nested too deep";
            return Err(Failure::new(Class::Malformed, message));
        }
        let names: Vec<_> = events.iter().map(Event::name).collect();
        let events: Vec<contract::Event<'_>> = std::iter::zip(&names, events)
            .map(|(name, event)| contract::Event {
                name,
                data: &event.data,
            })
            .collect();
        let call = self.adapter.call(self.task, &self.model);
        let plugin = &self.adapter.plugin;
        let began = Instant::now();
        let decoded = plugin.decode_events(&call, &self.request, &self.state, &events, last, budget.left());
        budget.spend(began.elapsed());
        let decoded = decoded??;
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
