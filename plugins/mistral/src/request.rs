//! The messages of a request, in the order and with the members that Mistral takes.
//!
//! Source: <https://docs.mistral.ai/api/endpoint/chat>, and the rules of `mistral-common`, which the API applies: nothing
//! but an answer may follow the results of tools, ids have nine characters, and a last message of the assistant is a
//! `prefix`.

use jackfield_plugin_sdk::canonical::{ChatRequest, Content, Extra, Json, Message, Role, Text, ToolCall, ToolNames};
use jackfield_plugin_sdk::{Dropped, Failure};
use serde::Deserialize;

use crate::{calls, content};

/// What stands between the results of tools and a user's message.
const BRIDGE: &str = "OK.";

/// What stands for an empty result: Mistral refuses one.
const NOTHING: &str = "(no output)";

/// The request, as far as it is written anew.
#[derive(Deserialize)]
pub(crate) struct Asked {
    messages: Vec<Message>,
}

/// The messages as Mistral takes them.
#[derive(Default)]
pub(crate) struct Conversation {
    /// The messages.
    pub(crate) messages: Vec<Json>,
    /// What they lost.
    pub(crate) dropped: Vec<String>,
    /// The text that the answer begins with, because it goes on with it.
    pub(crate) prefix: String,
    after_result: bool,
}

/// Writes the messages.
///
/// # Errors
/// If a part of one has no form in Mistral's API.
pub(crate) fn conversation(mut asked: Asked) -> Result<Conversation, Failure> {
    let mut conversation = Conversation {
        dropped: unread(&mut asked),
        ..Conversation::default()
    };
    let mut names = ToolNames::default();
    let last = asked.messages.len().saturating_sub(1);
    // Contents are long, so they are moved.
    let contents: Vec<Option<Content>> = asked
        .messages
        .iter_mut()
        .map(|message| message.content.take())
        .collect();
    for (place, (message, content)) in asked.messages.iter().zip(contents).enumerate() {
        names.see(message);
        let content = content.unwrap_or(Content::Text(Text::default()));
        conversation.push(message, content, &names, place == last)?;
    }
    conversation.dropped.sort_unstable();
    conversation.dropped.dedup();
    Ok(conversation)
}

/// What is left out of the messages because nothing here knows it.
fn unread(asked: &mut Asked) -> Vec<String> {
    // The answer that is to be continued has it, if it is the last one.
    let known = ["messages[].prefix", "messages[].content[].image_url.*"];
    let request = ChatRequest {
        messages: std::mem::take(&mut asked.messages),
        ..ChatRequest::default()
    };
    let mut dropped = Dropped::default();
    request.name_unknown(&known, &mut dropped);
    asked.messages = request.messages;
    dropped.names().to_vec()
}

// === impl Conversation ===

impl Conversation {
    fn push(
        &mut self,
        message: &Message,
        content: Content,
        names: &ToolNames<'_>,
        is_last: bool,
    ) -> Result<(), Failure> {
        if message.name.is_some() && message.role != Role::Tool {
            self.dropped.push("messages[].name".to_owned());
        }
        match &message.role {
            Role::Assistant => self.push_answer(message, content, is_last),
            Role::Tool => self.push_result(message, content, names),
            Role::System | Role::Developer => {
                let content = content::of(content)?;
                self.write("system", [("content", content)]);
                Ok(())
            }
            role => {
                let content = content::of(content)?;
                self.write(role.as_str(), [("content", content)]);
                Ok(())
            }
        }
    }

    /// An answer of the model. One that says nothing is left out: Mistral refuses it.
    fn push_answer(&mut self, message: &Message, content: Content, is_last: bool) -> Result<(), Failure> {
        let refusal = message.refusal.clone().unwrap_or_default();
        let said = content.joined_text();
        if !said.is_empty() && !refusal.is_empty() {
            self.dropped.push("messages[].refusal".to_owned());
        }
        let said = if said.is_empty() { refusal } else { said };
        let mut parts = content::thoughts(message);
        if parts.is_empty() && !message.thinking_blocks.is_empty() {
            self.dropped.push("messages[].thinking_blocks".to_owned());
        }
        if parts.is_empty() {
            parts = content_parts(content)?;
        } else if !said.is_empty() {
            parts.push(content::text(&said));
        }
        let is_text = parts.is_empty();
        if is_text && said.is_empty() && message.tool_calls.is_empty() {
            return Ok(());
        }
        let content = if is_text {
            Json::from(said.as_str())
        } else {
            Json::of(&parts)
        };
        let mut members = vec![("content", content)];
        if !message.tool_calls.is_empty() {
            members.push((
                "tool_calls",
                Json::of(&message.tool_calls.iter().map(call).collect::<Vec<_>>()),
            ));
        } else if is_last {
            members.push(("prefix", true.into()));
            self.prefix = said;
        }
        self.write("assistant", members);
        Ok(())
    }

    fn push_result(&mut self, message: &Message, content: Content, names: &ToolNames<'_>) -> Result<(), Failure> {
        let is_empty = matches!(&content, Content::Text(text) if text.trim().is_empty())
            || matches!(&content, Content::Parts(parts) if parts.is_empty());
        let content = if is_empty {
            NOTHING.into()
        } else {
            content::of(content)?
        };
        let id = calls::id(message.tool_call_id.as_deref().unwrap_or_default());
        let mut members = vec![("tool_call_id", Json::from(id)), ("content", content)];
        if let Some(name) = names.of_result(message) {
            members.push(("name", name.into()));
        }
        self.write("tool", members);
        Ok(())
    }

    fn write(&mut self, role: &str, members: impl IntoIterator<Item = (&'static str, Json)>) {
        if self.after_result && matches!(role, "user" | "system") {
            self.after_result = false;
            self.write("assistant", [("content", BRIDGE.into())]);
        }
        self.after_result = role == "tool";
        let mut message = Extra::new();
        message.insert("role", role);
        for (name, value) in members {
            message.insert(name, value);
        }
        self.messages.push(message.into());
    }
}

/// The parts of an answer that has more than one text; none if a string says it all.
fn content_parts(content: Content) -> Result<Vec<Json>, Failure> {
    match content {
        Content::Parts(parts) if parts.iter().any(|part| part.as_text().is_none()) => {
            let content = content::of(Content::Parts(parts))?;
            Ok(content.read().unwrap_or_default())
        }
        _ => Ok(Vec::new()),
    }
}

fn call(call: &ToolCall) -> Json {
    let mut function = Extra::new();
    function.insert("name", call.function.name.as_str());
    let arguments = call.function.arguments.trim();
    function.insert("arguments", if arguments.is_empty() { "{}" } else { arguments });
    let mut members = Extra::new();
    members.insert("id", calls::id(&call.id));
    members.insert("type", "function");
    members.insert("function", function);
    members.into()
}
