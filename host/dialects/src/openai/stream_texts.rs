//! The texts in the chunks of a chat's stream, on its way to the client. `reading` finds them in one chunk.

mod reading;

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use self::reading::Reading;
use crate::json::raw::is_given;
use crate::json::text::Halves;
use crate::json::{Members, Object, json_string};
use crate::sse::{data, write_event};
use crate::texts::TextKind;
use crate::texts::stream::{Ends, EventTexts, StreamTexts, TextKey, WHOLE};

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
        let Ok(chunk) = Members::of(data) else {
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
        if key.kind != TextKind::ToolArguments && key.place >= WHOLE {
            // It stands in the chunk that brought it, or nowhere.
            return;
        }
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
