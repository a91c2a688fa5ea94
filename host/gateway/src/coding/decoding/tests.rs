//! Each coding, with its input split at every boundary.

use compression_codecs::brotli::params::EncoderParams;
use compression_codecs::core::Level;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::{BrotliEncoder, DeflateEncoder, EncodeV2, GzipEncoder, ZlibEncoder};
use http::{HeaderValue, header};
use mzstd::{Compressor, EncoderConfig, EncoderSessionOwned, EncoderStatus, Operation, StreamConfig};
use proptest::prelude::*;

use super::*;

/// The other direction of zstd.
struct Encoder(EncoderSessionOwned);

impl Encoder {
    fn new() -> Self {
        let compressor = Compressor::new(EncoderConfig::new()).unwrap();
        Self(compressor.into_session(StreamConfig::default()))
    }

    fn process(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
        operation: Operation,
    ) -> bool {
        let progress = self
            .0
            .process(input.unwritten(), output.initialize_unwritten(), operation)
            .unwrap();
        input.advance(progress.consumed);
        output.advance(progress.produced);
        progress.status != EncoderStatus::NeedsOutput
    }
}

impl EncodeV2 for Encoder {
    fn encode(&mut self, input: &mut PartialBuffer<&[u8]>, output: &mut WriteBuffer<'_>) -> std::io::Result<()> {
        self.process(input, output, Operation::Continue);
        Ok(())
    }

    fn flush(&mut self, output: &mut WriteBuffer<'_>) -> std::io::Result<bool> {
        Ok(self.process(&mut PartialBuffer::new(&[][..]), output, Operation::Flush))
    }

    fn finish(&mut self, output: &mut WriteBuffer<'_>) -> std::io::Result<bool> {
        Ok(self.process(&mut PartialBuffer::new(&[][..]), output, Operation::End))
    }
}

/// Every coding by its name in HTTP; `deflate` in both of its kinds.
fn codings() -> [(&'static str, Box<dyn EncodeV2>); 5] {
    [
        ("gzip", Box::new(GzipEncoder::new(Level::Default.into()))),
        ("deflate", Box::new(ZlibEncoder::new(Level::Default.into()))),
        ("deflate", Box::new(DeflateEncoder::new(Level::Default.into()))),
        ("br", Box::new(BrotliEncoder::new(EncoderParams::default()))),
        ("zstd", Box::new(Encoder::new())),
    ]
}

/// The parts as a server sends them that flushes after each; the last holds the end of the coding.
fn encoded(encoder: &mut dyn EncodeV2, parts: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut coded = Vec::new();
    for part in parts {
        let mut room = vec![0; 2 * part.len() + 4_096];
        let mut output = WriteBuffer::new_initialized(&mut room);
        let mut input = PartialBuffer::new(*part);
        while !input.unwritten().is_empty() {
            encoder.encode(&mut input, &mut output).unwrap();
        }
        while !encoder.flush(&mut output).unwrap() {}
        let written = output.written_len();
        room.truncate(written);
        coded.push(room);
    }
    let mut room = vec![0; 4_096];
    let mut output = WriteBuffer::new_initialized(&mut room);
    while !encoder.finish(&mut output).unwrap() {}
    let written = output.written_len();
    coded.push(room[..written].to_vec());
    coded
}

fn decoding(coding: &str) -> Decoding {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_str(coding).unwrap());
    Decoding::of(&headers).unwrap()
}

fn all(decoding: &mut Decoding) -> Result<Vec<u8>, CodingFault> {
    let mut whole = Vec::new();
    while let Some(part) = decoding.next()? {
        assert!(part.len() <= STEP);
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}

/// The body from these parts of its coded form.
fn decoded<'a>(coding: &str, parts: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, CodingFault> {
    let mut decoding = decoding(coding);
    let mut whole = Vec::new();
    for part in parts {
        decoding.push(Bytes::copy_from_slice(part));
        whole.extend(all(&mut decoding)?);
    }
    decoding.finish().map(|()| whole)
}

#[test]
fn what_a_server_has_flushed_comes_out_at_once() {
    let parts: [&[u8]; 3] = [b"data: one\n\n", b"data: two\n\n", b"data: [DONE]\n\n"];
    for (coding, mut encoder) in codings() {
        let mut decoding = decoding(coding);
        let sent = encoded(&mut *encoder, &parts);
        for (sent, part) in sent.iter().zip(parts) {
            decoding.push(sent.clone().into());
            assert_eq!(all(&mut decoding).unwrap(), part, "{coding}");
        }
        decoding.push(sent[3].clone().into());
        assert_eq!(all(&mut decoding).unwrap(), b"", "{coding}");
        decoding.finish().unwrap();
    }
}

#[test]
fn a_body_is_decoded_however_it_is_split_and_rejected_wherever_it_ends_early() {
    for (coding, mut encoder) in codings() {
        let body = encoded(&mut *encoder, &[br#"{"object":"chat.completion"}"#]).concat();
        assert_eq!(
            decoded(coding, body.chunks(1)).unwrap(),
            br#"{"object":"chat.completion"}"#
        );
        for at in 0..body.len() {
            let (head, tail) = body.split_at(at);
            assert_eq!(
                decoded(coding, [head, tail]).unwrap().len(),
                28,
                "{coding} split at {at}"
            );
            let truncated = decoded(coding, [head]);
            assert_eq!(truncated.is_err(), at > 0, "{coding} truncated at {at}");
        }
    }
}

#[test]
fn a_large_body_comes_out_in_steps() {
    let body = vec![b'a'; 40 * STEP];
    for (coding, mut encoder) in codings() {
        let sent = encoded(&mut *encoder, &[&body]).concat();
        assert!(sent.len() < body.len() / 100, "{coding}");
        let mut decoding = decoding(coding);
        decoding.push(sent.into());
        assert_eq!(decoding.next().unwrap().unwrap().len(), STEP, "{coding}");
        assert_eq!(all(&mut decoding).unwrap().len(), 39 * STEP, "{coding}");
        decoding.finish().unwrap();
    }
}

#[test]
fn broken_and_unknown_codings_are_faults_and_no_coding_is_none() {
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let error = decoded(coding, [&[0xFF; 64][..]]).unwrap_err();
        assert!(matches!(error, CodingFault(_)), "{coding}: {error}");
    }
    for coding in ["compress", "gzip, exi", "gzip, gzip, gzip"] {
        let error = decoded(coding, [&b"{}"[..]]).unwrap_err().to_string();
        assert!(error.contains(coding), "{error}");
    }
    for none in ["identity", " , ", "Identity"] {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(none));
        assert!(Decoding::of(&headers).is_none(), "{none}");
    }
}

#[test]
fn codings_are_taken_off_in_reverse_and_members_follow_each_other() {
    let gzip = |body: &[u8]| encoded(&mut GzipEncoder::new(Level::Default.into()), &[body]).concat();
    let both = encoded(&mut BrotliEncoder::new(EncoderParams::default()), &[&gzip(b"{}")]).concat();
    assert_eq!(decoded("x-gzip, BR", both.chunks(3)).unwrap(), b"{}");
    let members = [gzip(b"{"), gzip(b"}")].concat();
    assert_eq!(decoded("gzip", members.chunks(7)).unwrap(), b"{}");
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 1_usize..64) {
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let _ = decoded(coding, bytes.chunks(size));
        }
    }
}
