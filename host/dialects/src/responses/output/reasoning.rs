//! The item `reasoning`: what the model thinks, as a summary that clients show, and sealed with its signatures.

use super::told::{Slot, Told};
use crate::anthropic::message::ThinkingPiece;
use crate::json::{List, Object};
use crate::sealed::seal;
use crate::thinking::Thinking;

/// Thinking while it grows.
#[derive(Debug)]
pub(super) struct Reasoning {
    slot: Slot,
    thinking: Thinking,
    provider: String,
}

// === impl Reasoning ===

impl Reasoning {
    /// Thinking of this provider's model that begins here.
    pub(super) fn begin(slot: Slot, provider: &str, told: &mut Told) -> Self {
        let reasoning = Self {
            slot,
            thinking: Thinking::default(),
            provider: provider.to_owned(),
        };
        told.item(&reasoning.slot, "added", reasoning.item(false));
        reasoning
    }

    /// More thinking that has no signature, as a JSON string.
    pub(super) fn think_aloud(&mut self, piece: &str, told: &mut Told) {
        let is_first = self.thinking.is_silent();
        let grown = self.thinking.think_aloud(piece);
        self.tell(is_first, grown, told);
    }

    /// A piece of a block of thinking, or a whole one.
    pub(super) fn think(&mut self, piece: &ThinkingPiece<'_>, told: &mut Told) {
        let is_first = self.thinking.is_silent();
        let grown = self.thinking.think(piece);
        self.tell(is_first, grown, told);
    }

    /// The thinking ends.
    pub(super) fn close(&mut self, told: &mut Told) {
        if let Some(rest) = self.thinking.rest() {
            self.delta(rest, told);
        }
        if !self.thinking.is_silent() {
            told.about(&self.slot, "response.reasoning_summary_text.done", |event| {
                event.raw("summary_index", "0");
                event.raw("text", self.thinking.text());
            });
            self.about_part("response.reasoning_summary_part.done", &self.thinking.text(), told);
        }
        told.item(&self.slot, "done", self.item(true));
    }

    /// The item as JSON; sealed once it is whole.
    pub(super) fn item(&self, is_whole: bool) -> Vec<u8> {
        let mut summary = List::default();
        if !self.thinking.is_silent() {
            summary.push(summary_part(&self.thinking.text()));
        }
        Object::text(|item| {
            item.string("id", &self.slot.id);
            item.raw("type", "\"reasoning\"");
            item.raw("summary", summary.into_text());
            if is_whole {
                item.string("encrypted_content", &seal(&self.provider, &self.thinking.blocks()));
            }
        })
    }

    fn tell(&self, is_first: bool, grown: Option<String>, told: &mut Told) {
        let Some(piece) = grown else { return };
        if is_first {
            self.about_part("response.reasoning_summary_part.added", "\"\"", told);
        }
        self.delta(piece, told);
    }

    fn delta(&self, piece: String, told: &mut Told) {
        told.about(&self.slot, "response.reasoning_summary_text.delta", |event| {
            event.raw("summary_index", "0");
            event.raw("delta", piece);
        });
    }

    fn about_part(&self, kind: &str, text: &str, told: &mut Told) {
        told.about(&self.slot, kind, |event| {
            event.raw("summary_index", "0");
            event.raw("part", summary_part(text));
        });
    }
}

fn summary_part(text: &str) -> Vec<u8> {
    Object::text(|part| {
        part.raw("type", "\"summary_text\"");
        part.raw("text", text);
    })
}
