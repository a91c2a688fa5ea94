//! A file that is appended to until it is full; then it gets a number, and a new one takes its place.
//!
//! Crates that do this bring a calendar and a compressor, for turning over by time and for packing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file, and its full predecessors: `NAME.1` is the latest of them.
#[derive(Debug)]
pub(super) struct TurningFile {
    path: PathBuf,
    out: BufWriter<File>,
    bytes: u64,
    max_bytes: u64,
    keep: u32,
}

// === impl TurningFile ===

impl TurningFile {
    /// Opens the file at `path`, of up to `max_bytes`, with up to `keep` predecessors.
    pub(super) fn open(path: &Path, max_bytes: u64, keep: u32) -> io::Result<Self> {
        let (out, bytes) = opened(path)?;
        Ok(Self {
            path: path.to_owned(),
            out,
            bytes,
            max_bytes,
            keep,
        })
    }

    /// Appends a line. It may stay in memory until [`flush`](Self::flush).
    pub(super) fn add(&mut self, line: &[u8]) -> io::Result<()> {
        let length = line.len() as u64;
        if self.bytes > 0 && self.bytes + length > self.max_bytes {
            self.turn()?;
        }
        self.out.write_all(line)?;
        self.bytes += length;
        Ok(())
    }

    /// Hands what was added to the system.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn turn(&mut self) -> io::Result<()> {
        self.out.flush()?;
        for number in (1..self.keep).rev() {
            moved(&self.numbered(number), &self.numbered(number + 1))?;
        }
        match self.keep {
            0 => fs::remove_file(&self.path)?,
            _ => moved(&self.path, &self.numbered(1))?,
        }
        (self.out, self.bytes) = opened(&self.path)?;
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(format!(".{number}"));
        path.into()
    }
}

/// The file, for appending, and its size. Only this user may read a new one: it says who uses the gateway for what.
fn opened(path: &Path) -> io::Result<(BufWriter<File>, u64)> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let bytes = file.metadata()?.len();
    Ok((BufWriter::new(file), bytes))
}

/// Renames a file, if there is one.
fn moved(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
