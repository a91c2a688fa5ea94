//! Where two texts meet: an echo of the first is dropped, and white space is not doubled.

/// The most white space that may stand where two texts meet.
const MOST_BLANK: usize = 4 * 1024;

/// Joins the text of a new attempt to the text that the client already has.
#[derive(Debug, Default)]
pub(super) struct Seam {
    /// What the client already has.
    before: String,
    /// What has arrived and may still be an echo of `before`, or white space that the client already has.
    held: String,
    joined: bool,
}

/// The text as a prefill: without white space at its end, which upstreams refuse there.
pub(super) fn prefill(text: &str) -> &str {
    text.trim_end()
}

// === impl Seam ===

impl Seam {
    /// A seam behind this text.
    pub(super) fn behind(before: &str) -> Self {
        Self {
            before: before.to_owned(),
            ..Self::default()
        }
    }

    /// Takes a piece of the new text, and returns what the client is to get of it now. Pieces may be cut anywhere.
    pub(super) fn push(&mut self, piece: &str) -> String {
        if self.joined {
            return piece.to_owned();
        }
        self.held.push_str(piece);
        match self.joint() {
            Some(new) => self.join(new),
            None => String::new(),
        }
    }

    /// What is still held when the new text ends.
    pub(super) fn rest(&mut self) -> String {
        if self.joined {
            return String::new();
        }
        let prefill = prefill(&self.before);
        let new = self.held.strip_prefix(prefill).filter(|_| !prefill.is_empty());
        let new = new.unwrap_or(&self.held);
        let start = self.held.len() - self.after_white_space(new).len();
        self.join(start)
    }

    /// Where in `held` the new text begins; `None` while more must be read to know.
    fn joint(&self) -> Option<usize> {
        let prefill = prefill(&self.before);
        // An echo of everything so far, or possibly the beginning of one.
        let echoed = !prefill.is_empty() && self.held.starts_with(prefill);
        if !echoed && prefill.starts_with(&self.held) {
            return None;
        }
        let new = if echoed {
            &self.held[prefill.len()..]
        } else {
            &self.held
        };
        let rest = self.after_white_space(new);
        // The next piece may bring more white space, but not for ever.
        (new.len() > self.before.len() + MOST_BLANK || !rest.trim_start().is_empty())
            .then(|| self.held.len() - rest.len())
    }

    /// The new text without the white space that the client already has.
    fn after_white_space<'a>(&self, new: &'a str) -> &'a str {
        let had = &self.before[prefill(&self.before).len()..];
        if had.is_empty() {
            return new;
        }
        new.strip_prefix(had).unwrap_or_else(|| new.trim_start())
    }

    fn join(&mut self, start: usize) -> String {
        self.joined = true;
        self.held.split_off(start)
    }
}
