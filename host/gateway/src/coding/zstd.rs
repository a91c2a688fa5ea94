//! The zstd coding (RFC 8878), by a decoder in Rust alone.

use std::io;

use compression_codecs::DecodeV2;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use mzstd::{
    DecodeLimits, DecodeOperation, DecoderConfig, DecoderSessionOwned, DecoderStatus, Decompressor, FrameMode,
};

/// The largest window, as a power of two: 8 MiB, which is the most that HTTP allows (RFC 9659, section 3).
const WINDOW_LOG: u8 = 23;

/// Decodes one frame after the other.
pub(crate) struct Zstd(DecoderSessionOwned);

// === impl Zstd ===

impl Zstd {
    pub(crate) fn new() -> Self {
        let limits = DecodeLimits::DEFAULT;
        let limits = limits.with_max_window_log(WINDOW_LOG).unwrap_or(limits);
        let config = DecoderConfig::DEFAULT.with_frame_mode(FrameMode::Single);
        Self(Decompressor::new(config.with_limits(limits)).into_session())
    }

    fn process(
        &mut self,
        input: &mut PartialBuffer<&[u8]>,
        output: &mut WriteBuffer<'_>,
        operation: DecodeOperation,
    ) -> io::Result<DecoderStatus> {
        let done = self
            .0
            .process(input.unwritten(), output.initialize_unwritten(), operation);
        let progress = done.map_err(|failure| io::Error::from(failure.into_error()))?;
        input.advance(progress.consumed);
        output.advance(progress.produced);
        Ok(progress.status)
    }
}

impl DecodeV2 for Zstd {
    fn reinit(&mut self) -> io::Result<()> {
        self.0.reinit();
        Ok(())
    }

    fn decode(&mut self, input: &mut PartialBuffer<&[u8]>, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        let status = self.process(input, output, DecodeOperation::Process)?;
        Ok(status == DecoderStatus::Finished)
    }

    fn flush(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        let status = self.process(&mut PartialBuffer::new(&[][..]), output, DecodeOperation::Process)?;
        Ok(status != DecoderStatus::NeedsOutput)
    }

    fn finish(&mut self, output: &mut WriteBuffer<'_>) -> io::Result<bool> {
        let status = self.process(&mut PartialBuffer::new(&[][..]), output, DecodeOperation::Finish)?;
        Ok(status == DecoderStatus::Finished)
    }
}
