//! Which target answers: walks a model's chain, retries, and holds a stream back until its first content.
//!
//! In reading order: [`request`] is what goes through a [`chain`] of [`target`]s, [`walk`] goes along it by its [`policy`], [`answer`] and
//! [`stream`] are what comes out; [`breaker`], [`backoff`] and [`health`] decide what is worth trying.

mod answer;
mod backoff;
mod breaker;
mod chain;
mod health;
mod policy;
mod request;
mod stream;
mod target;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use answer::{Answer, WholeAnswer};
pub(crate) use backoff::Backoff;
pub(crate) use breaker::{Breaker, BreakerState, Threshold};
pub(crate) use chain::Chain;
pub(crate) use health::{Health, Status};
pub(crate) use policy::Policy;
pub(crate) use request::RouteRequest;
pub(crate) use stream::ClientStream;
pub(crate) use target::Target;
