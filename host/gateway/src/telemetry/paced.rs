//! Who writes the log: a thread that takes together what comes within a moment, so that a request neither waits for who reads
//! the log nor wakes a thread for each line.

use std::io::{self, BufWriter, Write};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// The most lines that wait to be written. Further ones are dropped, and counted.
const MOST_WAITING: usize = 8192;

/// How long the thread rests when it has written all there is.
const REST: Duration = Duration::from_millis(5);

/// What is written at once.
const AT_ONCE: usize = 64 << 10;

/// The lines that were dropped; empty before there is a log.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Rests after each flush.
#[derive(Debug)]
struct Paced<W: Write>(BufWriter<W>);

/// What lines are given to, and what has them written to `out`.
pub(super) fn writer(out: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(MOST_WAITING)
        .thread_name("log")
        .finish(Paced(BufWriter::with_capacity(AT_ONCE, out)));
    DROPPED.get_or_init(|| writer.error_counter());
    (writer, guard)
}

/// How many lines did not get into the log; `None` if this process has none.
pub(crate) fn dropped() -> Option<usize> {
    DROPPED.get().map(ErrorCounter::dropped_lines)
}

// === impl Paced ===

impl<W: Write> Write for Paced<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.0.flush();
        thread::sleep(REST);
        flushed
    }
}
