//! The texts of requests and of buffered replies, and instructions in a request.

use serde_json::value::RawValue;

use super::spelled::{spellings, value};
use crate::fault::RequestFault;
use crate::json::text::text;
use crate::json::{Edited, List, Members, Object};
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::texts::instruct::{Instruction, InstructionPlace, at, replaces};
use crate::texts::walk::{Problem, Walk, escaped, role};
use crate::texts::{TextKind, Texts};

/// How deep a tool's result is read.
const DEPTH: usize = 16;

/// The texts of a request.
///
/// # Errors
/// If two readers might find different ones.
pub(super) fn request(members: &Members<'_>) -> Result<Texts, Problem> {
    let mut walk = Walk::new(members.text());
    within(members, "", &mut walk);
    walk.finish()
}

fn within<'a>(members: &Members<'a>, path: &str, walk: &mut Walk<'a>) {
    walk.check(members, path);
    for name in spellings("systemInstruction") {
        if let Some(instruction) = members.get(&name) {
            walk.role = "system";
            let at = format!("{path}/{name}");
            walk.string(Some(instruction), at.clone(), TextKind::Text);
            content(instruction, &at, TextKind::Text, walk);
        }
    }
    if let Some(contents) = members.get("contents") {
        for (path, raw) in walk.list(contents, &format!("{path}/contents")) {
            walk.role = Members::of(raw.get()).map_or("user", |content| role(&content));
            content(raw, &path, TextKind::Text, walk);
        }
    }
    walk.role = "";
    if let Some(embedded) = members.get("content") {
        content(embedded, &format!("{path}/content"), TextKind::Input, walk);
    }
    if let Some(requests) = members.get("requests") {
        for (path, raw) in walk.list(requests, &format!("{path}/requests")) {
            if let Some(request) = walk.object(raw, &path)
                && let Some(embedded) = request.get("content")
            {
                content(embedded, &format!("{path}/content"), TextKind::Input, walk);
            }
        }
    }
    for name in spellings("generateContentRequest") {
        let at = format!("{path}/{name}");
        if let Some(inner) = members.get(&name).and_then(|inner| walk.object(inner, &at)) {
            within(&inner, &at, walk);
        }
    }
}

/// The texts of a buffered reply.
///
/// # Errors
/// If two readers might find different ones.
pub(super) fn reply(reply: &Members<'_>) -> Result<Texts, Problem> {
    let mut walk = Walk::new(reply.text());
    candidates(reply, &mut walk);
    walk.finish()
}

/// The texts of the candidates of a reply, or of an event of one.
pub(super) fn candidates<'a>(reply: &Members<'a>, walk: &mut Walk<'a>) {
    let Some(candidates) = reply.get("candidates") else {
        return;
    };
    walk.role = "assistant";
    for (place, (path, raw)) in (0_u32..).zip(walk.list(candidates, "/candidates")) {
        let Some(candidate) = walk.object(raw, &path) else {
            continue;
        };
        let index = candidate.get("index").and_then(|index| index.get().parse().ok());
        walk.choice = index.unwrap_or(place);
        if let Some(said) = candidate.get("content") {
            content(said, &format!("{path}/content"), TextKind::Text, walk);
        }
        for name in spellings("logprobsResult") {
            walk.echo(candidate.get(&name));
        }
    }
}

fn content<'a>(raw: &'a RawValue, path: &str, kind: TextKind, walk: &mut Walk<'a>) {
    let Some(content) = walk.object(raw, path) else {
        return;
    };
    let Some(parts) = content.get("parts") else {
        return;
    };
    for (path, raw) in walk.list(parts, &format!("{path}/parts")) {
        if let Some(part) = walk.object(raw, &path) {
            self::part(&part, &path, kind, walk);
        }
    }
}

fn part<'a>(part: &Members<'a>, path: &str, kind: TextKind, walk: &mut Walk<'a>) {
    let is_thought = part.get("thought").is_some_and(|thought| thought.get() == "true");
    let kind = if is_thought { TextKind::Reasoning } else { kind };
    walk.string(part.get("text"), format!("{path}/text"), kind);
    for name in spellings("functionCall") {
        let at = format!("{path}/{name}");
        if let Some(call) = part.get(&name).and_then(|call| walk.object(call, &at)) {
            walk.arguments(call.get("args"), format!("{at}/args"));
        }
    }
    for name in spellings("functionResponse") {
        let at = format!("{path}/{name}");
        if let Some(result) = part.get(&name).and_then(|result| walk.object(result, &at)) {
            let spoken = std::mem::replace(&mut walk.role, "tool");
            if let Some(response) = result.get("response") {
                values(response, &format!("{at}/response"), DEPTH, walk);
            }
            walk.role = spoken;
        }
    }
}

/// Every text in a tool's result.
fn values<'a>(value: &'a RawValue, path: &str, depth: usize, walk: &mut Walk<'a>) {
    match value.get().as_bytes().first() {
        Some(b'"') => walk.string(Some(value), path.to_owned(), TextKind::Text),
        Some(b'[' | b'{') if depth == 0 => walk.problem(path, "is nested too deep"),
        Some(b'[') => {
            for (path, entry) in walk.list(value, path) {
                values(entry, &path, depth - 1, walk);
            }
        }
        Some(b'{') => {
            if let Some(members) = walk.object(value, path) {
                for (name, inner) in members.all() {
                    values(inner, &format!("{path}/{}", escaped(name)), depth - 1, walk);
                }
            }
        }
        _ => {}
    }
}

/// The request with these instructions. Nothing else of it is read.
///
/// # Errors
/// If its own are not of their shape, or its operation takes none.
pub(super) fn instructed(request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
    if request.operation == Operation::Embeddings {
        return Err(RequestFault::new(
            "body",
            "a request for embeddings takes no instructions",
        ));
    }
    let members = &request.members;
    let key = spellings("systemInstruction")
        .into_iter()
        .find(|name| members.get(name).is_some());
    let key = key.unwrap_or_else(|| "systemInstruction".to_owned());
    let own = value(members, "systemInstruction").filter(|_| !replaces(instructions));
    let mut parts = List::default();
    let mut say = |texts: &mut dyn Iterator<Item = &str>| {
        texts.for_each(|text| parts.push_object(|part| part.string("text", text)));
    };
    say(&mut at(instructions, InstructionPlace::First).chain(at(instructions, InstructionPlace::Only)));
    for part in own.map(own_parts).transpose()?.unwrap_or_default() {
        parts.push(part);
    }
    for text in at(instructions, InstructionPlace::Last) {
        parts.push_object(|part| part.string("text", text));
    }
    let written = Object::text(|instruction| instruction.raw("parts", parts.into_text()));
    let written = String::from_utf8(written).unwrap_or_default();
    Ok(members.set(&[(&key, Some(&written))]))
}

/// The parts of the client's own instruction.
fn own_parts(instruction: &RawValue) -> Result<Vec<Vec<u8>>, RequestFault> {
    let fault = || RequestFault::new("systemInstruction", "must be a content with a list of parts");
    if let Some(text) = text(instruction) {
        return Ok(vec![Object::text(|part| part.string("text", &text))]);
    }
    let members = Members::of(instruction.get()).map_err(|_| fault())?;
    let Some(parts) = value(&members, "parts") else {
        return Ok(Vec::new());
    };
    let parts = crate::json::fields::entries(parts.get()).ok_or_else(fault)?;
    Ok(parts.into_iter().map(|part| part.get().into()).collect())
}
