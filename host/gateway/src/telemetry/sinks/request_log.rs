//! The file sink: one line of JSON per request, in files that are turned over by their size.
//!
//! Lines wait in a queue of bounded length for a thread of their own: no request waits for a disk. What does not fit, or
//! cannot be written, is counted.

mod line;
mod turning_file;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jackfield_config::RequestLogConfig;

use self::line::Line;
use self::turning_file::TurningFile;
use crate::record::RequestRecord;

/// The most lines that wait: a disk may pause for a second at thousands of requests per second.
const QUEUE: usize = 8_192;

/// The shortest interval between lines of the log about lines that are lost: a full disk stays full for a while.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// Writes a line of each request to a file.
#[derive(Debug)]
pub(crate) struct RequestLog {
    queue: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What the writer is sent.
enum Message {
    Line(Vec<u8>),
    End,
}

// === impl RequestLog ===

impl RequestLog {
    /// Opens the file, and goes on with what is in it.
    ///
    /// # Errors
    /// If it cannot be opened, or there is no thread for it.
    pub(crate) fn open(config: &RequestLogConfig) -> io::Result<Self> {
        let file = TurningFile::open(&config.file, config.max_bytes, config.keep)?;
        let (queue, lines) = sync_channel(QUEUE);
        let dropped = Arc::default();
        let counter = Arc::clone(&dropped);
        let writer = thread::Builder::new()
            .name("request-log".to_owned())
            .spawn(move || write_all(&lines, file, &counter))?;
        Ok(Self {
            queue,
            dropped,
            writer: Mutex::new(Some(writer)),
        })
    }

    /// Takes the line of a request that has ended. Never waits.
    pub(super) fn write(&self, record: &RequestRecord) {
        let taken = Line::of(record)
            .written()
            .is_ok_and(|line| self.queue.try_send(Message::Line(line)).is_ok());
        if !taken {
            self.dropped.fetch_add(1, Relaxed);
        }
    }

    /// How many lines did not get into the file.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    /// Writes what waits. Blocks its thread until that is done. Later lines are dropped.
    pub(crate) fn close(&self) {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && self.queue.send(Message::End).is_ok()
        {
            let _ = writer.join();
        }
    }
}

/// Writes lines until the end is sent, each batch of waiting ones at once.
fn write_all(lines: &Receiver<Message>, mut file: TurningFile, dropped: &AtomicU64) {
    let mut told: Option<Instant> = None;
    while let Ok(first) = lines.recv() {
        let (mut count, mut failed, mut ends) = (0, None, false);
        for message in [first].into_iter().chain(lines.try_iter().take(QUEUE)) {
            let Message::Line(line) = message else {
                ends = true;
                break;
            };
            count += 1;
            failed = file.add(&line).err().or(failed);
        }
        failed = file.flush().err().or(failed);
        if let Some(error) = failed {
            // At least one of them; how many is not known.
            dropped.fetch_add(count, Relaxed);
            if told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
                tracing::error!("lines of log.requests are lost: {error}");
                told = Some(Instant::now());
            }
        }
        if ends {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jackfield_dialects::Operation;
    use serde_json::Value;
    use tokio::time::Instant;

    use super::*;
    use crate::record::End;

    fn config(folder: &tempfile::TempDir) -> RequestLogConfig {
        RequestLogConfig {
            file: folder.path().join("requests.jsonl"),
            max_bytes: 1_000,
            keep: 2,
        }
    }

    fn record(id: &str) -> RequestRecord {
        let mut record = RequestRecord::new(&Arc::from(id), Operation::Chat, 3, Instant::now());
        record.end = End::Complete;
        record.status = Some(200);
        record
    }

    #[test]
    fn each_request_is_a_line_of_json_and_files_turn_over() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(&folder);
        let log = RequestLog::open(&config).unwrap();
        for number in 0..50 {
            log.write(&record(&format!("req_{number}")));
        }
        log.close();
        assert_eq!(log.dropped(), 0);
        let mut names: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["requests.jsonl", "requests.jsonl.1", "requests.jsonl.2"]);
        let mut ids = Vec::new();
        for name in names.iter().rev() {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            assert!(text.len() <= 1_000 && text.ends_with('\n'));
            for line in text.lines() {
                let line: Value = serde_json::from_str(line).unwrap();
                assert_eq!((&line["status"], &line["generation"]), (&200.into(), &3.into()));
                ids.push(line["request_id"].as_str().unwrap().to_owned());
            }
        }
        let last: Vec<String> = (50 - ids.len()..50).map(|number| format!("req_{number}")).collect();
        assert_eq!(ids, last, "the last ones, in order, across all files");
        log.write(&record("late"));
        assert_eq!(log.dropped(), 1);
    }

    #[test]
    fn an_opened_file_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(&folder);
        for id in ["a", "b"] {
            let log = RequestLog::open(&config).unwrap();
            log.write(&record(id));
            log.close();
        }
        assert_eq!(fs::read_to_string(&config.file).unwrap().lines().count(), 2);
    }

    #[test]
    fn what_cannot_be_written_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let config = RequestLogConfig {
            file: "/dev/full".into(),
            ..config(&folder)
        };
        let log = RequestLog::open(&config).unwrap();
        log.write(&record("a"));
        log.close();
        assert_eq!(log.dropped(), 1);
    }
}
