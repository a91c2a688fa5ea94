//! The item `message`: what the model says, and what it refuses to say.

use super::status::Status;
use super::told::{Slot, Told};
use crate::grown::Grown;
use crate::json::{List, Object};

/// A message while it grows.
#[derive(Debug)]
pub(super) struct Message {
    slot: Slot,
    parts: Vec<Part>,
}

/// A part of a message's content. The last one is open as long as the message is.
#[derive(Debug)]
struct Part {
    kind: PartKind,
    text: Grown,
    /// What it cites, as JSON.
    annotations: Vec<Vec<u8>>,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    Text,
    Refusal,
}

// === impl Message ===

impl Message {
    /// A message that begins here.
    pub(super) fn begin(slot: Slot, told: &mut Told) -> Self {
        let message = Self {
            slot,
            parts: Vec::new(),
        };
        told.item(&message.slot, "added", message.item(Status::InProgress));
        message
    }

    /// More of a part, as a JSON string.
    pub(super) fn say(&mut self, kind: PartKind, piece: &str, told: &mut Told) {
        if self.parts.last().is_none_or(|part| part.kind != kind) {
            self.close_part(told);
            self.parts.push(Part {
                kind,
                text: Grown::default(),
                annotations: Vec::new(),
            });
            self.about_part("response.content_part.added", told);
        }
        let piece = self.parts.last_mut().and_then(|part| part.text.push(piece));
        self.delta(piece, told);
    }

    /// True if a part of it is a text.
    pub(super) fn has_text(&self) -> bool {
        self.parts.iter().any(|part| part.kind == PartKind::Text)
    }

    /// The last text cites something. That is told unless the text has ended, with this status of the message or before.
    pub(super) fn cite(&mut self, annotation: Vec<u8>, status: Status, told: &mut Told) {
        let Some(content_index) = self.parts.iter().rposition(|part| part.kind == PartKind::Text) else {
            return;
        };
        let is_open = status == Status::InProgress && content_index + 1 == self.parts.len();
        let part = &mut self.parts[content_index];
        if is_open {
            told.about(&self.slot, "response.output_text.annotation.added", |event| {
                event.raw("content_index", content_index.to_string());
                event.raw("annotation_index", part.annotations.len().to_string());
                event.raw("annotation", &annotation);
            });
        }
        part.annotations.push(annotation);
    }

    /// The message ends.
    pub(super) fn close(&mut self, status: Status, told: &mut Told) {
        self.close_part(told);
        told.item(&self.slot, "done", self.item(status));
    }

    /// The item as JSON.
    pub(super) fn item(&self, status: Status) -> Vec<u8> {
        let mut content = List::default();
        for part in &self.parts {
            content.push(part.json());
        }
        Object::text(|item| {
            item.string("id", &self.slot.id);
            item.raw("type", "\"message\"");
            item.string("status", status.as_str());
            item.raw("role", "\"assistant\"");
            item.raw("content", content.into_text());
        })
    }

    fn delta(&self, piece: Option<String>, told: &mut Told) {
        let (Some(piece), Some(part)) = (piece, self.parts.last()) else {
            return;
        };
        told.about(&self.slot, &format!("{}.delta", part.kind.events()), |event| {
            event.raw("content_index", (self.parts.len() - 1).to_string());
            event.raw("delta", piece);
            part.kind.logprobs(event);
        });
    }

    fn close_part(&mut self, told: &mut Told) {
        let rest = self.parts.last_mut().and_then(|part| part.text.rest());
        self.delta(rest, told);
        let Some(part) = self.parts.last() else { return };
        told.about(&self.slot, &format!("{}.done", part.kind.events()), |event| {
            event.raw("content_index", (self.parts.len() - 1).to_string());
            event.raw(part.kind.member(), part.text.json());
            part.kind.logprobs(event);
        });
        self.about_part("response.content_part.done", told);
    }

    /// An event with the last part.
    fn about_part(&self, kind: &str, told: &mut Told) {
        let Some(part) = self.parts.last() else { return };
        told.about(&self.slot, kind, |event| {
            event.raw("content_index", (self.parts.len() - 1).to_string());
            event.raw("part", part.json());
        });
    }
}

// === impl Part ===

impl Part {
    fn json(&self) -> Vec<u8> {
        Object::text(|part| {
            part.string("type", self.kind.word());
            if self.kind == PartKind::Text {
                let mut annotations = List::default();
                for annotation in &self.annotations {
                    annotations.push(annotation);
                }
                part.raw("annotations", annotations.into_text());
                part.raw("logprobs", "[]");
            }
            part.raw(self.kind.member(), self.text.json());
        })
    }
}

// === impl PartKind ===

impl PartKind {
    /// Its `type`.
    fn word(self) -> &'static str {
        match self {
            Self::Text => "output_text",
            Self::Refusal => "refusal",
        }
    }

    /// What the types of its events begin with.
    fn events(self) -> &'static str {
        match self {
            Self::Text => "response.output_text",
            Self::Refusal => "response.refusal",
        }
    }

    /// The member that holds the text.
    fn member(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Refusal => "refusal",
        }
    }

    /// The vendor's SDKs require the member in events of a text.
    fn logprobs(self, event: &mut Object<'_>) {
        if self == Self::Text {
            event.raw("logprobs", "[]");
        }
    }
}
