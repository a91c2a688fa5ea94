//! The texts in the chunks of a chat's stream, on its way to the client.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::texts::index;
use crate::json::raw::is_given;
use crate::json::text::Halves;
use crate::json::{Members, Object, json_string, place_of};
use crate::sse::{data, write_event};
use crate::texts::TextKind;
use crate::texts::stream::{Ends, EventTexts, StreamTexts, TextKey, piece};

/// The members of a delta that hold one text, and what they are told apart by.
const STRINGS: [(&str, TextKind, u32); 4] = [
    ("content", TextKind::Text, 0),
    ("refusal", TextKind::Text, REFUSAL),
    ("reasoning_content", TextKind::Reasoning, 0),
    ("reasoning", TextKind::Reasoning, REASONING),
];

/// The members of a delta that hold a list of thoughts.
const THOUGHTS: [(&str, u32); 2] = [("reasoning_details", DETAILS), ("thinking_blocks", BLOCKS)];

const REFUSAL: u32 = 1;
const TRANSCRIPT: u32 = 2;
const REASONING: u32 = 1;
const DETAILS: u32 = 2;
const BLOCKS: u32 = 3;

/// The place of the arguments of the one call that OpenAI's older form has.
const FUNCTION_CALL: u32 = u32::MAX;

/// The members of a chunk that each chunk of a stream repeats.
const HEAD: [&str; 4] = ["id", "created", "model", "system_fingerprint"];

/// Reads the chunks of one stream.
#[derive(Debug, Default)]
pub(super) struct ChunkTexts {
    /// The members that each chunk repeats, from the latest.
    head: Vec<(&'static str, String)>,
    /// Characters that were cut in two.
    halves: BTreeMap<TextKey, Halves>,
}

/// One chunk while it is read.
struct Reading<'r, 'a> {
    event: &'a str,
    halves: &'r mut BTreeMap<TextKey, Halves>,
    choice: u32,
    seen: EventTexts,
}

impl StreamTexts for ChunkTexts {
    fn read(&mut self, event: &[u8]) -> EventTexts {
        let Some((event, data)) = data(event) else {
            return EventTexts::default();
        };
        if data == "[DONE]" {
            return EventTexts {
                ends_before: vec![Ends::default()],
                ..EventTexts::default()
            };
        }
        let Ok(chunk) = Members::parse(data.as_bytes()) else {
            return EventTexts::default();
        };
        self.head = HEAD
            .into_iter()
            .filter_map(|key| Some((key, chunk.get(key)?.get().to_owned())))
            .collect();
        let choices = chunk.get("choices").map(RawValue::get).unwrap_or_default();
        let choices: Vec<&RawValue> = serde_json::from_str(choices).unwrap_or_default();
        let mut reading = Reading {
            event,
            halves: &mut self.halves,
            choice: 0,
            seen: EventTexts {
                bare: !choices.is_empty() && chunk.get("usage").is_none_or(|usage| !is_given(usage)),
                ..EventTexts::default()
            },
        };
        for choice in choices {
            reading.choice(choice);
        }
        reading.seen
    }

    fn write(&self, key: TextKey, text: &str, out: &mut Vec<u8>) {
        write_event(out, None, |out| {
            Object::write(out, |chunk| {
                chunk.raw("object", "\"chat.completion.chunk\"");
                for (key, value) in &self.head {
                    chunk.raw(key, value);
                }
                let choice = Object::text(|choice| {
                    choice.raw("index", key.choice.to_string());
                    choice.raw("delta", delta(key, text));
                    choice.raw("finish_reason", "null");
                });
                chunk.raw("choices", [b"[", &choice[..], b"]"].concat());
            });
        });
    }
}

/// A delta that holds one text.
fn delta(key: TextKey, text: &str) -> Vec<u8> {
    let text = json_string(text);
    let known = STRINGS
        .iter()
        .find(|(_, kind, place)| (*kind, *place) == (key.kind, key.place));
    Object::text(|delta| match (known, key.place) {
        (Some((member, ..)), _) => delta.raw(member, &text),
        (None, FUNCTION_CALL) => delta.raw("function_call", format!("{{\"arguments\":{text}}}")),
        (None, DETAILS) if key.kind == TextKind::Reasoning => {
            let details = format!("[{{\"type\":\"reasoning.text\",\"text\":{text}}}]");
            delta.raw("reasoning_details", details);
        }
        (None, BLOCKS) if key.kind == TextKind::Reasoning => {
            let blocks = format!("[{{\"type\":\"thinking\",\"thinking\":{text}}}]");
            delta.raw("thinking_blocks", blocks);
        }
        (None, TRANSCRIPT) if key.kind == TextKind::Text => delta.raw("audio", format!("{{\"transcript\":{text}}}")),
        (None, call) => {
            let calls = format!("[{{\"index\":{call},\"function\":{{\"arguments\":{text}}}}}]");
            delta.raw("tool_calls", calls);
        }
    })
}

// === impl Reading ===

impl<'a> Reading<'_, 'a> {
    fn choice(&mut self, choice: &'a RawValue) {
        let Ok(choice) = Members::parse(choice.get().as_bytes()) else {
            self.seen.bare = false;
            return;
        };
        self.choice = index(&choice).unwrap_or(0);
        if let Some(logprobs) = choice.get("logprobs").filter(|logprobs| is_given(logprobs)) {
            let at = place_of(self.event, logprobs.get());
            self.seen.echoes.push((self.choice, at));
        }
        let is_plain =
            |(member, value): (&str, &RawValue)| matches!(member, "index" | "delta" | "logprobs") || !is_given(value);
        self.seen.bare &= choice.all().all(is_plain);
        if let Some(delta) = choice.get("delta") {
            self.delta(delta);
        }
        if choice.get("finish_reason").is_some_and(is_given) {
            let choice = Some(self.choice);
            self.seen.ends_after.push(Ends {
                choice,
                ..Ends::default()
            });
        }
    }

    fn delta(&mut self, delta: &'a RawValue) {
        let Ok(delta) = Members::parse(delta.get().as_bytes()) else {
            return;
        };
        for (member, value) in delta.all().filter(|(_, value)| is_given(value)) {
            self.member(member, value);
        }
    }

    fn member(&mut self, member: &str, value: &'a RawValue) {
        let known = STRINGS.iter().find(|(name, ..)| *name == member);
        let thoughts = THOUGHTS.iter().find(|(name, _)| *name == member);
        match (member, known, thoughts) {
            (_, Some((_, kind, place)), _) => {
                if member == "content" {
                    self.ends(TextKind::Reasoning);
                }
                self.strings(value, *kind, *place);
            }
            (_, _, Some((_, place))) => self.thoughts(value, *place),
            ("tool_calls", ..) => {
                self.ends(TextKind::Text);
                self.ends(TextKind::Reasoning);
                self.calls(value);
            }
            ("function_call", ..) => {
                self.ends(TextKind::Text);
                self.ends(TextKind::Reasoning);
                self.within(value, "arguments", TextKind::ToolArguments, FUNCTION_CALL);
            }
            ("audio", ..) => {
                self.within(value, "transcript", TextKind::Text, TRANSCRIPT);
                self.seen.bare = false;
            }
            _ => self.seen.bare = false,
        }
    }

    /// Texts of this kind end before the event.
    fn ends(&mut self, kind: TextKind) {
        self.seen.ends_before.push(Ends {
            choice: Some(self.choice),
            kind: Some(kind),
            place: None,
        });
    }

    /// A string, or a list of strings and of parts with a text.
    fn strings(&mut self, value: &'a RawValue, kind: TextKind, place: u32) {
        if value.get().starts_with('"') {
            return self.string(value, kind, place);
        }
        // A list holds more than its texts.
        self.seen.bare = false;
        let entries: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
        for entry in entries {
            if entry.get().starts_with('"') {
                self.string(entry, kind, place);
                continue;
            }
            let Ok(part) = Members::parse(entry.get().as_bytes()) else {
                continue;
            };
            for (member, kind) in [("text", kind), ("refusal", kind), ("thinking", TextKind::Reasoning)] {
                if let Some(text) = part.get(member).filter(|text| text.get().starts_with('"')) {
                    self.string(text, kind, place);
                }
            }
        }
    }

    fn thoughts(&mut self, value: &'a RawValue, place: u32) {
        let entries: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
        for entry in entries {
            let Ok(thought) = Members::parse(entry.get().as_bytes()) else {
                self.seen.bare = false;
                continue;
            };
            let mut texts = 0;
            for member in ["text", "thinking", "summary"] {
                if let Some(text) = thought
                    .get(member)
                    .filter(|text| is_given(text) && text.get().starts_with('"'))
                {
                    self.string(text, TextKind::Reasoning, place);
                    texts += 1;
                }
            }
            let others = thought
                .all()
                .filter(|(member, value)| *member != "type" && is_given(value));
            self.seen.bare &= others.count() == texts;
        }
    }

    fn calls(&mut self, value: &'a RawValue) {
        let entries: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
        for (number, entry) in entries.into_iter().enumerate() {
            let Ok(call) = Members::parse(entry.get().as_bytes()) else {
                self.seen.bare = false;
                continue;
            };
            let place = index(&call).unwrap_or(u32::try_from(number).unwrap_or(u32::MAX));
            let is_plain =
                |(member, value): (&str, &RawValue)| matches!(member, "index" | "function") || !is_given(value);
            self.seen.bare &= call.all().all(is_plain);
            for (member, inner) in [("function", "arguments"), ("custom", "input")] {
                if let Some(held) = call.get(member) {
                    self.within(held, inner, TextKind::ToolArguments, place);
                }
            }
        }
    }

    /// The string in a member of this object.
    fn within(&mut self, held: &'a RawValue, inner: &str, kind: TextKind, place: u32) {
        let Ok(held) = Members::parse(held.get().as_bytes()) else {
            self.seen.bare = false;
            return;
        };
        self.seen.bare &= held.all().all(|(member, value)| member == inner || !is_given(value));
        if let Some(text) = held.get(inner).filter(|text| text.get().starts_with('"')) {
            self.string(text, kind, place);
        }
    }

    fn string(&mut self, value: &'a RawValue, kind: TextKind, place: u32) {
        if value.get() == "\"\"" {
            return;
        }
        let key = TextKey {
            choice: self.choice,
            kind,
            place,
        };
        self.seen.texts.push(piece(self.event, value, key, self.halves));
    }
}
