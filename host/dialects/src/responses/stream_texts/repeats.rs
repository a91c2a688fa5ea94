//! What the events of a stream repeat of its texts, and the numbers of the events.

use std::collections::BTreeMap;

use memchr::memmem;
use serde_json::{Map, Value};

use crate::sse::{data, write_event};

/// The number of an item, and that of a part in it.
type Place = (u32, u32);

/// What went to the client.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    /// The texts of which the upstream has sent pieces, as far as they went out.
    sent: BTreeMap<Place, String>,
    /// How many events went out.
    number: u64,
}

// === impl Repeats ===

impl Repeats {
    /// There is a piece of this text. Texts of which there is none are as the upstream says.
    pub(super) fn note(&mut self, item: u32, part: u32) {
        self.sent.entry((item, part)).or_default();
    }

    /// The events with the texts that went out in place of those that they repeat, and numbered.
    pub(super) fn settle(&mut self, events: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(events.len());
        let mut start = 0;
        let ends: Vec<usize> = memmem::find_iter(events, b"\n\n").map(|at| at + 2).collect();
        for end in ends {
            let event = &events[start..end];
            start = end;
            let read = data(event).and_then(|(_, data)| serde_json::from_str::<Map<String, Value>>(data).ok());
            let Some(mut read) = read else {
                out.extend_from_slice(event);
                continue;
            };
            let kind = read.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
            self.event(&kind, &mut read);
            write_event(&mut out, Some(&kind), |out| {
                out.extend_from_slice(Value::Object(read).to_string().as_bytes());
            });
        }
        out.extend_from_slice(&events[start..]);
        out
    }

    fn event(&mut self, kind: &str, event: &mut Map<String, Value>) {
        event.insert("sequence_number".to_owned(), self.number.into());
        self.number += 1;
        let number = |key: &str| {
            let number = event.get(key).and_then(Value::as_u64).unwrap_or(0);
            u32::try_from(number).unwrap_or(u32::MAX)
        };
        let item = number("output_index");
        let place = (item, number("content_index").max(number("summary_index")));
        let what = kind.rsplit('.').next().unwrap_or_default();
        if what == "delta" {
            let piece = event.get("delta").and_then(Value::as_str).unwrap_or_default();
            if let Some(sent) = self.sent.get_mut(&place) {
                sent.push_str(piece);
            }
            return;
        }
        self.set(place, event);
        if let Some(Value::Object(part)) = event.get_mut("part").filter(|_| what == "done") {
            self.set(place, part);
        }
        if let Some(Value::Object(whole)) = event.get_mut("item").filter(|_| what == "done") {
            self.item(item, whole);
        }
        let output = event
            .get_mut("response")
            .and_then(|response| response.get_mut("output"));
        for (item, whole) in (0_u32..).zip(output.and_then(Value::as_array_mut).into_iter().flatten()) {
            if let Value::Object(whole) = whole {
                self.item(item, whole);
            }
        }
    }

    /// A whole item.
    fn item(&self, number: u32, item: &mut Map<String, Value>) {
        self.set((number, 0), item);
        let mut changed = false;
        for key in ["content", "summary"] {
            let parts = item.get_mut(key).and_then(Value::as_array_mut);
            for (part, whole) in (0_u32..).zip(parts.into_iter().flatten()) {
                if let Value::Object(whole) = whole {
                    changed |= self.set((number, part), whole);
                }
            }
        }
        // It holds the same thinking.
        if changed && item.get("type").and_then(Value::as_str) == Some("reasoning") {
            item.remove("encrypted_content");
        }
    }

    /// Sets the member that holds the text at this place. Returns whether it was another.
    fn set(&self, place: Place, object: &mut Map<String, Value>) -> bool {
        let Some(sent) = self.sent.get(&place) else {
            return false;
        };
        let held = ["text", "refusal", "arguments", "input"].into_iter();
        let mut held = held.filter(|key| object.get(*key).is_some_and(Value::is_string));
        let Some(key) = held.next() else { return false };
        let before = object.insert(key.to_owned(), sent.clone().into());
        before.as_ref().and_then(Value::as_str) != Some(sent)
    }
}
