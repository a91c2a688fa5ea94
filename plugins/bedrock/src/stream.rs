//! Translates a streamed reply, event by event, to canonical chunks.
//!
//! Text and thinking are sent as they arrive, and tool calls in pieces, as OpenAI does. Every piece of thinking is sent
//! twice: as `reasoning_content`, and as a piece of `thinking_blocks` under the block's index, of which the last carries
//! the signature.
//!
//! The message ends with `messageStop`, and the stream with `metadata`, which has the usage. The finish reason is held
//! back until both are there, or until the connection has ended in order after `messageStop`.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>.

mod block;
mod chunks;

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{Delta, Extra, Json};
use jackfield_plugin_sdk::{Decoded, Event, Failure, aws, log};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ending::Ending;
use crate::model::Model;
use crate::reply;
use crate::request::ANSWER_TOOL;
use crate::usage::Usage;
use block::{OpenBlock, Piece};
use chunks::Chunks;

/// The most blocks that may be open at once.
const MOST_OPEN: usize = 64;

/// The state carried between events; opaque outside this adapter.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The client's names of the tools that were renamed, by the API's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    names: BTreeMap<String, String>,
    /// The answer, if it comes as a call of a tool of our own.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
    id: String,
    has_begun: bool,
    counts: Counts,
    /// The open blocks by index: their events may alternate.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    open: BTreeMap<u64, OpenBlock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending: Option<Ending>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
    is_complete: bool,
}

/// An answer that comes as a call.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Answer {
    /// Whether the call has come.
    has_come: bool,
    /// The text beside it, which is the answer if there is no call after all, as where a guardrail has intervened.
    #[serde(skip_serializing_if = "String::is_empty")]
    aside: String,
}

/// The number of entries in each list of the message so far, which is the index of the next one.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Counts {
    tool_calls: u32,
    thinking_blocks: u32,
    citations: u32,
    annotations: u32,
    /// The characters of the text so far.
    chars: u64,
}

/// What is told about the request at its end.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Metadata {
    usage: Option<Usage>,
    extra: Extra,
}

/// `contentBlockStart`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockStart {
    #[serde(default)]
    content_block_index: u64,
    start: Extra,
}

/// `contentBlockDelta`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockDelta {
    #[serde(default)]
    content_block_index: u64,
    delta: Piece,
}

/// `contentBlockStop`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockStop {
    #[serde(default)]
    content_block_index: u64,
}

/// Decodes the events of one network read.
///
/// # Errors
/// If the upstream reports an error, an event makes no sense, or the stream ends before `messageStop`.
pub(crate) fn decode(model: &Model<'_>, state: &mut State, events: &[Event], last: bool) -> Result<Decoded, Failure> {
    let mut chunks = Chunks::new(&state.id, events.len());
    for event in events {
        if state.is_complete {
            break;
        }
        state.read(event, model, &mut chunks)?;
    }
    if last && !state.is_complete {
        if state.ending.is_none() {
            return Err(Failure::malformed("the stream ended before messageStop"));
        }
        state.finish(&mut chunks)?;
    }
    Ok(Decoded {
        chunks: chunks.into_vec(),
        done: state.is_complete,
        warnings: Vec::new(),
    })
}

/// Reads an event's JSON, also where a piece of text is cut between the two escapes of one character.
fn read<T: DeserializeOwned>(event: &Event) -> Result<T, Failure> {
    event.json().or_else(|failure: Failure| {
        let repaired = event.json::<Json>().ok().and_then(|body| body.read());
        repaired.ok_or(failure)
    })
}

// === impl State ===

impl State {
    /// The state for a request in which these tools were renamed, or whose answer comes as a call.
    pub(crate) fn of(names: BTreeMap<String, String>, is_answer_call: bool) -> Self {
        Self {
            names,
            answer: is_answer_call.then(Answer::default),
            ..Self::default()
        }
    }

    /// Whether a call of this tool is the answer itself.
    pub(crate) fn is_answer(&self, name: &str) -> bool {
        self.is_answer_call() && name == ANSWER_TOOL
    }

    /// Whether the answer comes as a call, so that a text beside it is none.
    pub(crate) fn is_answer_call(&self) -> bool {
        self.answer.is_some()
    }

    /// Sets the reply's id.
    pub(crate) fn identify(&mut self, id: &str) {
        id.clone_into(&mut self.id);
    }

    /// The client's name of a tool.
    pub(crate) fn client_name(&self, name: String) -> String {
        self.names.get(&name).cloned().unwrap_or(name)
    }

    fn read(&mut self, event: &Event, model: &Model<'_>, chunks: &mut Chunks) -> Result<(), Failure> {
        match event.name.as_str() {
            "messageStart" => {
                if self.has_begun {
                    return Err(Failure::malformed("the upstream restarted the reply"));
                }
                self.begin(chunks);
            }
            "contentBlockStart" => {
                self.begin(chunks);
                let begun: BlockStart = read(event)?;
                // A start that says nothing is that of a text.
                if !begun.start.is_empty() {
                    let block = OpenBlock::start(begun.start, self)?;
                    self.open_block(begun.content_block_index, block, chunks)?;
                }
            }
            "contentBlockDelta" => {
                self.begin(chunks);
                let more: BlockDelta = read(event)?;
                self.extend(more.content_block_index, more.delta, model, chunks)?;
            }
            "contentBlockStop" => {
                let ended: BlockStop = read(event)?;
                if let Some(block) = self.open.remove(&ended.content_block_index) {
                    block.stop(&mut self.counts, chunks);
                }
            }
            "messageStop" => {
                self.begin(chunks);
                for block in std::mem::take(&mut self.open).into_values() {
                    block.stop(&mut self.counts, chunks);
                }
                self.ending = Some(read(event)?);
            }
            "metadata" => {
                self.begin(chunks);
                let mut metadata: Extra = read(event)?;
                self.metadata = Some(Metadata {
                    usage: metadata.take("usage"),
                    extra: reply::beside(&mut metadata),
                });
            }
            other => match aws::failure_of_event(event) {
                Some(failure) => return Err(failure),
                None => log::debug(&format!("skipped an event of unknown type {other}")),
            },
        }
        if self.ending.is_some() && self.metadata.is_some() {
            self.finish(chunks)?;
        }
        Ok(())
    }

    fn begin(&mut self, chunks: &mut Chunks) {
        if !self.has_begun {
            self.has_begun = true;
            chunks.begin();
        }
    }

    fn open_block(&mut self, index: u64, block: OpenBlock, chunks: &mut Chunks) -> Result<(), Failure> {
        if self.open.len() >= MOST_OPEN {
            return Err(Failure::malformed("too many blocks are open at once"));
        }
        if let (Some(answer), OpenBlock::Answer(_)) = (&mut self.answer, &block) {
            answer.has_come = true;
        }
        block.announce(chunks);
        if let Some(former) = self.open.insert(index, block) {
            former.stop(&mut self.counts, chunks);
        }
        Ok(())
    }

    /// Adds a piece to a block. Text and thinking begin without a start of their own.
    fn extend(&mut self, index: u64, piece: Piece, model: &Model<'_>, chunks: &mut Chunks) -> Result<(), Failure> {
        if let (Some(answer), Some(text)) = (&mut self.answer, &piece.text) {
            answer.aside.push_str(text);
            return Ok(());
        }
        if !self.open.contains_key(&index) {
            let block = OpenBlock::of_piece(&piece, self)?;
            self.open_block(index, block, chunks)?;
        }
        if let Some(block) = self.open.get_mut(&index) {
            block.extend(piece, model, &mut self.counts, chunks);
        }
        Ok(())
    }

    fn finish(&mut self, chunks: &mut Chunks) -> Result<(), Failure> {
        let ending = self.ending.take().unwrap_or_default();
        let (reason, extra) = ending.into_parts(self.is_answer_call())?;
        let answer = self.answer.take().unwrap_or_default();
        if !answer.has_come && !answer.aside.is_empty() {
            chunks.push(Delta::text(answer.aside));
        }
        let metadata = self.metadata.take().unwrap_or_default();
        chunks.finish(reason, extra, metadata.usage.map(Into::into), metadata.extra);
        self.is_complete = true;
        Ok(())
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
