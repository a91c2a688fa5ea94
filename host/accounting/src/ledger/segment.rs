//! Segments, the files of the journal: their names, and how they are read back in batches.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::record::Record;

/// The longest line that is read as one, in bytes. A record takes a few hundred; anything longer is damage.
const MAX_LINE: u64 = 1 << 20;

/// A file of the journal that is no longer written to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    /// The node that wrote it.
    pub(super) node: u64,
    /// Counts up within the node.
    pub(super) number: u64,
    path: PathBuf,
}

/// Reads a segment from start to end.
#[derive(Debug)]
pub(super) struct SegmentReader {
    lines: BufReader<File>,
    /// Whether it was being wiped and so counts as empty.
    wiped: bool,
}

/// Consecutive lines of a segment.
#[derive(Debug, Default)]
pub(super) struct Batch {
    text: Vec<u8>,
    /// The end of each line in `text`, after its line feed.
    ends: Vec<usize>,
}

/// The parsed lines of a batch.
#[derive(Debug, Default)]
pub(super) struct Contents<'a> {
    pub(super) records: Vec<Record<'a>>,
    /// Lines that are not records.
    pub(super) broken: Vec<&'a [u8]>,
    /// The length of an unfinished last line: the process or the machine died while writing it.
    pub(super) torn: usize,
}

// === impl Segment ===

impl Segment {
    /// The segment with this node and number, whether or not its file exists.
    pub(super) fn new(dir: &Path, node: u64, number: u64) -> Self {
        let path = dir.join(format!("{node}-{number}.jsonl"));
        Self { node, number, path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The segments of one node in a directory, oldest first.
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

    /// The node and the number in a file's name.
    pub(super) fn parse(name: &str) -> Option<(u64, u64)> {
        let (node, number) = name.strip_suffix(".jsonl")?.split_once('-')?;
        Some((node.parse().ok()?, number.parse().ok()?))
    }

    /// Opens it for reading.
    pub(super) fn read(&self) -> io::Result<SegmentReader> {
        let mut lines = BufReader::with_capacity(64 << 10, File::open(&self.path)?);
        // A segment is wiped only when the store has its lines, so an interrupted wipe need not be finished.
        let wiped = lines.fill_buf()?.first() == Some(&0);
        Ok(SegmentReader { lines, wiped })
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

/// The names of the files in a directory, except those that are not UTF-8, which are not ours.
pub(super) fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.extend(entry?.file_name().into_string());
    }
    Ok(names)
}

// === impl SegmentReader ===

impl SegmentReader {
    /// The length of the file, in bytes.
    pub(super) fn len(&self) -> io::Result<u64> {
        Ok(self.lines.get_ref().metadata()?.len())
    }

    /// Up to `lines` further lines; `None` at the end.
    pub(super) fn next_batch(&mut self, lines: usize) -> io::Result<Option<Batch>> {
        let mut batch = Batch::default();
        while !self.wiped && batch.ends.len() < lines {
            let start = batch.text.len();
            let zeros = self.pass_zeros()?;
            if self.lines.fill_buf()?.is_empty() {
                break;
            }
            // What follows them belongs to the same line.
            batch.text.resize(start + zeros, 0);
            let mut line = self.lines.by_ref().take(MAX_LINE - zeros as u64);
            line.read_until(b'\n', &mut batch.text)?;
            trim_zeros(&mut batch.text);
            if batch.text.len() <= start {
                break;
            }
            batch.ends.push(batch.text.len());
        }
        Ok((!batch.ends.is_empty()).then_some(batch))
    }

    /// Passes the zeros that come next, as many as a line may have: most of a segment that was not filled. Returns how many
    /// there were.
    fn pass_zeros(&mut self) -> io::Result<usize> {
        const AT_ONCE: usize = 64;
        let mut passed = 0;
        loop {
            let buffer = self.lines.fill_buf()?;
            let buffer = &buffer[..buffer.len().min(MAX_LINE as usize - passed)];
            let (blocks, _) = buffer.as_chunks::<AT_ONCE>();
            let whole = AT_ONCE * blocks.iter().take_while(|block| **block == [0; AT_ONCE]).count();
            let zeros = whole + buffer[whole..].iter().take_while(|byte| **byte == 0).count();
            self.lines.consume(zeros);
            passed += zeros;
            if zeros == 0 {
                return Ok(passed);
            }
        }
    }
}

/// Removes the zeros behind the last line of a segment that was not filled.
fn trim_zeros(text: &mut Vec<u8>) {
    let used = text.iter().rposition(|byte| *byte != 0);
    text.truncate(used.map_or(0, |last| last + 1));
}

// === impl Batch ===

impl Batch {
    /// Parses its lines.
    pub(super) fn contents(&self) -> Contents<'_> {
        let mut contents = Contents::default();
        contents.records.reserve(self.ends.len());
        let mut start = 0;
        for &end in &self.ends {
            let line = &self.text[start..end];
            start = end;
            // Checked in one go, so that the parser need not check each text in it.
            let text = std::str::from_utf8(line).ok();
            match text.and_then(|text| serde_json::from_str(text).ok()) {
                Some(record) => contents.records.push(record),
                // A piece of an overlong line has no line feed either, but it is not torn.
                None if line.ends_with(b"\n") || line.len() as u64 == MAX_LINE => {
                    contents.broken.push(line);
                }
                None => contents.torn = line.len(),
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
    fn batches_are_limited_and_together_complete() {
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
    fn the_zeros_behind_the_last_line_are_not_lines() {
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
    fn a_segment_that_was_being_wiped_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let mut text = [line(0), line(1)].concat();
        text[..5].fill(0);
        assert!(reader(dir.path(), &text).next_batch(9).unwrap().is_none());
    }

    #[test]
    fn an_overlong_line_is_read_in_pieces() {
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
