//! The clocks that limit an attempt. The first to run out ends it with a failure of class `timeout`.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::error::{Class, Failure};
use crate::upstream::error::UpstreamError;
use crate::upstream::reply::{Collector, ReplyBody, UpstreamReply};
use jackfield_config::TimeoutsConfig;

/// Four of the five clocks of one attempt. The fifth, the connect timeout, belongs to the HTTP client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    timeouts: TimeoutsConfig,
    /// When the attempt began.
    started: Instant,
    /// When it must end: after its own total, or at the request's deadline if that comes first.
    over: Instant,
    /// When the head of the reply arrived.
    head: Instant,
    /// When the last event arrived.
    last_event: Instant,
    content_seen: bool,
}

/// What the attempt was waiting for when the time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Head,
    FirstContent,
    NextEvent,
    End,
}

// === impl Clocks ===

impl Clocks {
    /// Starts the clocks now. The attempt ends no later than `deadline`.
    #[must_use]
    pub(super) fn start(timeouts: &TimeoutsConfig, deadline: Instant) -> Self {
        let started = Instant::now();
        let over = deadline.min(started + timeouts.total);
        Self {
            timeouts: *timeouts,
            started,
            over,
            head: started,
            last_event: started,
            content_seen: false,
        }
    }

    /// An event has arrived: restarts the idle clock.
    pub(super) fn event(&mut self) {
        self.last_event = Instant::now();
    }

    /// Content has arrived: from now on only the idle and total clocks apply.
    pub(super) fn content(&mut self) {
        self.content_seen = true;
    }

    /// Waits for `delay`, or fails at once if the attempt would end first.
    pub(super) async fn pause(&self, delay: Duration) -> Result<(), Failure> {
        if delay.is_zero() {
            return Ok(());
        }
        let until = Instant::now() + delay;
        if until >= self.over {
            return Err(self.ran_out(Awaited::End));
        }
        sleep_until(until).await;
        Ok(())
    }

    /// Waits for the head of a reply.
    pub(super) async fn head<T>(
        &mut self,
        sending: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<T, Failure> {
        let limit = Instant::now() + self.timeouts.response;
        let reply = self.within((limit, Awaited::Head), sending).await?;
        self.event();
        self.head = self.last_event;
        Ok(reply)
    }

    /// Waits for a whole body. Its pieces are its content, so only the idle and total clocks apply.
    pub(super) async fn body<B: ReplyBody>(
        &mut self,
        reply: &mut UpstreamReply<B>,
        max_bytes: usize,
    ) -> Result<Bytes, Failure> {
        self.content();
        let mut body = Collector::new(max_bytes);
        loop {
            let mut pieces = Vec::new();
            self.pieces(reply, &mut pieces).await?;
            if pieces.is_empty() {
                return Ok(body.finish());
            }
            self.event();
            pieces.into_iter().try_for_each(|piece| body.push(piece))?;
        }
    }

    /// Waits for the next pieces of a stream. Adds none at its end.
    pub(super) async fn pieces<B: ReplyBody>(
        &self,
        reply: &mut UpstreamReply<B>,
        pieces: &mut Vec<Bytes>,
    ) -> Result<(), Failure> {
        self.within(self.next_limit(), reply.pieces(pieces)).await
    }

    fn next_limit(&self) -> (Instant, Awaited) {
        let silence = (self.last_event + self.timeouts.idle, Awaited::NextEvent);
        if self.content_seen {
            return silence;
        }
        let first = (self.head + self.timeouts.first_content, Awaited::FirstContent);
        if first.0 < silence.0 { first } else { silence }
    }

    async fn within<T>(
        &self,
        (limit, awaited): (Instant, Awaited),
        work: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<T, Failure> {
        let (limit, awaited) = if self.over < limit {
            (self.over, Awaited::End)
        } else {
            (limit, awaited)
        };
        match timeout_at(limit, work).await {
            Ok(result) => result.map_err(Failure::from),
            Err(_) => Err(self.ran_out(awaited)),
        }
    }

    fn ran_out(&self, awaited: Awaited) -> Failure {
        let message = match awaited {
            Awaited::Head => format!("no reply within {:?}", self.timeouts.response),
            Awaited::FirstContent => format!("no content within {:?}", self.timeouts.first_content),
            Awaited::NextEvent => format!("silent for {:?}", self.timeouts.idle),
            Awaited::End => format!("not finished after {:?}", self.started.elapsed()),
        };
        Failure::new(Class::Timeout, message)
    }
}
