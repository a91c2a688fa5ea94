//! The content blocks of a stream, one after the other, however the upstream interleaves them.
//!
//! Anthropic's blocks do not overlap; OpenAI's tool calls may. The first block is open and its deltas go out at once. A
//! block behind it waits, along with its deltas, until the first is complete: text and thinking as soon as something
//! else arrives, a call when its arguments are a whole object or when the reply ends. `citing` is about what texts cite.

mod citing;

use std::collections::VecDeque;

use super::block::{Block, Kind, Source, Thinking, delta};
use crate::anthropic::event::write_named;
use crate::anthropic::message::{ThinkingPiece, call_id};
use crate::bounds::{ENTRIES, KEPT_BYTES, check};
use crate::calls::{Call, CallPiece, place_of};
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
    /// The calls so far, in the order in which they began.
    calls: Vec<Call>,
    /// The bytes of their arguments.
    argument_bytes: usize,
    /// What is kept for the blocks in the queue, in bytes.
    waiting_bytes: usize,
    /// How many pieces have arrived.
    pieces: u64,
    /// The upstream has citations in Anthropic's form.
    cites: bool,
    /// A text has begun.
    has_text: bool,
    /// What is cited before there is a text.
    early: Vec<Vec<u8>>,
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

    /// Checks that the upstream does not make us keep more than a model says.
    ///
    /// # Errors
    /// [`StreamFault::Malformed`] if it does.
    pub(super) fn check(&self) -> Result<(), StreamFault> {
        check(self.calls.len(), ENTRIES, "tool calls")?;
        let kept = self.argument_bytes.saturating_add(self.waiting_bytes);
        check(kept, KEPT_BYTES, "bytes that wait, or are arguments of tool calls")
    }

    /// True if the message calls tools.
    pub(super) fn call_tools(&self) -> bool {
        !self.calls.is_empty()
    }

    /// More text, as a JSON string.
    pub(super) fn say(&mut self, text: &str, out: &mut Vec<u8>) {
        let slot = self.text_slot();
        self.add(slot, |block| block.add(text), out);
        self.annotate_early(out);
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
        self.add(slot, |block| block.add(text), out);
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
            self.add(slot, |block| block.add(text), out);
        }
        if let Some(signature) = piece.signature() {
            if let Some(open) = self.thinking() {
                open.is_signed = true;
            }
            let slot = self.queue.len() - 1;
            let signature = delta("signature_delta", "signature", signature);
            self.add(slot, |block| block.wait(signature), out);
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
    /// If it adds to a call that is complete, or begins one amid another of the same index.
    pub(super) fn call(&mut self, piece: &CallPiece<'_>, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        let place = if let Some(place) = place_of(&self.calls, piece)? {
            place
        } else {
            self.calls.push(Call::of(piece));
            let place = self.calls.len() - 1;
            self.begin(Kind::Call(place));
            place
        };
        self.pieces += 1;
        self.argument_bytes += piece.arguments().map_or(0, str::len);
        if let Some(arguments) = self.calls[place].take_in(piece)? {
            self.add_arguments(place, &arguments);
        }
        self.advance(false, out);
        Ok(())
    }

    /// Writes everything that waits and closes every block. `is_cut_off` if a limit may have cut the last call off.
    ///
    /// # Errors
    /// If a tool call has no name, or its arguments are no object. Nothing was written then.
    pub(super) fn close_all(&mut self, is_cut_off: bool, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        for place in 0..self.calls.len() {
            if let Some(arguments) = self.calls[place].arguments.finish(is_cut_off)? {
                self.add_arguments(place, &arguments);
            }
        }
        if !self.queue.iter().all(|block| block.can_open(&self.calls)) {
            return Err(StreamFault::malformed("a tool call has no name"));
        }
        self.advance(true, out);
        Ok(())
    }

    fn add_arguments(&mut self, place: usize, arguments: &str) {
        let is_of_call = |block: &&mut Block| matches!(block.kind, Kind::Call(of) if of == place);
        if let Some(block) = self.queue.iter_mut().find(is_of_call) {
            let before = block.bytes();
            block.add(&json_string(arguments));
            self.waiting_bytes += block.bytes() - before;
        }
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
        self.has_text = true;
        match self.queue.back().map(|block| &block.kind) {
            Some(Kind::Text) => self.queue.len() - 1,
            _ => self.begin(Kind::Text),
        }
    }

    fn begin(&mut self, kind: Kind) -> usize {
        let block = Block::new(kind);
        self.waiting_bytes += block.bytes();
        self.queue.push_back(block);
        self.queue.len() - 1
    }

    fn add(&mut self, slot: usize, add: impl FnOnce(&mut Block), out: &mut Vec<u8>) {
        self.pieces += 1;
        if let Some(block) = self.queue.get_mut(slot) {
            let before = block.bytes();
            add(block);
            self.waiting_bytes += block.bytes() - before;
        }
        self.advance(false, out);
    }

    /// Writes what can be written now: the deltas of the first block, and if it is complete the blocks behind it.
    fn advance(&mut self, to_the_end: bool, out: &mut Vec<u8>) {
        loop {
            let has_next = self.queue.len() > 1;
            let Some(first) = self.queue.front_mut() else { return };
            if !first.can_open(&self.calls) {
                return;
            }
            let index = self.closed;
            if !std::mem::replace(&mut self.is_open, true) {
                if let Kind::Call(place) = first.kind {
                    identify(&mut self.calls, place, &self.message_id);
                }
                write_indexed(out, "content_block_start", index, |event| {
                    event.raw("content_block", first.start(&self.calls));
                });
            }
            let is_whole = matches!(first.kind, Kind::Whole(_));
            let must_close = to_the_end || is_whole || (has_next && first.is_complete(&self.calls));
            let before = first.bytes();
            if must_close {
                first.complete();
            }
            let deltas = first.take();
            self.waiting_bytes = self.waiting_bytes.saturating_sub(before - first.bytes());
            for delta in deltas {
                write_indexed(out, "content_block_delta", index, |event| {
                    event.raw("delta", delta);
                });
            }
            if !must_close {
                return;
            }
            write_indexed(out, "content_block_stop", index, |_| {});
            if let Some(closed) = self.queue.pop_front() {
                self.waiting_bytes = self.waiting_bytes.saturating_sub(closed.bytes());
            }
            self.is_open = false;
            self.closed += 1;
        }
    }
}

/// Gives the call at this place an id, if it has none or that of an earlier call: the client answers calls by their
/// ids.
fn identify(calls: &mut [Call], place: usize, message_id: &str) {
    let id = &calls[place].id;
    if id.is_empty() || calls[..place].iter().any(|call| call.id == *id) {
        calls[place].id = call_id(message_id, place as u64);
    }
}

fn write_indexed(out: &mut Vec<u8>, name: &str, index: u64, write: impl FnOnce(&mut Object<'_>)) {
    write_named(out, name, |event| {
        event.raw("index", index.to_string());
        write(event);
    });
}
