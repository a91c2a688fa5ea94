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

pub(crate) use attempt::Attempts;
pub(crate) use backoff::Backoff;
pub(crate) use breaker::{Breaker, BreakerState, Threshold};
pub(crate) use chain::{Chain, Policy};
pub(crate) use health::{Health, Status};
pub(crate) use outcome::{Answer, Whole};
pub(crate) use stream::{ClientStream, Piece};
pub(crate) use target::Target;

use crate::attempt::Request;
use crate::error::GatewayError;
use jackfield_dialects::Dialect;

/// A client's request on its way through a chain.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    /// The id that the client asked for; it is what the reply says.
    pub(crate) model: Arc<str>,
    /// The request's id, for replies that bring none.
    pub(crate) id: &'a str,
    /// The dialect that the client speaks.
    pub(crate) dialect: Dialect,
    /// What the adapters get.
    pub(crate) request: Request<'a>,
    /// True if the conversation must not change its backend midway: one pass, first live target only.
    pub(crate) pinned: bool,
    /// True if the client wants the usage in the stream.
    pub(crate) include_usage: bool,
    /// When the request came; `latency_ms` counts from here.
    pub(crate) started: Instant,
}

/// Sends an order through a chain and returns the first answer: a whole reply, or a stream whose first
/// content has come. What was tried is written to `attempts`, also when the future is dropped.
///
/// # Errors
/// [`GatewayError`] if the request itself is at fault, or if every target failed.
pub(crate) async fn route(chain: &Chain, order: &Order<'_>, attempts: &mut Attempts) -> Result<Answer, GatewayError> {
    chain.walk(order, attempts).await
}
