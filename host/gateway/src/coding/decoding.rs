//! Takes the content codings off a body that comes in parts: each part of it goes out as soon as it can be read.

#[cfg(test)]
mod tests;

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};
use compression_codecs::DecodeV2;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use http::HeaderMap;

use super::{Coding, UnknownCoding, listed};

/// The most that is decoded at a time: what grows a thousandfold must not do so at once.
const STEP: usize = 32 * 1024;

/// Takes the codings off one body.
#[derive(Debug)]
pub(crate) struct Decoding {
    /// In the order in which they come off.
    layers: Vec<Layer>,
    /// The codings, if we cannot take them off.
    unknown: Option<UnknownCoding>,
}

/// The coding of a body is unknown, or the body does not follow it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CodingFault(String);

/// One coding.
struct Layer {
    coding: Coding,
    /// `None` before the first bytes, which may tell its kind.
    codec: Option<Box<dyn DecodeV2 + Send + Sync>>,
    input: Bytes,
    /// Some input has come.
    has_begun: bool,
    /// The last step filled its room, so that there may be more without further input.
    is_full: bool,
    /// The body is complete; a further member may follow (RFC 1952, section 2.2).
    is_over: bool,
}

// === impl Decoding ===

impl Decoding {
    /// What takes the codings off a body with these headers; `None` if it has none.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let (layers, unknown) = match listed(headers) {
            Ok(codings) if codings.is_empty() => return None,
            Ok(codings) => (codings.into_iter().rev().map(Layer::of).collect(), None),
            Err(unknown) => (Vec::new(), Some(unknown)),
        };
        Some(Self { layers, unknown })
    }

    /// Gives it the next part of the body.
    pub(crate) fn push(&mut self, input: Bytes) {
        if let Some(first) = self.layers.first_mut() {
            first.push(input);
        }
    }

    /// The next part of what the body holds; `None` if that takes more input.
    ///
    /// # Errors
    /// [`CodingFault`] if a coding is unknown or the body does not follow it.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, CodingFault> {
        match &self.unknown {
            Some(unknown) => Err(CodingFault(unknown.to_string())),
            None => pull(&mut self.layers),
        }
    }

    /// The body is complete.
    ///
    /// # Errors
    /// [`CodingFault`] if it ends within its coding. An empty body needs no coding.
    pub(crate) fn finish(&mut self) -> Result<(), CodingFault> {
        self.layers.iter_mut().try_for_each(Layer::finish)
    }
}

/// What the last of these layers gives out next.
fn pull(layers: &mut [Layer]) -> Result<Option<Bytes>, CodingFault> {
    let Some((last, before)) = layers.split_last_mut() else {
        return Ok(None);
    };
    loop {
        if let Some(output) = last.next()? {
            return Ok(Some(output));
        }
        match pull(before)? {
            Some(input) => last.push(input),
            None => return Ok(None),
        }
    }
}

// === impl Layer ===

impl Layer {
    fn of(coding: Coding) -> Self {
        Self {
            coding,
            codec: None,
            input: Bytes::new(),
            has_begun: false,
            is_full: false,
            is_over: false,
        }
    }

    fn push(&mut self, input: Bytes) {
        self.has_begun |= !input.is_empty();
        if self.input.is_empty() {
            self.input = input;
        } else if !input.is_empty() {
            self.input = [&*self.input, &*input].concat().into();
        }
    }

    fn next(&mut self) -> Result<Option<Bytes>, CodingFault> {
        while !self.input.is_empty() || self.is_full {
            if self.codec.is_none() && !self.begin() {
                return Ok(None);
            }
            let output = self.step()?;
            if !output.is_empty() {
                return Ok(Some(output));
            }
        }
        Ok(None)
    }

    /// Chooses the decoder. False if that takes another byte.
    fn begin(&mut self) -> bool {
        let is_told = self.input.len() >= self.coding.told_by();
        self.codec = is_told.then(|| self.coding.decoder(&self.input));
        is_told
    }

    /// Decodes up to [`STEP`] bytes.
    fn step(&mut self) -> Result<Bytes, CodingFault> {
        let name = self.coding.name();
        let fault = |error: std::io::Error| CodingFault(format!("it is no {name} body: {error}"));
        let Some(codec) = &mut self.codec else {
            return Ok(Bytes::new());
        };
        if self.is_over {
            codec.reinit().map_err(fault)?;
            self.is_over = false;
        }
        let mut room = BytesMut::zeroed(STEP);
        let mut output = WriteBuffer::new_initialized(&mut room);
        let mut input = PartialBuffer::new(&self.input[..]);
        match codec.decode(&mut input, &mut output) {
            Ok(is_over) => self.is_over = is_over,
            // Codecs complain if there is nothing left to give out.
            Err(_) if self.input.is_empty() => {}
            Err(error) => return Err(fault(error)),
        }
        self.is_full = output.has_no_spare_space() && !self.is_over;
        let (taken, written) = (input.written_len(), output.written_len());
        if taken == 0 && written == 0 && !self.input.is_empty() && !self.is_over {
            return Err(fault(std::io::ErrorKind::InvalidData.into()));
        }
        self.input.advance(taken);
        room.truncate(written);
        Ok(room.freeze())
    }

    fn finish(&mut self) -> Result<(), CodingFault> {
        // An empty body needs no coding, and some servers name one all the same.
        if self.is_over || !self.has_begun {
            return Ok(());
        }
        let mut room = [0; 1];
        let mut output = WriteBuffer::new_initialized(&mut room);
        let is_whole = self.codec.as_mut().map(|codec| codec.finish(&mut output));
        if matches!(is_whole, Some(Ok(true))) && output.written_len() == 0 {
            return Ok(());
        }
        Err(CodingFault(format!(
            "it ends in the middle of its {} coding",
            self.coding.name()
        )))
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.coding.name())
    }
}
