//! One JSON array whose elements arrive one by one, as Google streams without `alt=sse`.

use bytes::Bytes;
use memchr::memchr2;

use super::{Event, FramingError, Partial};

/// Cuts out each element, an object, as soon as it is complete. The contents of elements are not validated.
#[derive(Debug)]
pub(super) struct JsonArray {
    element: Partial,
    place: Place,
}

/// The position of the next byte in the text.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Before the opening bracket.
    Start,
    /// After the opening bracket: an element or the end follows.
    First,
    /// After a comma: an element follows.
    Next,
    /// After an element: a comma or the end follows.
    After,
    /// Inside an element, at this depth of brackets.
    Element { depth: usize },
    /// In a string inside an element.
    Text { depth: usize },
    /// In such a string, after a backslash.
    Escape { depth: usize },
    /// After the closing bracket.
    End,
}

// === impl JsonArray ===

impl JsonArray {
    pub(super) fn new(element: Partial) -> Self {
        Self {
            element,
            place: Place::Start,
        }
    }

    pub(super) fn push(&mut self, chunk: &Bytes, events: &mut Vec<Event>) -> Result<(), FramingError> {
        let mut at = 0;
        let mut begin = 0;
        while at < chunk.len() {
            if let Place::Text { .. } = self.place {
                at += memchr2(b'"', b'\\', &chunk[at..]).unwrap_or(chunk.len() - at);
            }
            let Some(&byte) = chunk.get(at) else { break };
            let before = self.place;
            self.place = before.step(byte)?;
            match (before, self.place) {
                (Place::First | Place::Next, Place::Element { .. }) => begin = at,
                (Place::Element { .. }, Place::After) => {
                    let data = self.element.complete(chunk.slice(begin..=at))?;
                    events.push(Event { name: None, data });
                }
                _ => {}
            }
            at += 1;
        }
        if self.place.is_inside() {
            self.element.keep(&chunk[begin..])
        } else {
            Ok(())
        }
    }

    pub(super) fn finish(&self) -> Result<(), FramingError> {
        if matches!(self.place, Place::End) {
            Ok(())
        } else {
            Err(FramingError::Truncated)
        }
    }
}

// === impl Place ===

impl Place {
    fn is_inside(self) -> bool {
        matches!(self, Self::Element { .. } | Self::Text { .. } | Self::Escape { .. })
    }

    fn step(self, byte: u8) -> Result<Self, FramingError> {
        Ok(match (self, byte) {
            (Self::Text { depth }, b'"') => Self::Element { depth },
            (Self::Text { depth }, b'\\') => Self::Escape { depth },
            (Self::Text { depth } | Self::Escape { depth }, _) | (Self::Element { depth }, b'"') => {
                Self::Text { depth }
            }
            (Self::Element { depth }, b'{' | b'[') => Self::Element { depth: depth + 1 },
            (Self::Element { depth: 1 }, b'}' | b']') => Self::After,
            (Self::Element { depth }, b'}' | b']') => Self::Element { depth: depth - 1 },
            (Self::Element { depth }, _) => Self::Element { depth },
            (place, b' ' | b'\t' | b'\n' | b'\r') => place,
            (Self::Start, b'[') => Self::First,
            (Self::First | Self::Next, b'{') => Self::Element { depth: 1 },
            (Self::After, b',') => Self::Next,
            (Self::First | Self::After, b']') => Self::End,
            _ => {
                return Err(FramingError::Malformed("the body is not a JSON array of objects"));
            }
        })
    }
}
