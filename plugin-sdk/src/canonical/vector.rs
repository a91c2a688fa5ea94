//! A vector in either of the two forms that OpenAI's clients ask for.

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::EncodingFormat;
use crate::data_url::{from_base64, to_base64};

/// A vector: numbers, or base64 of little-endian 32-bit floats.
///
/// Source: `encoding_format` in <https://platform.openai.com/docs/api-reference/embeddings/create>. OpenAI's own SDKs
/// ask for base64 by default, so an upstream without it needs this:
/// ```
/// use jackfield_plugin_sdk::canonical::{EncodingFormat, Vector};
///
/// let vector = Vector::Floats(vec![1.0, -2.5]);
/// assert_eq!(vector.to_base64(), "AACAPwAAIMA=");
/// assert_eq!(Vector::Base64("AACAPwAAIMA=".into()).to_floats(), Some(vec![1.0, -2.5]));
/// assert_eq!(vector.in_format(&EncodingFormat::Base64), Vector::Base64("AACAPwAAIMA=".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Vector {
    /// Numbers, in the precision that base64 has too.
    Floats(Vec<f32>),
    /// Base64 of little-endian 32-bit floats.
    Base64(String),
}

// === impl Vector ===

impl Vector {
    /// The vector in base64.
    pub fn to_base64(&self) -> String {
        match self {
            Self::Base64(text) => text.clone(),
            Self::Floats(floats) => {
                let bytes: Vec<u8> = floats.iter().flat_map(|float| float.to_le_bytes()).collect();
                to_base64(&bytes)
            }
        }
    }

    /// The vector as numbers; `None` if it is not base64 of whole floats.
    pub fn to_floats(&self) -> Option<Vec<f32>> {
        match self {
            Self::Floats(floats) => Some(floats.clone()),
            Self::Base64(text) => {
                let bytes = from_base64(text)?;
                let (floats, rest) = bytes.as_chunks::<4>();
                let floats = floats.iter().map(|float| f32::from_le_bytes(*float));
                rest.is_empty().then(|| floats.collect())
            }
        }
    }

    /// The vector in the form that a client asked for. A form this SDK does not know, and base64 that is damaged, change
    /// nothing.
    #[must_use]
    pub fn in_format(self, format: &EncodingFormat) -> Self {
        match (self, format) {
            (Self::Floats(floats), EncodingFormat::Base64) => Self::Base64(Self::Floats(floats).to_base64()),
            (vector @ Self::Base64(_), EncodingFormat::Float) => vector.to_floats().map_or(vector, Self::Floats),
            (vector, _) => vector,
        }
    }
}

impl Default for Vector {
    fn default() -> Self {
        Self::Floats(Vec::new())
    }
}

// Implemented by hand because serde's `untagged` would first copy a long vector into a buffer.
impl<'de> Deserialize<'de> for Vector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VectorVisitor)
    }
}

struct VectorVisitor;

impl<'de> Visitor<'de> for VectorVisitor {
    type Value = Vector;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers, or a string of base64")
    }

    fn visit_str<E>(self, text: &str) -> Result<Vector, E> {
        Ok(Vector::Base64(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Vector, A::Error> {
        let mut floats = Vec::with_capacity(numbers.size_hint().unwrap_or_default().min(4096));
        while let Some(float) = numbers.next_element()? {
            floats.push(float);
        }
        Ok(Vector::Floats(floats))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_form_is_read_and_becomes_the_other() {
        let floats: Vector = serde_json::from_str("[0.1,-3]").unwrap();
        let text = floats.to_base64();
        let base64: Vector = serde_json::from_value(text.clone().into()).unwrap();
        assert_eq!(base64, Vector::Base64(text));
        assert_eq!(base64.in_format(&EncodingFormat::Float), floats);
        assert_eq!(serde_json::to_string(&floats).unwrap(), "[0.1,-3.0]");
    }

    #[test]
    fn what_is_not_base64_of_floats_stays() {
        for damaged in ["AAA", "AAAA", "?"] {
            let damaged = Vector::Base64(damaged.to_owned());
            assert_eq!(damaged.to_floats(), None);
            assert_eq!(damaged.clone().in_format(&EncodingFormat::Float), damaged);
        }
        let floats = Vector::Floats(vec![1.0]);
        assert_eq!(floats.clone().in_format(&"ubinary".into()), floats);
    }
}
