//! Checking the messages of a chat request as OpenAI does.

use serde_json::Value;

use crate::vendor::fault::{Fault, demand};
use crate::vendor::scenario::{Heard, hear};

/// What the messages say.
pub(super) fn read(messages: &Value) -> Result<Heard, Fault> {
    let messages = messages.as_array().filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| Fault::invalid("Missing required parameter: 'messages'."))?;
    let mut heard = Heard::default();
    // The ids of calls that still need their result.
    let mut open: Vec<String> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        if role != "tool" {
            demand(open.is_empty(), UNANSWERED)?;
            heard.results.clear();
        }
        match role {
            "system" | "developer" => text(index, &message["content"]).map(drop)?,
            "user" => user(index, message, &mut heard)?,
            "assistant" => open = assistant(index, message)?,
            "function" => {
                string(&message["name"], index)?;
                heard.results.push(text(index, &message["content"])?);
            }
            "tool" => {
                let id = message["tool_call_id"].as_str().unwrap_or_default();
                let place = open.iter().position(|known| known == id);
                open.remove(place.ok_or_else(|| Fault::invalid(STRAY))?);
                heard.results.push(text(index, &message["content"])?);
            }
            _ => {
                return Err(Fault::invalid(format!("Invalid value: 'messages[{index}].role'")));
            }
        }
    }
    demand(open.is_empty(), UNANSWERED)?;
    Ok(heard)
}

const UNANSWERED: &str = "An assistant message with 'tool_calls' must be followed by tool messages \
                          responding to each 'tool_call_id'.";
const STRAY: &str = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";

fn user(index: usize, message: &Value, heard: &mut Heard) -> Result<(), Fault> {
    heard.text.clear();
    heard.images.clear();
    heard.documents.clear();
    let Some(parts) = message["content"].as_array() else {
        hear(heard, &text(index, &message["content"])?);
        return Ok(());
    };
    for part in parts {
        match part["type"].as_str() {
            Some("text") => hear(heard, string(&part["text"], index)?),
            Some("image_url") => heard.images.push(image(string(&part["image_url"]["url"], index)?)?),
            Some("file") => heard.documents.push(file(&part["file"], index)?),
            Some("input_audio") => sound(&part["input_audio"], index)?,
            _ => return Err(wrong(index)),
        }
    }
    Ok(())
}

/// The name of a file, which must come as data or by its id.
fn file(file: &Value, index: usize) -> Result<Option<String>, Fault> {
    let is_data = file["file_data"]
        .as_str()
        .is_some_and(|data| data.starts_with("data:application/pdf;base64,"));
    demand(
        is_data || file["file_id"].is_string(),
        format!("Invalid 'messages[{index}].content': a file needs file_data or file_id"),
    )?;
    Ok(file["filename"].as_str().map(str::to_owned))
}

fn sound(sound: &Value, index: usize) -> Result<(), Fault> {
    let fits = sound["data"].is_string() && (sound["format"] == "wav" || sound["format"] == "mp3");
    demand(
        fits,
        format!("Invalid 'messages[{index}].content': a sound needs data, wav or mp3"),
    )
}

/// The ids of the message's tool calls.
fn assistant(index: usize, message: &Value) -> Result<Vec<String>, Fault> {
    let calls = message["tool_calls"].as_array();
    let calls_function = message["function_call"]["name"].is_string();
    if !message["content"].is_null() || (calls.is_none() && !calls_function) {
        text(index, &message["content"])?;
    }
    let id = |call: &Value| {
        let function = &call["function"];
        string(&function["name"], index)?;
        string(&function["arguments"], index)?;
        demand(
            call["type"] == "function",
            format!("Invalid 'messages[{index}].tool_calls'"),
        )?;
        Ok(string(&call["id"], index)?.to_owned())
    };
    calls.into_iter().flatten().map(id).collect()
}

/// Content that may be a string or parts of text.
fn text(index: usize, content: &Value) -> Result<String, Fault> {
    let Some(parts) = content.as_array() else {
        return string(content, index).map(str::to_owned);
    };
    let mut all = String::new();
    for part in parts {
        demand(part["type"] == "text", format!("Invalid 'messages[{index}].content'"))?;
        all.push_str(string(&part["text"], index)?);
    }
    Ok(all)
}

fn string(value: &Value, index: usize) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| wrong(index))
}

fn wrong(index: usize) -> Fault {
    Fault::invalid(format!("Invalid type for 'messages[{index}].content'"))
}

/// The media type of a `data:` URL, or the URL itself.
fn image(url: &str) -> Result<String, Fault> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(url.to_owned());
    }
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let (media_type, _) = data.ok_or_else(|| Fault::invalid("Invalid 'image_url'"))?;
    demand(
        media_type.starts_with("image/"),
        "Invalid MIME type. Only image types are supported.",
    )?;
    Ok(media_type.to_owned())
}
