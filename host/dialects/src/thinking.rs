//! What a model thinks, while it grows: as one text for clients to show, and in blocks with the vendor's signatures.

use crate::anthropic::message::ThinkingPiece;
use crate::grown::Grown;
use crate::json::List;
use crate::json::raw::inside;

/// The thinking so far.
#[derive(Debug, Default)]
pub(crate) struct Thinking {
    /// All of it, as one text.
    text: Grown,
    blocks: Vec<Block>,
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

// === impl Thinking ===

impl Thinking {
    /// True if there is neither text nor a block.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.blocks.is_empty()
    }

    /// True if there is no text.
    pub(crate) fn is_silent(&self) -> bool {
        self.text.is_empty()
    }

    /// The text, as a JSON string.
    pub(crate) fn text(&self) -> String {
        self.text.json()
    }

    /// Takes more thinking that has no signature, as a JSON string. Returns what may go out of it now, as another.
    pub(crate) fn think_aloud(&mut self, piece: &str) -> Option<String> {
        self.grow(Source::Aloud, piece)
    }

    /// Takes a piece of a block, or a whole one. Returns what may go out of its text now.
    pub(crate) fn think(&mut self, piece: &ThinkingPiece<'_>) -> Option<String> {
        if let Some(redacted) = piece.redacted() {
            self.blocks.push(Block::Redacted(redacted));
            return None;
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
        let grown = said.and_then(|said| self.grow(source, said));
        if let Some(signature) = piece.signature() {
            self.block(source, |_, signed| *signed = Some(signature.to_owned()));
        }
        grown
    }

    /// The last piece of a text that ended amid a character.
    pub(crate) fn rest(&mut self) -> Option<String> {
        let rest = self.text.rest()?;
        if let Some(Block::Thinking { text, .. }) = self.blocks.last_mut() {
            text.push_str(inside(&rest));
        }
        Some(rest)
    }

    /// The blocks as JSON, for the client to keep.
    pub(crate) fn blocks(&self) -> Vec<u8> {
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

    fn grow(&mut self, source: Source, piece: &str) -> Option<String> {
        let piece = self.text.push(piece);
        self.block(source, |text, _| {
            text.push_str(inside(piece.as_deref().unwrap_or_default()));
        });
        piece
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
}
