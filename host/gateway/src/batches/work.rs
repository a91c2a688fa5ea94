//! Works one batch off: from its input to its last report.

mod settling;

use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jackfield_config::BatchesConfig;
use jackfield_dialects::batches::{BatchState, LineFault, Shelf};
use tokio::time::{Instant, sleep, sleep_until};

use super::call::{Called, call};
use super::closing;
use super::desk::{Desk, now};
use super::holder::Absent;
use super::opening::{self, Opened};
use super::pace::Pace;
use super::record::BatchRecord;
use super::seats::Seat;
use super::shared::Shared;
use super::survey::Waiting;

/// How long a batch waits whose folder, or whose caller's database, cannot be reached.
const TROUBLE: Duration = Duration::from_secs(10);

/// A batch at work.
struct Work<'s> {
    shared: &'s Shared,
    desk: &'s Desk,
    batch: BatchRecord,
    opened: Opened,
    pace: Pace,
    /// Reports that could not be written yet.
    unwritten: Vec<(Shelf, Vec<u8>)>,
}

/// What became of a line that was begun.
struct Begun {
    line: Waiting,
    custom_id: String,
    outcome: Result<Called, Absent>,
    _seat: Seat,
}

/// Why no further line begins.
enum Stop {
    /// The batch ends so.
    Ending(BatchState),
    /// The caller may not have it any more, or has no room for it.
    Failing(LineFault),
    /// The gateway shuts down.
    Draining,
}

/// Works a batch off, as far as that can be done before the gateway shuts down.
///
/// # Errors
/// If its folder fails; it can be begun again.
pub(super) async fn work(shared: &Shared, desk: &Desk, batch: BatchRecord) -> io::Result<()> {
    if batch.output_file.is_some() || batch.error_file.is_some() {
        return closing::publish(shared, desk, &batch);
    }
    let Some(work) = Work::begin(shared, desk, batch).await? else {
        return Ok(());
    };
    work.run().await
}

// === impl Work ===

impl<'s> Work<'s> {
    /// Reads the input and the reports that there are; `None` if the batch failed over it.
    async fn begin(shared: &'s Shared, desk: &'s Desk, batch: BatchRecord) -> io::Result<Option<Self>> {
        let opened = match opening::open(shared, desk, &batch).await? {
            Ok(opened) => opened,
            Err(faults) => {
                closing::fail(desk, &batch, faults)?;
                return Ok(None);
            }
        };
        let begun = desk.change(&batch.id, |batch| {
            (batch.counts, batch.bytes) = (opened.counts, opened.bytes);
            batch.spent.clone_from(&opened.spent);
            if batch.state == BatchState::Validating {
                batch.state = BatchState::InProgress;
                batch.times.started = Some(now());
            }
        })?;
        Ok(begun.map(|batch| Self {
            shared,
            desk,
            batch,
            opened,
            pace: Pace::new(),
            unwritten: Vec::new(),
        }))
    }

    /// Has the lines answered, and ends the batch.
    async fn run(mut self) -> io::Result<()> {
        let stop = match self.batch.ending {
            Some(ending) => Stop::Ending(ending),
            None => self.answer().await,
        };
        let (ending, faults) = match stop {
            Stop::Draining => return self.write(),
            Stop::Ending(ending) => (ending, Vec::new()),
            Stop::Failing(fault) => (BatchState::Failed, vec![fault]),
        };
        self.write()?;
        let ended = self.desk.change(&self.batch.id, |batch| {
            batch.ending = Some(ending);
            batch.times.finalizing.get_or_insert_with(now);
            batch.faults.extend(faults);
            if batch.state == BatchState::InProgress {
                batch.state = BatchState::Finalizing;
            }
        })?;
        let Some(batch) = ended else { return Ok(()) };
        match closing::close(self.desk, self.opened, &batch, ending).await? {
            Some(batch) => closing::publish(self.shared, self.desk, &batch),
            None => Ok(()),
        }
    }

    /// Begins lines as seats and pace allow, until all have a report or something stops that.
    async fn answer(&mut self) -> Stop {
        let mut news = self.shared.news();
        let mut running = FuturesUnordered::new();
        let mut stop = None;
        loop {
            if stop.is_none() {
                stop = self.reason_to_stop(running.is_empty());
            }
            while stop.is_none() && self.pace.lets_begin(running.len(), Instant::now()) && self.unwritten.is_empty() {
                let Some(line) = self.opened.waiting.last().copied() else {
                    break;
                };
                let Some(seat) = self.seat() else { break };
                match self.begin_line(line, seat) {
                    Ok(begun) => running.push(begun),
                    Err(error) => {
                        tracing::warn!(batch = &*self.batch.id, "the input of a batch cannot be read: {error}");
                        self.pace.refused(TROUBLE, Instant::now());
                        break;
                    }
                }
                self.opened.waiting.pop();
            }
            if let Some(stop) = stop.take_if(|_| running.is_empty()) {
                return stop;
            }
            let wait = self
                .pace
                .waits_until(Instant::now())
                .unwrap_or_else(|| Instant::now() + TROUBLE);
            tokio::select! {
                Some(begun) = running.next() => stop = self.settle(begun).or(stop),
                _ = news.changed() => {}
                () = self.shared.seats.freed() => {}
                () = sleep_until(wait) => self.retry_writing(),
                () = self.shared.gateway.drain.begun(), if stop.is_none() => stop = Some(Stop::Draining),
                () = self.shared.stop.cancelled(), if stop.is_none() => stop = Some(Stop::Draining),
            }
        }
    }

    /// Whether the batch is at its end, cancelled, too late, or too large.
    fn reason_to_stop(&self, idle: bool) -> Option<Stop> {
        let Some(state) = self.state() else {
            return Some(Stop::Draining);
        };
        if state == BatchState::Cancelling {
            return Some(Stop::Ending(BatchState::Cancelled));
        }
        if self.opened.waiting.is_empty() && idle && self.unwritten.is_empty() {
            return Some(Stop::Ending(BatchState::Completed));
        }
        if now() >= self.batch.times.expires {
            return Some(Stop::Ending(BatchState::Expired));
        }
        let config = self.config();
        self.desk.is_full(&self.batch.holder.user, &config).then(|| {
            let message = format!(
                "Your files and results have {} bytes, the most there may be.",
                config.max_bytes_per_user
            );
            Stop::Failing(LineFault::new("storage_limit_exceeded", None, message))
        })
    }

    /// How far the batch has come by what its client did; `None` if it is gone.
    fn state(&self) -> Option<BatchState> {
        self.desk.lock().batches.get(&self.batch.id).map(|batch| batch.state)
    }

    fn config(&self) -> BatchesConfig {
        self.shared.gateway.current.load().config.batches.clone()
    }

    fn seat(&self) -> Option<Seat> {
        self.shared.seats.take(&self.batch.holder.user, &self.config())
    }

    /// A line's call, which has yet to be polled.
    fn begin_line(&self, line: Waiting, seat: Seat) -> io::Result<impl Future<Output = Begun> + use<'s>> {
        let mut text = vec![0; line.bytes];
        self.opened.input.read_exact_at(&mut text, line.offset)?;
        let text = Bytes::from(text);
        let read = self
            .opened
            .api
            .line(&text)
            .map_err(|fault| io::Error::other(fault.message))?;
        let (custom_id, body) = (read.custom_id, text.slice_ref(read.body));
        let (shared, holder, manner) = (self.shared, self.batch.holder.clone(), self.opened.manner.clone());
        Ok(async move {
            let snapshot = shared.gateway.current.load();
            let outcome = match holder.caller(&shared.gateway, &snapshot).await {
                Ok(caller) => Ok(call(&shared.gateway, &snapshot, caller, &manner, body).await),
                Err(absent) => Err(absent),
            };
            Begun {
                line,
                custom_id,
                outcome,
                _seat: seat,
            }
        })
    }
}

/// Waits before a batch is begun again whose folder failed.
pub(super) async fn trouble(id: &str, error: &io::Error) {
    tracing::warn!(batch = id, "a batch cannot be worked off at the moment: {error}");
    sleep(TROUBLE).await;
}
