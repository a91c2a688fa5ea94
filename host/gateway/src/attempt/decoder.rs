//! The plugin's part in a stream: events in, canonical chunks out. Any instance can continue from the state.

use std::sync::Arc;

use jackfield_sandbox::contract;

use super::adapter::{Adapter, Task};
use super::reply_stream::{Decode, DecodedChunks};
use crate::error::Failure;
use crate::upstream::framing::Event;

/// Everything that an instance of the plugin needs to continue decoding.
#[derive(Debug)]
pub(super) struct PluginDecoder {
    adapter: Arc<Adapter>,
    task: Task,
    model: Box<str>,
    state: Vec<u8>,
}

// === impl PluginDecoder ===

impl PluginDecoder {
    pub(super) fn new(adapter: &Arc<Adapter>, task: Task, model: &str, state: Vec<u8>) -> Self {
        Self {
            adapter: Arc::clone(adapter),
            task,
            model: model.into(),
            state,
        }
    }
}

impl Decode for PluginDecoder {
    fn decode(&mut self, events: &[Event], last: bool) -> Result<DecodedChunks, Failure> {
        let names: Vec<_> = events.iter().map(Event::name).collect();
        let events: Vec<contract::Event<'_>> = std::iter::zip(&names, events)
            .map(|(name, event)| contract::Event {
                name,
                data: &event.data,
            })
            .collect();
        let call = self.adapter.call(self.task, &self.model, &[]);
        let plugin = &self.adapter.plugin;
        let decoded = plugin.decode_events(&call, &self.state, &events, last)??;
        self.state = decoded.state;
        Ok(DecodedChunks {
            lines: decoded.chunks,
            done: decoded.done,
        })
    }
}
