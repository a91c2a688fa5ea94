//! One vector: numbers, or OpenAI's base64 of little-endian 32-bit floats.
//!
//! OpenAI's SDKs ask for base64 unless told otherwise, and decode whatever arrives; an upstream that answers in the
//! other encoding would give them garbage.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::value::RawValue;

use crate::fault::StreamFault;
use crate::json::text::text;
use crate::json::{Members, fields};

/// What a client wants its vectors to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    is_base64: bool,
    dimensions: Option<u64>,
}

// === impl Format ===

impl Format {
    /// What the request asks for: numbers unless it says otherwise.
    pub(super) fn of(request: &Members<'_>) -> Self {
        Self {
            is_base64: fields::given(request, "encoding_format") == Some("\"base64\""),
            dimensions: fields::given(request, "dimensions").and_then(|number| number.parse().ok()),
        }
    }

    /// The vector as the client wants it, as JSON; `None` if it is so already.
    ///
    /// # Errors
    /// If it is no vector, or of other dimensions than the client asked for.
    pub(super) fn convert(self, vector: &RawValue) -> Result<Option<String>, StreamFault> {
        let is_base64 = match vector.get().as_bytes()[0] {
            b'"' => true,
            b'[' => false,
            _ => return Err(no_vector()),
        };
        if is_base64 == self.is_base64 && self.dimensions.is_none() {
            return Ok(None);
        }
        let numbers = if is_base64 {
            decoded(vector)?
        } else {
            serde_json::from_str(vector.get()).map_err(|_| no_vector())?
        };
        if let Some(asked) = self.dimensions.filter(|asked| *asked != numbers.len() as u64) {
            let message = format!("data: a vector has {} dimensions instead of {asked}", numbers.len());
            return Err(StreamFault::malformed(message));
        }
        if is_base64 == self.is_base64 {
            return Ok(None);
        }
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(no_vector());
        }
        Ok(Some(if is_base64 { plain(&numbers) } else { encoded(&numbers) }))
    }
}

fn no_vector() -> StreamFault {
    StreamFault::malformed("data: an embedding is neither numbers nor base64 of floats")
}

fn decoded(vector: &RawValue) -> Result<Vec<f32>, StreamFault> {
    let text = text(vector).unwrap_or_default();
    let bytes = STANDARD.decode(&text).or_else(|_| STANDARD_NO_PAD.decode(&text));
    let bytes = bytes.map_err(|_| no_vector())?;
    let (floats, rest) = bytes.as_chunks::<4>();
    if floats.is_empty() || !rest.is_empty() {
        return Err(no_vector());
    }
    Ok(floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// The numbers in the fewest digits that stand for the same floats.
fn plain(numbers: &[f32]) -> String {
    let mut list = String::with_capacity(12 * numbers.len());
    for number in numbers {
        list.push(if list.is_empty() { '[' } else { ',' });
        // Writing to a string does not fail.
        let _ = write!(list, "{number:?}");
    }
    list.push(']');
    list
}

fn encoded(numbers: &[f32]) -> String {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    format!("\"{}\"", STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::{Format, StreamFault, encoded, plain};

    fn convert(is_base64: bool, dimensions: Option<u64>, vector: &str) -> Result<Option<String>, StreamFault> {
        let vector: &RawValue = serde_json::from_str(vector).unwrap();
        Format { is_base64, dimensions }.convert(vector)
    }

    #[test]
    fn a_vector_changes_its_encoding_both_ways() {
        // 0.5 is 0x3F000000 and -2 is 0xC0000000.
        assert_eq!(
            convert(true, None, "[0.5, -2]"),
            Ok(Some("\"AAAAPwAAAMA=\"".to_owned()))
        );
        assert_eq!(
            convert(false, None, "\"AAAAPwAAAMA=\""),
            Ok(Some("[0.5,-2.0]".to_owned()))
        );
        assert_eq!(
            convert(false, None, "\"AAAAPwAAAMA\""),
            Ok(Some("[0.5,-2.0]".to_owned()))
        );
        assert_eq!(convert(true, None, "\"AAAAPwAAAMA=\""), Ok(None));
        assert_eq!(convert(false, None, "[0.123456789012345678]"), Ok(None));
    }

    #[test]
    fn what_is_no_vector_or_not_of_the_asked_dimensions_is_malformed() {
        for vector in ["null", "7", "{}", "\"\"", "\"!\"", "\"AAA=\"", "\"AADAfw==\""] {
            assert!(convert(false, None, vector).is_err(), "{vector}");
        }
        for vector in ["[null]", "[\"1\"]", "[1e300]"] {
            assert!(convert(true, None, vector).is_err(), "{vector}");
        }
        assert_eq!(convert(false, Some(2), "[1,2]"), Ok(None));
        for (is_base64, vector) in [(false, "[1,2,3]"), (true, "\"AAAAPw==\""), (true, "[1]")] {
            assert!(convert(is_base64, Some(2), vector).is_err(), "{vector}");
        }
    }

    proptest! {
        #[test]
        fn a_vector_that_is_converted_there_and_back_is_the_same(numbers in prop::collection::vec(-1e30_f32..1e30, 1..5)) {
            let (list, text) = (plain(&numbers), encoded(&numbers));
            prop_assert_eq!(convert(true, None, &list), Ok(Some(text.clone())));
            prop_assert_eq!(convert(false, None, &text), Ok(Some(list)));
        }
    }
}
