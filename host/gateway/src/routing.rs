//! Finds a target that answers: walks a model's chain, retries, and holds back a stream until its first content.
//!
//! Reading order: a [`request`] goes through a [`chain`] of [`target`]s, in an order that its [`balance`] makes by their [`load`]; [`walk`] tries them according to its
//! [`policy`] and their [`standing`]; [`answer`], [`stream`] and [`defeat`] are the results, and a [`resumption`] with
//! [`legs`] continues a stream that broke off. [`keeping`] tells of a stream to whoever keeps it. [`breaker`], [`pause`] and [`backoff`] decide what is tried and when;
//! [`progress`] tells the edge how far the walk has come, and [`health`] reports how targets are doing, and
//! [`latencies`] how long providers took, minute by minute.

mod answer;
mod backoff;
mod balance;
mod breaker;
mod chain;
mod defeat;
mod health;
mod keeping;
mod latencies;
mod legs;
mod load;
mod pause;
mod policy;
mod progress;
mod request;
mod resumption;
mod standing;
mod stream;
mod target;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use answer::{Answer, WholeAnswer};
pub(crate) use backoff::Backoff;
pub(crate) use balance::{Balance, Share, Step, Wanted};
pub(crate) use breaker::{Breaker, BreakerState, Threshold};
pub(crate) use chain::Chain;
pub(crate) use health::{Health, HealthSample, Status};
pub(crate) use keeping::{Keeper, Said};
pub(crate) use latencies::MinuteReport;
pub(crate) use load::Load;
pub(crate) use pause::Pause;
pub(crate) use policy::{Policy, StreamPolicy};
pub(crate) use progress::Progress;
pub(crate) use request::RouteRequest;
pub(crate) use stream::{ClientStream, Piece};
pub(crate) use target::{Counting, Target};
