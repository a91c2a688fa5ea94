//! A request from its parsed body to its answer, whichever endpoint it came in by.
//!
//! In reading order: [`gateway`] is what all requests share, [`guard`] holds one together, [`bodies`] are the texts that
//! providers get of it, and [`pipeline`] takes it from the parsed body through [`metering`] to the chain. [`drain`]
//! counts the requests that are in flight, [`kill_switch`] lets a user end a stream.

pub(crate) mod bodies;
pub(crate) mod drain;
pub(crate) mod gateway;
pub(crate) mod guard;
pub(crate) mod kill_switch;
pub(crate) mod metering;
pub(crate) mod pipeline;

pub(crate) use gateway::Gateway;
pub(crate) use guard::RequestGuard;
