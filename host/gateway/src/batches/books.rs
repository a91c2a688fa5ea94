//! The reports of a batch, in the files that its client gets: one for results, one for errors.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Seek, SeekFrom, Write};

use jackfield_dialects::batches::{Batching, LineCounts, LineFate, LineSpent, RecordedLine, Shelf};

use super::lines::Lines;
use super::place::{Place, private};

/// The most bytes of a report that are read back. No reply of an upstream is as large.
const LARGEST: usize = 256 << 20;

/// The reports of one batch.
#[derive(Debug)]
pub(super) struct Books {
    output: Book,
    errors: Book,
}

#[derive(Debug)]
struct Book {
    file: File,
    /// The bytes of whole lines.
    bytes: u64,
}

/// What reports there are.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The lines that have one.
    pub(super) done: HashSet<String>,
    /// What became of them.
    pub(super) counts: LineCounts,
    /// What their answers used.
    pub(super) spent: LineSpent,
}

// === impl Books ===

impl Books {
    /// Opens the reports of a batch and reads those that there are. Half a report, which a process left that was
    /// killed, is cut off.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(super) fn open(place: &Place, id: &str, api: Batching) -> io::Result<(Self, Found)> {
        let mut found = Found::default();
        let mut open = |shelf| -> io::Result<Book> {
            let file = private().truncate(false).open(place.shelf(id, shelf))?;
            Book::read(file, api, &mut found)
        };
        let books = Self {
            output: open(Shelf::Output)?,
            errors: open(Shelf::Errors)?,
        };
        Ok((books, found))
    }

    /// Adds a report.
    ///
    /// # Errors
    /// If it cannot be written; nothing of it is left then.
    pub(super) fn add(&mut self, shelf: Shelf, report: &[u8]) -> io::Result<()> {
        match shelf {
            Shelf::Output => self.output.add(report),
            Shelf::Errors => self.errors.add(report),
        }
    }

    /// The bytes of all reports.
    pub(super) fn bytes(&self) -> u64 {
        self.output.bytes + self.errors.bytes
    }

    /// Whether there is a report on this shelf.
    pub(super) fn has(&self, shelf: Shelf) -> bool {
        let book = match shelf {
            Shelf::Output => &self.output,
            Shelf::Errors => &self.errors,
        };
        book.bytes > 0
    }

    /// Makes sure that the reports outlive the machine.
    ///
    /// # Errors
    /// If they do not.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.output.file.sync_all()?;
        self.errors.file.sync_all()
    }
}

// === impl Found ===

impl Found {
    fn add(&mut self, line: RecordedLine) {
        if self.done.insert(line.custom_id) {
            count(&mut self.counts, line.fate);
            self.spent.add(line.spent);
        }
    }
}

/// Counts one more line that became this.
pub(super) fn count(counts: &mut LineCounts, fate: LineFate) {
    let place = match fate {
        LineFate::Succeeded => &mut counts.succeeded,
        LineFate::Errored => &mut counts.errored,
        LineFate::Canceled => &mut counts.canceled,
        LineFate::Expired => &mut counts.expired,
    };
    *place += 1;
}

// === impl Book ===

impl Book {
    fn read(mut file: File, api: Batching, found: &mut Found) -> io::Result<Self> {
        let (mut bytes, mut text) = (0, Vec::new());
        let mut lines = Lines::new(BufReader::new(&file), LARGEST);
        while let Some(line) = lines.next(&mut text)? {
            let Some(recorded) = api.recorded(&text).filter(|_| line.ended) else {
                break;
            };
            bytes = line.offset + line.bytes + 1;
            found.add(recorded);
        }
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        Ok(Self { file, bytes })
    }

    fn add(&mut self, report: &[u8]) -> io::Result<()> {
        let mut line = Vec::with_capacity(report.len() + 1);
        // Line breaks stand only between the tokens of JSON.
        let flat = |byte: &u8| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte };
        line.extend(report.iter().map(flat));
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            self.file.set_len(self.bytes)?;
            self.file.seek(SeekFrom::Start(self.bytes))?;
            return Err(error);
        }
        self.bytes += line.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jackfield_dialects::batch_apis;
    use jackfield_dialects::batches::{LineEnd, LineReport};

    use super::*;

    fn report(api: Batching, custom_id: &str, end: LineEnd<'_>) -> (Shelf, Vec<u8>) {
        let report = LineReport {
            custom_id,
            request_id: Some("req_1"),
            end,
            dropped: "",
        };
        (api.shelf(&end), api.report(&report))
    }

    #[test]
    fn reports_are_found_again_but_for_half_a_one() {
        for api in batch_apis() {
            let dir = tempfile::tempdir().unwrap();
            let place = Place::open(dir.path()).unwrap();
            let (mut books, found) = Books::open(&place, "b", api).unwrap();
            assert!(found.done.is_empty() && books.bytes() == 0);
            let answer = |status, body| LineEnd::Answered { status, body };
            for (id, end) in [
                ("a", answer(200, &b"{\"x\":\n\"y\"}"[..])),
                ("b", answer(400, b"{\"error\":{}}")),
                ("c", LineEnd::Canceled),
                ("d", LineEnd::Expired),
            ] {
                let (shelf, text) = report(api, id, end);
                books.add(shelf, &text).unwrap();
            }
            let whole = books.bytes();
            drop(books);
            let output = place.shelf("b", Shelf::Output);
            let mut text = fs::read(&output).unwrap();
            text.extend_from_slice(b"{\"custom_id\":\"e\",\"respo");
            fs::write(&output, text).unwrap();
            let (books, found) = Books::open(&place, "b", api).unwrap();
            let expected = LineCounts {
                total: 0,
                succeeded: 1,
                errored: 1,
                canceled: 1,
                expired: 1,
            };
            assert_eq!((found.counts, found.done.len(), books.bytes()), (expected, 4, whole));
            assert!(!fs::read_to_string(&output).unwrap().contains("\"e\""));
        }
    }
}
