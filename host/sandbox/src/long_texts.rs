//! Long texts of a request that stay outside of the sandbox: marks stand for them inside.

use std::ops::Range;

use bytes::Bytes;
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

/// What an adapter made of a request.
#[derive(Debug)]
pub struct Made {
    /// What it is. Its body is empty if [`Self::body`] takes its place.
    pub prepared: Prepared,
    /// The body of the exchange in pieces, if long texts of the request are in it: they are parts of the request's own body.
    pub body: Option<Vec<Bytes>>,
}

/// Why the texts cannot take the place of the marks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfilled {
    /// A mark stands where none has a meaning, or a text is missing that the adapter has not looked at: it may have left it
    /// out, or encoded the mark.
    Elsewhere,
    /// The whole would be too long.
    TooLong,
}

// === impl Made ===

impl Made {
    /// With the body in one piece.
    pub(crate) fn joined(self) -> Prepared {
        let mut prepared = self.prepared;
        if let (Prepared::Exchange(exchange), Some(body)) = (&mut prepared, self.body) {
            exchange.request.body = Body::Bytes(body.concat());
        }
        prepared
    }
}

impl From<Prepared> for Made {
    fn from(prepared: Prepared) -> Self {
        Self { prepared, body: None }
    }
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

    /// What the adapter returned for the marked body, with the texts in the place of their marks, and at most so long.
    pub(crate) fn filled(
        mut self,
        mut returned: Result<Prepared, Failure>,
        body: &Bytes,
        most: usize,
    ) -> Result<Result<Made, Failure>, Unfilled> {
        let mut pieces = None;
        let marked = match &mut returned {
            Ok(Prepared::Exchange(exchange)) => {
                match &mut exchange.request.body {
                    Body::Bytes(bytes) => pieces = Some(self.fill(std::mem::take(bytes), body, most)?),
                    Body::Patch(bytes) => *bytes = self.fill(std::mem::take(bytes), body, most)?.concat(),
                    Body::Empty | Body::Original => {}
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
            Ok(returned.map(|prepared| Made { prepared, body: pieces }))
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

    /// What is written, in pieces: with the texts from the body in the place of their marks.
    fn fill(&mut self, written: Vec<u8>, body: &Bytes, most: usize) -> Result<Vec<Bytes>, Unfilled> {
        let marks: Vec<usize> = memmem::find_iter(&written, self.mark.as_bytes()).collect();
        let written = Bytes::from(written);
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
        let mut filled = Vec::with_capacity(2 * places.len() + 1);
        let mut done = 0;
        for (place, text) in places {
            filled.push(written.slice(done..place.start));
            filled.push(body.slice(text));
            done = place.end;
        }
        filled.push(written.slice(done..));
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
