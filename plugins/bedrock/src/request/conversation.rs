//! Translates OpenAI's messages to a system prompt and alternating turns.

use jackfield_plugin_sdk::canonical::{CallIds, Extra, Json, Message, Role, ToolCall};

use super::RequestError;
use super::block::{Block, ToolResult, ToolUse};
use super::call_ids::legal;
use super::content::Scope;
use super::earlier_thinking;
use super::tool_names::ToolNames;
use super::turn::{self, Turn, say};
use crate::model::Model;

/// What stands for the result of a tool that gave none: the API refuses empty texts.
const NO_OUTPUT: &str = "(no output)";

/// The conversation in the API's form.
pub(super) struct Conversation<'a> {
    /// The blocks of all system and developer messages.
    pub(super) system: Vec<Block>,
    /// The turns of the user and the assistant.
    pub(super) turns: Vec<Turn>,
    pub(super) scope: Scope,
    pub(super) names: ToolNames,
    ids: CallIds,
    model: &'a Model<'a>,
}

// === impl Conversation ===

impl<'a> Conversation<'a> {
    /// Translates the messages in order. Consecutive messages of the same side become one turn. A system prompt alone
    /// becomes the user's turn, because OpenAI answers it.
    ///
    /// # Errors
    /// If a message has no equivalent; the error names its index. If there is nothing to answer.
    pub(super) fn of(messages: Vec<Message>, names: ToolNames, model: &'a Model<'a>) -> Result<Self, RequestError> {
        let mut conversation = Self {
            system: Vec::new(),
            turns: Vec::new(),
            scope: Scope {
                caches: model.caches(),
                ..Scope::default()
            },
            names,
            ids: CallIds::default(),
            model,
        };
        for (index, message) in messages.into_iter().enumerate() {
            conversation.add(message).map_err(|source| RequestError::Message {
                index,
                source: Box::new(source),
            })?;
        }
        conversation.complete()?;
        Ok(conversation)
    }

    /// Whether the last turn is the beginning of the reply.
    pub(super) fn is_begun(&self) -> bool {
        self.turns.last().is_some_and(|turn| turn.role == "assistant")
    }

    /// Whether tools were called, or answered.
    pub(super) fn has_tools(&self) -> bool {
        self.turns.iter().any(|turn| turn.has_call() || turn.has_result())
    }

    /// Whether the last turn has results of calls that do not start with their thinking.
    pub(super) fn is_amid_unexplained_calls(&self) -> bool {
        match self.turns.as_slice() {
            [.., calls, results] => results.has_result() && calls.has_call() && !calls.begins_with_reasoning(),
            _ => false,
        }
    }

    /// Adds a cache point after all that was said.
    pub(super) fn mark_end(&mut self, mark: Option<Json>) {
        if let Some(turn) = self.turns.last_mut() {
            self.scope.mark(mark, &mut turn.content);
        }
    }

    fn add(&mut self, mut message: Message) -> Result<(), RequestError> {
        let mark = message.extra.remove("cache_control");
        if message.name.is_some() && message.role != Role::Tool {
            self.scope.dropped.insert("messages[].name");
        }
        let (role, mut content) = match &message.role {
            Role::System | Role::Developer => ("system", self.system(message)?),
            Role::User => ("user", self.scope.blocks(message.content)?),
            Role::Assistant => ("assistant", self.assistant(message)?),
            Role::Tool => ("user", self.tool_result(message)?),
            Role::Other(role) => return Err(RequestError::Role(role.clone())),
        };
        self.scope.mark(mark, &mut content);
        match role {
            "system" => self.system.extend(content),
            _ => say(&mut self.turns, role, content),
        }
        Ok(())
    }

    fn system(&mut self, message: Message) -> Result<Vec<Block>, RequestError> {
        let content = self.scope.blocks(message.content)?;
        let is_known = |block: &Block| matches!(block, Block::Text(_) | Block::CachePoint(_));
        if content.iter().all(is_known) {
            Ok(content)
        } else {
            Err(RequestError::Misplaced("the system prompt"))
        }
    }

    /// The blocks of an assistant's message: the thinking first, then the text and the tool calls.
    fn assistant(&mut self, message: Message) -> Result<Vec<Block>, RequestError> {
        let has_thought = message.reasoning_content.is_some_and(|text| !text.is_empty());
        let has_blocks = !message.thinking_blocks.is_empty();
        let mut content = earlier_thinking::restore(message.thinking_blocks, self.model);
        if content.is_empty() && (has_thought || has_blocks) {
            let name = if has_blocks {
                "messages[].thinking_blocks"
            } else {
                "messages[].reasoning_content"
            };
            self.scope.dropped.insert(name);
        }
        let said = self.scope.blocks(message.content)?;
        if said
            .iter()
            .any(|block| !matches!(block, Block::Text(_) | Block::CachePoint(_)))
        {
            return Err(RequestError::Misplaced("a message of the assistant"));
        }
        content.extend(said);
        content.extend(message.refusal.and_then(Block::text));
        for mut call in message.tool_calls {
            let mark = call.extra.remove("cache_control");
            content.push(self.tool_use(call)?);
            self.scope.mark(mark, &mut content);
        }
        Ok(content)
    }

    fn tool_use(&mut self, call: ToolCall) -> Result<Block, RequestError> {
        let name = call.function.name;
        let input = match call.function.arguments.trim() {
            "" | "null" => Extra::new().into(),
            text => match Json::parse(text) {
                Ok(input) if input.is_object() => input,
                _ => return Err(RequestError::Arguments(name)),
            },
        };
        Ok(Block::ToolUse(ToolUse {
            id: self.ids.open(&call.id, legal),
            name: self.names.send(&name),
            input,
        }))
    }

    /// The result of a call. It holds no cache point; the last one in it follows it.
    fn tool_result(&mut self, message: Message) -> Result<Vec<Block>, RequestError> {
        let id = message.tool_call_id.ok_or(RequestError::NoToolCallId)?;
        let failed = message.extra.read("is_error").unwrap_or(false);
        let content = self.scope.blocks(message.content)?;
        let (points, mut content): (Vec<Block>, Vec<Block>) = content.into_iter().partition(Block::is_cache_point);
        if content.is_empty() {
            content.push(Block::own_text(NO_OUTPUT));
        }
        let result = Block::ToolResult(ToolResult {
            id: self.ids.of_result(&id, legal),
            content,
            status: failed.then_some("error"),
        });
        Ok(std::iter::once(result).chain(points.into_iter().next_back()).collect())
    }

    fn complete(&mut self) -> Result<(), RequestError> {
        let turns = without_idle_thinking(std::mem::take(&mut self.turns));
        let mut turns = turn::settled(turns);
        if !self.model.is_claude() {
            turns = turn::apart(turns);
        }
        let mut turns: Vec<Turn> = turns.into_iter().map(Turn::with_text_for_documents).collect();
        trim_end(&mut turns);
        match turns.first().map(|turn| turn.role) {
            None if self.system.is_empty() => return Err(RequestError::NoMessages),
            None => say(&mut turns, "user", std::mem::take(&mut self.system)),
            // The API requires the user's turn first.
            Some("assistant") => turns.insert(0, Turn::go_on()),
            Some(_) => {}
        }
        if !self.model.prefill() && turns.last().is_some_and(|turn| turn.role == "assistant") {
            turns.push(Turn::go_on());
        }
        self.turns = turns;
        Ok(())
    }
}

/// The turns without thinking that leads to nothing, as that of a reply cut off by its token limit: Claude refuses a
/// turn that ends with thinking.
fn without_idle_thinking(turns: Vec<Turn>) -> Vec<Turn> {
    let mut kept = Vec::with_capacity(turns.len());
    for mut turn in turns {
        let is_idle = |block: &&Block| block.is_reasoning();
        let idle = turn.content.iter().rev().take_while(is_idle).count();
        turn.content.truncate(turn.content.len() - idle);
        say(&mut kept, turn.role, turn.content);
    }
    kept
}

/// Cuts white space at the end of a reply's beginning, which Claude refuses.
fn trim_end(turns: &mut [Turn]) {
    let Some(turn) = turns.last_mut().filter(|turn| turn.role == "assistant") else {
        return;
    };
    if let Some(Block::Text(text)) = turn.content.last_mut() {
        text.cut_end();
    }
}
