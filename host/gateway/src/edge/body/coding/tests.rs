//! Bodies in every coding, broken ones, and bombs.

use std::sync::Arc;
use std::time::Duration;

use compression_codecs::brotli::params::EncoderParams;
use compression_codecs::core::Level;
use compression_codecs::{BrotliEncoder, DeflateEncoder, EncodeV2, GzipEncoder, ZlibEncoder};
use http::{HeaderValue, header};
use jackfield_config::ServerConfig;

use super::*;
use crate::request::body_budget::BodyBudget;
use crate::request::heavy::{Passage, Turns};

const TEXT: &[u8] = br#"{"model":"m","messages":[]}"#;

fn read(mut encoder: impl EncodeV2, text: &[u8]) -> Vec<u8> {
    let mut room = vec![0; text.len() + 1024];
    let mut output = WriteBuffer::new_initialized(&mut room);
    let mut input = PartialBuffer::new(text);
    while !input.unwritten().is_empty() {
        encoder.encode(&mut input, &mut output).unwrap();
    }
    while !encoder.finish(&mut output).unwrap() {}
    let written = output.written_len();
    room.truncate(written);
    room
}

fn encoded(coding: Coding, text: &[u8]) -> Vec<u8> {
    let level = Level::Default;
    match coding {
        Coding::Gzip => read(GzipEncoder::new(level.into()), text),
        Coding::Deflate => read(ZlibEncoder::new(level.into()), text),
        Coding::Brotli => read(BrotliEncoder::new(EncoderParams::default()), text),
        Coding::Zstd => zstd(text),
    }
}

/// A frame of zstd (RFC 8878, section 3.1.1) with a window of 1 MiB and these blocks: a kind, how many bytes it stands
/// for, and its content.
fn frame(blocks: &[(u32, usize, &[u8])]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50];
    for (index, (kind, size, content)) in blocks.iter().enumerate() {
        let last = u32::from(index + 1 == blocks.len());
        let header = u32::try_from(*size).unwrap() << 3 | kind << 1 | last;
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.extend_from_slice(content);
    }
    frame
}

/// A frame that holds this text as it is.
fn zstd(text: &[u8]) -> Vec<u8> {
    frame(&[(0, text.len(), text)])
}

async fn decode(codings: &[Coding], body: Vec<u8>, max: usize) -> Result<Bytes, ErrorKind> {
    let passage = Passage::new(&Turns::default());
    let mut reading = Reading {
        max_bytes: max,
        patience: Duration::MAX,
        passage: &passage,
        room: Arc::<BodyBudget>::default().room(None, &ServerConfig::default()),
    };
    let decoded = decoded(body.into(), codings, &mut reading).await;
    decoded.map_err(|error| error.kind)
}

fn named(values: &[&'static str]) -> Result<Vec<Coding>, ErrorKind> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(value));
    }
    codings(&headers).map_err(|error| error.kind)
}

#[tokio::test]
async fn every_coding_is_decoded() {
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        let body = encoded(coding, TEXT);
        assert_eq!(decode(&[coding], body, 1000).await.unwrap(), TEXT, "{coding:?}");
    }
}

#[tokio::test]
async fn deflate_without_its_wrapper_is_read_as_well() {
    let body = read(DeflateEncoder::new(Level::Default.into()), TEXT);
    assert_eq!(decode(&[Coding::Deflate], body, 1000).await.unwrap(), TEXT);
}

#[tokio::test]
async fn codings_are_undone_in_reverse_order() {
    let once = encoded(Coding::Gzip, TEXT);
    let twice = encoded(Coding::Zstd, &once);
    let codings = named(&["gzip, zstd"]).unwrap();
    assert_eq!(decode(&codings, twice, 1000).await.unwrap(), TEXT);
}

#[tokio::test]
async fn several_members_of_gzip_are_one_body() {
    let mut body = encoded(Coding::Gzip, &TEXT[..9]);
    body.extend(encoded(Coding::Gzip, &TEXT[9..]));
    assert_eq!(decode(&[Coding::Gzip], body, 1000).await.unwrap(), TEXT);
}

#[tokio::test]
async fn a_bomb_ends_at_the_limit() {
    let zeros = vec![0; 10 << 20];
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        let body = match coding {
            Coding::Zstd => frame(&[(1, 128 << 10, &[0][..]); 80]),
            _ => encoded(coding, &zeros),
        };
        assert!(body.len() < 100_000, "{coding:?}");
        let refused = decode(&[coding], body, 1 << 20).await;
        assert_eq!(refused, Err(ErrorKind::RequestTooLarge), "{coding:?}");
    }
}

#[tokio::test]
async fn what_is_cut_or_garbled_is_not_what_it_says() {
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        let mut cut = encoded(coding, TEXT);
        cut.pop();
        let garbled = [&[0x1f, 0x8b], TEXT].concat();
        for body in [cut, garbled] {
            let refused = decode(&[coding], body, 1000).await;
            assert_eq!(refused, Err(ErrorKind::UnsupportedEncoding), "{coding:?}");
        }
    }
}

#[test]
fn names_are_case_insensitive_and_identity_is_nothing() {
    assert_eq!(
        named(&["GZip", "identity, x-gzip"]),
        Ok(vec![Coding::Gzip, Coding::Gzip])
    );
    assert_eq!(named(&[]), Ok(vec![]));
    assert_eq!(named(&[""]), Ok(vec![]));
}

#[test]
fn an_unknown_coding_and_a_tower_of_them_are_refused() {
    for values in [
        &["compress"][..],
        &["gzip;q=1"],
        &["gzip, gzip, gzip"],
        &["gzip", "br", "br"],
    ] {
        assert_eq!(named(values), Err(ErrorKind::UnsupportedEncoding), "{values:?}");
    }
}
