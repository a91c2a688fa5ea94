//! A stream with what its client expects in it again: the names of tools that were shortened for its upstream, and calls
//! of functions.

use crate::fault::StreamFault;
use crate::interruption::Interruption;
use crate::reader::{Pushed, StreamReader};
use crate::standard::{FunctionCalls, Restoration};
use crate::words::usage::Usage;

/// Reads a stream of canonical chunks whose calls are restored.
#[derive(Debug)]
struct RestoredReader {
    restoration: Restoration,
    calls: FunctionCalls,
    reader: Box<dyn StreamReader>,
}

/// The reader with everything restored in what it reads; the same if there is nothing to restore.
pub fn restored(reader: Box<dyn StreamReader>, restoration: Option<&Restoration>) -> Box<dyn StreamReader> {
    match restoration.filter(|restoration| !restoration.is_empty()) {
        Some(restoration) => Box::new(RestoredReader {
            restoration: restoration.clone(),
            calls: FunctionCalls::default(),
            reader,
        }),
        None => reader,
    }
}

// === impl RestoredReader ===

impl StreamReader for RestoredReader {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let data = self.restoration.restore_piece(data, &mut self.calls)?;
        self.reader.push(&data, out)
    }

    fn finish(&mut self, latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        self.reader.finish(latency_ms, out)
    }

    fn next_leg(&mut self) -> Option<Vec<u8>> {
        self.reader.next_leg()
    }

    fn interrupted(&mut self, by: Interruption<'_>) -> Option<Vec<u8>> {
        self.reader.interrupted(by)
    }

    fn whole(&mut self) -> Option<Vec<u8>> {
        self.reader.whole()
    }

    fn done(&self) -> bool {
        self.reader.done()
    }

    fn usage(&self) -> Usage {
        self.reader.usage()
    }

    fn produced_bytes(&self) -> u64 {
        self.reader.produced_bytes()
    }
}
