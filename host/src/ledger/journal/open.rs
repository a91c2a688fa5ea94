//! The segment that is being written: whole lines, or nothing.

use std::fs::File;
use std::io::{self, Write};

/// The segment that is being written.
#[derive(Debug)]
pub(super) struct OpenSegment {
    /// Its file, opened to append.
    pub(super) file: File,
    /// Its number.
    pub(super) number: u64,
    /// Bytes of whole lines in it.
    pub(super) len: u64,
    /// Whether a part of a line may stand at its end.
    pub(super) torn: bool,
}

// === impl OpenSegment ===

impl OpenSegment {
    /// An empty one.
    pub(super) fn new(file: File, number: u64) -> Self {
        Self {
            file,
            number,
            len: 0,
            torn: false,
        }
    }

    /// Writes a whole line, or leaves the file as it was.
    pub(super) fn write(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        if self.torn {
            // The piece becomes a broken line of its own, which is set aside.
            line.insert(0, b'\n');
        }
        match write_once(&self.file, line) {
            Ok(written) if written == line.len() => {
                self.len += line.len() as u64;
                if self.torn {
                    self.measure();
                }
                Ok(())
            }
            Ok(written) => {
                // How long the file is with an older piece in it is not known, and so not where to cut it.
                self.torn = self.torn || (written > 0 && self.file.set_len(self.len).is_err());
                Err(io::ErrorKind::StorageFull.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Counts the piece that stands in the midst of the file now.
    fn measure(&mut self) {
        if let Ok(metadata) = self.file.metadata() {
            self.len = metadata.len();
            self.torn = false;
        }
    }
}

/// One `write(2)`, tried again only if a signal came before its first byte.
fn write_once(mut file: &File, line: &[u8]) -> io::Result<usize> {
    loop {
        match file.write(line) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
