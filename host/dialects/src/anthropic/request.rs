//! A client's Messages request: read as far as the host needs to, and translated where the upstream needs it.

mod content;
mod conversation;
mod parameters;
#[cfg(test)]
mod tests;
mod tools;

use serde_json::json;

use crate::fault::RequestFault;
use crate::json::fields::{self, given};
use crate::json::skim::Skim;
use crate::json::{Members, Object};
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::standard::Dropped;

/// The members that a plugin gets only if it asks for the whole body.
const BULK: [&str; 4] = ["messages", "system", "input", "documents"];

/// The choices that OpenAI has too.
const CHOICES: [&str; 4] = ["\"any\"", "\"auto\"", "\"none\"", "\"tool\""];

/// Reads the body of `POST /v1/messages`.
///
/// Source: <https://platform.claude.com/docs/en/api/messages/create>.
///
/// # Errors
/// If `model`, `max_tokens`, `messages` or `stream` is missing or of the wrong type, or it asks for a thread.
pub(super) fn read(members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let request = read_prompt(Operation::Chat, members)?;
    match fields::count(&request.members, "max_tokens")? {
        Some(_) => without_thread(request),
        None => Err(RequestFault::new(
            "max_tokens",
            "is missing; give the most tokens that the reply may have",
        )),
    }
}

/// Reads the body of `POST /v1/messages/count_tokens`, which needs no `max_tokens`.
///
/// # Errors
/// As [`read`].
pub(super) fn read_count(members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    without_thread(read_prompt(Operation::CountTokens, members)?)
}

/// The same request in the canonical dialect: OpenAI's chat JSON.
///
/// It is written so that the `anthropic` adapter would make an equal request of it, and with OpenAI's words wherever it
/// has some. What OpenAI has no words for (`thinking`, `top_k`, server tools, blocks of unknown kinds, `cache_control`,
/// …) travels as it came, byte for byte.
///
/// # Errors
/// If a message, block or tool is not of its shape; the fault names its path.
pub(super) fn canonical(members: &Members<'_>) -> Result<Vec<u8>, RequestFault> {
    let mut set = parameters::translate(members)?;
    set.extend(tools::translate(members)?);
    let messages = conversation::translate(members)?;
    let mut keys = parameters::TRANSLATED.to_vec();
    keys.extend(set.iter().map(|(key, _)| *key));
    let mut body = Vec::with_capacity(messages.len() + 1024);
    Object::write(&mut body, |body| {
        body.members(members.others(&keys).map(|(member, _)| member));
        for (key, value) in &set {
            body.raw(key, value);
        }
        body.raw("messages", messages);
    });
    Ok(body)
}

/// What has no place in the canonical form: further members of the tool choice, and of the form of the output.
pub(super) fn left_out(members: &Members<'_>) -> Dropped {
    let mut dropped = Dropped::default();
    let choice = given(members, "tool_choice").and_then(|text| Members::of(text).ok());
    if let Some(choice) = choice.filter(|choice| given(choice, "type").is_some_and(|kind| CHOICES.contains(&kind))) {
        lose(
            &choice,
            &["type", "name", "disable_parallel_tool_use"],
            "tool_choice",
            &mut dropped,
        );
    }
    let config = given(members, "output_config").and_then(|text| Members::of(text).ok());
    let format = config.and_then(|config| Members::of(given(&config, "format")?).ok());
    if let Some(format) = format.filter(|format| given(format, "type") == Some("\"json_schema\"")) {
        lose(&format, &["type", "schema"], "output_config.format", &mut dropped);
    }
    dropped
}

fn lose(object: &Members<'_>, kept: &[&str], place: &str, dropped: &mut Dropped) {
    let others = object
        .all()
        .filter(|(name, value)| !kept.contains(name) && value.get() != "null");
    others.for_each(|(name, _)| dropped.add(place, name));
}

fn read_prompt(operation: Operation, members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = fields::model(&members)?;
    let messages = fields::required_list(&members, "messages", "message")?;
    if let Some(index) = messages.iter().position(|it| !it.get().starts_with('{')) {
        let field = format!("messages[{index}]");
        return Err(RequestFault::new(
            field,
            "must be an object such as {\"role\": \"user\", \"content\": \"Hello\"}",
        ));
    }
    let stream = fields::flag(&members, "stream")?;
    Ok(ParsedRequest {
        operation,
        model,
        stream,
        // In Anthropic's streams the usage is always there.
        include_usage: true,
        pinned: has_tool_result(&members),
        members,
        bulk: &BULK,
    })
}

/// A thread is a conversation that the vendor keeps, so that later requests hold only what is new. No one keeps it
/// across a chain of providers. The SDKs know this refusal and send the whole conversation instead.
fn without_thread(request: ParsedRequest<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    if request.members.get("thread").is_none() {
        return Ok(request);
    }
    let message = "conversations are not kept here; send all messages with each request";
    Err(RequestFault {
        details: Some(Box::new(json!({
            "error_code": "thread_unsupported_request",
            "unsupported": ["thread"],
        }))),
        ..RequestFault::new("thread", message)
    })
}

/// True if the conversation holds the result of a client's tool.
fn has_tool_result(members: &Members<'_>) -> bool {
    let messages = given(members, "messages").unwrap_or_default();
    let mut found = false;
    Skim::of(messages.as_bytes()).items(|message| {
        message.member("content", |content| {
            content.items(|block| {
                block.member("type", |kind| found |= kind.value() == Some(br#""tool_result""#));
            });
        });
    });
    found
}
