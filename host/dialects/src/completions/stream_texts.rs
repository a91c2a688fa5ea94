//! The texts in the chunks of a completion's stream, on its way to the client.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::OBJECT;
use crate::json::raw::is_given;
use crate::json::text::Halves;
use crate::json::{Members, Object, place_of};
use crate::sse::{data, write_event};
use crate::texts::TextKind;
use crate::texts::stream::{Ends, EventTexts, StreamTexts, TextKey, piece};

/// The members of a chunk that each chunk of a stream repeats.
const HEAD: [&str; 3] = ["id", "created", "model"];

/// Reads the chunks of one stream.
#[derive(Debug, Default)]
pub(super) struct CompletionTexts {
    /// The members that each chunk repeats, from the latest.
    head: Vec<(&'static str, String)>,
    /// Characters that were cut in two.
    halves: BTreeMap<TextKey, Halves>,
}

impl CompletionTexts {
    fn choice(&mut self, event: &str, choice: &RawValue, seen: &mut EventTexts) {
        let Ok(choice) = Members::of(choice.get()) else {
            seen.bare = false;
            return;
        };
        let index = choice.get("index").and_then(|index| index.get().parse().ok());
        let key = TextKey {
            choice: index.unwrap_or(0),
            kind: TextKind::Text,
            place: 0,
        };
        if let Some(logprobs) = choice.get("logprobs").filter(|logprobs| is_given(logprobs)) {
            seen.echoes.push((key.choice, place_of(event, logprobs.get())));
        }
        let is_plain =
            |(member, value): (&str, &RawValue)| matches!(member, "index" | "text" | "logprobs") || !is_given(value);
        seen.bare &= choice.all().all(is_plain);
        let text = choice
            .get("text")
            .filter(|text| text.get().starts_with('"') && text.get() != "\"\"");
        seen.texts
            .extend(text.map(|text| piece(event, text, key, &mut self.halves)));
        if choice.get("finish_reason").is_some_and(is_given) {
            let choice = Some(key.choice);
            seen.ends_after.push(Ends {
                choice,
                ..Ends::default()
            });
        }
    }
}

impl StreamTexts for CompletionTexts {
    fn read(&mut self, event: &[u8]) -> EventTexts {
        let mut seen = EventTexts::default();
        let Some((event, data)) = data(event) else {
            return seen;
        };
        if data == "[DONE]" {
            seen.ends_before.push(Ends::default());
            return seen;
        }
        let Ok(chunk) = Members::of(data) else {
            return seen;
        };
        self.head = HEAD
            .into_iter()
            .filter_map(|key| Some((key, chunk.get(key)?.get().to_owned())))
            .collect();
        let choices = chunk.get("choices").map(RawValue::get).unwrap_or_default();
        let choices: Vec<&RawValue> = serde_json::from_str(choices).unwrap_or_default();
        seen.bare = !choices.is_empty() && chunk.get("usage").is_none_or(|usage| !is_given(usage));
        for choice in choices {
            self.choice(event, choice, &mut seen);
        }
        seen
    }

    fn write(&self, key: TextKey, text: &str, out: &mut Vec<u8>) {
        write_event(out, None, |out| {
            Object::write(out, |chunk| {
                chunk.string("object", OBJECT);
                for (key, value) in &self.head {
                    chunk.raw(key, value);
                }
                let choice = Object::text(|choice| {
                    choice.string("text", text);
                    choice.raw("index", key.choice.to_string());
                    choice.raw("logprobs", "null");
                    choice.raw("finish_reason", "null");
                });
                chunk.raw("choices", [b"[", &choice[..], b"]"].concat());
            });
        });
    }
}
