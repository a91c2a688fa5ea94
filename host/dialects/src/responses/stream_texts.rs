//! The texts in the events of a response's stream, on its way to the client.
//!
//! Events repeat texts: the end of a part, of an item and of the response each hold what the pieces said. `repeats` keeps
//! them equal to what went out.

mod repeats;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::repeats::Repeats;
use crate::json::text::Halves;
use crate::json::{Object, json_string};
use crate::sse::{data, write_event};
use crate::texts::TextKind;
use crate::texts::stream::{Ends, EventTexts, StreamTexts, TextKey, piece};

/// The types of events with pieces of texts, but for their ending `.delta`.
const PIECES: [(TextKind, &str); 6] = [
    (TextKind::Text, "response.output_text"),
    (TextKind::Text, "response.refusal"),
    (TextKind::Reasoning, "response.reasoning_summary_text"),
    (TextKind::Reasoning, "response.reasoning_text"),
    (TextKind::ToolArguments, "response.function_call_arguments"),
    (TextKind::ToolArguments, "response.custom_tool_call_input"),
];

/// How many parts of an item are told apart. The vendor's have one or two.
const PARTS: u32 = 256;

/// Reads the events of one stream. A text is told apart from others by its item and its part.
#[derive(Debug, Default)]
pub(super) struct ItemTexts {
    /// Characters that were cut in two.
    halves: BTreeMap<TextKey, Halves>,
    /// What an event with a piece of a text says besides: by the place of the text.
    places: BTreeMap<u32, Place>,
    repeats: Repeats,
}

#[derive(Debug)]
struct Place {
    events: &'static str,
    item_id: String,
    /// The name of the member with the number of the part, and the number.
    part: Option<(&'static str, u32)>,
    output_index: u32,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    output_index: u32,
    content_index: Option<u32>,
    summary_index: Option<u32>,
    item_id: Option<String>,
    #[serde(borrow)]
    delta: Option<&'a RawValue>,
}

// === impl Event ===

impl Event<'_> {
    fn part(&self) -> Option<(&'static str, u32)> {
        let content = self.content_index.map(|index| ("content_index", index));
        content.or(self.summary_index.map(|index| ("summary_index", index)))
    }

    fn place(&self) -> u32 {
        let part = self.part().map_or(0, |(_, index)| index.min(PARTS - 1));
        self.output_index.saturating_mul(PARTS).saturating_add(part)
    }
}

impl StreamTexts for ItemTexts {
    fn read(&mut self, event: &[u8]) -> EventTexts {
        let mut seen = EventTexts::default();
        let Some((text, data)) = data(event) else { return seen };
        let Ok(event) = serde_json::from_str::<Event<'_>>(data) else {
            return seen;
        };
        let (kind, place) = (event.kind.as_deref().unwrap_or_default(), event.place());
        if matches!(kind, "response.completed" | "response.incomplete" | "response.failed") {
            seen.ends_before.push(Ends::default());
        }
        let Some((begin, what)) = kind.rsplit_once('.') else {
            return seen;
        };
        let Some((kind, events)) = PIECES.into_iter().find(|(_, events)| *events == begin) else {
            return seen;
        };
        if what != "delta" {
            let place = Some(place);
            seen.ends_before.push(Ends {
                place,
                ..Ends::default()
            });
            return seen;
        }
        let part = event.part();
        self.repeats
            .note(event.output_index, part.map_or(0, |(_, index)| index));
        self.places.entry(place).or_insert_with(|| Place {
            events,
            part,
            item_id: event.item_id.unwrap_or_default(),
            output_index: event.output_index,
        });
        seen.bare = true;
        let delta = event
            .delta
            .filter(|delta| delta.get().starts_with('"') && delta.get() != "\"\"");
        let key = TextKey { choice: 0, kind, place };
        seen.texts
            .extend(delta.map(|delta| piece(text, delta, key, &mut self.halves)));
        seen
    }

    fn write(&self, key: TextKey, text: &str, out: &mut Vec<u8>) {
        let Some(place) = self.places.get(&key.place) else {
            return;
        };
        let kind = format!("{}.delta", place.events);
        write_event(out, Some(&kind), |out| {
            Object::write(out, |event| {
                event.string("type", &kind);
                event.raw("sequence_number", "0");
                event.string("item_id", &place.item_id);
                event.raw("output_index", place.output_index.to_string());
                if let Some((name, index)) = place.part {
                    event.raw(name, index.to_string());
                }
                event.raw("delta", json_string(text));
                if place.events == "response.output_text" {
                    event.raw("logprobs", "[]");
                }
            });
        });
    }

    fn settle(&mut self, events: Vec<u8>) -> Vec<u8> {
        self.repeats.settle(&events)
    }
}
