//! Segments, the files of the journal: their names, and reading them back batch by batch.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::record::Record;

/// The longest line that is read as one, in bytes. A record has a few hundred; what is longer is damage.
const MAX_LINE: u64 = 1 << 20;

/// A file of the journal that is not written any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    /// Whose it is.
    pub node: u64,
    /// Counts up within the node.
    pub number: u64,
    path: PathBuf,
}

/// Reads a segment from its beginning.
#[derive(Debug)]
pub(super) struct SegmentReader {
    lines: BufReader<File>,
    /// Whether it has nothing to say.
    wiped: bool,
}

/// Some lines of a segment.
#[derive(Debug, Default)]
pub(super) struct Batch {
    text: Vec<u8>,
    /// Where each line ends in `text`, its line feed included.
    ends: Vec<usize>,
}

/// What the lines of a batch say.
#[derive(Debug, Default)]
pub(super) struct Contents<'a> {
    /// The records.
    pub(super) records: Vec<Record<'a>>,
    /// Lines that are no records.
    pub(super) broken: Vec<&'a [u8]>,
    /// Bytes of a last line that was never finished: its process died, or its machine, while it wrote.
    pub(super) torn: usize,
}

// === impl Segment ===

impl Segment {
    /// The segment of this node and number, which may not be there yet.
    pub(super) fn new(dir: &Path, node: u64, number: u64) -> Self {
        let path = dir.join(format!("{node}-{number}.jsonl"));
        Self { node, number, path }
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The segments of one node in a directory, the oldest first.
    pub(super) fn list(dir: &Path, node: u64) -> io::Result<Vec<Self>> {
        let mut segments: Vec<Self> = names(dir)?
            .iter()
            .filter_map(|name| Self::parse(name))
            .filter(|(owner, _)| *owner == node)
            .map(|(node, number)| Self::new(dir, node, number))
            .collect();
        segments.sort();
        Ok(segments)
    }

    /// The node and the number that a file's name tells.
    pub(super) fn parse(name: &str) -> Option<(u64, u64)> {
        let (node, number) = name.strip_suffix(".jsonl")?.split_once('-')?;
        Some((node.parse().ok()?, number.parse().ok()?))
    }

    /// Begins to read it.
    pub(super) fn read(&self) -> io::Result<SegmentReader> {
        let mut lines = BufReader::with_capacity(64 << 10, File::open(&self.path)?);
        // Its process was wiping it, and that needs no end: the store has its lines.
        let wiped = lines.fill_buf()?.first() == Some(&0);
        Ok(SegmentReader { lines, wiped })
    }

    /// Deletes it.
    pub(super) fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

/// The names of the files in a directory; those that are not UTF-8 are not ours.
pub(super) fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.extend(entry?.file_name().into_string());
    }
    Ok(names)
}

// === impl SegmentReader ===

impl SegmentReader {
    /// The next lines, at most so many; none at the end.
    pub(super) fn next_batch(&mut self, lines: usize) -> io::Result<Option<Batch>> {
        let mut batch = Batch::default();
        while !self.wiped && batch.ends.len() < lines {
            let start = batch.text.len();
            let mut line = self.lines.by_ref().take(MAX_LINE);
            line.read_until(b'\n', &mut batch.text)?;
            trim_zeros(&mut batch.text);
            if batch.text.len() <= start {
                break;
            }
            batch.ends.push(batch.text.len());
        }
        Ok((!batch.ends.is_empty()).then_some(batch))
    }
}

/// Behind the last line of a segment that its process has not filled are zeros.
fn trim_zeros(text: &mut Vec<u8>) {
    let used = text.iter().rposition(|byte| *byte != 0);
    text.truncate(used.map_or(0, |last| last + 1));
}

// === impl Batch ===

impl Batch {
    /// Reads its lines.
    pub(super) fn contents(&self) -> Contents<'_> {
        let mut contents = Contents::default();
        contents.records.reserve(self.ends.len());
        let mut start = 0;
        for &end in &self.ends {
            let line = &self.text[start..end];
            start = end;
            match serde_json::from_slice(line) {
                Ok(record) => contents.records.push(record),
                // A piece of a line that is too long ends without a line feed as well, but it is no torn one.
                Err(_) if line.ends_with(b"\n") || line.len() as u64 == MAX_LINE => {
                    contents.broken.push(line);
                }
                Err(_) => contents.torn = line.len(),
            }
        }
        contents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(seq: u64) -> Vec<u8> {
        let mut line = Vec::new();
        let record = Record {
            node: 7,
            seq,
            ..Record::default()
        };
        record.write_line(&mut line).unwrap();
        line
    }

    fn reader(dir: &Path, text: &[u8]) -> SegmentReader {
        let segment = Segment::new(dir, 7, 1);
        fs::write(segment.path(), text).unwrap();
        segment.read().unwrap()
    }

    fn seqs(contents: &Contents) -> Vec<u64> {
        contents.records.iter().map(|record| record.seq).collect()
    }

    #[test]
    fn batches_hold_so_many_lines_and_together_all() {
        let dir = tempfile::tempdir().unwrap();
        let mut reader = reader(dir.path(), &(0..5).flat_map(line).collect::<Vec<u8>>());
        for expected in [vec![0, 1], vec![2, 3], vec![4]] {
            let batch = reader.next_batch(2).unwrap().unwrap();
            assert_eq!(seqs(&batch.contents()), expected);
        }
        assert!(reader.next_batch(2).unwrap().is_none());
    }

    #[test]
    fn a_broken_line_does_not_harm_those_around_it() {
        let dir = tempfile::tempdir().unwrap();
        let text = [line(0), b"\0\xff\n".to_vec(), line(1)].concat();
        let batch = reader(dir.path(), &text).next_batch(9).unwrap().unwrap();
        let contents = batch.contents();
        assert_eq!(seqs(&contents), [0, 1]);
        assert_eq!((contents.broken, contents.torn), (vec![&b"\0\xff\n"[..]], 0));
    }

    #[test]
    fn a_last_line_cut_anywhere_is_torn_and_one_that_lacks_only_its_line_feed_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let (whole, last) = (line(0), line(1));
        for cut in 1..last.len() {
            let text = [&whole[..], &last[..cut]].concat();
            let batch = reader(dir.path(), &text).next_batch(9).unwrap().unwrap();
            let contents = batch.contents();
            let complete = cut == last.len() - 1;
            assert_eq!(contents.records.len(), if complete { 2 } else { 1 });
            assert_eq!(contents.torn, if complete { 0 } else { cut });
            assert!(contents.broken.is_empty());
        }
    }

    #[test]
    fn the_zeros_behind_the_last_line_are_no_lines() {
        let dir = tempfile::tempdir().unwrap();
        let (whole, zeros) = (line(0), [0; 5000]);
        for (piece, torn) in [(&b""[..], 0), (b"{\"n\":7,\0\0\"t\"", 12)] {
            let text = [&whole[..], piece, &zeros].concat();
            let mut reader = reader(dir.path(), &text);
            let batch = reader.next_batch(9).unwrap().unwrap();
            let contents = batch.contents();
            assert_eq!((seqs(&contents), contents.torn), (vec![0], torn));
            assert!(contents.broken.is_empty());
            assert!(reader.next_batch(9).unwrap().is_none());
        }
        assert!(reader(dir.path(), &zeros).next_batch(9).unwrap().is_none());
    }

    #[test]
    fn a_segment_that_was_being_wiped_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut text = [line(0), line(1)].concat();
        text[..5].fill(0);
        assert!(reader(dir.path(), &text).next_batch(9).unwrap().is_none());
    }

    #[test]
    fn a_line_without_end_is_read_in_pieces() {
        let dir = tempfile::tempdir().unwrap();
        let damage = vec![b'x'; 2 * MAX_LINE as usize + 3];
        let text = [&damage[..], b"\n", &line(5)].concat();
        let batch = reader(dir.path(), &text).next_batch(9).unwrap().unwrap();
        let contents = batch.contents();
        assert_eq!(contents.broken.len(), 3);
        assert_eq!(seqs(&contents), [5]);
    }

    #[test]
    fn a_nodes_segments_are_listed_in_the_order_of_their_numbers() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["7-10.jsonl", "7-9.jsonl", "8-1.jsonl", "7.lock", "set-aside.jsonl"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let listed = Segment::list(dir.path(), 7).unwrap();
        assert_eq!(listed.iter().map(|s| s.number).collect::<Vec<_>>(), [9, 10]);
    }
}
