//! Shapers: what looks at requests and replies before others get them, and passes, changes or refuses them.
//!
//! Reading order: [`verdict`] is what a shaper is given and what it decides, [`shaper`] one shaper of the configuration,
//! run by the sandbox (`plugin`) or by somebody else's server (`guard`); `kept` is what it has decided before. [`chosen`] says which of them serve a request.
//! [`course`] takes a request through them (`changes` applies what they change) and a buffered reply back, [`stream`] a
//! stream. [`pseudonym`] is how they know a caller, [`tally`] what is counted of them.

pub(crate) mod changes;
pub(crate) mod chosen;
pub(crate) mod course;
pub(crate) mod guard;
mod kept;
pub(crate) mod plugin;
pub(crate) mod pseudonym;
#[cfg(test)]
pub(crate) mod scripted;
pub(crate) mod shaper;
pub(crate) mod stream;
mod tally;
pub(crate) mod verdict;

pub(crate) use changes::Shaped;
pub(crate) use chosen::Shapers;
pub(crate) use course::Shaping;
pub(crate) use stream::{ShapedEvents, ShapedStream};
pub(crate) use tally::Counts;
