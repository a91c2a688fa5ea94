//! Content codings (RFC 9110, section 8.4): a compressed body in, the body out, as soon as each part of it can be read.

#[cfg(test)]
mod tests;

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::{BrotliDecoder, DecodeV2, DeflateDecoder, GzipDecoder, ZlibDecoder};
use http::{HeaderMap, header};

use super::error::UpstreamError;
use crate::zstd::Zstd;

/// The most that is decoded at a time: what grows a thousandfold must not do so at once.
const STEP: usize = 32 * 1024;

/// The most codings on top of each other. Real servers apply one.
const MOST: usize = 2;

/// Takes the codings off one body.
#[derive(Debug)]
pub(super) struct Decoding {
    /// In the order in which they come off.
    layers: Vec<Layer>,
    /// A coding that we cannot take off.
    unknown: Option<String>,
}

/// One coding.
struct Layer {
    name: &'static str,
    /// `None` before the first bytes of a `deflate` body, which tell its kind.
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
    /// What takes the codings off a reply with these headers; `None` if it has none.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::CONTENT_ENCODING);
        let listed: Vec<String> = values
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty() && name != "identity")
            .collect();
        if listed.is_empty() {
            return None;
        }
        let layers: Vec<Layer> = listed.iter().rev().filter_map(|name| Layer::of(name)).collect();
        let is_known = layers.len() == listed.len() && listed.len() <= MOST;
        let unknown = (!is_known).then(|| listed.join(", "));
        Some(Self { layers, unknown })
    }

    /// Gives it the next part of the body.
    pub(super) fn push(&mut self, input: Bytes) {
        if let Some(first) = self.layers.first_mut() {
            first.push(input);
        }
    }

    /// The next part of what the body holds; `None` if that takes more input.
    ///
    /// # Errors
    /// [`UpstreamError::Coding`] if a coding is unknown or the body does not follow it.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, UpstreamError> {
        match &self.unknown {
            Some(unknown) => Err(UpstreamError::Coding(format!("{unknown} is not a known coding"))),
            None => pull(&mut self.layers),
        }
    }

    /// The body is complete.
    ///
    /// # Errors
    /// [`UpstreamError::Coding`] if it ends within its coding. An empty body needs no coding.
    pub(super) fn finish(&mut self) -> Result<(), UpstreamError> {
        self.layers.iter_mut().try_for_each(Layer::finish)
    }
}

/// What the last of these layers gives out next.
fn pull(layers: &mut [Layer]) -> Result<Option<Bytes>, UpstreamError> {
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
    fn of(name: &str) -> Option<Self> {
        let (name, codec): (_, Option<Box<dyn DecodeV2 + Send + Sync>>) = match name {
            "gzip" | "x-gzip" => ("gzip", Some(Box::new(GzipDecoder::new()))),
            "deflate" => ("deflate", None),
            "br" => ("br", Some(Box::new(BrotliDecoder::new()))),
            "zstd" => ("zstd", Some(Box::new(Zstd::new()))),
            _ => return None,
        };
        Some(Self {
            name,
            codec,
            input: Bytes::new(),
            has_begun: false,
            is_full: false,
            is_over: false,
        })
    }

    fn push(&mut self, input: Bytes) {
        self.has_begun |= !input.is_empty();
        if self.input.is_empty() {
            self.input = input;
        } else if !input.is_empty() {
            self.input = [&*self.input, &*input].concat().into();
        }
    }

    fn next(&mut self) -> Result<Option<Bytes>, UpstreamError> {
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

    /// Chooses between the two kinds of `deflate`: with the header of zlib, which the standard means (RFC 9110, section
    /// 8.4.1.2), and without, which some servers send. False if that takes another byte.
    fn begin(&mut self) -> bool {
        let [first, second, ..] = self.input[..] else {
            return false;
        };
        let is_zlib = first & 0x0F == 8 && u16::from_be_bytes([first, second]) % 31 == 0;
        self.codec = Some(if is_zlib {
            Box::new(ZlibDecoder::new())
        } else {
            Box::new(DeflateDecoder::new())
        });
        true
    }

    /// Decodes up to [`STEP`] bytes.
    fn step(&mut self) -> Result<Bytes, UpstreamError> {
        let fault = |error: std::io::Error| UpstreamError::Coding(format!("it is no {} body: {error}", self.name));
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

    fn finish(&mut self) -> Result<(), UpstreamError> {
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
        Err(UpstreamError::Coding(format!(
            "it ends in the middle of its {} coding",
            self.name
        )))
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
