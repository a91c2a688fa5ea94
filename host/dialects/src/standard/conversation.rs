//! The messages of a request, as OpenAI's API has them.

use serde_json::value::RawValue;

use super::content::Parts;
use super::part::Part;
use super::target::Target;
use super::tools;
use crate::accepts::Extension;
use crate::fault::RequestFault;
use crate::json::fields::{entries, given};
use crate::json::raw::inside;
use crate::json::{List, Members};

/// Where messages are.
const PLACE: &str = "messages[]";

/// Where calls are.
const CALLS: &str = "messages[].tool_calls[]";

/// The members of messages that OpenAI has; a failed result says so in its text.
///
/// Source: <https://platform.openai.com/docs/api-reference/chat/create>.
const STANDARD: [&str; 9] = [
    "audio",
    "content",
    "function_call",
    "is_error",
    "name",
    "refusal",
    "role",
    "tool_call_id",
    "tool_calls",
];

/// The conversation while it is written.
struct Conversation<'a, 't> {
    messages: List,
    /// Images and files of the present run of tools' results; they follow it in a message of the user.
    media: Vec<Part<'a>>,
    target: &'t mut Target,
}

/// The value of `messages`. A message that needs no change is copied byte for byte.
///
/// # Errors
/// If a message cannot be written for the target.
pub(super) fn write(messages: &str, target: &mut Target) -> Result<String, RequestFault> {
    let mut conversation = Conversation {
        messages: List::default(),
        media: Vec::new(),
        target,
    };
    for message in entries(messages).unwrap_or_default() {
        conversation.push(message)?;
    }
    conversation.write_media();
    Ok(String::from_utf8(conversation.messages.into_text()).unwrap_or_default())
}

// === impl Conversation ===

impl<'a> Conversation<'a, '_> {
    fn push(&mut self, raw: &'a RawValue) -> Result<(), RequestFault> {
        let text = raw.get();
        let Ok(members) = Members::of(text) else {
            // The upstream will say what is wrong with it.
            self.messages.push(text);
            return Ok(());
        };
        let role = given(&members, "role").map(inside).unwrap_or_default();
        let content = given(&members, "content").filter(|it| it.starts_with(['"', '[']));
        let mut edits = self.target.without_extensions(&members, &STANDARD, PLACE);
        if role == "tool" {
            edits.set_if("tool_call_id", self.target.short_id(given(&members, "tool_call_id")));
            edits.set_if("content", self.tool_result(&members, content)?);
        } else {
            edits.set_if("content", self.content(role, content)?);
        }
        if members.get("is_error").is_some() && !self.target.accepts(Extension::IsError) {
            edits.remove("is_error");
        }
        edits.set_if("tool_calls", self.calls(given(&members, "tool_calls")));
        self.messages.push(edits.apply(&members, text).as_bytes());
        Ok(())
    }

    /// The content of a message that is no tool's result; `None` if it stays as it is.
    fn content(&mut self, role: &str, content: Option<&'a str>) -> Result<Option<String>, RequestFault> {
        if role != "user" || content.is_none() {
            self.write_media();
        }
        let media = std::mem::take(&mut self.media);
        let Some(content) = content.filter(|content| content.starts_with('[') || !media.is_empty()) else {
            return Ok(None);
        };
        let is_translated = self.target.is_translated() && media.is_empty();
        let mut parts = Parts::read(content, role, self.target)?;
        parts.list.splice(0..0, media);
        let joined = parts
            .joined()
            .filter(|_| is_translated && matches!(role, "system" | "developer"));
        Ok(Some(match joined {
            Some(text) => text,
            None if is_translated => parts.into_value(),
            None => parts.into_list(),
        }))
    }

    /// The content of a tool's result; `None` if it stays as it is. What OpenAI does not allow there is put by.
    fn tool_result(&mut self, message: &Members<'_>, content: Option<&'a str>) -> Result<Option<String>, RequestFault> {
        let failed = given(message, "is_error") == Some("true") && !self.target.accepts(Extension::IsError);
        let content = content.unwrap_or("\"\"");
        if content.starts_with('"') && !failed {
            return Ok(None);
        }
        let mut parts = Parts::read(content, "tool", self.target)?;
        if !self.target.accepts(Extension::ToolImages) {
            let media = parts.take_media();
            if parts.list.is_empty() && !media.is_empty() {
                parts
                    .list
                    .push(Part::text("\"The result follows in the next message of the user.\""));
            }
            if !media.is_empty() {
                let id = given(message, "tool_call_id").map(inside).unwrap_or_default();
                self.media
                    .push(Part::text(format!("\"Result of the tool call {id}:\"")));
                self.media.extend(media);
            }
        }
        if failed {
            parts.begin_with("Error");
        }
        let is_list = !self.target.is_translated() && content.starts_with('[');
        Ok(Some(if is_list { parts.into_list() } else { parts.into_value() }))
    }

    /// The calls of a message; `None` if there are none or they stay as they are.
    fn calls(&mut self, calls: Option<&str>) -> Option<String> {
        let (mut list, mut is_same) = (List::default(), true);
        for raw in calls.and_then(entries).unwrap_or_default() {
            let call = Members::of(raw.get()).ok()?;
            let mut edits = self
                .target
                .without_extensions(&call, &["custom", "function", "id", "type"], CALLS);
            edits.set_if("id", self.target.short_id(given(&call, "id")));
            edits.set_if("function", tools::renamed(&call, self.target));
            is_same &= edits.is_empty();
            list.push(edits.apply(&call, raw.get()).as_bytes());
        }
        (!is_same).then(|| String::from_utf8(list.into_text()).unwrap_or_default())
    }

    /// Writes what was put by as a message of the user.
    fn write_media(&mut self) {
        let list = std::mem::take(&mut self.media);
        if list.is_empty() {
            return;
        }
        let content = Parts { list }.into_list();
        self.messages.push_object(|message| {
            message.raw("role", "\"user\"");
            message.raw("content", content);
        });
    }
}
