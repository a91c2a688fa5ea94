//! The texts in the events of a Messages stream, on its way to the client.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::write_named;
use crate::json::json_string;
use crate::json::text::Halves;
use crate::sse::data;
use crate::texts::TextKind;
use crate::texts::stream::{Ends, EventTexts, StreamTexts, TextKey, piece};

/// Reads the events of one stream. A text is told apart from others by the index of its block.
#[derive(Debug, Default)]
pub(super) struct BlockTexts {
    /// Characters that were cut in two.
    halves: BTreeMap<TextKey, Halves>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    index: u32,
    #[serde(borrow)]
    content_block: Option<Said<'a>>,
    #[serde(borrow)]
    delta: Option<Said<'a>>,
}

/// What a block or a delta holds of the model's words.
#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow)]
    partial_json: Option<&'a RawValue>,
}

/// The word of a delta for each kind of text: its type, and the member that holds it.
const DELTAS: [(TextKind, &str, &str); 3] = [
    (TextKind::Text, "text_delta", "text"),
    (TextKind::Reasoning, "thinking_delta", "thinking"),
    (TextKind::ToolArguments, "input_json_delta", "partial_json"),
];

impl StreamTexts for BlockTexts {
    fn read(&mut self, event: &[u8]) -> EventTexts {
        let mut seen = EventTexts::default();
        let Some((text, data)) = data(event) else { return seen };
        let Ok(event) = serde_json::from_str::<Event<'_>>(data) else {
            return seen;
        };
        let place = event.index;
        let said = match event.kind.as_deref() {
            Some("content_block_start") => event.content_block,
            Some("content_block_delta") => {
                seen.bare = true;
                event.delta
            }
            Some("content_block_stop") => {
                seen.ends_before.push(Ends {
                    place: Some(place),
                    ..Ends::default()
                });
                None
            }
            Some("message_delta" | "message_stop") => {
                seen.ends_before.push(Ends::default());
                None
            }
            _ => None,
        };
        let Some(said) = said else { return seen };
        let held = [said.text, said.thinking, said.partial_json];
        for ((kind, ..), value) in DELTAS.into_iter().zip(held) {
            if let Some(value) = value.filter(|value| value.get().starts_with('"') && value.get() != "\"\"") {
                let key = TextKey { choice: 0, kind, place };
                seen.texts.push(piece(text, value, key, &mut self.halves));
            }
        }
        seen.bare &= !seen.texts.is_empty();
        seen
    }

    fn write(&self, key: TextKey, text: &str, out: &mut Vec<u8>) {
        let Some((_, kind, member)) = DELTAS.iter().find(|(kind, ..)| *kind == key.kind) else {
            return;
        };
        write_named(out, "content_block_delta", |event| {
            event.raw("index", key.place.to_string());
            let delta = format!("{{\"type\":\"{kind}\",\"{member}\":{}}}", json_string(text));
            event.raw("delta", delta);
        });
    }
}
