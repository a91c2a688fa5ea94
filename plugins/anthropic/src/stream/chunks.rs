//! Collects the chunks for a batch of events.

use jackfield_plugin_sdk::canonical::{Chunk, ChunkChoice, Delta, ToolCallDelta};

use super::State;
use crate::reply::Ending;
use crate::usage::Usage;

/// The chunks so far, each with the message's id and model.
pub(super) struct Chunks {
    id: String,
    model: String,
    /// Whose thinking it is, if not Claude's.
    pub(super) origin: Option<String>,
    sent: Vec<Chunk>,
}

// === impl Chunks ===

impl Chunks {
    /// An empty collection with capacity for one chunk per event.
    pub(super) fn new(state: &State, events: usize) -> Self {
        Self {
            id: state.id.clone(),
            model: state.model.clone(),
            origin: state.origin.clone(),
            sent: Vec::with_capacity(events),
        }
    }

    /// Starts the message with a chunk that holds only the role.
    pub(super) fn begin(&mut self, id: String, model: String) {
        (self.id, self.model) = (id, model);
        self.push(Delta::role());
    }

    /// Adds a chunk with new content.
    pub(super) fn push(&mut self, delta: Delta) {
        self.choice(delta.into());
    }

    /// Adds a piece of a tool call.
    pub(super) fn push_call(&mut self, call: ToolCallDelta) {
        self.push(Delta {
            tool_calls: vec![call],
            ..Delta::default()
        });
    }

    /// Ends the message: the finish reason, then the usage, which the host hides from clients that did not ask for it.
    pub(super) fn finish(&mut self, ending: Ending, usage: Usage) {
        let (reason, extra) = ending.into_parts();
        self.choice(ChunkChoice {
            extra,
            ..ChunkChoice::from(reason)
        });
        let usage = Some(usage.into());
        let chunk = Chunk { usage, ..self.empty() };
        self.sent.push(chunk);
    }

    pub(super) fn into_vec(self) -> Vec<Chunk> {
        self.sent
    }

    fn choice(&mut self, choice: ChunkChoice) {
        let chunk = Chunk {
            choices: vec![choice],
            ..self.empty()
        };
        self.sent.push(chunk);
    }

    fn empty(&self) -> Chunk {
        Chunk {
            id: self.id.clone(),
            model: self.model.clone(),
            ..Chunk::default()
        }
    }
}
