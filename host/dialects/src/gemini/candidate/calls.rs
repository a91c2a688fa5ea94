//! The calls of a candidate: put together from their pieces, and handed out whole in their order.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::bounds::{ENTRIES, check, entries};
use crate::calls::{Call, CallPiece, place_of};
use crate::fault::StreamFault;
use crate::json::Object;

/// The calls so far.
#[derive(Debug)]
pub(super) struct Calls {
    all: Vec<Call>,
    /// How many of them have gone out.
    released: usize,
    /// The ids of those.
    ids: BTreeSet<String>,
    /// Each comes in one piece.
    is_whole: bool,
    /// What the ids of calls begin with whose upstream gave none.
    stem: String,
}

// === impl Calls ===

impl Calls {
    /// No calls yet. Ids that the upstream does not give begin with this.
    pub(super) fn new(stem: String) -> Self {
        Self {
            all: Vec::new(),
            released: 0,
            ids: BTreeSet::new(),
            is_whole: false,
            stem,
        }
    }

    /// Each call comes in one piece from here on.
    pub(super) fn are_whole(&mut self) {
        self.is_whole = true;
    }

    /// Takes pieces of calls, or whole ones. Returns how many bytes are kept of them.
    ///
    /// # Errors
    /// If they make no sense, or are too many.
    pub(super) fn take_in(&mut self, pieces: &RawValue) -> Result<usize, StreamFault> {
        let pieces: Vec<CallPiece<'_>> =
            entries(pieces).map_err(|error| StreamFault::malformed(format!("tool_calls: {error}")))?;
        let mut kept = 0;
        for piece in &pieces {
            let known = if self.is_whole {
                None
            } else {
                place_of(&self.all, piece)?
            };
            let number = known.unwrap_or_else(|| {
                self.all.push(Call::of(piece));
                self.all.len() - 1
            });
            kept += piece.arguments().map_or(0, str::len);
            self.all[number].take_in(piece)?;
        }
        check(self.all.len(), ENTRIES, "tool calls")?;
        Ok(kept)
    }

    /// The calls that may go out now, in their order: those that are whole, and at the end all. One that a limit cut off
    /// never does, so that nobody runs a tool with half of its arguments.
    ///
    /// # Errors
    /// At the end, if a call has no name, or its arguments are no object although nothing cut it off.
    pub(super) fn release(&mut self, is_end: bool, is_cut_off: bool) -> Result<Vec<Vec<u8>>, StreamFault> {
        let mut released = Vec::new();
        while let Some(call) = self.all.get_mut(self.released) {
            if !is_end && (call.name.is_empty() || !call.arguments.is_whole()) {
                break;
            }
            if call.name.is_empty() {
                return Err(StreamFault::malformed("a tool call has no name"));
            }
            let odd = call.arguments.finish(is_cut_off)?;
            let whole = odd.or_else(|| call.arguments.object().map(str::to_owned));
            let arguments = match whole {
                Some(arguments) => Some(arguments),
                None if is_cut_off => None,
                None => Some("{}".to_owned()),
            };
            let number = self.released;
            self.released += 1;
            if let Some(arguments) = arguments {
                released.push(self.written(number, &arguments));
            }
        }
        Ok(released)
    }

    fn written(&mut self, number: usize, arguments: &str) -> Vec<u8> {
        let call = &self.all[number];
        let own = Some(call.id.clone()).filter(|id| !id.is_empty() && !self.ids.contains(id));
        let id = own.unwrap_or_else(|| format!("{}_{number}", self.stem));
        let written = Object::text(|written| {
            written.string("id", &id);
            written.string("name", &call.name);
            written.raw("args", arguments);
        });
        self.ids.insert(id);
        written
    }
}
