//! Reads lines of any length in bounded memory.

use std::io::{self, BufRead};

use memchr::memchr;

/// A line that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins.
    pub(super) offset: u64,
    /// How many bytes it has, without its break.
    pub(super) bytes: u64,
    /// Whether it is longer than what is kept.
    pub(super) too_long: bool,
    /// Whether a break ends it; only the last may lack one.
    pub(super) ended: bool,
}

/// Lines, one after the other.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    most: usize,
    offset: u64,
}

// === impl Lines ===

impl<R: BufRead> Lines<R> {
    /// The lines of `reader`, of each of which at most `most` bytes are kept.
    pub(super) fn new(reader: R, most: usize) -> Self {
        Self {
            reader,
            most,
            offset: 0,
        }
    }

    /// Reads the next line into `text`; `None` at the end. Of one that is too long, `text` has nothing.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn next(&mut self, text: &mut Vec<u8>) -> io::Result<Option<Line>> {
        text.clear();
        let mut line = Line {
            offset: self.offset,
            bytes: 0,
            too_long: false,
            ended: false,
        };
        while !line.ended {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                break;
            }
            let end = memchr(b'\n', available);
            let piece = &available[..end.unwrap_or(available.len())];
            line.ended = end.is_some();
            line.bytes += piece.len() as u64;
            line.too_long |= text.len() + piece.len() > self.most;
            if line.too_long {
                text.clear();
            } else {
                text.extend_from_slice(piece);
            }
            let read = piece.len() + usize::from(line.ended);
            self.reader.consume(read);
            self.offset += read as u64;
        }
        Ok((line.bytes > 0 || line.ended).then_some(line))
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::{any, proptest};
    use proptest::{collection, prop_assert, prop_assert_eq};

    use super::*;

    /// Every line with its text.
    fn read(text: &[u8], buffer: usize, most: usize) -> Vec<(Line, Vec<u8>)> {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, text), most);
        let (mut found, mut line_text) = (Vec::new(), Vec::new());
        while let Some(line) = lines.next(&mut line_text).unwrap() {
            assert!(line_text.capacity() <= 2 * most.max(8), "{}", line_text.capacity());
            found.push((line, line_text.clone()));
        }
        found
    }

    #[test]
    fn a_line_may_lack_its_break_and_an_empty_one_is_a_line() {
        let found = read(b"ab\n\nc", 2, 10);
        let seen: Vec<_> = found
            .iter()
            .map(|(line, text)| (line.offset, text.as_slice(), line.ended))
            .collect();
        assert_eq!(seen, [(0, &b"ab"[..], true), (3, b"", true), (4, b"c", false)]);
        assert!(read(b"", 2, 10).is_empty());
    }

    #[test]
    fn a_line_of_any_length_takes_no_more_room_than_it_may() {
        let mut text = vec![b'x'; 1 << 20];
        text.extend_from_slice(b"\nshort\n");
        let found = read(&text, 64, 16);
        assert_eq!(
            (found[0].0.too_long, found[0].0.bytes, found[0].1.len()),
            (true, 1 << 20, 0)
        );
        assert_eq!((found[1].0.too_long, &*found[1].1), (false, &b"short"[..]));
    }

    proptest! {
        #[test]
        fn lines_are_what_stands_between_breaks(
            text in collection::vec(proptest::sample::select(b"ab\n".to_vec()), 0..200),
            buffer in 1_usize..9,
            most in 1_usize..9,
            _seed in any::<u8>(),
        ) {
            let found = read(&text, buffer, most);
            let mut pieces: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            if pieces.last().is_some_and(|last| last.is_empty()) {
                pieces.pop();
            }
            prop_assert_eq!(found.len(), pieces.len());
            for ((line, kept), piece) in found.iter().zip(pieces) {
                let start = usize::try_from(line.offset).unwrap();
                prop_assert_eq!(&text[start..start + piece.len()], piece);
                prop_assert_eq!(line.too_long, piece.len() > most);
                prop_assert!(line.too_long || kept == piece);
                prop_assert_eq!(line.bytes, piece.len() as u64);
            }
        }
    }
}
