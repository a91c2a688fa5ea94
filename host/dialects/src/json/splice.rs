//! Edits the top level of a JSON object as raw text, so that what is not edited stays byte for byte.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

/// Other bytes for a place in a text.
pub(crate) type Replacement<'t> = (Range<usize>, Cow<'t, str>);

/// The text is not a JSON object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line} column {column}")]
pub struct SpliceError {
    /// What is wrong there.
    pub message: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in bytes, counted from 1; 0 if the value as a whole is of the wrong kind.
    pub column: usize,
}

/// One member to set in an object.
#[derive(Debug, Clone)]
pub struct Edit<'a> {
    /// The member's name, used only if the member is added. It is written as it stands.
    pub key: &'static str,
    /// Where its present value is in the object's text; `None` if there is no such member.
    pub at: Option<Range<usize>>,
    /// The new value: valid JSON.
    pub value: &'a str,
}

/// Writes `object` to `out` with values replaced in place and the other members added before the closing brace.
///
/// `object` is the text of one JSON object. The caller has parsed it and knows the places, which do not overlap.
/// Nothing is parsed here.
pub fn set_members(object: &str, edits: &[Edit<'_>], out: &mut Vec<u8>) {
    let end = object.rfind('}').unwrap_or(object.len());
    let mut at = 0;
    // There are two to four edits, so looking for the next one beats sorting them.
    while let Some((place, value)) = next_in_place(edits, at) {
        out.extend_from_slice(&object.as_bytes()[at..place.start]);
        out.extend_from_slice(value.as_bytes());
        at = place.end;
    }
    out.extend_from_slice(&object.as_bytes()[at..end]);
    let mut is_empty = object[..end].trim_end().ends_with('{');
    for edit in edits.iter().filter(|edit| edit.at.is_none()) {
        let comma = if std::mem::take(&mut is_empty) { "" } else { "," };
        for part in [comma, "\"", edit.key, "\":", edit.value] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out.extend_from_slice(&object.as_bytes()[end..]);
}

fn next_in_place<'a>(edits: &'a [Edit<'_>], from: usize) -> Option<(&'a Range<usize>, &'a str)> {
    edits
        .iter()
        .filter_map(|edit| Some((edit.at.as_ref()?, edit.value)))
        .filter(|(place, _)| place.start >= from)
        .min_by_key(|(place, _)| place.start)
}

/// `whole` with other bytes at these places. A place may be named twice: the first one counts, as of those that overlap.
pub(crate) fn spliced(whole: &[u8], mut edits: Vec<Replacement<'_>>) -> Vec<u8> {
    in_order(&mut edits);
    let more: usize = edits.iter().map(|(_, value)| value.len()).sum();
    let mut out = Vec::with_capacity(whole.len() + more);
    let mut from = 0;
    for (at, value) in edits {
        out.extend_from_slice(&whole[from..at.start]);
        out.extend_from_slice(value.as_bytes());
        from = at.end;
    }
    out.extend_from_slice(&whole[from..]);
    out
}

/// Puts edits in order, without those that overlap an earlier one.
pub(super) fn in_order(edits: &mut Vec<Replacement<'_>>) {
    edits.sort_by_key(|(at, _)| (at.start, at.end));
    let mut from = 0;
    edits.retain(|(at, _)| {
        let is_free = at.start >= from;
        if is_free {
            from = at.end;
        }
        is_free
    });
}

/// Where `part` is in `whole`, from which it was borrowed.
pub(crate) fn place_of(whole: &str, part: &str) -> Range<usize> {
    place_in(whole.as_bytes(), part.as_bytes())
}

/// The same of bytes.
pub(crate) fn place_in(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - whole.as_ptr().addr();
    start..start + part.len()
}

/// Checks that `text` is UTF-8, once for everything that is read from it.
pub(super) fn read_utf8(text: &[u8]) -> Result<&str, SpliceError> {
    simdutf8::compat::from_utf8(text).map_err(|error| {
        let valid = String::from_utf8_lossy(&text[..error.valid_up_to()]);
        SpliceError::at(&valid, valid.len(), "the text is not UTF-8".to_owned())
    })
}

// === impl SpliceError ===

impl SpliceError {
    /// A fault at this byte of `text`.
    pub(super) fn at(text: &str, offset: usize, message: String) -> Self {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        Self {
            message,
            line,
            column: offset - line_start + 1,
        }
    }
}

impl From<serde_json::Error> for SpliceError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
        Self { message, line, column }
    }
}
