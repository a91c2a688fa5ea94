//! Replies with a content coding, flushed after each write as a streaming server does.

use compression_codecs::brotli::params::EncoderParams;
use compression_codecs::core::Level;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::{BrotliEncoder, DeflateEncoder, EncodeV2, GzipEncoder, ZlibEncoder};
use mzstd::{Compressor, EncoderConfig, EncoderSessionOwned, EncoderStatus, Operation, StreamConfig};

use super::reply::Reply;
use super::write::Write;

// === impl Reply ===

impl Reply {
    /// The same body in this coding: `gzip`, `deflate`, `raw-deflate` (which calls itself `deflate`), `br` or `zstd`.
    #[must_use]
    pub fn coded(mut self, coding: &str) -> Self {
        let mut encoder: Box<dyn EncodeV2> = match coding {
            "gzip" => Box::new(GzipEncoder::new(Level::Default.into())),
            "deflate" => Box::new(ZlibEncoder::new(Level::Default.into())),
            "raw-deflate" => Box::new(DeflateEncoder::new(Level::Default.into())),
            "br" => Box::new(BrotliEncoder::new(EncoderParams::default())),
            "zstd" => Box::new(Zstd::new()),
            other => panic!("no coding {other}"),
        };
        for write in &mut self.writes {
            write.bytes = flushed(&mut *encoder, &write.bytes).into();
        }
        self.writes.push(Write::new(end(&mut *encoder)));
        self.header("content-encoding", coding.trim_start_matches("raw-"))
    }
}

fn flushed(encoder: &mut dyn EncodeV2, bytes: &[u8]) -> Vec<u8> {
    let mut room = vec![0; 2 * bytes.len() + 1_024];
    let mut output = WriteBuffer::new_initialized(&mut room);
    let mut input = PartialBuffer::new(bytes);
    while !input.unwritten().is_empty() {
        encoder.encode(&mut input, &mut output).expect("it can be encoded");
    }
    while !encoder.flush(&mut output).expect("it can be flushed") {}
    let written = output.written_len();
    room.truncate(written);
    room
}

fn end(encoder: &mut dyn EncodeV2) -> Vec<u8> {
    let mut room = vec![0; 1_024];
    let mut output = WriteBuffer::new_initialized(&mut room);
    while !encoder.finish(&mut output).expect("it can be finished") {}
    let written = output.written_len();
    room.truncate(written);
    room
}

/// The encoder of zstd.
struct Zstd(EncoderSessionOwned);

impl Zstd {
    fn new() -> Self {
        let compressor = Compressor::new(EncoderConfig::new()).expect("the defaults are valid");
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
            .expect("the defaults are valid");
        input.advance(progress.consumed);
        output.advance(progress.produced);
        progress.status != EncoderStatus::NeedsOutput
    }
}

impl EncodeV2 for Zstd {
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
