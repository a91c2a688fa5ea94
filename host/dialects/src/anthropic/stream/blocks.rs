//! The content blocks of a stream, one after the other, however the upstream interleaves them.
//!
//! Anthropic's blocks do not overlap; OpenAI's tool calls may. The first block is open and its deltas go out at once. A
//! block behind it waits, along with its deltas, until the first is complete: text and thinking as soon as something
//! else arrives, a call when its arguments are a whole object or when the reply ends.

use std::collections::VecDeque;

use super::block::{Block, Call, Kind, Source, Thinking};
use crate::anthropic::event::write_named;
use crate::anthropic::message::{CallPiece, ThinkingPiece, call_id};
use crate::fault::StreamFault;
use crate::json::{Object, json_string};

/// The blocks that are not closed yet, and what must be remembered of those that are.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// The first is open if `is_open`; the others wait.
    queue: VecDeque<Block>,
    is_open: bool,
    /// How many blocks were closed: the index of the first in the queue.
    closed: u64,
    /// The calls so far by their place: the upstream's index and id of each.
    calls: Vec<(Option<u64>, String)>,
    /// How many pieces have arrived.
    pieces: u64,
    message_id: String,
}

// === impl Blocks ===

impl Blocks {
    /// Sets the message's id, from which the ids of calls without one are derived.
    pub(super) fn name_after(&mut self, message_id: &str) {
        message_id.clone_into(&mut self.message_id);
    }

    /// How many pieces have arrived, by which the caller sees whether one has.
    pub(super) fn pieces(&self) -> u64 {
        self.pieces
    }

    /// True if the message calls tools.
    pub(super) fn call_tools(&self) -> bool {
        !self.calls.is_empty()
    }

    /// More text, as a JSON string.
    pub(super) fn say(&mut self, text: &str, out: &mut Vec<u8>) {
        let slot = self.text_slot();
        self.add(slot, delta("text_delta", "text", text), out);
    }

    /// A citation of the text, as JSON.
    pub(super) fn cite(&mut self, citation: &[u8], out: &mut Vec<u8>) {
        let slot = self.text_slot();
        self.add(slot, delta("citations_delta", "citation", citation), out);
    }

    /// More thinking that has no signature, as a JSON string.
    pub(super) fn think_aloud(&mut self, text: &str, out: &mut Vec<u8>) {
        let slot = match self.thinking() {
            Some(Thinking {
                source: Source::Aloud(bytes),
                ..
            }) => {
                *bytes += text.len() - 2;
                self.queue.len() - 1
            }
            _ => self.begin(Kind::Thinking(Thinking {
                source: Source::Aloud(text.len() - 2),
                is_signed: false,
            })),
        };
        self.add(slot, delta("thinking_delta", "thinking", text), out);
    }

    /// A piece of a block of thinking, or a whole one.
    pub(super) fn think(&mut self, piece: &ThinkingPiece<'_>, out: &mut Vec<u8>) {
        if let Some(redacted) = piece.redacted() {
            self.whole(redacted, out);
            return;
        }
        let mut text = piece.thinking();
        let source = Source::Pieces(piece.index);
        let goes_on = match self.thinking() {
            None => false,
            Some(open) => {
                // Thinking that came as plain text is repeated as a whole to be signed.
                let repeated = text.is_none_or(|text| open.source == Source::Aloud(text.len() - 2));
                if matches!(open.source, Source::Aloud(_)) && repeated {
                    open.source = source;
                    text = None;
                }
                open.source == source && !(open.is_signed && piece.index.is_none())
            }
        };
        if text.is_none() && piece.signature().is_none() {
            return;
        }
        let slot = if goes_on {
            self.queue.len() - 1
        } else {
            self.begin(Kind::Thinking(Thinking {
                source,
                is_signed: false,
            }))
        };
        if let Some(text) = text {
            self.add(slot, delta("thinking_delta", "thinking", text), out);
        }
        if let Some(signature) = piece.signature() {
            if let Some(open) = self.thinking() {
                open.is_signed = true;
            }
            let slot = self.queue.len() - 1;
            self.add(slot, delta("signature_delta", "signature", signature), out);
        }
    }

    /// A block that came whole, as JSON.
    pub(super) fn whole(&mut self, block: Vec<u8>, out: &mut Vec<u8>) {
        self.pieces += 1;
        self.begin(Kind::Whole(block));
        self.advance(false, out);
    }

    /// A piece of a tool call, or a whole one.
    ///
    /// # Errors
    /// If it adds to a call that is complete.
    pub(super) fn call(&mut self, piece: &CallPiece<'_>, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        let place = self.place_of(piece);
        let arguments = piece.arguments()?;
        self.pieces += 1;
        let Some((slot, call)) = self.open_call(place) else {
            return match arguments.trim() {
                "" => Ok(()),
                _ => Err(StreamFault::malformed(
                    "a tool call went on after its arguments were complete",
                )),
            };
        };
        if call.name.is_empty() {
            piece.name().clone_into(&mut call.name);
        }
        if let Some(caller) = piece.caller() {
            call.caller = Some(caller.to_owned());
        }
        call.arguments.push_str(&arguments);
        if arguments.is_empty() {
            self.advance(false, out);
        } else {
            let json = json_string(&arguments);
            self.add(slot, delta("input_json_delta", "partial_json", json), out);
        }
        Ok(())
    }

    /// Writes everything that waits and closes every block.
    ///
    /// # Errors
    /// If a tool call has no name. Nothing was written then.
    pub(super) fn close_all(&mut self, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if !self.queue.iter().all(Block::can_open) {
            return Err(StreamFault::malformed("a tool call has no name"));
        }
        self.advance(true, out);
        Ok(())
    }

    /// The place of the call that a piece belongs to; a new one if it begins a call. If an upstream leaves the index
    /// out, or gives all calls the same one, the ids distinguish them.
    fn place_of(&mut self, piece: &CallPiece<'_>) -> u64 {
        let same_id = |id: &str| piece.id().is_empty() || id.is_empty() || id == piece.id();
        let known = self.calls.iter().rposition(|(index, id)| {
            let same_index = piece.index.is_none() || *index == piece.index;
            same_index && same_id(id)
        });
        if let Some(place) = known {
            return place as u64;
        }
        let place = self.calls.len() as u64;
        self.calls.push((piece.index, piece.id().to_owned()));
        let id = match piece.id() {
            "" => call_id(&self.message_id, place),
            id => id.to_owned(),
        };
        self.begin(Kind::Call(Call::new(place, id)));
        place
    }

    /// The call at this place and its slot in the queue, unless it is closed.
    fn open_call(&mut self, place: u64) -> Option<(usize, &mut Call)> {
        let mut slots = self.queue.iter_mut().enumerate();
        slots.find_map(|(slot, block)| match &mut block.kind {
            Kind::Call(call) if call.place == place => Some((slot, call)),
            _ => None,
        })
    }

    /// The last block, if it is one of thinking.
    fn thinking(&mut self) -> Option<&mut Thinking> {
        match self.queue.back_mut().map(|block| &mut block.kind) {
            Some(Kind::Thinking(thinking)) => Some(thinking),
            _ => None,
        }
    }

    /// The slot of the last block if it is a text, else of a new one.
    fn text_slot(&mut self) -> usize {
        match self.queue.back().map(|block| &block.kind) {
            Some(Kind::Text) => self.queue.len() - 1,
            _ => self.begin(Kind::Text),
        }
    }

    fn begin(&mut self, kind: Kind) -> usize {
        self.queue.push_back(Block::new(kind));
        self.queue.len() - 1
    }

    fn add(&mut self, slot: usize, delta: Vec<u8>, out: &mut Vec<u8>) {
        self.pieces += 1;
        if let Some(block) = self.queue.get_mut(slot) {
            block.waiting.push(delta);
        }
        self.advance(false, out);
    }

    /// Writes what can be written now: the deltas of the first block, and if it is complete the blocks behind it.
    fn advance(&mut self, to_the_end: bool, out: &mut Vec<u8>) {
        while let Some(first) = self.queue.front_mut() {
            if !first.can_open() {
                return;
            }
            let index = self.closed;
            if !std::mem::replace(&mut self.is_open, true) {
                write_indexed(out, "content_block_start", index, |event| {
                    event.raw("content_block", first.start());
                });
            }
            for delta in first.waiting.drain(..) {
                write_indexed(out, "content_block_delta", index, |event| {
                    event.raw("delta", delta);
                });
            }
            let is_whole = matches!(first.kind, Kind::Whole(_));
            let must_close = to_the_end || is_whole || (self.queue.len() > 1 && self.first_is_complete());
            if !must_close {
                return;
            }
            write_indexed(out, "content_block_stop", index, |_| {});
            self.queue.pop_front();
            self.is_open = false;
            self.closed += 1;
        }
    }

    fn first_is_complete(&mut self) -> bool {
        self.queue.front_mut().is_some_and(Block::is_complete)
    }
}

/// A delta of this type with one member, whose value is JSON.
fn delta(kind: &str, key: &str, value: impl AsRef<[u8]>) -> Vec<u8> {
    Object::text(|delta| {
        delta.string("type", kind);
        delta.raw(key, value);
    })
}

fn write_indexed(out: &mut Vec<u8>, name: &str, index: u64, write: impl FnOnce(&mut Object<'_>)) {
    write_named(out, name, |event| {
        event.raw("index", index.to_string());
        write(event);
    });
}
