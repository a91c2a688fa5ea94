//! One try of one target: opens it, and for a stream waits for the first content.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use super::finish;
use super::outcome::Answer;
use super::stream::ClientStream;
use super::{Order, Target};
use crate::attempt::{Adapter, Reply};
use crate::error::{Class, Failure};

/// What was tried for a request, in order; for the log and the attempts header.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    records: Vec<AttemptRecord>,
}

/// One attempt.
#[derive(Debug, Clone)]
pub(crate) struct AttemptRecord {
    /// The provider's name.
    pub(crate) provider: Arc<str>,
    /// Why it failed; none if it answered or is under way.
    pub(crate) failed: Option<Class>,
    /// Whether its upstream may have had the request.
    pub(crate) sent: bool,
    /// How long it took.
    pub(crate) elapsed: Duration,
}

/// Tries `target` once, until `deadline` at the latest.
pub(super) async fn attempt(
    target: &Target,
    adapter: &Arc<Adapter>,
    order: &Order<'_>,
    deadline: Instant,
) -> Result<Answer, Failure> {
    let answer = answer(target, adapter, order, deadline).await;
    answer.map_err(|failure| adapter.redaction.apply(failure))
}

async fn answer(
    target: &Target,
    adapter: &Arc<Adapter>,
    order: &Order<'_>,
    deadline: Instant,
) -> Result<Answer, Failure> {
    match adapter.open(&order.request, &target.model, deadline).await? {
        Reply::Whole(dialect, body) => finish::whole(order, &adapter.provider, dialect, &body)
            .map(Answer::Whole)
            .map_err(|fault| super::stream::failure(&fault)),
        Reply::Stream(dialect, reply) => {
            let mut stream = ClientStream::new(*reply, order, adapter, dialect);
            stream.wait_for_content().await?;
            Ok(Answer::Stream(Box::new(stream)))
        }
    }
}

/// Whole milliseconds since `started`.
pub(super) fn millis(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Now, for replies that come without a time.
pub(super) fn unix_seconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

// === impl Attempts ===

impl Attempts {
    /// Notes that an attempt at `provider` begins.
    pub(super) fn begin(&mut self, provider: &Arc<str>) {
        let provider = Arc::clone(provider);
        self.records.push(AttemptRecord {
            provider,
            failed: None,
            sent: true,
            elapsed: Duration::ZERO,
        });
    }

    /// Notes how the attempt under way ended.
    pub(super) fn end(&mut self, failure: Option<&Failure>, elapsed: Duration) {
        if let Some(record) = self.records.last_mut() {
            record.failed = failure.map(|failure| failure.class);
            record.sent = failure.is_none_or(|failure| failure.sent);
            record.elapsed = elapsed;
        }
    }

    /// All of them, in order.
    #[must_use]
    pub(crate) fn records(&self) -> &[AttemptRecord] {
        &self.records
    }

    /// True if any upstream may have had the request.
    #[must_use]
    pub(crate) fn sent(&self) -> bool {
        self.records.iter().any(|record| record.sent)
    }

    /// The provider of the newest attempt.
    #[must_use]
    pub(crate) fn provider(&self) -> Option<&str> {
        self.records.last().map(|record| &*record.provider)
    }
}

impl std::fmt::Display for Attempts {
    /// `crof=timeout, chutes=ok`, as in the attempts header.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, record) in self.records.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            match record.failed {
                Some(class) => write!(f, "{comma}{}={class}", record.provider)?,
                None => write!(f, "{comma}{}=ok", record.provider)?,
            }
        }
        Ok(())
    }
}
