//! A streamed reply, event by event, becomes canonical chunks.
//!
//! Text and thinking go out as they come, tool calls in pieces as OpenAI does it. Every piece of thinking
//! goes out twice: as `reasoning_content`, and as a piece of `thinking_blocks` under the block's index, the last of
//! which brings the signature. So nothing of it is kept in the state, and a client that joins the pieces by their
//! index, as OpenAI's own SDK does, has the signed block that the next turn must give back. Blocks for which OpenAI
//! has no words go out whole in `content_blocks`, citations in `citations`.
//!
//! The finish reason and the usage are held back until `message_stop`: a stream that is cut before has neither.
//!
//! Source: <https://platform.claude.com/docs/en/build-with-claude/streaming>.

mod block;
mod chunks;
mod frame;

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Decoded, Event, Failure, log};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error;
use crate::reply::Ending;
use crate::usage::Usage;
use block::OpenBlock;
use chunks::Chunks;
use frame::{BlockStart, Frame, Message, MessageDelta, MessageStart};

/// What is carried from event to event. Its content is the adapter's own business.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    id: String,
    model: String,
    stage: Stage,
    /// How many entries each list of the message has so far.
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<OpenBlock>,
    usage: Usage,
    ending: Ending,
}

/// How far the message has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// Nothing has come yet.
    #[default]
    Awaited,
    /// It has begun, and has no block yet.
    Begun,
    /// It has blocks.
    Filled,
    /// `message_stop` has come.
    Complete,
}

/// How many entries each list of the message has so far: the index of the next one.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Counts {
    tool_calls: u32,
    thinking_blocks: u32,
    content_blocks: u32,
    citations: u32,
}

/// Reads the events of one network read.
///
/// # Errors
/// If the upstream reports an error, if an event makes no sense, and if the stream ended before its time.
pub(crate) fn decode(state: &mut State, events: &[Event], last: bool) -> Result<Decoded, Failure> {
    let mut chunks = Chunks::new(&state.id, &state.model, events.len());
    for event in events {
        if state.stage == Stage::Complete {
            break;
        }
        read(state, event, &mut chunks)?;
    }
    let done = state.stage == Stage::Complete;
    if last && !done {
        return Err(Failure::malformed("the stream ended before message_stop"));
    }
    Ok(Decoded {
        chunks: chunks.into_vec(),
        done,
    })
}

fn read(state: &mut State, event: &Event, chunks: &mut Chunks) -> Result<(), Failure> {
    let frame: Frame = event.json()?;
    match &*frame.kind {
        "ping" => Ok(()),
        "error" => Err(error::of_event(event)),
        "message_start" => {
            let start: MessageStart = event.json()?;
            state.start(start.message, chunks)
        }
        _ if state.stage == Stage::Awaited => {
            Err(Failure::malformed(format!("{} came before message_start", frame.kind)))
        }
        "content_block_start" => {
            let start: BlockStart = event.json()?;
            state.open_block(start.content_block, chunks)
        }
        "content_block_delta" => {
            let open = state.open.as_mut();
            let open = open.ok_or_else(|| Failure::malformed("a delta came outside of a block"))?;
            open.extend(frame.delta.unwrap_or_default(), event, &mut state.counts, chunks)
        }
        "content_block_stop" => {
            state.close_block(chunks);
            Ok(())
        }
        "message_delta" => {
            let delta: MessageDelta = event.json()?;
            state.usage.merge(delta.usage.unwrap_or_default());
            state.ending.merge(delta.delta);
            state.ending.merge(delta.extra);
            Ok(())
        }
        "message_stop" => {
            state.stop(chunks);
            Ok(())
        }
        // The API says that new kinds of events may come and are to be passed over.
        other => {
            log::debug(&format!("an event of unknown type {other} was passed over"));
            Ok(())
        }
    }
}

// === impl State ===

impl State {
    /// A message begins. A repeat is harmless while no block has come. After that, and if it is another message,
    /// the upstream has started over in the midst of a reply: what the client has cannot be called back, and
    /// going on would splice two replies into one.
    fn start(&mut self, message: Message, chunks: &mut Chunks) -> Result<(), Failure> {
        match self.stage {
            Stage::Awaited => {}
            Stage::Begun if message.id == self.id => return Ok(()),
            _ => {
                return Err(Failure::malformed("the upstream began the reply a second time"));
            }
        }
        self.stage = Stage::Begun;
        self.id.clone_from(&message.id);
        self.model.clone_from(&message.model);
        self.usage.merge(message.usage.unwrap_or_default());
        self.ending.merge(message.extra);
        chunks.begin(message.id, message.model);
        // A reply that goes on with a tool's program brings its calls whole, right at the start.
        for block in message.content {
            self.open_block(block, chunks)?;
            self.close_block(chunks);
        }
        Ok(())
    }

    fn open_block(&mut self, block: Extra, chunks: &mut Chunks) -> Result<(), Failure> {
        self.close_block(chunks);
        self.stage = Stage::Filled;
        self.open = Some(OpenBlock::start(block, &mut self.counts, chunks)?);
        Ok(())
    }

    fn close_block(&mut self, chunks: &mut Chunks) {
        if let Some(open) = self.open.take() {
            open.stop(&mut self.counts, chunks);
        }
    }

    fn stop(&mut self, chunks: &mut Chunks) {
        self.close_block(chunks);
        self.stage = Stage::Complete;
        chunks.finish(std::mem::take(&mut self.ending), std::mem::take(&mut self.usage));
    }
}

// === impl Counts ===

impl Counts {
    /// The index of the next entry of a list whose count this is.
    fn next(count: &mut u32) -> u32 {
        let index = *count;
        *count = count.saturating_add(1);
        index
    }
}

/// An entry of a list with its index, by which clients join the pieces of a stream.
fn indexed(index: u32, entry: Extra) -> Value {
    let mut indexed = Extra::new();
    indexed.insert("index".to_owned(), Value::from(index));
    indexed.extend(entry);
    Value::Object(indexed)
}

#[cfg(test)]
mod tests;
