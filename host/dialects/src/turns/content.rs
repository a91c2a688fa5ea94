//! What somebody says in a chat: texts, and parts that are none.

use std::borrow::Cow;

use crate::json::List;
use crate::json::raw::inside;

/// The parts of a content.
#[derive(Debug, Default)]
pub(crate) struct Content<'a> {
    parts: Vec<Part<'a>>,
}

/// A part of a content.
#[derive(Debug)]
pub(crate) enum Part<'a> {
    /// A text, as a JSON string.
    Text(Cow<'a, str>),
    /// A part of a chat that is no text.
    Other(Vec<u8>),
}

// === impl Content ===

impl<'a> Content<'a> {
    /// Adds a part.
    pub(crate) fn push(&mut self, part: Part<'a>) {
        self.parts.push(part);
    }

    /// True if it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts
            .iter()
            .all(|part| matches!(part, Part::Text(text) if text == "\"\""))
    }

    /// The value of `content`: a string if it is one text.
    pub(crate) fn value(&self) -> Vec<u8> {
        match self.parts.as_slice() {
            [] => b"\"\"".to_vec(),
            [Part::Text(text)] => text.as_bytes().to_vec(),
            _ => self.list(),
        }
    }

    /// The same, with several texts as one: not every upstream accepts parts from a model or in a system message.
    pub(crate) fn joined(&self, separator: &str) -> Vec<u8> {
        match self.text(separator) {
            Some(text) => format!("\"{text}\"").into(),
            None => self.list(),
        }
    }

    /// All texts as one, the inside of a JSON string; `None` if there is anything else.
    fn text(&self, separator: &str) -> Option<String> {
        let texts = self.parts.iter().map(|part| match part {
            Part::Text(text) => Some(inside(text)),
            Part::Other(_) => None,
        });
        Some(texts.collect::<Option<Vec<&str>>>()?.join(separator))
    }

    /// The parts of this content and of another, which a model said after it.
    pub(crate) fn and(mut self, other: Self) -> Self {
        if !self.is_empty() && !other.is_empty() {
            self.parts.push(Part::Text(Cow::Borrowed(r#""\n\n""#)));
        }
        self.extend(other);
        self
    }

    /// Adds the parts of another content, with nothing between them.
    pub(crate) fn extend(&mut self, other: Self) {
        self.parts.extend(other.parts);
    }

    fn list(&self) -> Vec<u8> {
        let mut list = List::default();
        for part in &self.parts {
            match part {
                Part::Text(text) => list.push_object(|part| {
                    part.raw("type", "\"text\"");
                    part.raw("text", text.as_bytes());
                }),
                Part::Other(part) => list.push(part),
            }
        }
        list.into_text()
    }
}
