//! Which target answers: walks a model's chain, retries, and keeps a stream back until its first content.
//!
//! Reading order: [`route`], [`chain`], [`target`], [`attempt`], [`finish`], [`stream`], [`breaker`], [`backoff`], [`health`].

mod attempt;
mod backoff;
mod breaker;
mod chain;
mod finish;
mod health;
mod outcome;
mod stream;
mod target;

use std::sync::Arc;

use tokio::time::Instant;

pub use attempt::{AttemptRecord, Attempts};
pub use backoff::Backoff;
pub use breaker::{Admission, Breaker, BreakerState, Permit, Threshold};
pub use chain::{Chain, Policy};
pub use health::{Health, Status};
pub use outcome::{Answer, Whole};
pub use stream::{ClientStream, Piece};
pub use target::Target;

use crate::adapter::Request;
use crate::dialect::Dialect;
use crate::error::GatewayError;

/// A client's request on its way through a chain.
#[derive(Debug)]
pub struct Order<'a> {
    /// The id that the client asked for; it is what the reply says.
    pub model: Arc<str>,
    /// The request's id, for replies that bring none.
    pub id: &'a str,
    /// The dialect that the client speaks.
    pub dialect: Dialect,
    /// What the adapters get.
    pub request: Request<'a>,
    /// True if the conversation must not change its backend midway: one pass, first live target only.
    pub pinned: bool,
    /// True if the client wants the usage in the stream.
    pub include_usage: bool,
    /// When the request came; `latency_ms` counts from here.
    pub started: Instant,
}

/// Sends an order through a chain and returns the first answer: a whole reply, or a stream whose first
/// content has come. What was tried is written to `attempts`, also when the future is dropped.
///
/// # Errors
/// [`GatewayError`] if the request itself is at fault, or if every target failed.
pub async fn route(chain: &Chain, order: &Order<'_>, attempts: &mut Attempts) -> Result<Answer, GatewayError> {
    chain.walk(order, attempts).await
}
