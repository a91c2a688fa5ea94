//! Translates OpenAI's messages to a system prompt and alternating turns.

use jackfield_plugin_sdk::canonical::{CallIds, Extra, Json, Message, Role, ToolCall};

use super::RequestError;
use super::block::{Block, mark_last};
use super::calls::{self, legal_id};
use super::content::blocks;
use super::thinking_blocks;
use super::turn::{Turn, say};

/// The conversation in Anthropic's form.
#[derive(Default)]
pub(super) struct Conversation<'o> {
    /// The text blocks of all system and developer messages.
    pub(super) system: Vec<Block>,
    /// The turns of the user and the assistant.
    pub(super) turns: Vec<Turn>,
    /// The ids of the tool calls so far.
    calls: CallIds,
    /// Whose thinking this upstream takes back.
    origin: Option<&'o str>,
}

// === impl Conversation ===

impl<'o> Conversation<'o> {
    /// Translates the messages in order. Consecutive messages of the same side become one turn. A system prompt alone
    /// becomes the user's turn, because OpenAI answers it.
    ///
    /// `prefill` tells whether the model continues a last turn of the assistant. If it does not, it is asked to.
    ///
    /// `origin` is whose thinking this upstream takes back.
    ///
    /// # Errors
    /// If a message has no equivalent; the error names its index. If there is nothing to answer.
    pub(super) fn of(messages: Vec<Message>, prefill: bool, origin: Option<&'o str>) -> Result<Self, RequestError> {
        let mut conversation = Self {
            origin,
            ..Self::default()
        };
        for (index, message) in messages.into_iter().enumerate() {
            conversation.add(message).map_err(|source| RequestError::Message {
                index,
                source: Box::new(source),
            })?;
        }
        conversation.complete(prefill)?;
        Ok(conversation)
    }

    /// Whether the last turn is the beginning of the reply.
    pub(super) fn is_begun(&self) -> bool {
        self.turns.last().is_some_and(|turn| turn.role == "assistant")
    }

    fn add(&mut self, mut message: Message) -> Result<(), RequestError> {
        let cache_control = message.extra.remove("cache_control");
        let (role, mut content) = match &message.role {
            Role::System | Role::Developer => ("system", blocks(message.content)?),
            Role::User => ("user", self.user(message)?),
            Role::Assistant => ("assistant", self.assistant(message)?),
            Role::Tool => ("user", vec![self.tool_result(message)?]),
            Role::Other(role) => return Err(RequestError::Role(role.clone())),
        };
        mark_last(&mut content, cache_control);
        match role {
            "system" => self.system.extend(content),
            _ => say(&mut self.turns, role, content),
        }
        Ok(())
    }

    /// The blocks of a user's message, in which results may be in Anthropic's own form.
    fn user(&self, message: Message) -> Result<Vec<Block>, RequestError> {
        let mut content = blocks(message.content)?;
        for block in &mut content {
            if let Block::ToolResult { tool_use_id, .. } = block {
                *tool_use_id = self.calls.of_result(tool_use_id, legal_id);
            }
        }
        Ok(content)
    }

    /// The blocks of an assistant's message: the thinking first, as the API requires, then the blocks without an OpenAI
    /// equivalent, the text and the tool calls.
    fn assistant(&mut self, mut message: Message) -> Result<Vec<Block>, RequestError> {
        let mut content = thinking_blocks::restore(message.thinking_blocks, message.reasoning_content, self.origin);
        for mut kept in message.extra.take::<Vec<Extra>>("content_blocks").unwrap_or_default() {
            // The entry's position in our stream, not a member of the block.
            kept.remove("index");
            content.push(Block::Own(kept));
        }
        content.extend(blocks(message.content)?);
        content.extend(message.refusal.and_then(|text| Block::text(text, Extra::new())));
        for call in message.tool_calls {
            content.push(tool_use(call)?);
        }
        for block in &mut content {
            if let Block::ToolUse { id, input, .. } = block {
                *id = self.calls.open(id, legal_id);
                if !input.is_object() {
                    *input = Extra::new().into();
                }
            }
        }
        Ok(content)
    }

    fn tool_result(&self, mut message: Message) -> Result<Block, RequestError> {
        let id = message.tool_call_id.ok_or(RequestError::NoToolCallId)?;
        message.extra.retain(|name, _| name == "is_error");
        Ok(Block::ToolResult {
            tool_use_id: self.calls.of_result(&id, legal_id),
            content: blocks(message.content)?,
            extra: message.extra,
        })
    }

    fn complete(&mut self, prefill: bool) -> Result<(), RequestError> {
        let mut turns = calls::settled(without_idle_thinking(std::mem::take(&mut self.turns)));
        trim_end(&mut turns);
        match turns.first().map(|turn| turn.role) {
            None if self.system.is_empty() => return Err(RequestError::NoMessages),
            None => say(&mut turns, "user", std::mem::take(&mut self.system)),
            // The API requires the user's turn first.
            Some("assistant") => turns.insert(0, Turn::go_on()),
            Some(_) => {}
        }
        if !prefill && turns.last().is_some_and(|turn| turn.role == "assistant") {
            turns.push(Turn::go_on());
        }
        self.turns = turns;
        Ok(())
    }
}

/// The block of a call, with the client's own id.
fn tool_use(mut call: ToolCall) -> Result<Block, RequestError> {
    let name = call.function.name;
    let input = match call.function.arguments.trim() {
        "" | "null" => Extra::new().into(),
        text => match Json::parse(text) {
            Ok(input) if input.is_object() => input,
            _ => return Err(RequestError::Arguments(name)),
        },
    };
    call.extra.retain(|name, _| matches!(name, "caller" | "cache_control"));
    Ok(Block::ToolUse {
        id: call.id,
        name,
        input,
        extra: call.extra,
    })
}

/// The turns without thinking that leads to nothing, as that of a reply cut off by its token limit: the API refuses a
/// turn that ends with thinking.
fn without_idle_thinking(turns: Vec<Turn>) -> Vec<Turn> {
    let mut kept = Vec::with_capacity(turns.len());
    for mut turn in turns {
        let idle = turn
            .content
            .iter()
            .rev()
            .take_while(|block| block.is_thinking())
            .count();
        turn.content.truncate(turn.content.len() - idle);
        say(&mut kept, turn.role, turn.content);
    }
    kept
}

/// Cuts white space at the end of a reply's beginning, which the API refuses.
fn trim_end(turns: &mut [Turn]) {
    let Some(turn) = turns.last_mut().filter(|turn| turn.role == "assistant") else {
        return;
    };
    if let Some(Block::Text { text, .. }) = turn.content.last_mut() {
        text.cut_end();
    }
}
