//! Checking the messages of a Messages request as Anthropic does, and their order more strictly:
//! the vendor joins neighbours of one role, the double refuses them.

mod source;

use serde_json::Value;

use self::source::{document, image};
use super::request::closed;
use crate::vendor::fault::{Fault, demand};
use crate::vendor::scenario::{Heard, REDACTED, SIGNATURE, hear};

/// What the messages say.
pub(super) fn read(messages: &Value) -> Result<Heard, Fault> {
    let messages = messages.as_array().filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| Fault::invalid("messages: Field required"))?;
    let mut heard = Heard::default();
    // The ids of calls that need their result in the next message.
    let mut open: Vec<String> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let members = message.as_object().into_iter().flat_map(|members| members.keys());
        closed(members, &["content", "role"], &format!("messages.{index}."))?;
        let expected = if index % 2 == 0 { "user" } else { "assistant" };
        role(&message["role"], expected)?;
        if expected == "user" {
            user(index, &message["content"], &mut open, &mut heard)?;
        } else {
            open = assistant(index, &message["content"])?;
        }
    }
    demand(open.is_empty(), format!("{UNANSWERED}{}", open.join(", ")))?;
    Ok(heard)
}

const UNANSWERED: &str = "`tool_use` ids were found without `tool_result` blocks immediately after: ";

fn role(role: &Value, expected: &str) -> Result<(), Fault> {
    match role.as_str() {
        Some(role) if role == expected => Ok(()),
        Some(role @ ("user" | "assistant")) => Err(Fault::invalid(format!(
            "messages: roles must alternate between \"user\" and \"assistant\", but found \"{role}\""
        ))),
        _ => Err(Fault::invalid(format!("messages: Unexpected role {role}"))),
    }
}

fn user(index: usize, content: &Value, open: &mut Vec<String>, heard: &mut Heard) -> Result<(), Fault> {
    *heard = Heard::default();
    if let Some(text) = content.as_str() {
        demand(open.is_empty(), format!("{UNANSWERED}{}", open.join(", ")))?;
        hear(heard, filled(text, index)?);
        return Ok(());
    }
    for block in blocks(content, index)? {
        let kind = block["type"].as_str().unwrap_or_default();
        if kind != "tool_result" {
            demand(open.is_empty(), format!("{UNANSWERED}{}", open.join(", ")))?;
        }
        match kind {
            "text" => hear(heard, text_of(block, index)?),
            "image" => heard.images.push(image(&block["source"], index)?),
            "document" => heard.documents.push(document(block, index)?),
            "tool_result" => heard.results.push(result(block, index, open)?),
            _ => return Err(unexpected(index, kind)),
        }
    }
    Ok(())
}

/// The ids of the message's tool calls.
fn assistant(index: usize, content: &Value) -> Result<Vec<String>, Fault> {
    let (mut ids, mut searches) = (Vec::new(), Vec::new());
    if let Some(text) = content.as_str() {
        return filled(text, index).map(|_| ids);
    }
    for block in blocks(content, index)? {
        match block["type"].as_str().unwrap_or_default() {
            "text" => text_of(block, index).map(drop)?,
            "thinking" => {
                let message = format!("messages.{index}.content: Invalid `signature` in `thinking` block");
                demand(
                    block["thinking"].is_string() && block["signature"] == SIGNATURE,
                    message,
                )?;
            }
            "redacted_thinking" => {
                let message = format!("messages.{index}.content: Invalid `data` in `redacted_thinking` block");
                demand(block["data"] == REDACTED, message)?;
            }
            "tool_use" => ids.push(call(block, index)?),
            "server_tool_use" => searches.push(call(block, index)?),
            "web_search_tool_result" => {
                let message =
                    format!("messages.{index}.content: `web_search_tool_result` without its `server_tool_use`");
                let known = searches.iter().position(|id| block["tool_use_id"] == **id);
                searches.remove(known.ok_or_else(|| Fault::invalid(message))?);
            }
            kind => return Err(unexpected(index, kind)),
        }
    }
    let message = format!("messages.{index}.content: `server_tool_use` without its result");
    demand(searches.is_empty(), message)?;
    Ok(ids)
}

/// The id of a call, whoever runs the tool.
fn call(block: &Value, index: usize) -> Result<String, Fault> {
    let kind = block["type"].as_str().unwrap_or_default();
    let place = format!("messages.{index}.content.{kind}");
    demand(
        block["input"].is_object(),
        format!("{place}.input: Input should be a valid dictionary"),
    )?;
    demand(block["name"].is_string(), format!("{place}.name: Field required"))?;
    id(&block["id"], &place)
}

fn result(block: &Value, index: usize, open: &mut Vec<String>) -> Result<String, Fault> {
    let id = id(&block["tool_use_id"], &format!("messages.{index}.content.tool_result"))?;
    let place = open.iter().position(|known| *known == id);
    let stray = || Fault::invalid(format!("unexpected `tool_use_id` found in `tool_result` blocks: {id}"));
    open.remove(place.ok_or_else(stray)?);
    match &block["content"] {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        content => blocks(content, index)?
            .iter()
            .map(|block| match block["type"].as_str() {
                Some("image") => image(&block["source"], index),
                _ => text_of(block, index).map(str::to_owned),
            })
            .collect(),
    }
}

fn id(id: &Value, place: &str) -> Result<String, Fault> {
    let text = id.as_str().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let valid = !text.is_empty() && text.chars().all(fits);
    demand(
        valid,
        format!("{place}.id: String should match pattern '^[a-zA-Z0-9_-]+$'"),
    )?;
    Ok(text.to_owned())
}

fn blocks(content: &Value, index: usize) -> Result<&Vec<Value>, Fault> {
    let blocks = content.as_array().filter(|blocks| !blocks.is_empty());
    blocks.ok_or_else(|| Fault::invalid(format!("messages.{index}: content must be non-empty")))
}

fn text_of(block: &Value, index: usize) -> Result<&str, Fault> {
    let text = block["text"].as_str().filter(|_| block["type"] == "text");
    filled(text.ok_or_else(|| unexpected(index, "a block without text"))?, index)
}

fn filled(text: &str, index: usize) -> Result<&str, Fault> {
    let message = format!("messages.{index}: text content blocks must be non-empty");
    demand(!text.is_empty(), message).map(|()| text)
}

fn unexpected(index: usize, kind: &str) -> Fault {
    Fault::invalid(format!(
        "messages.{index}.content: Input tag '{kind}' is not expected here"
    ))
}
