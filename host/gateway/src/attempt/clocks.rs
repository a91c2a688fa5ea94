//! The clocks that limit an attempt. The first to run out ends it with a failure of class `timeout`.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Limits, shape};
use crate::error::{Class, Failure};
use crate::record::Spent;
use crate::upstream::error::UpstreamError;
use crate::upstream::reply::{Collector, ReplyBody, UpstreamReply};
use jackfield_config::TimeoutsConfig;

/// How much of an error's body is read, and for how long.
const ERROR_BYTES: usize = 64 * 1024;
const ERROR_TIME: Duration = Duration::from_secs(3);

/// How much white space may stand before a stream shows what it is.
const BLANK_BYTES: usize = 4 * 1024;

/// Four of the five clocks of one attempt. The fifth, the connect timeout, belongs to the HTTP client.
///
/// The clocks of the head and of the first content count only while there is another target to move on to. On the last
/// one, a slow answer is better than none: only the total counts, and the idle clock once something has come.
#[derive(Debug, Clone)]
pub(super) struct Clocks {
    timeouts: TimeoutsConfig,
    /// When the attempt began.
    started: Instant,
    /// When it must end: after its own total, or at the request's deadline if that comes first.
    over: Instant,
    /// The reply is to be a stream.
    stream: bool,
    /// There is no other target to move on to.
    last: bool,
    /// When the head of the reply arrived, or the model last showed that it is at work.
    alive: Instant,
    /// When the last event arrived; `None` before the first.
    last_event: Option<Instant>,
    content_seen: bool,
    /// What they measure besides.
    spent: Arc<Spent>,
}

/// The beginning of a stream. What came before a failure counts.
#[derive(Debug)]
pub(super) struct Head {
    /// What was read; `None` if the body is empty.
    pub(super) piece: Option<Bytes>,
    /// Whether reading went well.
    pub(super) read: Result<(), Failure>,
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
    /// Starts the clocks now, for a reply that is a `stream` or not.
    #[must_use]
    pub(super) fn start(timeouts: &TimeoutsConfig, stream: bool, limits: Limits) -> Self {
        let started = Instant::now();
        Self {
            timeouts: *timeouts,
            started,
            over: limits.deadline.min(started + timeouts.total),
            stream,
            last: limits.last,
            alive: started,
            last_event: None,
            content_seen: false,
            spent: Arc::default(),
        }
    }

    /// The same clocks, which tell what they measure.
    #[must_use]
    pub(super) fn telling(self, spent: Option<&Arc<Spent>>) -> Self {
        let spent = spent.cloned().unwrap_or(self.spent);
        Self { spent, ..self }
    }

    /// What they measure besides.
    pub(super) fn spent(&self) -> &Spent {
        &self.spent
    }

    /// When the attempt must end.
    pub(super) fn deadline(&self) -> Instant {
        self.over
    }

    /// An event has arrived: restarts the idle clock.
    pub(super) fn event(&mut self) {
        self.last_event = Some(Instant::now());
    }

    /// Content has arrived: from now on only the idle and total clocks apply.
    pub(super) fn content(&mut self) {
        self.content_seen = true;
    }

    /// The model is at work: restarts the clock of the first content.
    pub(super) fn alive(&mut self) {
        self.alive = Instant::now();
    }

    /// Fails if the attempt must end now.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if Instant::now() >= self.over {
            return Err(self.ran_out(Awaited::End));
        }
        Ok(())
    }

    /// Waits for a plugin, or fails when the attempt must end.
    pub(super) async fn until_over<F: Future + Unpin>(&self, mut work: F) -> Result<F::Output, Failure> {
        // The usual call has been made already. It needs no timer.
        let at_once = poll_fn(|context| Poll::Ready(Pin::new(&mut work).poll(context))).await;
        if let Poll::Ready(done) = at_once {
            return Ok(done);
        }
        let done = timeout_at(self.over, work).await;
        done.map_err(|_| self.ran_out(Awaited::End))
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
        self.spent.waited(delay);
        Ok(())
    }

    /// Waits for the head of a reply.
    pub(super) async fn head<T>(
        &mut self,
        sending: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<T, Failure> {
        let limit = Instant::now() + self.timeouts.response(self.stream);
        let limit = (!self.last).then_some((limit, Awaited::Head));
        let reply = self.within(limit, sending).await?;
        self.alive();
        // An adapter may make several exchanges: nothing has come of this one yet.
        (self.last_event, self.content_seen) = (None, false);
        Ok(reply)
    }

    /// Waits for the beginning of a stream, until it shows what it is.
    pub(super) async fn peek<B: ReplyBody>(&self, reply: &mut UpstreamReply<B>) -> Head {
        let mut head = Vec::new();
        loop {
            let mut pieces = Vec::new();
            let read = self.pieces(reply, &mut pieces).await;
            let is_over = pieces.is_empty() || read.is_err();
            head.append(&mut pieces);
            if head.len() > 1 {
                head = vec![head.concat().into()];
            }
            let shown = |head: &Bytes| !shape::is_blank(head) || head.len() > BLANK_BYTES;
            if is_over || head.first().is_some_and(shown) {
                return Head {
                    piece: head.pop(),
                    read,
                };
            }
        }
    }

    /// Waits for a whole body that begins with `head`. Its pieces are its content, so only the idle and total clocks apply.
    pub(super) async fn body<B: ReplyBody>(
        &mut self,
        reply: &mut UpstreamReply<B>,
        head: Option<Bytes>,
        max_bytes: usize,
    ) -> Result<Bytes, Failure> {
        self.content();
        let mut body = Collector::new(max_bytes);
        head.into_iter().try_for_each(|piece| body.push(piece))?;
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

    /// Reads the body of an error as far as it comes, within [`ERROR_TIME`] and [`ERROR_BYTES`]: the status has said most
    /// of it already, and the next target waits.
    pub(super) async fn error_body<B: ReplyBody>(&self, reply: &mut UpstreamReply<B>) -> Bytes {
        let began = Instant::now();
        let until = self.over.min(began + ERROR_TIME);
        let mut body = BytesMut::new();
        while body.len() < ERROR_BYTES {
            let mut pieces = Vec::new();
            let read = timeout_at(until, reply.pieces(&mut pieces)).await;
            let is_over = pieces.is_empty() || !matches!(read, Ok(Ok(())));
            for piece in &pieces {
                body.extend_from_slice(piece);
            }
            if is_over {
                break;
            }
        }
        self.spent.waited(began.elapsed());
        body.truncate(ERROR_BYTES);
        body.freeze()
    }

    /// Waits for the next pieces of a stream. Adds none at its end.
    pub(super) async fn pieces<B: ReplyBody>(
        &self,
        reply: &mut UpstreamReply<B>,
        pieces: &mut Vec<Bytes>,
    ) -> Result<(), Failure> {
        // A wait that ends at once does not look at the clock.
        self.check()?;
        let read = self.within(self.next_limit(), reply.pieces(pieces)).await;
        read.inspect_err(|_| reply.distrust())
    }

    /// When the next pieces must be there.
    fn next_limit(&self) -> Option<(Instant, Awaited)> {
        // The head of a stream says nothing: some upstreams send it long before the model begins. The head of a whole
        // reply is sent once that is finished, so its body should follow.
        let head = (self.content_seen && !self.last).then_some(self.alive);
        let spoken = self.last_event.or(head);
        let silence = spoken.map(|spoken| (spoken + self.timeouts.idle, Awaited::NextEvent));
        let first = self.alive + self.timeouts.first_content;
        let first = (!self.last && !self.content_seen).then_some((first, Awaited::FirstContent));
        silence.into_iter().chain(first).min_by_key(|(limit, _)| *limit)
    }

    async fn within<T>(
        &self,
        limit: Option<(Instant, Awaited)>,
        work: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<T, Failure> {
        let (limit, awaited) = limit
            .filter(|(limit, _)| *limit <= self.over)
            .unwrap_or((self.over, Awaited::End));
        let began = Instant::now();
        let done = timeout_at(limit, work).await;
        // Once a stream has begun, its own rhythm and its client decide how long it takes.
        if !self.stream || !self.content_seen {
            self.spent.waited(began.elapsed());
        }
        match done {
            Ok(result) => result.map_err(Failure::from),
            Err(_) => Err(self.ran_out(awaited)),
        }
    }

    fn ran_out(&self, awaited: Awaited) -> Failure {
        let message = match awaited {
            Awaited::Head => format!("no reply within {:?}", self.timeouts.response(self.stream)),
            Awaited::FirstContent => format!("no content within {:?}", self.timeouts.first_content),
            Awaited::NextEvent => format!("silent for {:?}", self.timeouts.idle),
            Awaited::End => format!("not finished after {:?}", self.started.elapsed()),
        };
        Failure::new(Class::Timeout, message)
    }
}
