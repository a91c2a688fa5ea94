//! The events of one read on their way through the plugin: in as few calls as it takes, within one budget, and letting
//! others run between two calls.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::yield_now;

use super::clocks::Clocks;
use super::{Batch, Events, Then};
use crate::error::{Class, Failure};
use crate::upstream::framing::Event;

/// How many calls that reach their deadline one read may cost: one with all events, and as much again for the events
/// before the one that makes the call fail.
const CALLS: u32 = 2;

/// The time that is left for the calls into a plugin that one read causes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    whole: Duration,
    left: Duration,
}

/// Decodes events into canonical chunks. A failed call leaves the state unchanged, so the same events may be decoded
/// again.
pub(super) trait Decode: fmt::Debug + Send {
    /// The longest that one call may take.
    fn deadline(&self) -> Duration;

    /// Decodes `events`. If `last`, no events follow. Takes the time that this takes from the budget. While it is not ready,
    /// because a slow plugin is at work, it is to be called with the same events.
    ///
    /// # Errors
    /// The plugin's failure, or the sandbox's.
    fn poll_decode(
        &mut self,
        context: &mut Context<'_>,
        events: &[Event],
        last: bool,
        budget: &mut Budget,
    ) -> Poll<Result<DecodedChunks, Failure>>;
}

/// The result of one call of a decoder.
#[derive(Debug, Default)]
pub(super) struct DecodedChunks {
    /// Chunks, one per line.
    pub(super) lines: Vec<u8>,
    /// The stream is complete; further events are ignored.
    pub(super) done: bool,
}

/// The events of one read, and how far they have come. It outlives a read that is cancelled: no event is decoded twice.
#[derive(Debug)]
pub(super) struct Decoding {
    events: Vec<Event>,
    /// How many of them are decoded.
    decoded: usize,
    /// A call with all of them failed: they are decoded one by one, so that those before the faulty one are not lost.
    singly: bool,
    /// The plugin was told of the end.
    told: bool,
    then: Then,
    chunks: DecodedChunks,
    budget: Budget,
}

// === impl Budget ===

impl Budget {
    /// The budget of one read, where one call may take this long.
    pub(super) fn of_calls(deadline: Duration) -> Self {
        let whole = deadline.saturating_mul(CALLS);
        Self { whole, left: whole }
    }

    /// What is left of it.
    pub(super) fn left(&self) -> Duration {
        self.left
    }

    /// Takes this from it.
    pub(super) fn spend(&mut self, time: Duration) {
        self.left = self.left.saturating_sub(time);
    }

    /// What was taken from it.
    fn spent(&self) -> Duration {
        self.whole.saturating_sub(self.left)
    }

    fn check(&self) -> Result<(), Failure> {
        if self.left.is_zero() {
            let message = format!("the adapter took longer than {:?} for one read", self.whole);
            return Err(Failure::new(Class::Plugin, message));
        }
        Ok(())
    }
}

// === impl Decoding ===

impl Decoding {
    /// The events of one read, and what follows them.
    pub(super) fn new(events: Vec<Event>, then: Then, decoder: &dyn Decode) -> Self {
        Self {
            events,
            decoded: 0,
            singly: false,
            told: false,
            then,
            chunks: DecodedChunks::default(),
            budget: Budget::of_calls(decoder.deadline()),
        }
    }

    /// Decodes what is left. The plugin is told of the end only if it is clean. Cancel safe: the next call goes on from
    /// there.
    pub(super) async fn run(&mut self, decoder: &mut dyn Decode, clocks: &Clocks) -> Batch {
        let then = loop {
            let step = clocks.until_over(pin!(self.step(decoder))).await;
            match step.and_then(|step| step) {
                Err(failure) => break Then::Broke(failure),
                Ok(true) => break if self.chunks.done { Then::End } else { self.then.clone() },
                Ok(false) => {}
            }
            // Others on this thread have waited for the call.
            yield_now().await;
            if let Err(failure) = clocks.check().and_then(|()| self.budget.check()) {
                break Then::Broke(failure);
            }
        };
        let failed = matches!(&then, Then::Broke(failure) if failure.class == Class::Plugin);
        clocks.spent().in_plugin("decode-events", self.budget.spent(), failed);
        let lines = std::mem::take(&mut self.chunks.lines);
        Batch {
            events: Events::Lines(lines.into()),
            then,
        }
    }

    /// Makes at most one call. Returns whether all is decoded. Cancel safe: the next step waits for the same call.
    async fn step(&mut self, decoder: &mut dyn Decode) -> Result<bool, Failure> {
        let rest = &self.events[self.decoded..];
        if self.chunks.done || (rest.is_empty() && (self.told || self.then != Then::End)) {
            return Ok(true);
        }
        let count = if self.singly { rest.len().min(1) } else { rest.len() };
        let (events, last, budget) = (&rest[..count], rest.is_empty(), &mut self.budget);
        let outcome = poll_fn(|context| decoder.poll_decode(context, events, last, budget)).await;
        self.told = last;
        match outcome {
            Err(_) if count > 1 => self.singly = true,
            outcome => {
                self.decoded += count;
                self.chunks.append(outcome?);
            }
        }
        // The usual read ends here: with one call, and without giving the thread away.
        let ended = self.decoded == self.events.len() && (self.told || self.then != Then::End);
        Ok(self.chunks.done || ended)
    }
}

// === impl DecodedChunks ===

impl DecodedChunks {
    fn append(&mut self, more: Self) {
        if !self.lines.is_empty() && !more.lines.is_empty() {
            self.lines.push(b'\n');
        }
        if self.lines.is_empty() {
            self.lines = more.lines;
        } else {
            self.lines.extend_from_slice(&more.lines);
        }
        self.done |= more.done;
    }
}
