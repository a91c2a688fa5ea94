//! The output of a response while it grows, and the events that tell of it: items one after the other, each begun and
//! ended once.
//!
//! `reasoning`, `message` and `call` are the kinds of an `item`, `annotation` is what a message cites, `told` are the events,
//! and `status` says how far an item has come. A buffered response is made in the same way, without the events.
//!
//! Thinking ends when anything else begins. A message waits for the item behind it to end: what its text cites may come late.
//! A call ends when another item begins and its arguments are whole, or with the response: upstreams may mix the pieces of
//! several calls.

mod annotation;
mod call;
mod item;
mod message;
mod reasoning;
mod status;
mod told;

use serde_json::value::RawValue;

use self::call::CallItem;
pub(super) use self::call::INPUT;
use self::item::{Item, Kind};
use self::message::{Message, PartKind};
use self::reasoning::Reasoning;
pub(super) use self::status::Status;
use self::told::Slot;
pub(super) use self::told::Told;
use super::ids::Ids;
use super::toolbox::Toolbox;
use crate::anthropic::message::ThinkingPiece;
use crate::bounds::{ENTRIES, KEPT_BYTES, check, entries};
use crate::calls::{Call, CallPiece, place_of};
use crate::fault::StreamFault;
use crate::json::List;
use crate::openai::delta::Delta;
use crate::openai::parts::Part;

/// The items so far.
#[derive(Debug)]
pub(super) struct Output {
    ids: Ids,
    toolbox: Toolbox,
    provider: String,
    items: Vec<Item>,
    /// The calls so far, in the order in which they began.
    calls: Vec<Call>,
    /// What is known of each of them besides.
    begun: Vec<Begun>,
    /// What is cited, until there is a text that cites it.
    cited: Vec<Vec<u8>>,
    /// Each call comes in one piece.
    is_whole: bool,
    /// How many pieces have arrived.
    pieces: u64,
    /// How many bytes are kept of them.
    kept_bytes: usize,
}

/// A call's item, once its tool has a name, and the arguments that came before that.
#[derive(Debug, Default)]
struct Begun {
    place: Option<usize>,
    waiting: String,
}

// === impl Output ===

impl Output {
    /// Nothing yet of the answer to a request that offers these tools, by a model of this provider.
    pub(super) fn new(ids: Ids, toolbox: Toolbox, provider: &str) -> Self {
        Self {
            ids,
            toolbox,
            provider: provider.to_owned(),
            items: Vec::new(),
            calls: Vec::new(),
            begun: Vec::new(),
            cited: Vec::new(),
            is_whole: false,
            pieces: 0,
            kept_bytes: 0,
        }
    }

    /// The same, of an answer in one piece.
    pub(super) fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    /// Takes what a chunk adds, or the message of a whole reply. Returns whether a client would show any of it.
    ///
    /// # Errors
    /// If it is not of its shape, or more than is kept.
    pub(super) fn take_in(&mut self, delta: &Delta<'_>, told: &mut Told) -> Result<bool, StreamFault> {
        let before = self.pieces;
        let pieces: Vec<ThinkingPiece<'_>> = list(delta.thinking_blocks, "thinking_blocks")?;
        for piece in &pieces {
            self.think(piece, told);
        }
        for part in delta.said()? {
            match part {
                Part::Text(text) => self.say(PartKind::Text, text, told),
                // Thinking is not repeated with its signature.
                Part::Thinking(text) if pieces.is_empty() => self.think_aloud(text, told),
                Part::Thinking(_) | Part::Other => {}
            }
        }
        self.cite_all(delta, told)?;
        for refusal in delta.refusals() {
            self.say(PartKind::Refusal, refusal, told);
        }
        for piece in list::<CallPiece<'_>>(delta.tool_calls, "tool_calls")? {
            self.call(&piece, told)?;
        }
        check(self.items.len(), ENTRIES, "items")?;
        check(self.calls.len(), ENTRIES, "tool calls")?;
        check(self.kept_bytes, KEPT_BYTES, "bytes")?;
        Ok(self.pieces > before)
    }

    /// Ends everything. `last` is how the items end that the end of the response ends; `is_cut_off` if a limit may have
    /// cut the last call off.
    ///
    /// # Errors
    /// If a tool call has no name. Nothing was told then.
    pub(super) fn close_all(&mut self, last: Status, is_cut_off: bool, told: &mut Told) -> Result<(), StreamFault> {
        if self.begun.iter().any(|begun| begun.place.is_none()) {
            return Err(StreamFault::malformed("a tool call has no name"));
        }
        for number in 0..self.calls.len() {
            // What is no object is the client's to judge: it asks its model again.
            let arguments = &mut self.calls[number].arguments;
            let rest = arguments.finish(true)?.or_else(|| {
                let odd = arguments.odd().filter(|odd| is_cut_off || odd.trim() != "null");
                odd.map(str::to_owned)
            });
            self.begun[number].waiting.push_str(&rest.unwrap_or_default());
            self.grow(number, told);
        }
        let end = self.items.len();
        for (place, item) in self.items.iter_mut().enumerate() {
            // A message waits for the item behind it, but it was whole before that.
            let was_whole = place + 1 < end && matches!(item.kind, Kind::Message(_));
            item.close(if was_whole { Status::Completed } else { last }, told);
        }
        Ok(())
    }

    /// The items, as JSON.
    pub(super) fn list(&self) -> Vec<u8> {
        let mut list = List::default();
        for item in &self.items {
            list.push(item.json());
        }
        list.into_text()
    }

    /// More thinking that has no signature, as a JSON string.
    fn think_aloud(&mut self, text: &str, told: &mut Told) {
        self.came(text.len());
        self.reason(told);
        if let Some(Kind::Reasoning(reasoning)) = self.last() {
            reasoning.think_aloud(text, told);
        }
    }

    /// A piece of a block of thinking, or a whole one.
    fn think(&mut self, piece: &ThinkingPiece<'_>, told: &mut Told) {
        let redacted = piece.redacted();
        let said = [piece.thinking(), piece.signature()].into_iter().flatten();
        let bytes = said.map(str::len).chain(redacted.map(|block| block.len())).sum();
        if bytes == 0 {
            return;
        }
        self.came(bytes);
        self.reason(told);
        if let Some(Kind::Reasoning(reasoning)) = self.last() {
            reasoning.think(piece, told);
        }
    }

    /// More of what the model says, as a JSON string.
    fn say(&mut self, kind: PartKind, text: &str, told: &mut Told) {
        self.came(text.len());
        if !matches!(self.last(), Some(Kind::Message(_))) {
            let slot = self.next("msg", told);
            self.push(Kind::Message(Message::begin(slot, told)));
        }
        if let Some(Kind::Message(message)) = self.last() {
            message.say(kind, text, told);
        }
        self.annotate(told);
    }

    /// A piece of a tool call, or a whole one.
    fn call(&mut self, piece: &CallPiece<'_>, told: &mut Told) -> Result<(), StreamFault> {
        let known = if self.is_whole {
            None
        } else {
            place_of(&self.calls, piece)?
        };
        let number = known.unwrap_or_else(|| {
            self.calls.push(Call::of(piece));
            self.begun.push(Begun::default());
            self.calls.len() - 1
        });
        self.came(piece.arguments().map_or(0, str::len));
        let arguments = self.calls[number].take_in(piece)?;
        let begun = &mut self.begun[number];
        begun.waiting.push_str(arguments.as_deref().unwrap_or_default());
        if begun.place.is_none() && !self.calls[number].name.is_empty() {
            self.begin_call(number, told);
        }
        self.grow(number, told);
        Ok(())
    }

    fn begin_call(&mut self, number: usize, told: &mut Told) {
        let tool = self.toolbox.called(&self.calls[number].name);
        let slot = self.next(CallItem::prefix(&tool), told);
        let mut id = self.calls[number].id.clone();
        if id.is_empty() || self.items.iter().any(|item| item.call_id() == Some(&id)) {
            id = self.ids.call(slot.place);
        }
        self.begun[number].place = Some(slot.place);
        self.push(Kind::Call(CallItem::begin(slot, tool, id, told)));
    }

    /// Hands a call the arguments that wait for it.
    fn grow(&mut self, number: usize, told: &mut Told) {
        let Begun { place, waiting } = &mut self.begun[number];
        let item = place.and_then(|place| self.items.get_mut(place));
        if let Some(Item {
            kind: Kind::Call(call), ..
        }) = item
            && !waiting.is_empty()
        {
            call.grow(&std::mem::take(waiting), told);
        }
    }

    /// Goes on with the last item if it is thinking, else begins one.
    fn reason(&mut self, told: &mut Told) {
        if !matches!(self.last(), Some(Kind::Reasoning(_))) {
            let slot = self.next("rs", told);
            self.push(Kind::Reasoning(Reasoning::begin(slot, &self.provider, told)));
        }
    }

    /// The last item, if it has not ended.
    fn last(&mut self) -> Option<&mut Kind> {
        let last = self.items.last_mut();
        last.filter(|item| item.status == Status::InProgress)
            .map(|item| &mut item.kind)
    }

    /// The place of an item that begins now, so that others end: all but calls that are not whole, and a message that was
    /// the last.
    fn next(&mut self, prefix: &str, told: &mut Told) -> Slot {
        let unfinished = |place| {
            let number = self.begun.iter().position(|begun| begun.place == Some(place));
            number.is_some_and(|number| !self.calls[number].arguments.is_whole())
        };
        let place = self.items.len();
        for (before, item) in self.items.iter_mut().enumerate() {
            let waits = before + 1 == place && matches!(item.kind, Kind::Message(_));
            if !waits && !unfinished(before) {
                item.close(Status::Completed, told);
            }
        }
        Slot {
            place,
            id: self.ids.item(prefix, place),
        }
    }

    fn push(&mut self, kind: Kind) {
        self.items.push(Item::new(kind));
    }

    /// Notes that a piece has come.
    fn came(&mut self, bytes: usize) {
        self.pieces += 1;
        self.kept_bytes += bytes;
    }
}

/// The entries of a list, read as `T`; none of a member that is not there.
fn list<'a, T: serde::Deserialize<'a>>(list: Option<&'a RawValue>, name: &str) -> Result<Vec<T>, StreamFault> {
    let read = |list| entries(list).map_err(|error| StreamFault::malformed(format!("{name}: {error}")));
    list.map_or(Ok(Vec::new()), read)
}
