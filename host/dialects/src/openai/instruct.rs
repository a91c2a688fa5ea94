//! Instructions in a chat: messages of the role `system`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::fault::RequestFault;
use crate::json::{Edited, List, Replacement, place_of};
use crate::request::ParsedRequest;
use crate::texts::instruct::{Instruction, InstructionPlace, at, replaces};

/// Who speaks, as far as a message has been read.
#[derive(Default)]
struct Role(Option<String>);

/// The request with these instructions. What goes before everything else needs no look at the messages, and what follows
/// the client's own only one at these.
///
/// # Errors
/// If the messages are no list of messages.
pub(super) fn instructed(request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
    let whole = request.members.text();
    let fault = || RequestFault::new("messages", "must be a list of at least one message");
    let messages = request.members.get("messages").ok_or_else(fault)?;
    let start = place_of(whole, messages.get()).start + 1;
    let first = at(instructions, InstructionPlace::First).chain(at(instructions, InstructionPlace::Only));
    let last = written(at(instructions, InstructionPlace::Last));
    let mut edits: Vec<Replacement<'_>> = Vec::new();
    let (mut head, mut is_rest) = (written(first), true);
    if replaces(instructions) {
        let entries: Vec<&RawValue> = serde_json::from_str(messages.get()).map_err(|_| fault())?;
        let places: Vec<Range<usize>> = entries.iter().map(|entry| place_of(whole, entry.get())).collect();
        let system: Vec<bool> = entries.iter().map(|entry| is_system(entry.get())).collect();
        head = joined(head, last);
        is_rest = system.contains(&false);
        edits.extend(removals(&places, &system).map(|at| (at, Cow::Borrowed(""))));
    } else if !last.is_empty() {
        match leading_end(messages.get()).map(|end| start - 1 + end) {
            None => head = joined(head, last),
            Some(end) => edits.push((end..end, format!(",{last}").into())),
        }
    }
    if !head.is_empty() {
        let comma = if is_rest { "," } else { "" };
        edits.push((start..start, format!("{head}{comma}").into()));
    }
    Ok(Edited::within(&request.members, edits))
}

/// Where the last of the system messages ends that a list begins with; `None` if it begins with another one. What follows
/// is not looked at.
fn leading_end(messages: &str) -> Option<usize> {
    let mut end = None;
    let mut rest = messages.strip_prefix('[')?;
    loop {
        rest = rest.trim_start();
        if !is_system(rest) {
            return end;
        }
        let entry = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>().next();
        let Some(Ok(entry)) = entry else { return end };
        let place = place_of(messages, entry.get());
        end = Some(place.end);
        match messages[place.end..].trim_start().strip_prefix(',') {
            Some(next) => rest = next,
            None => return end,
        }
    }
}

/// Messages as they stand in a list, without its brackets.
fn written<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut list = List::default();
    for text in texts {
        list.push_object(|message| {
            message.raw("role", "\"system\"");
            message.string("content", text);
        });
    }
    let list = String::from_utf8(list.into_text()).unwrap_or_default();
    list[1..list.len() - 1].to_owned()
}

fn joined(first: String, then: String) -> String {
    match (first.is_empty(), then.is_empty()) {
        (true, _) => then,
        (_, true) => first,
        _ => format!("{first},{then}"),
    }
}

/// Whether a text begins with a system message. Of a message that names its role first, nothing else is read.
fn is_system(text: &str) -> bool {
    let mut role = Role::default();
    // An error is how reading ends early.
    let _ = serde_json::Deserializer::from_str(text).deserialize_map(&mut role);
    matches!(role.0.as_deref(), Some("system" | "developer"))
}

// === impl Role ===

impl<'de> Visitor<'de> for &mut Role {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a message")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut message: M) -> Result<(), M::Error> {
        while let Some(member) = message.next_key::<Cow<'de, str>>()? {
            if member == "role" {
                self.0 = message.next_value()?;
                return Err(Error::custom("the rest is of no interest"));
            }
            message.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// What to cut so that these entries go, each with the comma that parted it from what stays.
fn removals<'p>(places: &'p [Range<usize>], gone: &'p [bool]) -> impl Iterator<Item = Range<usize>> + 'p {
    let last_kept = gone.iter().rposition(|gone| !gone);
    places
        .iter()
        .enumerate()
        .filter(|(index, _)| gone[*index])
        .map(move |(index, place)| {
            match (places.get(index + 1), last_kept) {
                // Something that stays follows.
                (Some(next), Some(kept)) if index < kept => place.start..next.start,
                (_, Some(_)) => places[index - 1].end..place.end,
                (next, None) => place.start..next.map_or(place.end, |next| next.start),
            }
        })
}
