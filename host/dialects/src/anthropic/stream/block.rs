//! One content block of a stream: how it begins, which deltas wait, and when it may end.

use serde_json::value::RawValue;

use crate::anthropic::message::write_call;
use crate::json::Object;

/// A block, open or waiting for those before it.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// The deltas that wait until the block is open, as JSON.
    pub(super) waiting: Vec<Vec<u8>>,
}

/// What a block is.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    Thinking(Thinking),
    Call(Call),
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

/// A tool call.
#[derive(Debug)]
pub(super) struct Call {
    /// Its place among the calls of the message.
    pub(super) place: u64,
    pub(super) id: String,
    pub(super) name: String,
    /// As JSON.
    pub(super) caller: Option<String>,
    /// The arguments so far.
    pub(super) arguments: String,
    /// How long they were when they were last found incomplete.
    incomplete_at: usize,
}

// === impl Block ===

impl Block {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            waiting: Vec::new(),
        }
    }

    /// True if the block's start can be written: a call needs its tool's name.
    pub(super) fn can_open(&self) -> bool {
        !matches!(&self.kind, Kind::Call(call) if call.name.is_empty())
    }

    /// True if nothing more can belong to the block, given that another one waits behind it.
    pub(super) fn is_complete(&mut self) -> bool {
        match &mut self.kind {
            Kind::Text | Kind::Thinking(_) | Kind::Whole(_) => true,
            Kind::Call(call) => call.is_complete(),
        }
    }

    /// The block as it begins.
    pub(super) fn start(&self) -> Vec<u8> {
        match &self.kind {
            Kind::Text => br#"{"type":"text","text":""}"#.to_vec(),
            Kind::Thinking(_) => br#"{"type":"thinking","thinking":"","signature":""}"#.to_vec(),
            Kind::Whole(block) => block.clone(),
            Kind::Call(call) => Object::text(|block| {
                write_call(block, &call.id, &call.name, "{}", call.caller.as_deref());
            }),
        }
    }
}

// === impl Call ===

impl Call {
    pub(super) fn new(place: u64, id: String) -> Self {
        Self {
            place,
            id,
            name: String::new(),
            caller: None,
            arguments: String::new(),
            incomplete_at: 0,
        }
    }

    /// True if the arguments are a whole object, to which nothing can be added.
    fn is_complete(&mut self) -> bool {
        if self.arguments.len() == self.incomplete_at {
            return false;
        }
        let is_whole =
            self.arguments.trim_end().ends_with('}') && serde_json::from_str::<&RawValue>(&self.arguments).is_ok();
        if !is_whole {
            self.incomplete_at = self.arguments.len();
        }
        is_whole
    }
}
