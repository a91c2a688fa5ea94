//! The events of one network read, and what becomes of the texts in them.

use std::collections::BTreeMap;

use jackfield_dialects::{Ends, EventTexts, StreamTexts, TextKey, TextKind};
use memchr::memmem;

/// The events, and where the walk through them is.
pub(super) struct Events<'e> {
    list: Vec<Event<'e>>,
    /// What has come of texts and is not released yet.
    pending: BTreeMap<TextKey, Pending>,
    /// The event at which the walk is.
    at: usize,
    /// Pieces that go out before an event: texts that no event of this read holds.
    before: Vec<(usize, TextKey, String)>,
}

struct Event<'e> {
    bytes: &'e [u8],
    seen: EventTexts,
    /// What takes the place of each of its pieces; `None` if it stays.
    new: Vec<Option<String>>,
}

/// What has come of one text.
#[derive(Default)]
struct Pending {
    text: String,
    /// The events and the pieces in them that it came in.
    from: Vec<(usize, usize)>,
    /// Whether the events hold exactly this text.
    exact: bool,
    /// Whether it is a whole object.
    is_object: bool,
}

// === impl Events ===

impl<'e> Events<'e> {
    /// Reads complete events.
    pub(super) fn read(bytes: &'e [u8], texts: &mut dyn StreamTexts) -> Self {
        let mut list = Vec::new();
        let mut start = 0;
        let ends = memmem::find_iter(bytes, b"\n\n").map(|at| at + 2);
        for end in ends.chain([bytes.len()]) {
            if start < end {
                let bytes = &bytes[start..end];
                let seen = texts.read(bytes);
                let new = vec![None; seen.texts.len()];
                list.push(Event { bytes, seen, new });
            }
            start = end;
        }
        Self {
            list,
            pending: BTreeMap::new(),
            at: 0,
            before: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The walk goes on with this event.
    pub(super) fn go_to(&mut self, number: usize) {
        self.at = number;
    }

    pub(super) fn ends_before(&self, number: usize) -> Vec<Ends> {
        self.list
            .get(number)
            .map(|event| event.seen.ends_before.clone())
            .unwrap_or_default()
    }

    pub(super) fn ends_after(&self, number: usize) -> Vec<Ends> {
        self.list
            .get(number)
            .map(|event| event.seen.ends_after.clone())
            .unwrap_or_default()
    }

    /// Adds the event's pieces of these kinds to what has come of their texts.
    pub(super) fn collect(&mut self, number: usize, is_wanted: impl Fn(TextKind) -> bool) {
        let Some(event) = self.list.get(number) else { return };
        for (index, piece) in event.seen.texts.iter().enumerate() {
            if is_wanted(piece.key.kind) {
                let pending = self.pending.entry(piece.key).or_insert_with(|| Pending {
                    exact: true,
                    ..Pending::default()
                });
                pending.text.push_str(&piece.text);
                pending.from.push((number, index));
                pending.exact &= piece.exact;
                pending.is_object = piece.is_object;
            }
        }
    }

    /// The texts of which something has come.
    pub(super) fn pending(&self) -> Vec<TextKey> {
        self.pending.keys().copied().collect()
    }

    /// What has come of a text, and whether that is a whole object.
    pub(super) fn take(&mut self, key: TextKey) -> (String, bool) {
        let Some(pending) = self.pending.get_mut(&key) else {
            return (String::new(), false);
        };
        (std::mem::take(&mut pending.text), pending.is_object)
    }

    /// Puts what is released of a text into the last event that brought some of it, or before the present one.
    /// `unchanged` if it is what has come.
    pub(super) fn put(&mut self, key: TextKey, text: String, unchanged: bool) {
        let pending = self.pending.remove(&key).unwrap_or_default();
        if unchanged && pending.exact {
            return;
        }
        let mut text = Some(text);
        for (number, index) in pending.from.iter().rev() {
            if let Some(new) = self.list.get_mut(*number).and_then(|event| event.new.get_mut(*index)) {
                *new = Some(text.take().unwrap_or_default());
            }
        }
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.before.push((self.at, key, text));
        }
    }

    /// The events for the client. If the stream is stopped here, only those before the present one: what is not released
    /// stays behind.
    pub(super) fn written(mut self, texts: &dyn StreamTexts, is_stopped: bool) -> Vec<u8> {
        for (number, index) in std::mem::take(&mut self.pending)
            .into_values()
            .flat_map(|pending| pending.from)
        {
            if let Some(new) = self.list.get_mut(number).and_then(|event| event.new.get_mut(index)) {
                *new = Some(String::new());
            }
        }
        let mut out = Vec::new();
        for (number, event) in self.list.iter().enumerate() {
            self.write_before(number, texts, &mut out);
            let is_behind = is_stopped && number >= self.at;
            if is_behind {
                // What was released goes out even if its event says more, which does not.
                event.write_released(texts, &mut out);
            } else {
                event.write(&mut out);
            }
        }
        self.write_before(self.list.len(), texts, &mut out);
        out
    }

    fn write_before(&self, number: usize, texts: &dyn StreamTexts, out: &mut Vec<u8>) {
        for (_, key, text) in self.before.iter().filter(|(before, ..)| *before == number) {
            texts.write(*key, text, out);
        }
    }
}

// === impl Event ===

impl Event<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let new: Vec<(usize, &str)> = self
            .new
            .iter()
            .enumerate()
            .filter_map(|(index, text)| Some((index, text.as_deref()?)))
            .collect();
        if new.is_empty() {
            out.extend_from_slice(self.bytes);
        } else if !(self.seen.bare && new.len() == self.new.len() && new.iter().all(|(_, text)| text.is_empty())) {
            out.extend_from_slice(&self.seen.replaced(self.bytes, &new));
        }
    }

    /// Only the pieces that were released.
    fn write_released(&self, texts: &dyn StreamTexts, out: &mut Vec<u8>) {
        if self.seen.opens {
            if self.new.iter().flatten().any(|text| !text.is_empty()) {
                self.write(out);
            }
            return;
        }
        for (piece, text) in self.seen.texts.iter().zip(&self.new) {
            if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
                texts.write(piece.key, text, out);
            }
        }
    }
}
