//! The item `reasoning`: what the model thinks, as a summary that clients show, and sealed with its signatures.

use super::grown::Grown;
use super::told::{Slot, Told};
use crate::anthropic::message::ThinkingPiece;
use crate::json::raw::inside;
use crate::json::{List, Object};
use crate::responses::sealed::seal;

/// Thinking while it grows.
#[derive(Debug)]
pub(super) struct Reasoning {
    slot: Slot,
    /// All of it, as one text.
    text: Grown,
    blocks: Vec<Block>,
    provider: String,
}

/// A block of thinking.
#[derive(Debug)]
enum Block {
    Thinking {
        source: Source,
        /// The inside of a JSON string.
        text: String,
        /// As JSON.
        signature: Option<String>,
    },
    /// What only the vendor can read, as JSON.
    Redacted(Vec<u8>),
}

/// How an upstream sends its thinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// As plain text.
    Aloud,
    /// In pieces that share this index; whole blocks may have none.
    Pieces(Option<u64>),
}

// === impl Reasoning ===

impl Reasoning {
    /// Thinking of this provider's model that begins here.
    pub(super) fn begin(slot: Slot, provider: &str, told: &mut Told) -> Self {
        let reasoning = Self {
            slot,
            text: Grown::default(),
            blocks: Vec::new(),
            provider: provider.to_owned(),
        };
        told.item(&reasoning.slot, "added", reasoning.item(false));
        reasoning
    }

    /// More thinking that has no signature, as a JSON string.
    pub(super) fn think_aloud(&mut self, piece: &str, told: &mut Told) {
        self.grow(Source::Aloud, piece, told);
    }

    /// A piece of a block of thinking, or a whole one.
    pub(super) fn think(&mut self, piece: &ThinkingPiece<'_>, told: &mut Told) {
        if let Some(redacted) = piece.redacted() {
            self.blocks.push(Block::Redacted(redacted));
            return;
        }
        let source = Source::Pieces(piece.index);
        let mut said = piece.thinking();
        if let Some(Block::Thinking {
            source: known, text, ..
        }) = self.blocks.last_mut()
        {
            // Thinking that came as plain text is repeated as a whole to be signed.
            let repeated = said.is_none_or(|said| inside(said).len() == text.len());
            if *known == Source::Aloud && repeated {
                (*known, said) = (source, None);
            }
        }
        if let Some(said) = said {
            self.grow(source, said, told);
        }
        if let Some(signature) = piece.signature() {
            self.block(source, |_, signed| *signed = Some(signature.to_owned()));
        }
    }

    /// The thinking ends.
    pub(super) fn close(&mut self, told: &mut Told) {
        if let Some(rest) = self.text.rest() {
            if let Some(Block::Thinking { text, .. }) = self.blocks.last_mut() {
                text.push_str(inside(&rest));
            }
            self.delta(rest, told);
        }
        if !self.text.is_empty() {
            told.about(&self.slot, "response.reasoning_summary_text.done", |event| {
                event.raw("summary_index", "0");
                event.raw("text", self.text.json());
            });
            self.about_part("response.reasoning_summary_part.done", &self.text.json(), told);
        }
        told.item(&self.slot, "done", self.item(true));
    }

    /// The item as JSON; sealed once it is whole.
    pub(super) fn item(&self, is_whole: bool) -> Vec<u8> {
        let mut summary = List::default();
        if !self.text.is_empty() {
            summary.push(summary_part(&self.text.json()));
        }
        Object::text(|item| {
            item.string("id", &self.slot.id);
            item.raw("type", "\"reasoning\"");
            item.raw("summary", summary.into_text());
            if is_whole {
                item.string("encrypted_content", &seal(&self.provider, &self.sealable()));
            }
        })
    }

    fn grow(&mut self, source: Source, piece: &str, told: &mut Told) {
        let is_first = self.text.is_empty();
        let piece = self.text.push(piece);
        self.block(source, |text, _| {
            text.push_str(inside(piece.as_deref().unwrap_or_default()));
        });
        let Some(piece) = piece else { return };
        if is_first {
            self.about_part("response.reasoning_summary_part.added", "\"\"", told);
        }
        self.delta(piece, told);
    }

    /// Changes the last block, or a new one if that is of another source or signed already.
    fn block(&mut self, source: Source, change: impl FnOnce(&mut String, &mut Option<String>)) {
        let goes_on = |block: &Block| match block {
            Block::Thinking {
                source: known,
                signature,
                ..
            } => *known == source && !(signature.is_some() && matches!(source, Source::Aloud | Source::Pieces(None))),
            Block::Redacted(_) => false,
        };
        if !self.blocks.last().is_some_and(goes_on) {
            self.blocks.push(Block::Thinking {
                source,
                text: String::new(),
                signature: None,
            });
        }
        if let Some(Block::Thinking { text, signature, .. }) = self.blocks.last_mut() {
            change(text, signature);
        }
    }

    /// The blocks as JSON.
    fn sealable(&self) -> Vec<u8> {
        let mut list = List::default();
        for block in &self.blocks {
            match block {
                Block::Redacted(block) => list.push(block),
                Block::Thinking { text, signature, .. } => list.push_object(|block| {
                    block.raw("type", "\"thinking\"");
                    block.raw("thinking", format!("\"{text}\""));
                    if let Some(signature) = signature {
                        block.raw("signature", signature);
                    }
                }),
            }
        }
        list.into_text()
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
