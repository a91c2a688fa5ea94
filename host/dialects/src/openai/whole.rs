//! A chat reply in the other of its two shapes: a stream put together, or a whole reply taken apart.
//!
//! Some upstreams answer a streamed request with one JSON document, and some do the reverse.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::envelope::Envelope;
use crate::bounds::{CHOICES, ENTRIES, MEMBERS, check};
use crate::fault::StreamFault;
use crate::json::Node;

/// The lists in a message whose entries have an `index` in a stream, by which their pieces are joined.
const LISTS: [&str; 5] = [
    "tool_calls",
    "thinking_blocks",
    "content_blocks",
    "citations",
    "annotations",
];

/// Members that do not grow: whichever piece has one first decides.
const FIXED: [&str; 6] = ["format", "id", "index", "name", "role", "type"];

/// What stands in every chunk, and what is written anew.
const NOT_HEAD: [&str; 3] = ["choices", "object", "usage"];

/// The whole reply that a canonical stream says.
///
/// # Errors
/// [`StreamFault::Upstream`] if a chunk reports an error, [`StreamFault::Malformed`] if one makes no sense,
/// [`StreamFault::Truncated`] if a choice has no finish reason.
pub fn assembled<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, StreamFault> {
    let mut whole = Whole::default();
    let chunks = chunks.into_iter().map(<[u8]>::trim_ascii);
    for chunk in chunks.take_while(|chunk| *chunk != b"[DONE]") {
        if !chunk.is_empty() {
            whole.push(chunk)?;
        }
    }
    whole.finish()
}

/// The canonical stream that says the same as a whole reply: one chunk a line.
///
/// # Errors
/// [`StreamFault::Upstream`] if it reports an error, [`StreamFault::Malformed`] if it is no reply to a chat request.
pub fn taken_apart(body: &[u8]) -> Result<Vec<u8>, StreamFault> {
    let (text, _) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    let reply = Node::read(text)?;
    let choices = reply.get("choices").map(Node::entries).unwrap_or_default();
    if choices.is_empty() {
        return Err(StreamFault::malformed("it has no choices"));
    }
    check(choices.len(), CHOICES, "choices")?;
    let (mut contents, mut endings) = (Vec::new(), Vec::new());
    for (place, choice) in choices.iter().enumerate() {
        let (content, ending) = pieces(choice, place)?;
        contents.push(content);
        endings.push(ending);
    }
    let chunk = |choices: Vec<Node>| {
        let mut chunk = Node::Object(head(&reply));
        chunk.set("object", Node::Text("chat.completion.chunk".to_owned()));
        chunk.set("choices", Node::List(choices));
        chunk
    };
    let mut lines = vec![chunk(contents).json(), chunk(endings).json()];
    if let Some(usage) = reply.get("usage").filter(|usage| usage.is_given()) {
        let mut last = chunk(Vec::new());
        last.set("usage", usage.clone());
        lines.push(last.json());
    }
    Ok(lines.join(&b'\n'))
}

/// The members of a reply or a chunk that all chunks have.
fn head(reply: &Node) -> Vec<(String, Node)> {
    let members = reply.members().iter();
    members
        .filter(|(key, _)| !NOT_HEAD.contains(&&**key))
        .cloned()
        .collect()
}

/// A choice as two: its content, and its end.
fn pieces(choice: &Node, place: usize) -> Result<(Node, Node), StreamFault> {
    let mut content = choice.clone();
    let message = content
        .take("message")
        .filter(|message| matches!(message, Node::Object(_)));
    let mut delta = message.ok_or_else(|| StreamFault::malformed("a choice has no message"))?;
    for list in LISTS {
        if let Some(Node::List(entries)) = delta.take(list) {
            let entries = entries
                .into_iter()
                .enumerate()
                .map(|(place, entry)| indexed(entry, place));
            delta.set(list, Node::List(entries.collect()));
        }
    }
    let reason = content.take("finish_reason");
    let index = content.take("index").unwrap_or_else(|| number(place));
    let null = || Node::Raw("null".to_owned());
    let mut ending = Node::Object(Vec::new());
    for (key, value) in [
        ("index", index.clone()),
        ("delta", Node::Object(Vec::new())),
        ("finish_reason", reason.unwrap_or_else(null)),
    ] {
        ending.set(key, value);
    }
    content.set("index", index);
    content.set("delta", delta);
    content.set("finish_reason", null());
    Ok((content, ending))
}

fn number(number: usize) -> Node {
    Node::Raw(number.to_string())
}

fn indexed(mut entry: Node, place: usize) -> Node {
    if entry.get("index").is_none() {
        entry.set("index", number(place));
    }
    entry
}

/// A reply that grows chunk by chunk.
#[derive(Debug, Default)]
struct Whole {
    head: Vec<(String, Node)>,
    /// By index: the message, and the choice's other members.
    choices: BTreeMap<u64, (Node, Node)>,
    usage: Option<Node>,
}

// === impl Whole ===

impl Whole {
    fn push(&mut self, chunk: &[u8]) -> Result<(), StreamFault> {
        let (text, _) = Envelope::<serde::de::IgnoredAny>::read(chunk)?;
        let chunk = Node::read(text)?;
        for (key, value) in head(&chunk) {
            if value.is_given() && self.head.iter().all(|(known, _)| *known != key) {
                self.head.push((key, value));
            }
        }
        check(self.head.len(), MEMBERS, "members")?;
        if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_given()) {
            self.usage = Some(usage.clone());
        }
        for choice in chunk.get("choices").map(Node::entries).unwrap_or_default() {
            let mut others = choice.clone();
            let index = match others.take("index") {
                Some(Node::Raw(index)) => index.parse().unwrap_or(0),
                _ => 0,
            };
            let empty = || (Node::Object(Vec::new()), Node::Object(Vec::new()));
            let (message, known) = self.choices.entry(index).or_insert_with(empty);
            if let Some(delta) = others.take("delta") {
                join(message, delta)?;
            }
            join(known, others)?;
        }
        check(self.choices.len(), CHOICES, "choices")
    }

    fn finish(self) -> Result<Vec<u8>, StreamFault> {
        let is_finished = |(_, others): &(Node, Node)| others.get("finish_reason").is_some_and(Node::is_given);
        if self.choices.is_empty() || !self.choices.values().all(is_finished) {
            return Err(StreamFault::Truncated);
        }
        let mut reply = Node::Object(self.head);
        reply.set("object", Node::Text("chat.completion".to_owned()));
        let choices = self.choices.into_iter().map(|(index, (mut message, others))| {
            complete(&mut message);
            let mut choice = Node::Object(vec![("index".to_owned(), Node::Raw(index.to_string()))]);
            choice.set("message", message);
            for (key, value) in others.members() {
                choice.set(key, value.clone());
            }
            choice
        });
        reply.set("choices", Node::List(choices.collect()));
        if let Some(usage) = self.usage {
            reply.set("usage", usage);
        }
        Ok(reply.json())
    }
}

/// Gives a message what every whole one has, and takes from its lists the places that only a stream has.
fn complete(message: &mut Node) {
    for (key, default) in [
        ("role", Node::Text("assistant".to_owned())),
        ("content", Node::Raw("null".to_owned())),
    ] {
        if message.get(key).is_none() {
            message.set(key, default);
        }
    }
    for list in LISTS {
        if let Some(Node::List(mut entries)) = message.take(list) {
            for entry in &mut entries {
                entry.take("index");
            }
            message.set(list, Node::List(entries));
        }
    }
}

/// Joins a piece to what came before it, as the vendors' SDKs do: texts and lists grow, entries with the same `index`
/// are one, and what is not given changes nothing.
///
/// # Errors
/// If an object or a list gets more than a reply has.
fn join(whole: &mut Node, piece: Node) -> Result<(), StreamFault> {
    match (whole, piece) {
        (Node::Text(text), Node::Text(more)) => text.push_str(&more),
        (whole @ Node::Object(_), Node::Object(members)) => {
            for (key, value) in members {
                let known = whole.get(&key).is_some_and(Node::is_given);
                let is_fixed = FIXED.contains(&&*key);
                match whole.take(&key).filter(|_| known) {
                    Some(known) if is_fixed => whole.set(&key, known),
                    Some(mut known) => {
                        join(&mut known, value)?;
                        whole.set(&key, known);
                    }
                    None => whole.set(&key, value),
                }
                check(whole.members().len(), MEMBERS, "members in an object")?;
            }
        }
        (Node::List(entries), Node::List(more)) => {
            for piece in more {
                let index = piece.get("index").cloned();
                let known = entries
                    .iter_mut()
                    .find(|entry| index.is_some() && entry.get("index") == index.as_ref());
                match known {
                    Some(entry) => join(entry, piece)?,
                    None => entries.push(piece),
                }
                check(entries.len(), ENTRIES, "entries in a list")?;
            }
        }
        (whole, piece) if piece.is_given() => *whole = piece,
        _ => {}
    }
    Ok(())
}
