//! A request for a completion, and the chat that stands for it.

use serde_json::value::RawValue;

use crate::fault::RequestFault;
use crate::json::{Members, fields};
use crate::openai::request::{check_n, include_usage};
use crate::operation::Operation;
use crate::request::ParsedRequest;

/// The members that a chat has no words for. What leaves them at this value asks for nothing.
const ABSENT: [(&str, &[&str]); 4] = [
    ("echo", &["false"]),
    ("logprobs", &["false"]),
    ("suffix", &["\"\""]),
    ("best_of", &["0", "1"]),
];

/// Reads the body of `POST /v1/completions`.
///
/// # Errors
/// If `model`, `prompt`, `stream` or `stream_options` is missing or of the wrong type.
pub(super) fn read(operation: Operation, members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = fields::model(&members)?;
    let prompt = fields::given(&members, "prompt");
    match prompt.and_then(|prompt| prompt.bytes().next()) {
        None => return Err(RequestFault::new("prompt", "is missing; give the text to complete")),
        Some(b'[') => drop(fields::required_list(&members, "prompt", "text")?),
        Some(b'"') => {}
        Some(_) => return Err(RequestFault::new("prompt", "must be a string or a list")),
    }
    let stream = fields::flag(&members, "stream")?;
    check_n(&members)?;
    let include_usage = include_usage(&members)?;
    Ok(ParsedRequest {
        operation,
        model,
        stream,
        include_usage,
        pinned: false,
        members,
        bulk: &["prompt"],
    })
}

/// The request as a chat with one message: the prompt. All other members stay byte for byte.
///
/// # Errors
/// If the prompt is not one text, or the client asks for what a chat has no words for. The fault names the field.
pub(super) fn as_chat(members: &Members<'_>) -> Result<Vec<u8>, RequestFault> {
    for (name, absent) in ABSENT {
        if fields::given(members, name).is_some_and(|value| !absent.contains(&value)) {
            let message = "is not possible with a chat model; leave it out, or use a model for completions";
            return Err(RequestFault::new(name, message));
        }
    }
    let prompt = one_text(members)?;
    let messages = format!(r#"[{{"role":"user","content":{prompt}}}]"#);
    let mut edits = vec![("messages", Some(messages.as_str())), ("prompt", None)];
    edits.extend(ABSENT.map(|(name, _)| (name, None)));
    Ok(members.with(&edits))
}

/// The prompt as the JSON of one text.
fn one_text<'a>(members: &Members<'a>) -> Result<&'a str, RequestFault> {
    let fault = |message: &str| RequestFault::new("prompt", message);
    let prompt = fields::given(members, "prompt").unwrap_or("\"\"");
    let entries: Vec<&RawValue> = fields::entries(prompt).unwrap_or_default();
    let text = match entries.as_slice() {
        [] => prompt,
        [only] => only.get(),
        [first, ..] if first.get().starts_with('"') => {
            let message =
                "must be one text for a chat model; send one request for each, or use a model for completions";
            return Err(fault(message));
        }
        _ => "",
    };
    if text.starts_with('"') {
        return Ok(text);
    }
    Err(fault(
        "must be a text for a chat model, not tokens; or use a model for completions",
    ))
}
