//! One content block of a stream: how it begins, which deltas wait, and when it may end.

use crate::anthropic::message::write_call;
use crate::bounds::ENTRY_BYTES;
use crate::calls::Call;
use crate::json::Object;
use crate::json::text::Halves;
use crate::words::signature::UNSIGNED;

/// A block, open or waiting for those before it.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// The deltas that wait until the block is open, as JSON.
    waiting: Vec<Vec<u8>>,
    /// How many bytes are kept for the block, about.
    bytes: usize,
    /// Where a text was cut amid a character.
    halves: Halves,
}

/// What a block is.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    Thinking(Thinking),
    /// A tool call, by its place among the calls of the message.
    Call(usize),
    /// A block that came whole, as JSON.
    Whole(Vec<u8>),
}

/// A block of thinking.
#[derive(Debug)]
pub(super) struct Thinking {
    pub(super) source: Source,
    pub(super) is_signed: bool,
}

/// How an upstream sends its thinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// As plain text; how many bytes of JSON have arrived so far.
    Aloud(usize),
    /// In pieces that share this index; whole blocks may have none.
    Pieces(Option<u64>),
}

// === impl Block ===

impl Block {
    pub(super) fn new(kind: Kind) -> Self {
        let whole = if let Kind::Whole(block) = &kind { block.len() } else { 0 };
        Self {
            kind,
            waiting: Vec::new(),
            bytes: ENTRY_BYTES + whole,
            halves: Halves::default(),
        }
    }

    /// True if the block's start can be written: a call needs its tool's name.
    pub(super) fn can_open(&self, calls: &[Call]) -> bool {
        self.call(calls).is_none_or(|call| !call.name.is_empty())
    }

    /// True if nothing more can belong to the block, given that another one waits behind it.
    pub(super) fn is_complete(&self, calls: &[Call]) -> bool {
        self.call(calls).is_none_or(|call| call.arguments.is_whole())
    }

    /// The block as it begins.
    pub(super) fn start(&self, calls: &[Call]) -> Vec<u8> {
        match (&self.kind, self.call(calls)) {
            (Kind::Whole(block), _) => block.clone(),
            (_, Some(call)) => Object::text(|block| {
                write_call(block, &call.id, &call.name, "{}", call.caller.as_deref());
            }),
            (Kind::Thinking(_), _) => br#"{"type":"thinking","thinking":"","signature":""}"#.to_vec(),
            _ => br#"{"type":"text","text":""}"#.to_vec(),
        }
    }

    /// Adds a text, as a JSON string.
    pub(super) fn add(&mut self, text: &str) {
        let text = self.halves.join(text);
        if text != "\"\"" {
            let delta = self.delta(&text);
            self.wait(delta);
        }
    }

    /// Adds a delta, as JSON.
    pub(super) fn wait(&mut self, delta: Vec<u8>) {
        self.bytes += ENTRY_BYTES + delta.len();
        self.waiting.push(delta);
    }

    /// The deltas that waited.
    pub(super) fn take(&mut self) -> Vec<Vec<u8>> {
        self.bytes = ENTRY_BYTES;
        std::mem::take(&mut self.waiting)
    }

    /// How many bytes are kept for the block, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds what completes it: the end of a text that stopped amid a character, and the mark of thinking that nobody
    /// signed.
    pub(super) fn complete(&mut self) {
        if let Some(rest) = self.halves.rest() {
            let rest = self.delta(&rest);
            self.wait(rest);
        }
        if matches!(&self.kind, Kind::Thinking(thinking) if !thinking.is_signed) {
            self.wait(delta("signature_delta", "signature", UNSIGNED));
        }
    }

    /// A delta with this text, as a JSON string.
    fn delta(&self, text: &str) -> Vec<u8> {
        match self.kind {
            Kind::Thinking(_) => delta("thinking_delta", "thinking", text),
            Kind::Call(_) => delta("input_json_delta", "partial_json", text),
            Kind::Text | Kind::Whole(_) => delta("text_delta", "text", text),
        }
    }

    fn call<'c>(&self, calls: &'c [Call]) -> Option<&'c Call> {
        match self.kind {
            Kind::Call(place) => calls.get(place),
            _ => None,
        }
    }
}

/// A delta of this type with one member, whose value is JSON.
pub(super) fn delta(kind: &str, key: &str, value: impl AsRef<[u8]>) -> Vec<u8> {
    Object::text(|delta| {
        delta.string("type", kind);
        delta.raw(key, value);
    })
}
