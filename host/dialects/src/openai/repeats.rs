//! Chunks that repeat an earlier one in everything but a piece of text, as nearly all of most streams do. What such a chunk
//! is has been found out once: it is neither parsed nor edited again.
//!
//! OpenAI adds a member of random letters, so that the length of a chunk does not tell that of its text
//! (`stream_options.include_obfuscation`). It may differ too.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::de::IgnoredAny;

use super::chunk::Chunk;
use crate::json::place_of;
use crate::json::raw::is_given;
use crate::json::skim::{items, picked, string_length};
use crate::produced::text_bytes;
use crate::sse;

/// The members whose text differs from chunk to chunk.
const TEXTS: [&str; 2] = ["content", "reasoning_content"];

/// The member of random letters.
const PADDING: &str = "obfuscation";

/// The longest chunk that is kept.
const MOST_BYTES: usize = 4 << 10;

/// After so many chunks in a row of which none was repeated, only some of those that follow are kept.
const IN_A_ROW: u32 = 4;

/// One of so many: the shape of chunks changes where a model has thought and begins to answer.
const ONE_OF: u32 = 16;

/// Escapes of four digits may stand for half a character.
static HALVES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\\u"));

/// The chunk that others may repeat.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    kept: Option<Kept>,
    /// How many chunks in a row repeated none.
    misses: u32,
}

#[derive(Debug)]
struct Kept {
    /// As the upstream wrote it.
    read: Around,
    /// As the client got it.
    written: Around,
}

/// What is the same in all of them.
#[derive(Debug)]
struct Around {
    before: Box<[u8]>,
    behind: Box<[u8]>,
    /// What is behind the padding, which is behind that; `None` if they have none.
    last: Option<Box<[u8]>>,
}

/// What differs: JSON strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Differing<'d> {
    /// The text, which is not empty.
    pub(super) text: &'d str,
    padding: Option<&'d str>,
}

// === impl Repeats ===

impl Repeats {
    /// What differs in a chunk that repeats the one that is kept. `None` for any other chunk.
    pub(super) fn differing<'d>(&mut self, data: &'d [u8]) -> Option<Differing<'d>> {
        let differing = self.kept.as_ref()?.read.differing(data)?;
        self.misses = 0;
        Some(differing)
    }

    /// Appends the event of a chunk that repeats the one that is kept.
    pub(super) fn write(&self, differing: Differing<'_>, out: &mut Vec<u8>) {
        let Some(Kept { written, .. }) = &self.kept else {
            return;
        };
        let padding = differing.padding.unwrap_or_default().as_bytes();
        let last = written.last.as_deref().unwrap_or_default();
        for part in [
            &written.before,
            differing.text.as_bytes(),
            &written.behind,
            padding,
            last,
        ] {
            out.extend_from_slice(part);
        }
    }

    /// Keeps a chunk whose text is `data`, and for which the client got `event`, unless it says more than a piece of text.
    pub(super) fn keep(&mut self, data: &str, chunk: &Chunk<'_>, event: &[u8]) {
        self.misses = self.misses.wrapping_add(1);
        if self.misses <= IN_A_ROW || self.misses.is_multiple_of(ONE_OF) {
            self.kept = said(chunk).and_then(|said| Kept::new(data, said, event));
        }
    }
}

// === impl Kept ===

impl Kept {
    fn new(data: &str, said: &str, event: &[u8]) -> Option<Self> {
        let (event, written) = sse::data(event)?;
        let mut texts = TEXTS.into_iter().filter_map(|name| text_in(written, name));
        let again = texts.find(|text| *text == said)?;
        (data.len() <= MOST_BYTES).then(|| Self {
            read: Around::new(data, said, padding_in(data)),
            written: Around::new(event, again, padding_in(written)),
        })
    }
}

// === impl Around ===

impl Around {
    fn new(whole: &str, text: &str, padding: Option<&str>) -> Self {
        let bytes = whole.as_bytes();
        let text = place_of(whole, text);
        let padding = padding.map(|padding| place_of(whole, padding));
        let padding = padding.filter(|padding| padding.start >= text.end);
        let behind = padding.as_ref().map_or(bytes.len(), |padding| padding.start);
        Self {
            before: bytes[..text.start].into(),
            behind: bytes[text.end..behind].into(),
            last: padding.map(|padding| bytes[padding.end..].into()),
        }
    }

    fn differing<'d>(&self, data: &'d [u8]) -> Option<Differing<'d>> {
        let (text, rest) = string(data.strip_prefix(&*self.before)?)?;
        let rest = rest.strip_prefix(&*self.behind)?;
        let (padding, rest) = match self.last {
            Some(_) => string(rest).map(|(padding, rest)| (Some(padding), rest))?,
            None => (None, rest),
        };
        let is_same = rest == self.last.as_deref().unwrap_or_default() && text.len() > 2;
        is_same.then_some(Differing { text, padding })
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

/// The random letters of a chunk.
fn padding_in(chunk: &str) -> Option<&str> {
    let [padding] = picked(chunk, [PADDING]);
    padding.filter(|padding| padding.starts_with('"'))
}

/// The JSON string with which the bytes begin, if it has whole characters, and the rest.
fn string(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let is_string = bytes.first() == Some(&b'"');
    let (string, rest) = bytes.split_at(string_length(bytes).filter(|_| is_string)?);
    let text = std::str::from_utf8(string).ok()?;
    (is_plain(text) || is_whole(text)).then_some((text, rest))
}

/// Whether it is a JSON string without escapes, if it is anything between quotes.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte >= b' ' && byte != b'\\')
}

/// Whether it is a JSON string of whole characters.
fn is_whole(text: &str) -> bool {
    HALVES.find(text.as_bytes()).is_none() && serde_json::from_str::<IgnoredAny>(text).is_ok()
}
