//! The texts in the events of a stream on its way to the client.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::Range;

use serde_json::value::RawValue;

use super::{TextKind, TextPart};
use crate::json::text::{Halves, whole};
use crate::json::{Replacement, json_string, place_of, spliced};

/// Which of a stream's texts a piece belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextKey {
    /// The choice it belongs to.
    pub choice: u32,
    /// What it is.
    pub kind: TextKind,
    /// Tells several texts of the same kind apart: the index of a block or a call, or the member that holds it.
    pub place: u32,
}

/// The texts that end with an event. What is `None` counts for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ends {
    /// Those of this choice.
    pub choice: Option<u32>,
    /// Those of this kind.
    pub kind: Option<TextKind>,
    /// The one at this place.
    pub place: Option<u32>,
}

/// A piece of a text in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventText {
    /// The text that it is a piece of.
    pub key: TextKey,
    /// The piece; never empty, unless an upstream cut between the halves of a character.
    pub text: String,
    /// Whether the event's own bytes hold exactly this piece.
    pub exact: bool,
    /// Whether it is a JSON object that stands whole in the event. Only an object can take its place, or nothing.
    pub is_object: bool,
    /// Where its JSON stands in the event.
    pub(crate) at: Range<usize>,
}

/// The places from here on are those of texts that stand whole in one event. Each counts for its event only.
pub(crate) const WHOLE: u32 = 1 << 31;

/// What one event says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventTexts {
    /// The texts that end before the event.
    pub ends_before: Vec<Ends>,
    /// The pieces in it, in order.
    pub texts: Vec<EventText>,
    /// The texts that end with the event, its own pieces included.
    pub ends_after: Vec<Ends>,
    /// Without its pieces, the event says nothing.
    pub bare: bool,
    /// Its pieces need what else it says: they begin a block.
    pub opens: bool,
    /// What repeats the pieces of a choice in another form.
    pub(crate) echoes: Vec<(u32, Range<usize>)>,
}

/// Finds the texts in the events of one stream, as [`StreamReader`](crate::StreamReader) wrote them.
pub trait StreamTexts: Debug + Send {
    /// Looks at one complete event.
    fn read(&mut self, event: &[u8]) -> EventTexts;

    /// Appends an event that holds this piece and nothing else, as it may follow the events so far.
    fn write(&self, key: TextKey, text: &str, out: &mut Vec<u8>);

    /// Puts right what these events repeat of texts that others took the place of. It is called with all events that go to
    /// the client, in their order. By default no event repeats any.
    fn settle(&mut self, events: Vec<u8>) -> Vec<u8> {
        events
    }
}

// === impl Ends ===

impl Ends {
    /// True if this text ends.
    #[must_use]
    pub fn includes(&self, key: TextKey) -> bool {
        self.choice.is_none_or(|choice| choice == key.choice)
            && self.kind.is_none_or(|kind| kind == key.kind)
            && self.place.is_none_or(|place| place == key.place)
    }
}

// === impl EventText ===

impl EventText {
    fn json<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match text {
            "" if self.is_object => Cow::Borrowed("{}"),
            object if self.is_object => Cow::Borrowed(object),
            text => json_string(text).into(),
        }
    }
}

// === impl EventTexts ===

impl EventTexts {
    /// Adds a text that stands whole in the event.
    pub(crate) fn add_whole(&mut self, piece: EventText) {
        self.ends_after.push(Ends {
            choice: Some(piece.key.choice),
            kind: Some(piece.key.kind),
            place: Some(piece.key.place),
        });
        self.texts.push(piece);
    }

    /// The place of the next text that stands whole in the event.
    pub(crate) fn next_whole(&self) -> u32 {
        WHOLE + u32::try_from(self.texts.len()).unwrap_or(0)
    }

    /// The event with other pieces in place of its own, each by its number. What repeats them becomes `null`.
    #[must_use]
    pub fn replaced(&self, event: &[u8], new: &[(usize, &str)]) -> Vec<u8> {
        let pieces = new
            .iter()
            .filter_map(|(number, text)| Some((self.texts.get(*number)?, text)));
        let mut edits: Vec<Replacement<'_>> = Vec::with_capacity(new.len());
        for (piece, text) in pieces {
            edits.push((piece.at.clone(), piece.json(text)));
            let echoes = self.echoes.iter().filter(|(choice, _)| *choice == piece.key.choice);
            edits.extend(echoes.map(|(_, at)| (at.clone(), Cow::Borrowed("null"))));
        }
        spliced(event, edits)
    }
}

/// The piece of a text that this JSON string holds.
pub(crate) fn piece(event: &str, value: &RawValue, key: TextKey, halves: &mut BTreeMap<TextKey, Halves>) -> EventText {
    let raw = value.get();
    let is_escaped = raw.contains("\\u");
    let decoded = |json: &str| serde_json::from_str(json).or_else(|_| serde_json::from_str(&whole(json)));
    let text = if is_escaped || halves.contains_key(&key) {
        decoded(&halves.entry(key).or_default().join(raw))
    } else {
        decoded(raw)
    };
    EventText {
        key,
        text: text.unwrap_or_default(),
        exact: !is_escaped,
        is_object: false,
        at: place_of(event, raw),
    }
}

/// A text that stands whole in an event: an object, or a string of which nothing comes in other events.
pub(crate) fn whole_piece(event: &str, part: &TextPart, key: TextKey) -> EventText {
    let is_escaped = event.get(part.at.clone()).is_none_or(|json| json.contains("\\u"));
    EventText {
        key,
        text: part.text.clone(),
        exact: part.is_object || !is_escaped,
        is_object: part.is_object,
        at: part.at.clone(),
    }
}
