//! What replies get back because their request was written otherwise: the client's names of tools, and its calls of
//! functions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::names::ToolNames;
use crate::calls::{Call, CallPiece, place_of};
use crate::fault::StreamFault;
use crate::json::fields::{entries, given};
use crate::json::raw::ObjectOf;
use crate::json::text::concat;
use crate::json::{List, Members, Object, json_string};

/// What the replies of a target get back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restoration {
    /// The tools whose names were shortened.
    pub(crate) names: ToolNames,
    /// The client offered functions, and the target got tools.
    pub(crate) functions: bool,
}

/// The calls of a reply so far, by choice: the first one of each is the client's `function_call`.
#[derive(Debug, Default)]
pub(crate) struct FunctionCalls(BTreeMap<u64, Vec<Call>>);

// === impl Restoration ===

impl Restoration {
    /// True if replies are as their client expects them.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && !self.functions
    }

    /// A whole canonical reply as its client expects it.
    ///
    /// # Errors
    /// If its calls are not told apart.
    pub fn restore<'j>(&self, reply: &'j [u8]) -> Result<Cow<'j, [u8]>, StreamFault> {
        self.restore_piece(reply, &mut FunctionCalls::default())
    }

    /// The same of a chunk.
    ///
    /// # Errors
    /// If its calls are not told apart.
    pub(crate) fn restore_piece<'j>(
        &self,
        json: &'j [u8],
        calls: &mut FunctionCalls,
    ) -> Result<Cow<'j, [u8]>, StreamFault> {
        let named = self.names.restore(json);
        if !self.functions {
            return Ok(named);
        }
        let restored = calls.restore(&named)?;
        Ok(restored.map_or(named, Cow::Owned))
    }
}

// === impl FunctionCalls ===

impl FunctionCalls {
    /// The reply or chunk with a `function_call` in place of calls of tools; `None` if it has none, or is no reply.
    fn restore(&mut self, json: &[u8]) -> Result<Option<Vec<u8>>, StreamFault> {
        let Ok(reply) = Members::parse(json) else {
            return Ok(None);
        };
        let Some(choices) = given(&reply, "choices").and_then(entries) else {
            return Ok(None);
        };
        let mut list = List::default();
        for (place, choice) in choices.into_iter().enumerate() {
            list.push(self.choice(choice.get(), place)?);
        }
        let choices = String::from_utf8(list.into_text()).unwrap_or_default();
        Ok(Some(reply.with(&[("choices", Some(&choices))])))
    }

    fn choice(&mut self, text: &str, place: usize) -> Result<Vec<u8>, StreamFault> {
        let Ok(choice) = Members::of(text) else {
            return Ok(text.as_bytes().to_vec());
        };
        let index = given(&choice, "index").and_then(|index| index.parse().ok());
        let known = self.0.entry(index.unwrap_or(place as u64)).or_default();
        let mut edits = Vec::new();
        for name in ["message", "delta"] {
            if let Some(message) = given(&choice, name) {
                edits.extend(with_function_call(message, known)?.map(|message| (name, message)));
            }
        }
        if given(&choice, "finish_reason") == Some("\"tool_calls\"") {
            edits.push(("finish_reason", "\"function_call\"".to_owned()));
        }
        let edits: Vec<(&str, Option<&str>)> = edits.iter().map(|(name, value)| (*name, Some(&**value))).collect();
        Ok(choice.with(&edits))
    }
}

/// The message, or the addition to one, with what it says of the first call; `None` if it stays as it is.
fn with_function_call(message: &str, known: &mut Vec<Call>) -> Result<Option<String>, StreamFault> {
    let Ok(members) = Members::of(message) else {
        return Ok(None);
    };
    let Some(calls) = given(&members, "tool_calls").and_then(entries) else {
        return Ok(None);
    };
    let (mut name, mut arguments) = (None, None::<Vec<String>>);
    for call in calls {
        let ObjectOf(piece): ObjectOf<CallPiece<'_>> = serde_json::from_str(call.get())?;
        let place = place_of(known, &piece)?;
        let begins = place.is_none();
        let place = place.unwrap_or_else(|| {
            known.push(Call::of(&piece));
            known.len() - 1
        });
        known[place].take_in(&piece)?;
        if place > 0 {
            continue;
        }
        if begins {
            name = Some(piece.name().to_owned());
        }
        let more = piece.arguments().map(|more| match more {
            string if string.starts_with('"') => string.to_owned(),
            object => json_string(object),
        });
        arguments.get_or_insert_default().extend(more);
    }
    let call = arguments.map(|arguments| {
        let call = Object::text(|call| {
            if let Some(name) = &name {
                call.string("name", name);
            }
            call.raw("arguments", concat(arguments.iter().map(String::as_str)));
        });
        String::from_utf8(call).unwrap_or_default()
    });
    let edited = members.with(&[("tool_calls", None), ("function_call", call.as_deref())]);
    Ok(String::from_utf8(edited).ok())
}
