//! The texts in the events of a Messages stream, on its way to the client.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::write_named;
use crate::json::json_string;
use crate::json::text::Halves;
use crate::sse::data;
use crate::texts::stream::{Ends, EventTexts, StreamTexts, TextKey, WHOLE, piece, whole_piece};
use crate::texts::walk::Walk;
use crate::texts::{TextKind, TextPart};

/// Reads the events of one stream. A text is told apart from others by the index of its block, if it may go on.
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
    content_block: Option<&'a RawValue>,
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
    #[serde(borrow)]
    citation: Option<&'a RawValue>,
}

/// The members of a block whose texts go on in deltas, as paths within the block.
const GOES_ON: [&str; 2] = ["/text", "/thinking"];

/// The word of a delta for each kind of text: its type, and the member that holds it.
const DELTAS: [(TextKind, &str, &str); 3] = [
    (TextKind::Text, "text_delta", "text"),
    (TextKind::Reasoning, "thinking_delta", "thinking"),
    (TextKind::ToolArguments, "input_json_delta", "partial_json"),
];

// === impl BlockTexts ===

impl BlockTexts {
    /// The pieces that go on in other events.
    fn pieces(&mut self, event: &str, said: &Said<'_>, place: u32, seen: &mut EventTexts) {
        let held = [said.text, said.thinking, said.partial_json];
        for ((kind, ..), value) in DELTAS.into_iter().zip(held) {
            if let Some(value) = value.filter(|value| value.get().starts_with('"') && value.get() != "\"\"") {
                let key = TextKey { choice: 0, kind, place };
                seen.texts.push(piece(event, value, key, &mut self.halves));
            }
        }
    }

    /// What a block has said when it begins: all of it, unless it goes on.
    fn block(&mut self, event: &str, block: &RawValue, place: u32, seen: &mut EventTexts) {
        seen.opens = true;
        if let Ok(said) = serde_json::from_str::<Said<'_>>(block.get()) {
            self.pieces(event, &said, place, seen);
        }
        let mut walk = Walk::new(event);
        walk.role = "assistant";
        walk.blocks(block, "");
        let parts = walk.finish().map(|found| found.parts).unwrap_or_default();
        for part in parts.iter().filter(|part| !GOES_ON.contains(&&*part.path)) {
            // The input of a call is the text that deltas would bring.
            let place = if part.is_object { place } else { seen.next_whole() };
            add_whole(event, part, place, seen);
        }
    }

    fn delta(&mut self, event: &str, delta: &Said<'_>, place: u32, seen: &mut EventTexts) {
        self.pieces(event, delta, place, seen);
        seen.bare = !seen.texts.is_empty();
        if let Some(citation) = delta.citation {
            let mut walk = Walk::new(event);
            walk.citation(citation, "");
            let parts = walk.finish().map(|found| found.parts).unwrap_or_default();
            for part in &parts {
                let place = seen.next_whole();
                add_whole(event, part, place, seen);
                seen.bare = false;
            }
        }
    }
}

fn add_whole(event: &str, part: &TextPart, place: u32, seen: &mut EventTexts) {
    let key = TextKey {
        choice: 0,
        kind: part.kind,
        place,
    };
    seen.add_whole(whole_piece(event, part, key));
}

impl StreamTexts for BlockTexts {
    fn read(&mut self, event: &[u8]) -> EventTexts {
        let mut seen = EventTexts::default();
        let Some((text, data)) = data(event) else { return seen };
        let Ok(event) = serde_json::from_str::<Event<'_>>(data) else {
            return seen;
        };
        let place = event.index;
        match (event.kind.as_deref(), event.content_block, event.delta) {
            (Some("content_block_start"), Some(block), _) => self.block(text, block, place, &mut seen),
            (Some("content_block_delta"), _, Some(delta)) => self.delta(text, &delta, place, &mut seen),
            (Some("content_block_stop"), ..) => seen.ends_before.push(Ends {
                place: Some(place),
                ..Ends::default()
            }),
            (Some("message_delta" | "message_stop"), ..) => seen.ends_before.push(Ends::default()),
            _ => {}
        }
        seen
    }

    fn write(&self, key: TextKey, text: &str, out: &mut Vec<u8>) {
        let Some((_, kind, member)) = DELTAS.iter().find(|(kind, ..)| *kind == key.kind) else {
            return;
        };
        if key.place >= WHOLE {
            // It stands in the event that brought it, or nowhere.
            return;
        }
        write_named(out, "content_block_delta", |event| {
            event.raw("index", key.place.to_string());
            let delta = format!("{{\"type\":\"{kind}\",\"{member}\":{}}}", json_string(text));
            event.raw("delta", delta);
        });
    }
}
