//! A client's request: read as far as the host needs to, and translated where the upstream needs it.
//!
//! `contents` is the conversation, of which `parts` are what somebody says and `pairing` finds out which result belongs to
//! which call; `tools` is what the model may call, with a `schema` each; `generation` is how it is to answer, and
//! `embedding` what is to become a vector.

mod contents;
mod embedding;
pub(super) mod generation;
mod pairing;
mod parts;
mod schema;
#[cfg(test)]
mod tests;
mod tools;

use memchr::memmem;

use super::spelled::{Spelled, value};
use crate::fault::RequestFault;
use crate::json::Members;
use crate::json::fields::{self, entries};
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::standard::Dropped;
use crate::translated::Translated;

/// A member of the canonical request: its name, and its value as JSON.
type Member = (&'static str, Vec<u8>);

/// The members that a plugin gets only if it asks for the whole body.
const BULK: [&str; 6] = [
    "contents",
    "systemInstruction",
    "system_instruction",
    "content",
    "requests",
    "generateContentRequest",
];

/// The members that the path says.
const ADDRESSED: [&str; 2] = ["model", "stream"];

/// The members that an adapter of the vendor's own takes in a chat.
const VENDORS: [&str; 2] = ["safetySettings", "labels"];

/// How results of tools stand in a request, which is how the gateway knows that one is under way.
const RESULTS: [&[u8]; 2] = [b"\"functionResponse\"", b"\"function_response\""];

/// Reads the body of a request with what its path says.
///
/// Sources: <https://ai.google.dev/api/generate-content>, <https://ai.google.dev/api/tokens>,
/// <https://ai.google.dev/api/embeddings>.
///
/// # Errors
/// If what the operation needs is missing or of the wrong type.
pub(super) fn read(operation: Operation, members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = fields::model(&members)?;
    let stream = fields::flag(&members, "stream")?;
    match operation {
        Operation::Embeddings => embedding::check(&members)?,
        _ => check_contents(&counted(&members)?)?,
    }
    let is_pinned = |text: &[u8]| RESULTS.iter().any(|result| memmem::find(text, result).is_some());
    let contents = value(&members, "contents").map(|contents| contents.get().as_bytes());
    Ok(ParsedRequest {
        operation,
        model,
        stream,
        // The last event always has the usage.
        include_usage: true,
        pinned: contents.is_some_and(is_pinned),
        members,
        bulk: &BULK,
    })
}

fn check_contents(request: &Spelled<'_>) -> Result<(), RequestFault> {
    let missing = |is: &str| {
        let message =
            format!("{is}; give a list such as [{{\"role\": \"user\", \"parts\": [{{\"text\": \"Hello\"}}]}}]");
        Err(RequestFault::new("contents", message))
    };
    match request.get("contents").map(entries) {
        None => missing("is missing"),
        Some(None) => missing("must be a list"),
        Some(Some(contents)) if contents.is_empty() => missing("is empty"),
        Some(Some(contents)) => match contents.iter().position(|content| !content.get().starts_with('{')) {
            Some(index) => Err(RequestFault::new(format!("contents[{index}]"), "must be an object")),
            None => Ok(()),
        },
    }
}

/// The request itself, or the one whose tokens are to be counted.
fn counted<'a>(members: &Members<'a>) -> Result<Spelled<'a>, RequestFault> {
    let outer = Spelled::of(members.clone());
    Ok(outer.object("generateContentRequest")?.unwrap_or(outer))
}

/// The same request in the canonical dialect. Thinking that is sealed for a provider is opened if it `is_asked`.
///
/// # Errors
/// If a part of it is not of its shape, or has no counterpart there; the fault names its path.
pub(super) fn translated(
    request: &ParsedRequest<'_>,
    is_asked: &dyn Fn(&str) -> bool,
) -> Result<Translated, RequestFault> {
    if request.operation == Operation::Embeddings {
        return embedding::translated(&request.members);
    }
    let model = fields::given(&request.members, "model").unwrap_or_default();
    let inner = counted(&request.members)?;
    let mut dropped = Dropped::default();
    let mut set: Vec<Member> = vec![("model", model.into())];
    if request.stream {
        set.push(("stream", b"true".to_vec()));
        set.push(("stream_options", br#"{"include_usage":true}"#.to_vec()));
    }
    set.extend(generation::translate(&inner, &mut dropped)?);
    set.extend(tools::translate(&inner, &mut dropped)?);
    set.extend(vendors(&inner)?);
    let messages = contents::translate(&inner, is_asked, &mut dropped)?;
    if messages == b"[]" {
        let message = "has nothing that a chat has words for; give a text of the user";
        return Err(RequestFault::new("contents", message));
    }
    inner.pass_over(&ADDRESSED);
    dropped.add_all("", inner.unread());
    Ok(Translated::chat(&set, messages, dropped))
}

/// The members that a chat has no words for, and the vendor's own adapters have.
fn vendors(request: &Spelled<'_>) -> Result<Vec<Member>, RequestFault> {
    if request.get("cachedContent").is_some() {
        let message = "contents are not cached here; leave it out, and send the contents themselves";
        return Err(RequestFault::new("cachedContent", message));
    }
    let given = VENDORS
        .iter()
        .filter_map(|name| Some((*name, request.get(name)?)))
        .filter(|(_, value)| !matches!(*value, "[]" | "{}"));
    Ok(given.map(|(name, value)| (name, value.into())).collect())
}
