//! The texts of requests and of buffered responses, and instructions in a request.

use serde_json::value::RawValue;

use crate::fault::RequestFault;
use crate::json::text::text;
use crate::json::{Edited, Members, fields, json_string};
use crate::texts::instruct::{Instruction, InstructionPlace, at, replaces};
use crate::texts::walk::{Problem, Walk, role};
use crate::texts::{TextKind, Texts};

/// The texts of a request.
///
/// # Errors
/// If two readers might find different ones.
pub(super) fn request(members: &Members<'_>) -> Result<Texts, Problem> {
    let mut walk = Walk::new(members.text());
    walk.check(members, "");
    walk.role = "system";
    walk.string(members.get("instructions"), "/instructions".to_owned(), TextKind::Text);
    if let Some(input) = members.get("input") {
        walk.role = "user";
        walk.string(Some(input), "/input".to_owned(), TextKind::Text);
        items(input, "/input", &mut walk);
    }
    walk.finish()
}

/// The texts of a buffered response.
///
/// # Errors
/// If two readers might find different ones.
pub(super) fn reply(reply: &Members<'_>) -> Result<Texts, Problem> {
    let mut walk = Walk::new(reply.text());
    if let Some(output) = reply.get("output") {
        items(output, "/output", &mut walk);
    }
    walk.finish()
}

/// The request with these instructions. Nothing else of it is read.
///
/// # Errors
/// If its own are no text.
pub(super) fn instructed(members: &Members<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
    let own = fields::text(members, "instructions")?;
    let own = own.filter(|own| !own.is_empty() && !replaces(instructions));
    let first = at(instructions, InstructionPlace::First).chain(at(instructions, InstructionPlace::Only));
    let last = at(instructions, InstructionPlace::Last);
    let texts: Vec<&str> = first.chain(own.as_deref()).chain(last).collect();
    let instructions = json_string(&texts.join("\n\n"));
    Ok(members.set(&[("instructions", Some(&instructions))]))
}

fn items<'a>(list: &'a RawValue, path: &str, walk: &mut Walk<'a>) {
    for (path, item) in walk.list(list, path) {
        if let Some(item) = walk.object(item, &path) {
            self::item(&item, &path, walk);
        }
    }
}

fn item<'a>(item: &Members<'a>, path: &str, walk: &mut Walk<'a>) {
    let kind = item.get("type").and_then(text).unwrap_or_default();
    let at = |member: &str| format!("{path}/{member}");
    walk.role = match kind.as_str() {
        "message" | "" => role(item),
        kind if kind.ends_with("_output") => "tool",
        _ => "assistant",
    };
    for member in ["content", "output"] {
        if let Some(said) = item.get(member) {
            match kind.as_str() {
                "reasoning" => walk.thoughts(said, &at(member)),
                _ => walk.blocks(said, &at(member)),
            }
        }
    }
    if let Some(summary) = item.get("summary") {
        walk.thoughts(summary, &at("summary"));
    }
    walk.arguments(item.get("arguments"), at("arguments"));
    walk.string(item.get("input"), at("input"), TextKind::ToolArguments);
}
