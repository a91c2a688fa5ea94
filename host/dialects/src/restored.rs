//! A stream in which the names of tools that were shortened for its upstream are whole again.

use crate::fault::StreamFault;
use crate::interruption::Interruption;
use crate::reader::{Pushed, StreamReader};
use crate::standard::ToolNames;
use crate::words::usage::Usage;

/// Reads a stream of canonical chunks whose calls have short names.
#[derive(Debug)]
struct RestoredReader {
    names: ToolNames,
    reader: Box<dyn StreamReader>,
}

/// The reader with the long names in what it reads; the same if none was shortened.
pub fn restored(reader: Box<dyn StreamReader>, names: Option<&ToolNames>) -> Box<dyn StreamReader> {
    match names.filter(|names| !names.is_empty()) {
        Some(names) => Box::new(RestoredReader {
            names: names.clone(),
            reader,
        }),
        None => reader,
    }
}

// === impl RestoredReader ===

impl StreamReader for RestoredReader {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        self.reader.push(&self.names.restore(data), out)
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
