//! Puts a chunk or a reply into the words that OpenAI's SDKs read, where a vendor chose others of its own.
//!
//! Content as a list of parts becomes a text and its thinking `reasoning_content`, as does reasoning under another name;
//! arguments become a text; usage gets OpenAI's counts, and moves out of a choice. What is in OpenAI's words already stays
//! byte for byte.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::delta::Delta;
use super::parts::{Part, parts};
use crate::bounds::entries;
use crate::fault::StreamFault;
use crate::json::raw::{ObjectOf, even_null};
use crate::json::text::concat;
use crate::json::{Edit, json_string, place_of, set_members};
use crate::words::usage::Usage;

/// The edits of one text that have been found necessary.
#[derive(Debug, Default)]
pub(super) struct Rewrite {
    replaced: Vec<(Range<usize>, String)>,
    added: Vec<(&'static str, String)>,
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    function: Option<ObjectOf<Function<'a>>>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

/// The counts that OpenAI's usage object has.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts<'a> {
    #[serde(borrow, deserialize_with = "even_null")]
    prompt_tokens: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "even_null")]
    completion_tokens: Option<&'a RawValue>,
}

// === impl Rewrite ===

impl Rewrite {
    /// Makes a content that is a list of text and thinking a text. A list that holds something else stays as it is.
    ///
    /// # Errors
    /// If the content is neither a text nor a list of parts.
    pub(super) fn content(&mut self, text: &str, message: &Delta<'_>) -> Result<(), StreamFault> {
        let Some(content) = message.content.filter(|content| !content.get().starts_with('"')) else {
            return Ok(());
        };
        let said = parts(content)?;
        if !content.get().starts_with('[') || said.contains(&Part::Other) {
            return Ok(());
        }
        let place = place_of(text, content.get());
        let mut value = concat(said.iter().filter_map(|part| match part {
            Part::Text(text) => Some(*text),
            _ => None,
        }));
        let thinking = concat(message.parts()?.iter().filter_map(|part| match part {
            Part::Thinking(text) => Some(*text),
            _ => None,
        }));
        if thinking != "\"\"" {
            match message.reasoning_content {
                // A member behind the one that is replaced.
                None => value.extend([",\"reasoning_content\":", &thinking]),
                Some(given) if given.get() == "null" => {
                    self.replaced.push((place_of(text, given.get()), thinking));
                }
                Some(_) => {}
            }
        }
        self.replaced.push((place, value));
        Ok(())
    }

    /// Repeats reasoning that has another name alone, such as `reasoning`, as `reasoning_content`: clients of this gateway
    /// need to know but one name, and those that know the vendor's still find it.
    pub(super) fn reasoning(&mut self, text: &str, message: &Delta<'_>) {
        let is_list = message.content.is_some_and(|content| content.get().starts_with('['));
        let Some((other, thoughts)) = message.other_reasoning().filter(|_| !is_list) else {
            return;
        };
        let thoughts = concat(thoughts);
        if let Some(empty) = message.reasoning_content {
            self.replaced.push((place_of(text, empty.get()), thoughts));
        } else {
            // A member behind the other one.
            let both = format!("{},\"reasoning_content\":{thoughts}", other.get());
            self.replaced.push((place_of(text, other.get()), both));
        }
    }

    /// Makes arguments that are an object a text that holds it.
    pub(super) fn calls(&mut self, text: &str, message: &Delta<'_>) {
        let calls = message.tool_calls.map(entries::<ObjectOf<Call<'_>>>);
        let calls = calls.and_then(Result::ok).unwrap_or_default();
        for ObjectOf(call) in calls {
            let arguments = call.function.and_then(|ObjectOf(function)| function.arguments);
            if let Some(object) = arguments.filter(|arguments| arguments.get().starts_with('{')) {
                self.replaced
                    .push((place_of(text, object.get()), json_string(object.get())));
            }
        }
    }

    /// Gives a usage object, which says this, the counts that it tells in other words.
    pub(super) fn usage(&mut self, text: &str, usage: &str, said: &Usage) {
        if let Some(completed) = completed(usage, said) {
            self.replaced.push((place_of(text, usage), completed));
        }
    }

    /// Sets a member of the top level, whose present value is at `place` if it has one.
    pub(super) fn set(&mut self, key: &'static str, place: Option<Range<usize>>, value: String) {
        match place {
            Some(place) => self.replaced.push((place, value)),
            None => self.added.push((key, value)),
        }
    }

    /// The text with all edits; `None` if there are none.
    pub(super) fn apply(&self, text: &str) -> Option<Vec<u8>> {
        if self.replaced.is_empty() && self.added.is_empty() {
            return None;
        }
        let replaced = self.replaced.iter().map(|(at, value)| Edit {
            key: "",
            at: Some(at.clone()),
            value,
        });
        let added = self.added.iter().map(|(key, value)| Edit { key, at: None, value });
        let edits: Vec<Edit<'_>> = replaced.chain(added).collect();
        let mut out = Vec::with_capacity(text.len() + 128);
        set_members(text, &edits, &mut out);
        Some(out)
    }
}

/// Whether a value says nothing, or another count.
fn is_other(given: &str, count: u64) -> bool {
    given == "null" || given.parse::<u64>().is_ok_and(|given| given != count)
}

/// The usage object with OpenAI's counts, if it lacks one that is known, or has one that means something else.
pub(super) fn completed(object: &str, usage: &Usage) -> Option<String> {
    let given: Counts<'_> = object
        .starts_with('{')
        .then(|| serde_json::from_str(object).ok())
        .flatten()?;
    let counts = [
        ("prompt_tokens", given.prompt_tokens, usage.input_tokens),
        ("completion_tokens", given.completion_tokens, usage.output_tokens),
    ];
    let missing: Vec<(&'static str, Option<&RawValue>, String)> = counts
        .into_iter()
        .filter_map(|(key, given, count)| Some((key, given, count?)))
        .filter(|(_, given, count)| given.is_none_or(|given| is_other(given.get(), *count)))
        .map(|(key, given, count)| (key, given, count.to_string()))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let edits: Vec<Edit<'_>> = missing
        .iter()
        .map(|(key, given, count)| Edit {
            key,
            at: given.map(|given| place_of(object, given.get())),
            value: count,
        })
        .collect();
    let mut out = Vec::with_capacity(object.len() + 64);
    set_members(object, &edits, &mut out);
    String::from_utf8(out).ok()
}
