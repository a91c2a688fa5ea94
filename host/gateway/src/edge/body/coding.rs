//! Decodes compressed bodies (`Content-Encoding`), one coding after the other, never beyond the body's limit.

use std::io;

use bytes::Bytes;
use compression_codecs::DecodeV2;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use http::HeaderMap;

use super::Reading;
use crate::coding::{Coding, listed};
use crate::error::{ErrorKind, GatewayError};
use crate::request::heavy::HEAVY;

/// How much is decoded at a time.
const STEP: usize = 64 << 10;

/// A body in the midst of being decoded.
struct Decoding<'a> {
    coding: Coding,
    decoder: Box<dyn DecodeV2 + Send + Sync>,
    input: PartialBuffer<&'a [u8]>,
    /// What is decoded at a time.
    step: Vec<u8>,
    text: Vec<u8>,
}

/// The codings of a body, in the order in which they were applied.
///
/// # Errors
/// `UNSUPPORTED_CONTENT_ENCODING` for a coding that is not known, or too many of them.
pub(super) fn codings(headers: &HeaderMap) -> Result<Vec<Coding>, GatewayError> {
    listed(headers).map_err(|unknown| {
        let message = "Send the body without Content-Encoding, or with gzip, deflate, br or zstd.";
        GatewayError::new(ErrorKind::UnsupportedEncoding, message).because(unknown)
    })
}

/// Undoes the codings, the last one first.
///
/// # Errors
/// `REQUEST_TOO_LARGE` as soon as the decoded body is beyond its limit, `OVERLOADED` if there is no room for it,
/// `UNSUPPORTED_CONTENT_ENCODING` if it cannot be decoded: that status is also for what only the data itself shows (RFC
/// 9110, section 15.5.16).
pub(super) async fn decoded(
    mut body: Bytes,
    codings: &[Coding],
    reading: &mut Reading<'_>,
) -> Result<Bytes, GatewayError> {
    for coding in codings.iter().rev() {
        body = decode(*coding, &body, reading).await?.into();
    }
    Ok(body)
}

/// How much work it is, only the decoded text tells: what goes beyond the beginning is done away from the worker.
async fn decode(coding: Coding, body: &[u8], reading: &mut Reading<'_>) -> Result<Vec<u8>, GatewayError> {
    let mut decoding = Decoding {
        coding,
        decoder: coding.decoder(body),
        input: PartialBuffer::new(body),
        step: vec![0; STEP],
        text: Vec::new(),
    };
    let beginning = if body.len() < HEAVY { HEAVY } else { 0 };
    if !decoding.up_to(beginning, reading)? {
        let passage = reading.passage;
        passage.heavy(HEAVY, || decoding.up_to(usize::MAX, reading)).await?;
    }
    Ok(decoding.text)
}

fn undecodable(coding: Coding, error: io::Error) -> GatewayError {
    let name = coding.name();
    let message = format!("The body is not valid {name}, which its Content-Encoding names.");
    GatewayError::new(ErrorKind::UnsupportedEncoding, message).because(error)
}

// === impl Decoding ===

impl Decoding<'_> {
    /// Decodes until there are so many bytes. False if there are more.
    fn up_to(&mut self, enough: usize, reading: &mut Reading<'_>) -> Result<bool, GatewayError> {
        while self.text.len() < enough {
            let coding = self.coding;
            let undecodable = |error| undecodable(coding, error);
            let (written, over) = one_step(&mut *self.decoder, &mut self.input, &mut self.step).map_err(undecodable)?;
            reading.fits(self.text.len() + written)?;
            self.text.extend_from_slice(&self.step[..written]);
            if over && self.input.unwritten().is_empty() {
                return Ok(true);
            }
            if over {
                // Several members or frames are one content (RFC 1952, section 2.2; RFC 8878, section 3).
                self.decoder.reinit().map_err(undecodable)?;
            }
        }
        Ok(false)
    }
}

/// Decodes up to the size of `room`. Returns how much that is, and whether a member or frame is over.
///
/// # Errors
/// If the data is not of this coding, or ends before its end.
fn one_step(
    decoder: &mut (dyn DecodeV2 + Send + Sync),
    input: &mut PartialBuffer<&[u8]>,
    room: &mut [u8],
) -> io::Result<(usize, bool)> {
    let before = input.unwritten().len();
    let mut output = WriteBuffer::new_initialized(room);
    let over = decoder.decode(input, &mut output)?;
    let written = output.written_len();
    // Nothing read and nothing written: the rest is missing.
    if !over && written == 0 && input.unwritten().len() == before {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((written, over))
}

#[cfg(test)]
mod tests;
