//! Translates OpenAI's messages to a system prompt and alternating turns.

use jackfield_plugin_sdk::canonical::{Message, Role, ToolCall};
use serde_json::{Map, Value, json};

use super::RequestError;
use super::content::{blocks, mark_last, text_block};
use super::thinking_blocks;

/// The conversation in Anthropic's form.
#[derive(Default)]
pub(super) struct Conversation {
    /// The text blocks of all system and developer messages.
    pub(super) system: Vec<Value>,
    /// The turns of the user and the assistant.
    pub(super) turns: Vec<Turn>,
}

/// Everything one side says before the other answers.
pub(super) struct Turn {
    /// `user` or `assistant`.
    pub(super) role: &'static str,
    /// The content blocks.
    pub(super) content: Vec<Value>,
}

// === impl Conversation ===

impl Conversation {
    /// Translates the messages in order. Consecutive messages of the same side become one turn.
    ///
    /// # Errors
    /// If a message has no equivalent; the error names its index.
    pub(super) fn of(messages: Vec<Message>) -> Result<Self, RequestError> {
        let mut conversation = Self::default();
        for (index, message) in messages.into_iter().enumerate() {
            conversation.add(message).map_err(|source| RequestError::Message {
                index,
                source: Box::new(source),
            })?;
        }
        Ok(conversation)
    }

    /// The turns as the value of `messages`.
    pub(super) fn messages(turns: Vec<Turn>) -> Value {
        turns
            .into_iter()
            .map(|turn| {
                // `json!` would copy the whole conversation.
                Value::from_iter([("role", Value::from(turn.role)), ("content", Value::from(turn.content))])
            })
            .collect()
    }

    fn add(&mut self, mut message: Message) -> Result<(), RequestError> {
        let cache_control = message.extra.remove("cache_control");
        let (role, mut content) = match &message.role {
            Role::System | Role::Developer => ("system", blocks(message.content)?),
            Role::User => ("user", blocks(message.content)?),
            Role::Assistant => ("assistant", assistant(message)?),
            Role::Tool => ("user", vec![tool_result(message)?]),
            Role::Other(role) => return Err(RequestError::Role(role.clone())),
        };
        mark_last(&mut content, cache_control);
        match role {
            "system" => self.system.extend(content),
            _ => self.say(role, content),
        }
        Ok(())
    }

    fn say(&mut self, role: &'static str, content: Vec<Value>) {
        match self.turns.last_mut() {
            _ if content.is_empty() => {}
            Some(turn) if turn.role == role => turn.join(content),
            _ => self.turns.push(Turn { role, content }),
        }
    }
}

// === impl Turn ===

impl Turn {
    /// Appends to the turn. Tool results go first, as the API requires.
    fn join(&mut self, content: Vec<Value>) {
        for block in content {
            if is_kind(&block, "tool_result") {
                let results = self.content.iter().take_while(|b| is_kind(b, "tool_result")).count();
                self.content.insert(results, block);
            } else {
                self.content.push(block);
            }
        }
    }

    /// Whether the turn begins with thinking.
    pub(super) fn begins_with_thinking(&self) -> bool {
        let first = self.content.first();
        first.is_some_and(|b| is_kind(b, "thinking") || is_kind(b, "redacted_thinking"))
    }

    /// Whether the turn contains a block of this kind.
    pub(super) fn has(&self, kind: &str) -> bool {
        self.content.iter().any(|block| is_kind(block, kind))
    }
}

fn is_kind(block: &Value, kind: &str) -> bool {
    block.get("type").and_then(Value::as_str) == Some(kind)
}

/// The blocks of an assistant's message: the thinking first, as the API requires, then the blocks without an OpenAI
/// equivalent, the text and the tool calls.
fn assistant(mut message: Message) -> Result<Vec<Value>, RequestError> {
    let mut content = thinking_blocks::restore(message.thinking_blocks, message.reasoning_content);
    if let Some(Value::Array(kept)) = message.extra.remove("content_blocks") {
        content.extend(kept.into_iter().map(without_index));
    }
    content.extend(blocks(message.content)?);
    content.extend(message.refusal.and_then(|text| text_block(text, Map::new())));
    for call in message.tool_calls {
        content.push(tool_use(call)?);
    }
    Ok(content)
}

/// Removes `index`, which is the entry's position in our stream and not a member of the block.
fn without_index(mut block: Value) -> Value {
    if let Value::Object(members) = &mut block {
        members.shift_remove("index");
    }
    block
}

fn tool_use(mut call: ToolCall) -> Result<Value, RequestError> {
    let name = call.function.name;
    let input = match call.function.arguments.trim() {
        "" => Value::Object(Map::new()),
        text => match serde_json::from_str(text) {
            Ok(Value::Null) => Value::Object(Map::new()),
            Ok(input @ Value::Object(_)) => input,
            _ => return Err(RequestError::Arguments(name)),
        },
    };
    let mut block = json!({"type": "tool_use", "id": legal_id(call.id), "name": name});
    block["input"] = input;
    for member in ["caller", "cache_control"] {
        if let Some(value) = call.extra.remove(member) {
            block[member] = value;
        }
    }
    Ok(block)
}

fn tool_result(mut message: Message) -> Result<Value, RequestError> {
    let id = message.tool_call_id.ok_or(RequestError::NoToolCallId)?;
    let mut block = json!({"type": "tool_result", "tool_use_id": legal_id(id)});
    let content = blocks(message.content)?;
    if !content.is_empty() {
        block["content"] = Value::Array(content);
    }
    if let Some(is_error) = message.extra.remove("is_error") {
        block["is_error"] = is_error;
    }
    Ok(block)
}

/// The id with only the characters the API allows (`^[a-zA-Z0-9_-]+$`). Earlier calls in the conversation may come from
/// other providers, whose ids contain dots and colons.
fn legal_id(id: String) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if id.chars().all(legal) {
        id
    } else {
        id.replace(|c| !legal(c), "_")
    }
}
