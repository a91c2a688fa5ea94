//! A conversation while it is put in the order that chats demand: each call in a message of the assistant, and its result
//! right behind it. `content` is what somebody says.
//!
//! The items of some dialects are looser than messages. Thinking, text and calls that follow one another are one message of the assistant.
//! Results go behind their calls; one without a call is left out, and so is a call that the conversation went on after
//! without its result. Ids that come twice are told apart.

mod content;

use std::collections::{BTreeMap, VecDeque};

pub(crate) use self::content::{Content, Part};
use crate::json::block::Block;
use crate::json::fields::entries;
use crate::json::raw::inside;
use crate::json::{List, Object, is_deep, json_string};
use crate::standard::Dropped;

/// The conversation so far.
pub(crate) struct Conversation<'a> {
    names: Names,
    turns: Vec<Turn<'a>>,
    /// What the model says, until somebody else speaks.
    assistant: Assistant<'a>,
    /// The results of the calls of each id, in order.
    results: BTreeMap<String, VecDeque<CallResult>>,
    /// How often each id of a call has come.
    ids: BTreeMap<String, usize>,
}

/// What a call and a result are called where they are listed as left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    /// A call without a result.
    pub(crate) call: &'static str,
    /// A result without a call.
    pub(crate) result: &'static str,
}

/// What came of a call: its content as JSON, and whether that is a failure.
struct CallResult {
    content: Vec<u8>,
    is_error: bool,
}

enum Turn<'a> {
    /// A message of somebody else, as JSON.
    Said(Vec<u8>),
    Assistant(Assistant<'a>),
}

/// What the model said in one turn, or in a part of it.
#[derive(Default)]
struct Assistant<'a> {
    thought: Thought,
    content: Content<'a>,
    calls: Vec<Call>,
}

/// Thinking, as an upstream gets it again.
#[derive(Debug, Default)]
pub(crate) struct Thought {
    /// The text, as the inside of a JSON string.
    pub(crate) text: String,
    /// The blocks with signatures, as JSON.
    pub(crate) signed: Vec<Vec<u8>>,
}

/// A call of a function.
pub(crate) struct Call {
    /// The id that its result names.
    pub(crate) id: String,
    /// The function's name.
    pub(crate) name: String,
    /// Its arguments, which are JSON.
    pub(crate) arguments: String,
}

// === impl Conversation ===

impl<'a> Conversation<'a> {
    /// Nothing was said yet.
    pub(crate) fn new(names: Names) -> Self {
        Self {
            names,
            turns: Vec::new(),
            assistant: Assistant::default(),
            results: BTreeMap::new(),
            ids: BTreeMap::new(),
        }
    }

    /// Somebody other than the model says this.
    pub(crate) fn say(&mut self, role: &str, content: &Content<'a>) {
        self.end_turn();
        let is_system = matches!(role, "system" | "developer");
        let content = if is_system {
            content.joined("\\n\\n")
        } else {
            content.value()
        };
        self.turns.push(Turn::Said(Object::text(|message| {
            message.string("role", role);
            message.raw("content", content);
        })));
    }

    /// The model says this.
    pub(crate) fn answer(&mut self, content: Content<'a>) {
        self.assistant.content = std::mem::take(&mut self.assistant.content).and(content);
    }

    /// The model goes on saying this.
    pub(crate) fn go_on(&mut self, content: Content<'a>) {
        self.assistant.content.extend(content);
    }

    /// The model thinks this: the beginning of a turn, or of another part of it.
    pub(crate) fn think(&mut self, thought: Thought) {
        if !self.assistant.content.is_empty() || !self.assistant.calls.is_empty() {
            self.end_turn();
        }
        self.assistant.thought.text.push_str(&thought.text);
        self.assistant.thought.signed.extend(thought.signed);
    }

    /// The model calls a function.
    pub(crate) fn call(&mut self, call: Call) {
        self.assistant.calls.push(call);
    }

    /// A call of this id had this result.
    pub(crate) fn result(&mut self, id: String, content: &Content<'a>, is_error: bool) {
        self.end_turn();
        let content = content.value();
        self.results
            .entry(id)
            .or_default()
            .push_back(CallResult { content, is_error });
    }

    /// The messages as JSON, behind those that come first. What was left out is listed.
    pub(crate) fn messages(mut self, first: Vec<Vec<u8>>, dropped: &mut Dropped) -> Vec<u8> {
        self.end_turn();
        let mut messages = List::default();
        for message in first {
            messages.push(message);
        }
        let turns = std::mem::take(&mut self.turns);
        let last = turns.len().saturating_sub(1);
        for (number, turn) in turns.into_iter().enumerate() {
            match turn {
                Turn::Said(message) => messages.push(message),
                Turn::Assistant(turn) => self.write(turn, number < last, &mut messages, dropped),
            }
        }
        if self.results.values().any(|left| !left.is_empty()) {
            dropped.add("", self.names.result);
        }
        messages.into_text()
    }

    fn end_turn(&mut self) {
        let turn = std::mem::take(&mut self.assistant);
        if !turn.content.is_empty() || !turn.calls.is_empty() {
            self.turns.push(Turn::Assistant(turn));
        } else if let Some(Turn::Assistant(before)) = self.turns.last_mut()
            && turn.thought.text.is_empty()
        {
            // Some vendors sign a text behind it.
            before.thought.signed.extend(turn.thought.signed);
        }
    }

    /// Writes a turn of the model and the results of its calls. `goes_on` if the conversation does.
    fn write(&mut self, turn: Assistant<'a>, goes_on: bool, messages: &mut List, dropped: &mut Dropped) {
        let (mut calls, mut results) = (List::default(), Vec::new());
        for call in turn.calls {
            let result = self.results.get_mut(&call.id).and_then(VecDeque::pop_front);
            if result.is_none() && goes_on {
                dropped.add("", self.names.call);
                continue;
            }
            let id = self.unique(&call.id);
            calls.push_object(|written| {
                written.raw("id", &id);
                written.raw("type", "\"function\"");
                written.object("function", |function| {
                    function.string("name", &call.name);
                    function.string("arguments", &call.arguments);
                });
            });
            results.extend(result.map(|result| (id, result)));
        }
        if calls.is_empty() && turn.content.is_empty() {
            return;
        }
        messages.push_object(|message| {
            message.raw("role", "\"assistant\"");
            let silent = turn.content.is_empty() && !calls.is_empty();
            message.raw(
                "content",
                if silent {
                    b"null".to_vec()
                } else {
                    turn.content.joined("")
                },
            );
            turn.thought.write(message);
            if !calls.is_empty() {
                message.raw("tool_calls", calls.into_text());
            }
        });
        for (id, result) in results {
            messages.push_object(|message| {
                message.raw("role", "\"tool\"");
                message.raw("tool_call_id", id);
                message.raw("content", result.content);
                if result.is_error {
                    message.raw("is_error", "true");
                }
            });
        }
    }

    /// The id as JSON; another one if it has come before.
    fn unique(&mut self, id: &str) -> String {
        let times = self.ids.entry(id.to_owned()).or_insert(0);
        *times += 1;
        match *times {
            1 => json_string(id),
            times => json_string(&format!("{id}_{times}")),
        }
    }
}

// === impl Thought ===

impl Thought {
    /// The thinking in blocks that were sealed; `None` if they are none.
    pub(crate) fn of_blocks(blocks: &[u8]) -> Option<Self> {
        let blocks = std::str::from_utf8(blocks).ok().filter(|_| !is_deep(blocks))?;
        let mut thought = Self::default();
        for raw in entries(blocks)? {
            let block = Block::read(raw, "type").ok()?;
            match block.kind.as_str() {
                "thinking" => {
                    thought.add(block.string("thinking").ok()?);
                    if block.get("signature").is_some() {
                        thought.signed.push(block.text.into());
                    }
                }
                "redacted_thinking" => thought.signed.push(block.text.into()),
                _ => {}
            }
        }
        Some(thought)
    }

    /// Adds a text, which is a JSON string.
    fn add(&mut self, text: &str) {
        self.text.push_str(inside(text));
    }

    fn write(&self, message: &mut Object<'_>) {
        if !self.text.is_empty() {
            message.raw("reasoning_content", format!("\"{}\"", self.text));
        }
        if !self.signed.is_empty() {
            let mut blocks = List::default();
            for block in &self.signed {
                blocks.push(block);
            }
            message.raw("thinking_blocks", blocks.into_text());
        }
    }
}
