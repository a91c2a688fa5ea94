//! Instructions in a chat: messages of the role `system`.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::value::RawValue;

use crate::fault::RequestFault;
use crate::json::raw::ObjectOf;
use crate::json::{List, place_of};
use crate::request::ParsedRequest;
use crate::texts::instruct::{Instruction, InstructionPlace, at, replaces};
use crate::texts::spliced;

#[derive(serde::Deserialize)]
struct Spoken {
    role: Option<String>,
}

/// The request with these instructions. What goes before everything else needs no look at the messages.
///
/// # Errors
/// If the messages are no list of messages.
pub(super) fn instructed(request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Vec<u8>, RequestFault> {
    let whole = request.members.text();
    let fault = || RequestFault::new("messages", "must be a list of at least one message");
    let messages = request.members.get("messages").ok_or_else(fault)?;
    let start = place_of(whole, messages.get()).start + 1;
    let first = at(instructions, InstructionPlace::First).chain(at(instructions, InstructionPlace::Only));
    let last = at(instructions, InstructionPlace::Last);
    let mut edits: Vec<(Range<usize>, Cow<'_, str>)> = Vec::new();
    let (mut head, mut is_rest) = (written(first), true);
    let last = written(last);
    if replaces(instructions) || !last.is_empty() {
        let entries: Vec<&RawValue> = serde_json::from_str(messages.get()).map_err(|_| fault())?;
        let places: Vec<Range<usize>> = entries.iter().map(|entry| place_of(whole, entry.get())).collect();
        let system: Vec<bool> = entries.iter().map(|entry| is_system(entry)).collect();
        if replaces(instructions) {
            head = joined(head, last);
            is_rest = system.contains(&false);
            edits.extend(removals(&places, &system).map(|at| (at, Cow::Borrowed(""))));
        } else {
            match system.iter().take_while(|is_system| **is_system).count() {
                0 => head = joined(head, last),
                count => edits.push((places[count - 1].end..places[count - 1].end, format!(",{last}").into())),
            }
        }
    }
    if !head.is_empty() {
        let comma = if is_rest { "," } else { "" };
        edits.push((start..start, format!("{head}{comma}").into()));
    }
    Ok(spliced(whole.as_bytes(), edits))
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

fn is_system(message: &RawValue) -> bool {
    let spoken = serde_json::from_str::<ObjectOf<Spoken>>(message.get());
    let role = spoken.ok().and_then(|ObjectOf(spoken)| spoken.role);
    matches!(role.as_deref(), Some("system" | "developer"))
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
