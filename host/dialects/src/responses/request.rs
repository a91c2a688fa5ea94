//! A client's request for a response: read as far as the host needs to, and translated where the upstream needs it.
//!
//! `parameters` are its members but for the conversation, `tools` what the model may call, `items` the conversation: what
//! each says is a `content`.

mod content;
mod items;
mod parameters;
#[cfg(test)]
mod tests;
mod tools;

use memchr::memmem;

use crate::fault::RequestFault;
use crate::json::Members;
use crate::json::fields::{self, given};
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::standard::Dropped;
use crate::translated::Translated;

/// The members that a plugin gets only if it asks for the whole body.
const BULK: [&str; 1] = ["input"];

/// How the types of items end that hold a tool's result, which is how the gateway knows that one is under way.
const RESULT: &[u8] = b"_call_output\"";

/// Reads the body of `POST /v1/responses`, or of one of the endpoints below it. What is made shorter may be stored at its
/// vendor.
///
/// Source: <https://platform.openai.com/docs/api-reference/responses/create>.
///
/// # Errors
/// If `model`, `input` or `stream` is missing or of the wrong type.
pub(super) fn read(operation: Operation, members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = fields::model(&members)?;
    let input = given(&members, "input");
    match input.and_then(|input| input.bytes().next()) {
        None if operation == Operation::Compaction && given(&members, "previous_response_id").is_some() => {}
        None => return Err(RequestFault::new("input", "is missing; give a text or a list of items")),
        Some(b'"') => {}
        Some(b'[') => {
            let items = fields::required_list(&members, "input", "item")?;
            if let Some(index) = items.iter().position(|item| !item.get().starts_with('{')) {
                let message = "must be an object such as {\"role\": \"user\", \"content\": \"Hello\"}";
                return Err(RequestFault::new(format!("input[{index}]"), message));
            }
        }
        Some(_) => return Err(RequestFault::new("input", "must be a string or a list of items")),
    }
    let stream = fields::flag(&members, "stream")?;
    Ok(ParsedRequest {
        operation,
        model,
        stream,
        // The last event always has the usage.
        include_usage: true,
        pinned: memmem::find(input.unwrap_or_default().as_bytes(), RESULT).is_some(),
        members,
        bulk: &BULK,
    })
}

/// The same request in the canonical dialect: OpenAI's chat JSON. Reasoning that is sealed for a provider is opened if it
/// `is_asked`.
///
/// # Errors
/// If an item or a tool is not of its shape, or the request needs what is stored at its vendor; the fault names its path.
pub(super) fn translated(members: &Members<'_>, is_asked: &dyn Fn(&str) -> bool) -> Result<Translated, RequestFault> {
    let mut dropped = Dropped::default();
    let mut set = parameters::translate(members, &mut dropped)?;
    set.extend(tools::translate(members, &mut dropped)?);
    let messages = items::translate(members, is_asked, &mut dropped)?;
    if messages == b"[]" {
        let message = "has nothing that a chat has words for; give a message of the user";
        return Err(RequestFault::new("input", message));
    }
    Ok(Translated::chat(&set, messages, dropped))
}
