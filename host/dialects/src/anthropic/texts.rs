//! The texts of requests and buffered replies, and instructions in a request.

use serde_json::value::RawValue;

use crate::json::raw::inside;
use crate::json::{Edited, List, Members, Object, json_string};
use crate::request::ParsedRequest;
use crate::texts::Texts;
use crate::texts::instruct::{Instruction, InstructionPlace, at, replaces};
use crate::texts::walk::{Problem, Walk, role};

/// The texts of a request.
///
/// # Errors
/// If two readers might find different ones.
pub(super) fn request(members: &Members<'_>) -> Result<Texts, Problem> {
    let mut walk = Walk::new(members.text());
    walk.check(members, "");
    if let Some(system) = members.get("system") {
        walk.role = "system";
        walk.blocks(system, "/system");
    }
    let messages = members.get("messages").map(|messages| walk.list(messages, "/messages"));
    for (path, message) in messages.unwrap_or_default() {
        if let Some(message) = walk.object(message, &path) {
            walk.role = role(&message);
            walk.message(&message, &path);
        }
    }
    walk.finish()
}

/// The texts of a message that answers.
///
/// # Errors
/// If two readers might find different ones.
pub(super) fn reply(message: &Members<'_>) -> Result<Texts, Problem> {
    let mut walk = Walk::new(message.text());
    walk.role = "assistant";
    if let Some(content) = message.get("content") {
        walk.blocks(content, "/content");
    }
    walk.finish()
}

/// The request with these instructions, in its member `system`. Nothing else of it is read.
pub(super) fn instructed(request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Edited {
    let own = request
        .members
        .get("system")
        .filter(|system| !replaces(instructions) && !matches!(system.get(), "null" | "\"\"" | "[]"));
    let first: Vec<&str> = at(instructions, InstructionPlace::First).collect();
    let only = at(instructions, InstructionPlace::Only);
    let last = at(instructions, InstructionPlace::Last);
    let system = match own {
        None => {
            let texts: Vec<&str> = first.into_iter().chain(only).chain(last).collect();
            json_string(&texts.join("\n\n"))
        }
        Some(own) => around(own, &first, &last.collect::<Vec<_>>()),
    };
    request.members.set(&[("system", Some(&system))])
}

/// Blocks as they stand in a list, without its brackets.
fn blocks(texts: &[&str]) -> String {
    let mut list = List::default();
    for text in texts {
        list.push(Object::text(|block| {
            block.raw("type", "\"text\"");
            block.string("text", text);
        }));
    }
    let written = String::from_utf8(list.into_text()).unwrap_or_default();
    written[1..written.len() - 1].to_owned()
}

/// The client's system text with others before and after it: in one string, or as further blocks of its list.
fn around(own: &RawValue, first: &[&str], last: &[&str]) -> String {
    let own = own.get();
    if let Some(rest) = own.strip_prefix('[') {
        let (mut first, mut last) = (blocks(first), blocks(last));
        if !first.is_empty() {
            first.push(',');
        }
        if !last.is_empty() {
            last.insert(0, ',');
        }
        let rest = rest.strip_suffix(']').unwrap_or(rest);
        return format!("[{first}{rest}{last}]");
    }
    let text = |texts: &[&str]| inside(&json_string(&texts.join("\n\n"))).to_owned();
    let pieces = [text(first), inside(own).to_owned(), text(last)];
    let pieces: Vec<String> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
    format!("\"{}\"", pieces.join("\\n\\n"))
}
