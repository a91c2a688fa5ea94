//! A client's chat request.

#[cfg(test)]
mod tests;

use serde::Deserialize;

use crate::bounds::CHOICES;
use crate::fault::RequestFault;
use crate::json::Members;
use crate::json::fields::{self, given};
use crate::json::skim::Skim;
use crate::operation::Operation;
use crate::request::ParsedRequest;

/// The members of a canonical request that a plugin gets only if it asks for the whole body.
pub const BULK: [&str; 3] = ["messages", "input", "documents"];

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

/// Reads the body of `POST /v1/chat/completions`.
///
/// # Errors
/// If `model`, `messages`, `stream` or `stream_options` is missing or of the wrong
/// type.
pub(super) fn read(members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = fields::model(&members)?;
    check_messages(given(&members, "messages"))?;
    check_n(&members)?;
    let stream = fields::flag(&members, "stream")?;
    let include_usage = include_usage(&members)?;
    Ok(ParsedRequest {
        operation: Operation::Chat,
        model,
        stream,
        include_usage,
        pinned: has_tool_message(&members),
        members,
        bulk: &BULK,
    })
}

/// True if the conversation holds the result of a tool.
fn has_tool_message(members: &Members<'_>) -> bool {
    let messages = given(members, "messages").unwrap_or_default();
    let mut found = false;
    Skim::of(messages.as_bytes()).items(|message| {
        message.member("role", |role| found |= role.value() == Some(br#""tool""#));
    });
    found
}

fn check_messages(messages: Option<&str>) -> Result<(), RequestFault> {
    let fault = |message: &str| Err(RequestFault::new("messages", message));
    match messages.map(|messages| messages.strip_prefix('[')) {
        None => fault("is missing; give a list of at least one message"),
        Some(None) => fault("must be a list of at least one message"),
        Some(Some(rest)) if rest.trim_start().starts_with(']') => {
            fault("is empty; give a list of at least one message")
        }
        Some(Some(_)) => Ok(()),
    }
}

/// A reply of more choices would be refused as the upstream's fault. A count that makes no sense is the upstream's to judge.
pub(crate) fn check_n(members: &Members<'_>) -> Result<(), RequestFault> {
    let n = given(members, "n").and_then(|n| n.parse::<u64>().ok());
    if n.is_some_and(|n| n > CHOICES as u64) {
        return Err(RequestFault::new("n", format!("must be at most {CHOICES}")));
    }
    Ok(())
}

/// Whether the client wants the usage of a stream.
pub(crate) fn include_usage(members: &Members<'_>) -> Result<bool, RequestFault> {
    given(members, "stream_options").map_or(Ok(false), read_include_usage)
}

fn read_include_usage(options: &str) -> Result<bool, RequestFault> {
    // serde would read an array as the struct's fields in order.
    let object = options.starts_with('{').then_some(options);
    object
        .and_then(|object| serde_json::from_str::<StreamOptions>(object).ok())
        .map(|options| options.include_usage.unwrap_or(false))
        .ok_or_else(|| {
            let message = "must be an object such as {\"include_usage\": true}";
            RequestFault::new("stream_options", message)
        })
}
