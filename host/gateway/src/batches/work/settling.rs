//! What becomes of a line that was begun: its report, or another try.

use std::io;
use std::time::Duration;

use jackfield_dialects::batches::{LineEnd, LineFault, LineReport};
use tokio::time::Instant;

use super::{Begun, Stop, TROUBLE, Work};
use crate::batches::books::count;
use crate::batches::call::{Called, Reply};
use crate::batches::holder::Absent;
use crate::batches::survey::Waiting;

/// How often a line is tried whose providers fail.
const TRIES: u32 = 3;

// === impl Work ===

impl Work<'_> {
    /// Takes a line's outcome. Returns what stops the batch.
    pub(super) fn settle(&mut self, begun: Begun) -> Option<Stop> {
        let Begun {
            line,
            custom_id,
            outcome,
            ..
        } = begun;
        match outcome {
            Ok(Called::Replied(reply)) => {
                self.pace.answered();
                self.report(&custom_id, &reply);
            }
            Ok(Called::Failed(reply)) if line.tries + 1 >= TRIES => {
                self.pace.refused(Duration::ZERO, Instant::now());
                self.report(&custom_id, &reply);
            }
            Ok(Called::Failed(_)) => self.put_back(line, Duration::ZERO, 1),
            Ok(Called::Later(after)) => self.put_back(line, after, 0),
            Err(Absent::Unknown) => self.put_back(line, TROUBLE, 0),
            Ok(Called::Draining) => {
                self.opened.waiting.push(line);
                return Some(Stop::Draining);
            }
            Err(Absent::Gone) => {
                self.opened.waiting.push(line);
                let message = "The key, the user or the plan that the batch was ordered with is gone.";
                return Some(Stop::Failing(LineFault::new("credential_revoked", None, message)));
            }
        }
        None
    }

    /// Lets a line wait behind all others.
    fn put_back(&mut self, line: Waiting, after: Duration, tries: u32) {
        self.pace.refused(after, Instant::now());
        let tries = line.tries + tries;
        self.opened.waiting.insert(0, Waiting { tries, ..line });
    }

    fn report(&mut self, custom_id: &str, reply: &Reply) {
        let end = LineEnd::Answered {
            status: reply.status,
            body: &reply.body,
        };
        let report = self.opened.api.report(&LineReport {
            custom_id,
            request_id: Some(&reply.request_id),
            end,
            dropped: &reply.dropped,
        });
        self.unwritten.push((self.opened.api.shelf(&end), report));
        let report = self.unwritten.last().map(|(_, report)| &**report).unwrap_or_default();
        let bytes = report.len() as u64 + 1;
        let spent = self.opened.api.recorded(report).map(|recorded| recorded.spent);
        self.desk.count(&self.batch.id, |batch| {
            count(&mut batch.counts, end.fate());
            batch.bytes += bytes;
            batch.spent.add(spent.unwrap_or_default());
        });
        self.retry_writing();
    }

    /// Writes the reports that wait. They stay if the disk is full; no line begins meanwhile.
    pub(super) fn retry_writing(&mut self) {
        if let Err(error) = self.write() {
            tracing::warn!(
                batch = &*self.batch.id,
                "the results of a batch cannot be written: {error}"
            );
        }
    }

    pub(super) fn write(&mut self) -> io::Result<()> {
        while let Some((shelf, report)) = self.unwritten.first() {
            self.opened.books.add(*shelf, report)?;
            self.unwritten.remove(0);
        }
        Ok(())
    }
}
