//! Long texts of a request that stay outside of the sandbox: marks stand for them inside.

use std::ops::Range;

use memchr::memmem;

use crate::contract::{Answer, Body, Exchange, Failure, Prepared};

/// The texts of one call that marks stand for.
#[derive(Clone)]
pub(crate) struct LongTexts {
    /// What the marks begin with. Nobody can guess it, so no client's text is taken for a mark.
    mark: String,
    /// Where each text stands in the body, with its quotes.
    at: Vec<Range<usize>>,
    /// Which of them the adapter has fetched, or put somewhere.
    used: Vec<bool>,
}

/// What `prepare` returns.
type Made = Result<Prepared, Failure>;

/// Why the texts cannot take the place of the marks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfilled {
    /// A mark stands where none has a meaning, or a text is missing that the adapter has not looked at: it may have left it
    /// out, or encoded the mark.
    Elsewhere,
    /// The whole would be too long.
    TooLong,
}

// === impl LongTexts ===

impl LongTexts {
    /// The body with marks for the texts that stand here; `None` if there are none.
    pub(crate) fn marked(body: &[u8], at: Vec<Range<usize>>) -> Option<(Vec<u8>, Self)> {
        if at.is_empty() {
            return None;
        }
        let mark = format!("{:032x}-", fastrand::u128(..));
        let used = vec![false; at.len()];
        let texts = Self { mark, at, used };
        Some((texts.instead(body), texts))
    }

    /// What the marks begin with.
    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    /// The text with this number, as JSON.
    pub(crate) fn fetch<'b>(&mut self, body: &'b [u8], number: u32) -> Option<&'b [u8]> {
        let number = number as usize;
        *self.used.get_mut(number)? = true;
        body.get(self.at.get(number)?.clone())
    }

    fn instead(&self, body: &[u8]) -> Vec<u8> {
        let kept: usize = self.at.iter().map(Range::len).sum();
        let mut marked = Vec::with_capacity(body.len() - kept + self.at.len() * (self.mark.len() + 12));
        let mut done = 0;
        for (number, text) in self.at.iter().enumerate() {
            marked.extend_from_slice(&body[done..text.start]);
            marked.extend_from_slice(format!("\"{}{number}\"", self.mark).as_bytes());
            done = text.end;
        }
        marked.extend_from_slice(&body[done..]);
        marked
    }

    /// What the adapter made of the marked body, with the texts in the place of their marks, and at most so long.
    pub(crate) fn filled(mut self, mut made: Made, body: &[u8], most: usize) -> Result<Made, Unfilled> {
        let marked = match &mut made {
            Ok(Prepared::Exchange(exchange)) => {
                if let Body::Bytes(bytes) | Body::Patch(bytes) = &mut exchange.request.body {
                    *bytes = self.fill(std::mem::take(bytes), body, most)?;
                }
                self.is_beside_the_body(exchange)
            }
            Ok(Prepared::Answer(Answer::Whole(payload))) => self.is_in(&payload.body) || self.is_in(&payload.more),
            Ok(Prepared::Answer(Answer::Chunks(lines))) => self.is_in(lines),
            Err(failure) => {
                // The request has a fault, whatever its other texts say.
                self.used.fill(true);
                self.is_in(failure.message.as_bytes()) || self.is_in(&failure.detail)
            }
        };
        if marked || self.used.contains(&false) {
            Err(Unfilled::Elsewhere)
        } else {
            Ok(made)
        }
    }

    fn is_beside_the_body(&self, exchange: &Exchange) -> bool {
        let request = &exchange.request;
        let headers = request.headers.iter().any(|header| self.is_in(header.value.as_bytes()));
        headers || self.is_in(request.path.as_bytes()) || self.is_in(&exchange.state) || self.is_in(&exchange.more)
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        memmem::find(bytes, self.mark.as_bytes()).is_some()
    }

    fn fill(&mut self, written: Vec<u8>, body: &[u8], most: usize) -> Result<Vec<u8>, Unfilled> {
        let marks: Vec<usize> = memmem::find_iter(&written, self.mark.as_bytes()).collect();
        if marks.is_empty() {
            return Ok(written);
        }
        let mut places = Vec::with_capacity(marks.len());
        for mark in marks {
            let (place, number) = self.place(&written, mark).ok_or(Unfilled::Elsewhere)?;
            self.used[number] = true;
            places.push((place, self.at[number].clone()));
        }
        let texts: usize = places.iter().map(|(_, text)| text.len()).sum();
        if texts + written.len() > most {
            return Err(Unfilled::TooLong);
        }
        let mut filled = Vec::with_capacity(texts + written.len());
        let mut done = 0;
        for (place, text) in places {
            filled.extend_from_slice(&written[done..place.start]);
            filled.extend_from_slice(&body[text]);
            done = place.end;
        }
        filled.extend_from_slice(&written[done..]);
        Ok(filled)
    }

    /// Where the string of a mark stands, and the number of its text.
    fn place(&self, written: &[u8], mark: usize) -> Option<(Range<usize>, usize)> {
        let start = mark.checked_sub(1).filter(|start| written[*start] == b'"')?;
        let number = &written[mark + self.mark.len()..];
        let digits = number.iter().position(|byte| !byte.is_ascii_digit())?;
        let text: usize = std::str::from_utf8(&number[..digits]).ok()?.parse().ok()?;
        let end = mark + self.mark.len() + digits + 1;
        let is_string = number[digits] == b'"' && written.get(..start)?.last() != Some(&b'\\');
        (is_string && text < self.at.len()).then_some((start..end, text))
    }
}

#[cfg(test)]
mod tests;
