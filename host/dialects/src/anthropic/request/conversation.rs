//! The conversation: a system prompt and turns of blocks become OpenAI's messages.

use serde_json::value::RawValue;

use super::content::Parts;
use crate::anthropic::call_id;
use crate::fault::RequestFault;
use crate::json::block::Block;
use crate::json::fields::{entries, given};
use crate::json::raw::inside;
use crate::json::{List, Members, json_string};
use crate::words::signature::UNSIGNED;

/// What the model said in one turn, or in a part of it.
#[derive(Default)]
struct Assistant<'a> {
    /// The thinking as text: the inside of a JSON string.
    reasoning: String,
    /// The blocks of thinking that have the vendor's signature.
    thinking_blocks: List,
    parts: Parts<'a>,
    calls: List,
    /// The turn's further members, which its first message has.
    others: Vec<&'a str>,
}

/// The value of `messages`: the system prompt first, then the turns in order.
///
/// # Errors
/// If a message or block is not of its shape; the fault names its path.
pub(super) fn translate(members: &Members<'_>) -> Result<Vec<u8>, RequestFault> {
    let mut messages = List::default();
    if let Some(system) = given(members, "system") {
        write_system(system, &mut messages)?;
    }
    let turns = given(members, "messages").and_then(entries);
    for (index, turn) in turns.unwrap_or_default().into_iter().enumerate() {
        write_turn(turn, &mut messages).map_err(|fault| fault.within(&format!("messages[{index}]")))?;
    }
    Ok(messages.into_text())
}

/// Blocks of plain text become one text, joined as the adapter itself would: not every upstream accepts parts in a
/// system message. If a block marks a cache breakpoint, all become parts.
fn write_system(system: &str, messages: &mut List) -> Result<(), RequestFault> {
    let write = |messages: &mut List, content: &[u8]| {
        messages.push_object(|message| {
            message.raw("role", "\"system\"");
            message.raw("content", content);
        });
    };
    if system.starts_with('"') {
        write(messages, system.as_bytes());
        return Ok(());
    }
    let fault = |message| RequestFault::new("system", message);
    let blocks = entries(system).ok_or_else(|| fault("must be a string or a list of text blocks"))?;
    let (mut parts, mut texts) = (Parts::default(), Some(Vec::new()));
    for (index, raw) in blocks.into_iter().enumerate() {
        let block = Block::content(raw)
            .and_then(|block| {
                parts.push(&block)?;
                Ok(block)
            })
            .map_err(|fault| fault.within(&format!("system[{index}]")))?;
        let text = (block.kind == "text" && block.has_only(&["type", "text"]))
            .then(|| block.get("text"))
            .flatten();
        texts = texts.zip(text).map(|(mut texts, text)| {
            texts.push(inside(text));
            texts
        });
    }
    let joined = texts.map(|texts| format!("\"{}\"", texts.join("\\n\\n")).into_bytes());
    match joined.filter(|text| text != b"\"\"") {
        Some(text) => write(messages, &text),
        None => {
            if let Some(parts) = parts.into_value() {
                write(messages, &parts);
            }
        }
    }
    Ok(())
}

fn write_turn(turn: &RawValue, messages: &mut List) -> Result<(), RequestFault> {
    let turn = Block::read(turn, "role")?;
    let content = turn
        .get("content")
        .ok_or_else(|| RequestFault::new("content", "is missing; give a string or a list of content blocks"))?;
    match turn.kind.as_str() {
        "user" | "system" => write_user(&turn, content, messages),
        "assistant" => write_assistant(&turn, content, messages),
        "" => Err(RequestFault::new("role", "is missing; give user or assistant")),
        _ => Err(RequestFault::new("role", "must be user or assistant")),
    }
}

/// Tool results become messages of their own, which come first: both APIs require them right after the calls.
fn write_user<'a>(turn: &Block<'a>, content: &'a str, messages: &mut List) -> Result<(), RequestFault> {
    let (mut parts, mut has_results) = (Parts::default(), false);
    if content.starts_with('"') {
        parts.push_text(content);
    } else {
        Parts::each_block(content, |block| match block.kind.as_str() {
            "tool_result" => {
                has_results = true;
                write_tool_result(&block, messages)
            }
            kind @ ("tool_use" | "thinking" | "redacted_thinking") => Err(misplaced(kind, "assistant")),
            _ => parts.push(&block),
        })?;
    }
    if parts.is_empty() && has_results {
        return Ok(());
    }
    messages.push_object(|message| {
        message.string("role", &turn.kind);
        message.raw("content", parts.into_value().unwrap_or(b"\"\"".to_vec()));
        message.members(turn.others(&["role", "content"]));
    });
    Ok(())
}

fn write_tool_result(block: &Block<'_>, messages: &mut List) -> Result<(), RequestFault> {
    let id = block.name("tool_use_id")?;
    let mut parts = Parts::default();
    match block.get("content") {
        None => {}
        Some(text) if text.starts_with('"') => parts.push_text(text),
        Some(content) => Parts::each_block(content, |block| parts.push(&block))?,
    }
    messages.push_object(|message| {
        message.raw("role", "\"tool\"");
        message.raw("tool_call_id", &*call_id::original(id));
        message.raw("content", parts.into_value().unwrap_or(b"\"\"".to_vec()));
        message.members(block.others(&["type", "tool_use_id", "content"]));
    });
    Ok(())
}

fn write_assistant<'a>(turn: &Block<'a>, content: &'a str, messages: &mut List) -> Result<(), RequestFault> {
    let mut said = Assistant {
        others: turn.others(&["role", "content"]).collect(),
        ..Assistant::default()
    };
    if content.starts_with('"') {
        said.parts.push_text(content);
    } else {
        Parts::each_block(content, |block| match block.kind.as_str() {
            kind @ "tool_result" => Err(misplaced(kind, "user")),
            kind => {
                if said.must_end_before(kind) {
                    std::mem::take(&mut said).write(messages);
                }
                said.push(&block)
            }
        })?;
    }
    said.write(messages);
    Ok(())
}

fn misplaced(kind: &str, role: &str) -> RequestFault {
    let article = if role == "user" { "a" } else { "an" };
    RequestFault::new("type", format!("{kind} belongs in {article} {role} message"))
}

// === impl Assistant ===

impl<'a> Assistant<'a> {
    /// In a canonical message, thinking comes first and calls come last. Thinking after something else begins a new
    /// message, which keeps the signed order; so does a block of the vendor's own after a call. Nothing else begins a
    /// message after a call: OpenAI's upstreams allow no message between a call and its result.
    fn must_end_before(&self, kind: &str) -> bool {
        match kind {
            "thinking" | "redacted_thinking" => !self.parts.is_empty() && self.calls.is_empty(),
            "text" | "image" | "document" | "tool_use" => false,
            _ => !self.calls.is_empty(),
        }
    }

    fn push(&mut self, block: &Block<'a>) -> Result<(), RequestFault> {
        match block.kind.as_str() {
            "thinking" | "redacted_thinking" => self.push_thinking(block),
            "tool_use" => self.push_call(block),
            _ => self.parts.push(block),
        }
    }

    fn push_thinking(&mut self, block: &Block<'a>) -> Result<(), RequestFault> {
        if block.kind == "redacted_thinking" {
            block.string("data")?;
            self.thinking_blocks.push(block.text);
            return Ok(());
        }
        let text = block.string("thinking")?;
        self.reasoning.push_str(inside(text));
        // Thinking from a vendor without signatures is of use as text only.
        if let Some(signature) = block.get("signature").filter(|it| !matches!(*it, "\"\"" | UNSIGNED)) {
            self.thinking_blocks.push_object(|piece| {
                piece.raw("type", "\"thinking\"");
                piece.raw("thinking", text);
                piece.raw("signature", signature);
                piece.members(block.others(&["type", "thinking", "signature"]));
            });
        }
        Ok(())
    }

    fn push_call(&mut self, block: &Block<'a>) -> Result<(), RequestFault> {
        let (id, name) = (block.name("id")?, block.name("name")?);
        let input = block.get("input").unwrap_or("{}");
        if !input.starts_with('{') {
            return Err(RequestFault::new("input", "must be an object"));
        }
        self.calls.push_object(|call| {
            call.raw("id", &*call_id::original(id));
            call.raw("type", "\"function\"");
            call.object("function", |function| {
                function.raw("name", name);
                function.raw("arguments", json_string(input));
            });
            call.members(block.others(&["type", "id", "name", "input"]));
        });
        Ok(())
    }

    fn write(self, messages: &mut List) {
        let nothing: &[u8] = if self.calls.is_empty() { b"\"\"" } else { b"null" };
        messages.push_object(|message| {
            message.raw("role", "\"assistant\"");
            message.raw("content", self.parts.into_value().unwrap_or(nothing.to_vec()));
            if !self.reasoning.is_empty() {
                message.raw("reasoning_content", format!("\"{}\"", self.reasoning));
            }
            if !self.thinking_blocks.is_empty() {
                message.raw("thinking_blocks", self.thinking_blocks.into_text());
            }
            if !self.calls.is_empty() {
                message.raw("tool_calls", self.calls.into_text());
            }
            message.members(self.others);
        });
    }
}
