//! Chunks as lines of JSON.
//!
//! Nearly all chunks of most streams repeat the one before in all but a piece of text. What is around the text is then
//! copied instead of being written anew.

use crate::Failure;
use crate::canonical::{Chunk, ChunkChoice, Delta};
use crate::scan::{is_plain, is_same};

/// The member of an empty text, as it stands in a chunk that has no strings but its own.
const EMPTY: &[u8] = br#""content":"""#;

/// A chunk of text, and what is around that.
struct Around<'c> {
    chunk: &'c Chunk,
    before: Vec<u8>,
    behind: Vec<u8>,
}

/// Writes one chunk per line.
pub(crate) fn write_chunks(chunks: &[Chunk]) -> Result<Vec<u8>, Failure> {
    let mut lines = Vec::with_capacity(chunks.len() * 256);
    let mut around: Option<Around<'_>> = None;
    for chunk in chunks {
        let Some(text) = text_alone(chunk) else {
            serde_json::to_writer(&mut lines, chunk)?;
            lines.push(b'\n');
            continue;
        };
        let known = around.take().filter(|around| around.is_of(chunk));
        let known = match known {
            Some(known) => known,
            None => Around::new(chunk)?,
        };
        known.write(text, &mut lines)?;
        around = Some(known);
    }
    Ok(lines)
}

/// The text of a chunk that has nothing else of its own.
fn text_alone(chunk: &Chunk) -> Option<&str> {
    let Chunk {
        choices,
        usage: None,
        extra,
        ..
    } = chunk
    else {
        return None;
    };
    let [
        ChunkChoice {
            delta,
            finish_reason: None,
            extra: of_choice,
            ..
        },
    ] = choices.as_slice()
    else {
        return None;
    };
    let Delta {
        role: None,
        content: Some(text),
        reasoning_content: None,
        thinking_blocks,
        tool_calls,
        refusal: None,
        extra: of_delta,
    } = delta
    else {
        return None;
    };
    let has_more = !(thinking_blocks.is_empty() && tool_calls.is_empty());
    let has_extra = [extra, of_choice, of_delta].iter().any(|extra| !extra.is_empty());
    (!has_more && !has_extra).then_some(text)
}

// === impl Around ===

impl<'c> Around<'c> {
    fn new(chunk: &'c Chunk) -> Result<Self, Failure> {
        let choices = chunk.choices.iter().map(|choice| ChunkChoice {
            index: choice.index,
            delta: Delta::text(""),
            ..ChunkChoice::default()
        });
        let mut before = serde_json::to_vec(&Chunk {
            id: chunk.id.clone(),
            object: chunk.object.clone(),
            created: chunk.created,
            model: chunk.model.clone(),
            choices: choices.collect(),
            ..Chunk::default()
        })?;
        before.push(b'\n');
        // No string holds it: quotes in strings are escaped.
        let place = before.windows(EMPTY.len()).position(|window| window == EMPTY);
        let Some(place) = place else {
            return Err(Failure::malformed("a chunk of text has no text"));
        };
        let behind = before.split_off(place + EMPTY.len());
        before.truncate(before.len() - 2);
        Ok(Self { chunk, before, behind })
    }

    /// Whether the same is around the text of `chunk`.
    fn is_of(&self, chunk: &Chunk) -> bool {
        let index = |chunk: &Chunk| chunk.choices.first().map(|choice| choice.index);
        is_same(self.chunk.id.as_bytes(), chunk.id.as_bytes())
            && is_same(self.chunk.model.as_bytes(), chunk.model.as_bytes())
            && self.chunk.created == chunk.created
            && self.chunk.object == chunk.object
            && index(self.chunk) == index(chunk)
    }

    fn write(&self, text: &str, lines: &mut Vec<u8>) -> Result<(), Failure> {
        lines.extend_from_slice(&self.before);
        if is_plain(text) {
            lines.push(b'"');
            lines.extend_from_slice(text.as_bytes());
            lines.push(b'"');
        } else {
            serde_json::to_writer(&mut *lines, text)?;
        }
        lines.extend_from_slice(&self.behind);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{FinishReason, Usage};

    #[test]
    fn chunks_are_written_as_a_serialiser_writes_them() {
        let named = |chunk: Chunk, id: &str| Chunk {
            id: id.to_owned(),
            model: "a \"content\":\"\" model".to_owned(),
            ..chunk
        };
        let mut other = Chunk::of(Delta::text("other choice"));
        other.choices[0].index = 1;
        let mut extra = Chunk::of(Delta::text("extra"));
        extra.choices[0].delta.extra.insert("more", 1);
        let chunks: Vec<Chunk> = [
            Chunk::of(Delta::role()),
            Chunk::of(Delta::text("one")),
            Chunk::of(Delta::text("two \"quoted\" \\ \n \u{1} 😀")),
            Chunk::of(Delta::text("")),
            other,
            Chunk::of(Delta::text("three")),
            extra,
            Chunk::of(Delta::reasoning("thought")),
            Chunk::of(Delta::text("four")),
            Chunk::of(FinishReason::Stop),
            Chunk {
                usage: Some(Usage::of(3, 2)),
                ..Chunk::default()
            },
        ]
        .into_iter()
        .enumerate()
        .map(|(at, chunk)| named(chunk, if at < 9 { "id" } else { "other" }))
        .collect();
        let written = String::from_utf8(write_chunks(&chunks).unwrap()).unwrap();
        let expected: String = chunks
            .iter()
            .map(|chunk| serde_json::to_string(chunk).unwrap() + "\n")
            .collect();
        assert_eq!(written, expected);
    }
}
