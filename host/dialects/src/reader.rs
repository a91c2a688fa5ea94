//! The trait of a stream on its way to the client: chunks or events in, server-sent events out.

use std::fmt;

use crate::fault::StreamFault;
use crate::interruption::Interruption;
use crate::words::usage::Usage;

/// What one chunk or event of a stream was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pushed {
    /// It carries content or a finish reason: from here on the client has begun to read the answer.
    pub content: bool,
    /// It shows that the model is at work: content, the start of a block, a ping. The head of a message does not.
    pub alive: bool,
}

// === impl Pushed ===

impl Pushed {
    /// A chunk that carries neither.
    pub(crate) const NOTHING: Self = Self::content(false);

    /// A chunk that shows life only by its content.
    pub(crate) const fn content(content: bool) -> Self {
        Self {
            content,
            alive: content,
        }
    }
}

/// Reads the stream of one attempt and writes it as the client is to see it.
///
/// The end of a stream is held back until [`Self::finish`]: a stream that breaks off must not look finished.
pub trait StreamReader: fmt::Debug + Send {
    /// Reads one chunk (the data of a server-sent event, or a line of a plugin's chunks) and appends to `out` the
    /// events that may go to the client now. Empty data, and everything after the upstream's end, is ignored.
    /// Step 10 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// [`StreamFault::Upstream`] if the chunk reports an error, [`StreamFault::Malformed`] if it makes no sense.
    /// Nothing was written then, and the stream must not be read on.
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault>;

    /// Ends the stream where the upstream ended it, or at the clean end of the body, and appends its last events.
    /// `latency_ms` is how long the request has taken.
    ///
    /// # Errors
    /// If the stream is not complete: [`StreamFault::Malformed`] if the upstream claimed that it was, else
    /// [`StreamFault::Truncated`]. Nothing was written then.
    fn finish(&mut self, latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault>;

    /// After a failure: the canonical request that continues the stream where it broke off. [`Self::push`] then gets the
    /// chunks of its reply. `None` if the stream cannot be continued, which is the default.
    fn next_leg(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// The last events of a stream that did not reach its end, if they depend on what was written before. `None`: they
    /// are those of the dialect, which is the default.
    fn interrupted(&mut self, by: Interruption<'_>) -> Option<Vec<u8>> {
        let _ = by;
        None
    }

    /// What the finished stream said, in the form of a reply in one piece, if later requests may refer to it. `None` by
    /// default.
    fn whole(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// True once the upstream has ended the stream: what follows does not belong to it.
    fn done(&self) -> bool;

    /// The usage reported so far, whether or not the client asked for it.
    fn usage(&self) -> Usage;

    /// Bytes of text, reasoning and arguments of tool calls so far, for an estimate where no usage is reported.
    fn produced_bytes(&self) -> u64;
}
