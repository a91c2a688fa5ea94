//! Chunks that repeat an earlier one in everything but a piece of text, as nearly all of most streams do. What such a chunk
//! is has been found out once: it is neither parsed nor edited again.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::de::IgnoredAny;

use super::chunk::Chunk;
use crate::json::place_of;
use crate::json::raw::is_given;
use crate::json::skim::{items, picked};
use crate::produced::text_bytes;
use crate::sse;

/// The members whose text differs from chunk to chunk.
const TEXTS: [&str; 2] = ["content", "reasoning_content"];

/// The longest chunk that is kept.
const MOST_BYTES: usize = 4 << 10;

/// After so many chunks in a row of which none was repeated, those that follow are not kept either.
const MOST_MISSES: u32 = 4;

/// Escapes of four digits may stand for half a character.
static HALVES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\\u"));

/// The chunk that others may repeat.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    kept: Option<Kept>,
    misses: u32,
}

#[derive(Debug)]
struct Kept {
    /// As the upstream wrote it.
    read: Around,
    /// As the client got it.
    written: Around,
}

/// What is before and behind the text that differs.
#[derive(Debug)]
struct Around {
    before: Box<[u8]>,
    behind: Box<[u8]>,
}

// === impl Repeats ===

impl Repeats {
    /// What never keeps a chunk.
    #[cfg(test)]
    pub(super) fn off() -> Self {
        Self {
            kept: None,
            misses: MOST_MISSES,
        }
    }

    /// The text of a chunk that repeats the one that is kept, as a JSON string that is not empty. `None` for any other chunk.
    pub(super) fn text<'d>(&mut self, data: &'d [u8]) -> Option<&'d str> {
        let kept = self.kept.as_ref()?;
        let text = data
            .strip_prefix(&*kept.read.before)?
            .strip_suffix(&*kept.read.behind)?;
        let text = string(text)?;
        self.misses = 0;
        Some(text)
    }

    /// Appends the event of a chunk that repeats the one that is kept, with this text.
    pub(super) fn write(&self, text: &str, out: &mut Vec<u8>) {
        if let Some(Kept { written, .. }) = &self.kept {
            for part in [&written.before, text.as_bytes(), &written.behind] {
                out.extend_from_slice(part);
            }
        }
    }

    /// Keeps a chunk whose text is `data`, and for which the client got `event`, unless it says more than a piece of text.
    pub(super) fn keep(&mut self, data: &str, chunk: &Chunk<'_>, event: &[u8]) {
        if self.misses < MOST_MISSES {
            self.misses += 1;
            self.kept = said(chunk).and_then(|said| Kept::new(data, said, event));
        }
    }
}

// === impl Kept ===

impl Kept {
    fn new(data: &str, said: &str, event: &[u8]) -> Option<Self> {
        let (event, written) = sse::data(event)?;
        let again = TEXTS
            .into_iter()
            .find_map(|name| text_in(written, name).filter(|text| *text == said))?;
        (data.len() <= MOST_BYTES).then(|| Self {
            read: Around::new(data, said),
            written: Around::new(event, again),
        })
    }
}

// === impl Around ===

impl Around {
    fn new(whole: &str, part: &str) -> Self {
        let place = place_of(whole, part);
        Self {
            before: whole.as_bytes()[..place.start].into(),
            behind: whole.as_bytes()[place.end..].into(),
        }
    }
}

/// The text of a chunk that says nothing else: a JSON string.
fn said<'a>(chunk: &Chunk<'a>) -> Option<&'a str> {
    let mut choices = chunk.choices();
    let (Some(choice), None, None) = (choices.next(), choices.next(), chunk.told_usage()) else {
        return None;
    };
    let delta = choice.delta()?;
    let mut texts = [delta.content, delta.reasoning_content].into_iter().flatten();
    let text = texts.find(|text| is_given(text))?;
    let is_all = text_bytes(text) == delta.produced_bytes();
    Some(text.get()).filter(|text| is_all && text.starts_with('"'))
}

/// The value of a member of the first choice's delta.
fn text_in<'a>(chunk: &'a str, name: &str) -> Option<&'a str> {
    let [choices] = picked(chunk, ["choices"]);
    let [delta] = picked(items(choices?).next()?, ["delta"]);
    let [text] = picked(delta?, [name]);
    text
}

/// The bytes as a JSON string, if they are one that is not empty and has whole characters.
fn string(bytes: &[u8]) -> Option<&str> {
    let quoted = matches!(bytes, [b'"', _, .., b'"']);
    let whole = || HALVES.find(bytes).is_none();
    let text = std::str::from_utf8(bytes).ok().filter(|_| quoted && whole())?;
    serde_json::from_str::<IgnoredAny>(text).ok().map(|_| text)
}
