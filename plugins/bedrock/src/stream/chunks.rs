//! Collects the chunks for a batch of events.

use jackfield_plugin_sdk::canonical::{Chunk, ChunkChoice, Delta, Extra, FinishReason, Usage};

/// The chunks so far, each with the reply's id.
pub(super) struct Chunks {
    id: String,
    sent: Vec<Chunk>,
}

// === impl Chunks ===

impl Chunks {
    /// An empty collection with capacity for one chunk per event.
    pub(super) fn new(id: &str, events: usize) -> Self {
        Self {
            id: id.to_owned(),
            sent: Vec::with_capacity(events),
        }
    }

    /// Starts the message with a chunk that holds only the role.
    pub(super) fn begin(&mut self) {
        self.push(Delta::role());
    }

    /// Adds a chunk with new content.
    pub(super) fn push(&mut self, delta: Delta) {
        self.choice(delta.into());
    }

    /// Ends the message: the finish reason, then the usage, which the host hides from clients that did not ask for it.
    pub(super) fn finish(&mut self, reason: FinishReason, ending: Extra, usage: Option<Usage>, beside: Extra) {
        self.choice(ChunkChoice {
            extra: ending,
            ..ChunkChoice::from(reason)
        });
        if usage.is_some() || !beside.is_empty() {
            let chunk = Chunk {
                id: self.id.clone(),
                usage,
                extra: beside,
                ..Chunk::default()
            };
            self.sent.push(chunk);
        }
    }

    pub(super) fn into_vec(self) -> Vec<Chunk> {
        self.sent
    }

    fn choice(&mut self, choice: ChunkChoice) {
        let chunk = Chunk {
            id: self.id.clone(),
            choices: vec![choice],
            ..Chunk::default()
        };
        self.sent.push(chunk);
    }
}
