//! A stream on its way back through the shapers: what they may still change is held back, and released as they say.
//!
//! `events` is one network read's worth of events with what becomes of their texts, `chain` takes the texts through the
//! shapers.

mod chain;
mod events;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jackfield_dialects::Dialect;

use self::chain::Chain;
use super::course::Shaping;
use crate::error::GatewayError;

/// A chain at work, which comes back with what has become of events.
type AtWork = Pin<Box<dyn Future<Output = (Box<Chain>, ShapedEvents)> + Send>>;

/// What shapes the stream of one request; or nothing does.
pub(crate) struct ShapedStream {
    chain: Option<Box<Chain>>,
    /// The chain while it is at work. A pause elsewhere may drop the future that waits for it, so it is kept here.
    at_work: Option<AtWork>,
    /// How long the shapers have taken, the request included.
    pub(crate) spent: Duration,
}

/// What becomes of events.
#[derive(Debug)]
pub(crate) struct ShapedEvents {
    /// What the client gets for them: complete events; possibly none.
    pub(crate) events: Bytes,
    /// The stream ends here, with this error.
    pub(crate) stopped: Option<GatewayError>,
    /// How long the shapers took.
    spent: Duration,
}

// === impl ShapedStream ===

impl ShapedStream {
    /// Shapes the stream that answers the request which went through `shaping`.
    pub(crate) fn new(dialect: Dialect, shaping: Option<Shaping>) -> Self {
        let spent = shaping.as_ref().map_or(Duration::ZERO, |shaping| shaping.spent);
        let shaping = shaping.filter(Shaping::reads_replies);
        let chain = shaping.map(|shaping| {
            let stages = shaping.stages.into_iter().rev();
            Box::new(Chain::new(dialect, Arc::clone(&shaping.told), stages))
        });
        Self {
            chain,
            at_work: None,
            spent,
        }
    }

    /// True if nothing shapes the stream.
    pub(crate) fn is_idle(&self) -> bool {
        self.chain.is_none() && self.at_work.is_none()
    }

    /// Begins to shape these events. `is_end` if none follow.
    pub(crate) fn begin(&mut self, events: Bytes, is_end: bool) {
        if let Some(mut chain) = self.chain.take() {
            self.at_work = Some(Box::pin(async move {
                let shaped = chain.shape(&events, is_end).await;
                (chain, shaped)
            }));
        }
    }

    /// The last words of a stream that did not reach its end, as they go out behind shaped events.
    pub(crate) fn settled(&mut self, events: Vec<u8>) -> Vec<u8> {
        match &mut self.chain {
            Some(chain) => chain.settled(events),
            None => events,
        }
    }

    /// What becomes of the events that [`Self::begin`] was given; `None` if there are none. Cancel safe.
    pub(crate) async fn shaped(&mut self) -> Option<ShapedEvents> {
        let (chain, shaped) = self.at_work.as_mut()?.await;
        self.at_work = None;
        self.spent += shaped.spent;
        self.chain = Some(chain);
        Some(shaped)
    }
}
