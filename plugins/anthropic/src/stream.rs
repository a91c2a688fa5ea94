//! Translates a streamed reply, event by event, to canonical chunks.
//!
//! Text and thinking are sent as they arrive, and tool calls in pieces, as OpenAI does. Every piece of thinking is sent
//! twice: as `reasoning_content`, and as a piece of `thinking_blocks` under the block's index. The last piece of a
//! block carries its signature. So the state holds no thinking, and a client that joins the pieces by index, as
//! OpenAI's own SDK does, has the signed block that the next turn must send back. Blocks without an OpenAI equivalent
//! are sent whole in `content_blocks`, and citations in `citations`; those of pages also as `annotations`, once the text
//! is complete.
//!
//! The finish reason and the usage are held back until `message_stop`, so a stream cut off earlier has neither.
//!
//! Source: <https://platform.claude.com/docs/en/build-with-claude/streaming>.

mod block;
mod chunks;
mod frame;
mod repeated;
pub(crate) mod wrapped;

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Decoded, Event, Failure, log};
use serde::{Deserialize, Serialize};

use crate::error;
use crate::reply::Ending;
use crate::usage::Usage;
use block::OpenBlock;
use chunks::Chunks;
use frame::{BlockStart, Frame, MessageStart};
use repeated::RepeatedDelta;

/// The most blocks that may be open at once.
const MOST_OPEN: usize = 64;

/// The index of a block whose events have none.
const WITHOUT_INDEX: u64 = u64::MAX;

/// The state carried between events; opaque outside this adapter.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Whose thinking it is, if not Claude's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<String>,
    id: String,
    model: String,
    stage: Stage,
    /// The number of entries in each list of the message so far.
    counts: Counts,
    /// The open blocks by index: their events may alternate.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    open: BTreeMap<u64, OpenBlock>,
    usage: Usage,
    ending: Ending,
}

/// The progress of the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// Nothing has arrived yet.
    #[default]
    Awaited,
    /// The message has started, but has no block yet.
    Begun,
    /// The message has blocks.
    Filled,
    /// `message_stop` has arrived.
    Complete,
}

/// The number of entries in each list of the message so far, which is the index of the next one.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Counts {
    tool_calls: u32,
    thinking_blocks: u32,
    content_blocks: u32,
    citations: u32,
    annotations: u32,
    /// The characters of the text so far.
    chars: u64,
}

/// Decodes the events of one network read.
///
/// # Errors
/// If the upstream reports an error, an event makes no sense, or the stream ends before `message_stop`.
pub(crate) fn decode(state: &mut State, events: &[Event], last: bool) -> Result<Decoded, Failure> {
    let mut chunks = Chunks::new(state, events.len());
    let mut delta: Option<RepeatedDelta<'_>> = None;
    for event in events {
        if state.stage == Stage::Complete {
            break;
        }
        match delta.and_then(|delta| delta.more(&mut state.open, event)) {
            Some((open, piece)) => open.push(piece.into_owned(), &mut state.counts, &mut chunks),
            None => delta = read(state, event, &mut chunks)?,
        }
    }
    let done = state.stage == Stage::Complete;
    if last && !done {
        return Err(Failure::malformed("the stream ended before message_stop"));
    }
    Ok(Decoded {
        chunks: chunks.into_vec(),
        done,
        warnings: Vec::new(),
    })
}

/// Reads one event. Returns the delta that it is, if those that follow may repeat that.
fn read<'e>(state: &mut State, event: &'e Event, chunks: &mut Chunks) -> Result<Option<RepeatedDelta<'e>>, Failure> {
    if event.name == "error" {
        return Err(error::of_event(event));
    }
    if event.data.trim_ascii().is_empty() {
        return Ok(None);
    }
    let frame: Frame = event.json()?;
    let index = frame.index.unwrap_or(WITHOUT_INDEX);
    match frame.kind.as_deref().unwrap_or(&event.name) {
        "ping" => {}
        "error" => return Err(error::of_event(event)),
        "message_start" => {
            let start: MessageStart = event.json()?;
            state.start(start.message, chunks)?;
        }
        kind if state.stage == Stage::Awaited => {
            return Err(Failure::malformed(format!("{kind} came before message_start")));
        }
        "content_block_start" => {
            let start: BlockStart = event.json()?;
            state.open_block(index, start.content_block, chunks)?;
        }
        "content_block_delta" => {
            let open = state.open.get_mut(&index);
            let open = open.ok_or_else(|| Failure::malformed("a delta came outside a block"))?;
            let text = open.extend(&frame.delta.unwrap_or_default(), event, &mut state.counts, chunks)?;
            return Ok(text.and_then(|text| RepeatedDelta::of(index, event, text)));
        }
        "content_block_stop" => state.close_block(index, chunks),
        "message_delta" => {
            let mut delta: Extra = event.json()?;
            state.usage.merge(delta.take("usage").unwrap_or_default());
            state.ending.merge(delta.take("delta").unwrap_or_default());
            state.ending.merge(delta);
        }
        "message_stop" => state.stop(chunks),
        // The API documents that unknown event types may be added and should be ignored.
        other => log::debug(&format!("skipped an event of unknown type {other}")),
    }
    Ok(None)
}

// === impl State ===

impl State {
    /// The state before a reply of another vendor than Anthropic; `None` if it is the default.
    pub(crate) fn of(origin: Option<&str>) -> Option<Self> {
        origin.map(|origin| Self {
            origin: Some(origin.to_owned()),
            ..Self::default()
        })
    }

    /// Starts a message. Repeating the same start is harmless as long as no block has arrived. Otherwise the upstream
    /// has started over in the middle of a reply: what the client has received cannot be recalled, and continuing would
    /// splice two replies into one.
    fn start(&mut self, mut message: Extra, chunks: &mut Chunks) -> Result<(), Failure> {
        let (id, model) = (message.take_text("id"), message.take_text("model"));
        match self.stage {
            Stage::Awaited => {}
            Stage::Begun if id == self.id => return Ok(()),
            _ => {
                return Err(Failure::malformed("the upstream restarted the reply"));
            }
        }
        self.stage = Stage::Begun;
        self.id.clone_from(&id);
        self.model.clone_from(&model);
        self.usage.merge(message.take("usage").unwrap_or_default());
        let content: Vec<Extra> = message.take("content").unwrap_or_default();
        self.ending.merge(message);
        chunks.begin(id, model);
        // A reply that continues a tool's program carries its calls whole in the start event.
        for block in content {
            self.open_block(WITHOUT_INDEX, block, chunks)?;
            self.close_block(WITHOUT_INDEX, chunks);
        }
        Ok(())
    }

    fn open_block(&mut self, index: u64, block: Extra, chunks: &mut Chunks) -> Result<(), Failure> {
        self.close_block(index, chunks);
        if self.open.len() >= MOST_OPEN {
            return Err(Failure::malformed("too many blocks are open at once"));
        }
        self.stage = Stage::Filled;
        self.open
            .insert(index, OpenBlock::start(block, &mut self.counts, chunks)?);
        Ok(())
    }

    fn close_block(&mut self, index: u64, chunks: &mut Chunks) {
        if let Some(open) = self.open.remove(&index) {
            open.stop(&mut self.counts, chunks);
        }
    }

    fn stop(&mut self, chunks: &mut Chunks) {
        for open in std::mem::take(&mut self.open).into_values() {
            open.stop(&mut self.counts, chunks);
        }
        self.stage = Stage::Complete;
        chunks.finish(std::mem::take(&mut self.ending), std::mem::take(&mut self.usage));
    }
}

// === impl Counts ===

impl Counts {
    /// Returns the index of the list's next entry, and counts it.
    fn next(count: &mut u32) -> u32 {
        let index = *count;
        *count = count.saturating_add(1);
        index
    }
}

/// Adds the index to a list entry: clients use it to join the pieces of a stream.
fn indexed(index: u32, entry: Extra) -> Extra {
    let mut indexed = Extra::new();
    indexed.insert("index", u64::from(index));
    indexed.extend(entry);
    indexed
}

#[cfg(test)]
mod tests;
