//! The events of a stream: each holds its type in its data too, and a number that counts up.

use crate::json::Object;
use crate::sse::write_event;

/// Where events go, and how many went there. A buffered response has the same items but no events.
#[derive(Debug, Default)]
pub(in crate::responses) struct Told {
    /// The events since they were last taken.
    events: Vec<u8>,
    number: u64,
    is_silent: bool,
}

/// An item's place in the output, as its events name it.
#[derive(Debug)]
pub(super) struct Slot {
    /// Its index in the output.
    pub(super) place: usize,
    /// Its id.
    pub(super) id: String,
}

// === impl Told ===

impl Told {
    /// For a response in one piece.
    pub(in crate::responses) fn silent() -> Self {
        Self {
            is_silent: true,
            ..Self::default()
        }
    }

    /// For the rest of a stream, whose next event has this number.
    pub(in crate::responses) fn from(number: u64) -> Self {
        Self {
            number,
            ..Self::default()
        }
    }

    /// Adds an event of this type.
    pub(in crate::responses) fn event(&mut self, kind: &str, write: impl FnOnce(&mut Object<'_>)) {
        if self.is_silent {
            return;
        }
        let number = self.number.to_string();
        self.number += 1;
        write_event(&mut self.events, Some(kind), |out| {
            Object::write(out, |event| {
                event.string("type", kind);
                event.raw("sequence_number", number);
                write(event);
            });
        });
    }

    /// Hands over the events so far.
    pub(in crate::responses) fn take(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.events);
    }

    /// Forgets the events that were not taken.
    pub(in crate::responses) fn forget(&mut self) {
        self.events.clear();
    }

    /// Adds an event about an item.
    pub(super) fn about(&mut self, slot: &Slot, kind: &str, write: impl FnOnce(&mut Object<'_>)) {
        self.event(kind, |event| {
            event.string("item_id", &slot.id);
            event.raw("output_index", slot.place.to_string());
            write(event);
        });
    }

    /// The event with which an item begins (`added`) or ends (`done`).
    pub(super) fn item(&mut self, slot: &Slot, what: &str, item: impl AsRef<[u8]>) {
        self.event(&format!("response.output_item.{what}"), |event| {
            event.raw("output_index", slot.place.to_string());
            event.raw("item", item);
        });
    }
}
