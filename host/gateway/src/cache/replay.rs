//! Reads a kept stream: its events are as the client gets them already.

use bytes::Bytes;
use jackfield_dialects::words::usage::Usage;
use jackfield_dialects::{Pushed, StreamFault, StreamReader};

/// Passes the pieces of a kept stream on, and knows what it was.
#[derive(Debug)]
pub(super) struct Replay {
    usage: Usage,
    produced_bytes: u64,
    whole: Option<Bytes>,
}

// === impl Replay ===

impl Replay {
    pub(super) fn new(usage: &Usage, produced_bytes: u64, whole: Option<Bytes>) -> Self {
        Self {
            usage: *usage,
            produced_bytes,
            whole,
        }
    }
}

impl StreamReader for Replay {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        out.extend_from_slice(data);
        Ok(Pushed {
            content: true,
            alive: true,
        })
    }

    /// The last piece has the end of the stream.
    fn finish(&mut self, _latency_ms: u64, _out: &mut Vec<u8>) -> Result<(), StreamFault> {
        Ok(())
    }

    fn whole(&mut self) -> Option<Vec<u8>> {
        self.whole.take().map(|whole| whole.to_vec())
    }

    fn done(&self) -> bool {
        false
    }

    fn usage(&self) -> Usage {
        self.usage
    }

    fn produced_bytes(&self) -> u64 {
        self.produced_bytes
    }
}
