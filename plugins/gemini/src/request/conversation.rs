//! Translates OpenAI's messages to a system instruction and turns.

use jackfield_plugin_sdk::canonical::{Content, Json, Message, Role};

use super::RequestError;
use super::content;
use super::part::{Data, Part, Turn, say};
use super::results::Results;
use super::said::Said;
use crate::generation::Rules;
use jackfield_plugin_sdk::Dropped;

/// The conversation in the API's form.
pub(super) struct Conversation {
    system: Vec<Part>,
    /// The turns of the user and the model.
    pub(super) turns: Vec<Turn>,
}

/// The conversation while it is translated.
struct Writer<'a> {
    conversation: Conversation,
    /// The model's turn, which goes on as long as its messages follow each other.
    said: Said,
    results: Results,
    /// What follows the results of the model's calls in the user's next turn.
    after: Vec<Part>,
    origin: &'a str,
    rules: Rules,
    dropped: &'a mut Dropped,
}

// === impl Conversation ===

impl Conversation {
    /// Translates the messages in order. A system prompt alone becomes the user's turn, because OpenAI answers it.
    ///
    /// # Errors
    /// If a message has no equivalent; the error names its index. If there is nothing to answer.
    pub(super) fn of(
        messages: Vec<Message>,
        origin: &str,
        rules: Rules,
        dropped: &mut Dropped,
    ) -> Result<Self, RequestError> {
        let mut writer = Writer {
            conversation: Self {
                system: Vec::new(),
                turns: Vec::new(),
            },
            said: Said::default(),
            results: Results::default(),
            after: Vec::new(),
            origin,
            rules,
            dropped,
        };
        for (index, message) in messages.into_iter().enumerate() {
            writer.add(message).map_err(|source| RequestError::Message {
                index,
                source: Box::new(source),
            })?;
        }
        writer.end_turn();
        writer.answer_calls();
        let mut conversation = writer.conversation;
        conversation.complete(rules)?;
        Ok(conversation)
    }

    /// Adds an instruction of our own.
    pub(super) fn instruct(&mut self, instruction: Option<Part>, rules: Rules) {
        if rules.system {
            self.system.extend(instruction);
        } else if let (Some(instruction), Some(turn)) = (instruction, self.turns.first_mut()) {
            turn.parts.insert(0, instruction);
        }
    }

    /// The system instruction, if there is one.
    pub(super) fn system(&mut self) -> Option<Json> {
        let parts = std::mem::take(&mut self.system);
        (!parts.is_empty()).then(|| Json::of(&serde_json::json!({ "parts": parts })))
    }

    /// Begins and ends the conversation as the API requires: with the user.
    fn complete(&mut self, rules: Rules) -> Result<(), RequestError> {
        if self.turns.is_empty() {
            if self.system.is_empty() {
                return Err(RequestError::NoMessages);
            }
            say(&mut self.turns, "user", std::mem::take(&mut self.system));
        }
        if self.turns.first().is_some_and(|turn| turn.role == "model") {
            self.turns.insert(0, Turn::go_on());
        }
        if self.turns.last().is_some_and(|turn| turn.role == "model") {
            self.turns.push(Turn::go_on());
        }
        if !rules.system
            && let Some(first) = self.turns.first_mut()
        {
            first.parts.splice(0..0, std::mem::take(&mut self.system));
        }
        Ok(())
    }
}

// === impl Writer ===

impl Writer<'_> {
    fn add(&mut self, message: Message) -> Result<(), RequestError> {
        if message.name.is_some() && message.role != Role::Tool {
            self.dropped.add("messages[].name");
        }
        match &message.role {
            Role::System | Role::Developer => {
                let parts = content::parts(message.content, self.dropped)?;
                self.conversation.system.extend(parts);
            }
            Role::User => {
                self.end_turn();
                self.answer_calls();
                let parts = content::parts(message.content, self.dropped)?;
                say(&mut self.conversation.turns, "user", parts);
            }
            Role::Assistant => {
                if self.said.is_empty() {
                    self.answer_calls();
                }
                for call in &message.tool_calls {
                    self.results.expect(&call.id, &call.function.name);
                }
                self.said.add(message, self.origin, self.dropped)?;
            }
            Role::Tool => {
                self.end_turn();
                self.answer(message)?;
            }
            Role::Other(role) => return Err(RequestError::Role(role.clone())),
        }
        Ok(())
    }

    /// Ends the model's turn.
    fn end_turn(&mut self) {
        let parts = std::mem::take(&mut self.said).into_parts(self.rules.signed_calls);
        say(&mut self.conversation.turns, "model", parts);
    }

    /// Takes the result of a tool. One that no call waits for becomes the user's text, and what is no text follows the
    /// results.
    fn answer(&mut self, message: Message) -> Result<(), RequestError> {
        let id = message.tool_call_id.ok_or(RequestError::NoToolCallId)?;
        let is_error = message.extra.read("is_error") == Some(true);
        let text = message.content.as_ref().map(Content::joined_text).unwrap_or_default();
        let parts = content::parts(message.content, self.dropped)?;
        let is_known = self.results.answer(&id, &text, is_error);
        let is_left = |part: &Part| !(is_known && matches!(part.data, Data::Text(_)));
        self.after.extend(parts.into_iter().filter(is_left));
        Ok(())
    }

    fn answer_calls(&mut self) {
        let results = self.results.take();
        say(&mut self.conversation.turns, "user", results);
        let after = std::mem::take(&mut self.after);
        say(&mut self.conversation.turns, "user", after);
    }
}
