//! What is looked for: a secret, or what is left of it in Base64.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::spelling::{may_begin, spelled};

/// A secret that is shorter is redacted only as a whole word: it would be found by chance in many words, and redacting
/// it there would garble them and betray it. Keys of four bytes and more are redacted anywhere, because an upstream may
/// write something directly before or behind them.
const ANYWHERE: usize = 4;

/// The same for what is probably no secret, such as the user of a basic credential or the name of a team in a header.
const WORD_ANYWHERE: usize = 8;

/// The least of Base64 that is not found by chance: 36 bits.
const LEAST_ENCODED: usize = 6;

/// One text to look for.
pub(super) struct Needle {
    text: Vec<u8>,
    whole_word: bool,
    /// Whether it is a piece of Base64. What stands around it is then part of the same encoding, and is redacted as well.
    encoded: bool,
}

// === impl Needle ===

impl Needle {
    /// The needles of a secret.
    pub(super) fn of_secret(secret: &str) -> Vec<Self> {
        Self::of(secret, ANYWHERE)
    }

    /// The needles of what may be a secret, or a usual word that occurs in messages of its own accord.
    pub(super) fn of_word(word: &str) -> Vec<Self> {
        if word.len() < ANYWHERE {
            return Vec::new();
        }
        Self::of(word, WORD_ANYWHERE)
    }

    fn of(secret: &str, anywhere: usize) -> Vec<Self> {
        let secret = secret.trim();
        if secret.is_empty() {
            return Vec::new();
        }
        let whole_word = secret.len() < anywhere;
        let raw = Self {
            text: secret.into(),
            whole_word,
            encoded: false,
        };
        let mut encoded = vec![STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)];
        if !whole_word {
            encoded.extend(within_others(secret).filter(|piece| piece.len() >= LEAST_ENCODED));
        }
        encoded.sort();
        encoded.dedup();
        let encoded = encoded.into_iter().map(|piece| Self {
            whole_word: piece.len() < LEAST_ENCODED,
            text: piece.into(),
            encoded: true,
        });
        [raw].into_iter().chain(encoded).collect()
    }

    /// Where it stands in `text` if a spelling of it begins at `at`.
    pub(super) fn found(&self, text: &[u8], at: usize) -> Option<Range<usize>> {
        if !may_begin(&self.text, &text[at..]) {
            return None;
        }
        let mut end = at + spelled(&self.text, &text[at..])?;
        let mut start = at;
        if self.whole_word && (is_in_a_word(text[..at].last()) || is_in_a_word(text.get(end))) {
            return None;
        }
        if self.encoded {
            start -= text[..at].iter().rev().take_while(|&&byte| is_base64(byte)).count();
            end += text[end..].iter().take_while(|&&byte| is_base64(byte)).count();
            end += text[end..].iter().take_while(|&&byte| byte == b'=').count();
        }
        Some(start..end)
    }
}

/// What of the Base64 of a longer text depends on the secret in it alone, at each of the three places where it may begin
/// in a group of three bytes.
fn within_others(secret: &str) -> impl Iterator<Item = String> {
    (0..3).flat_map(move |before| {
        let mut longer = vec![0; before];
        longer.extend_from_slice(secret.as_bytes());
        // The characters that hold bits of the bytes before, and those that would hold bits of the byte behind.
        let (from, to) = ((before * 8).div_ceil(6), longer.len() * 8 / 6);
        let piece = move |encoded: String| encoded.get(from..to).unwrap_or_default().to_owned();
        [STANDARD_NO_PAD.encode(&longer), URL_SAFE_NO_PAD.encode(&longer)].map(piece)
    })
}

fn is_in_a_word(byte: Option<&u8>) -> bool {
    byte.is_some_and(u8::is_ascii_alphanumeric)
}

/// Without the slash, which belongs to URLs more often.
fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'_')
}
