//! A request from its parsed body to its answer, at any inference endpoint.
//!
//! Reading order: [`gateway`] is what all requests share, [`guard`] owns one and settles it, [`bodies`] holds the texts
//! that providers get and [`side_parameters`] what they are told beside, and [`pipeline`] takes it from the parsed body through [`admission`] and [`metering`] to the chain. [`drain`]
//! counts in-flight requests, and [`body_budget`] the bytes of their bodies; [`kill_switch`] lets a user kill a stream, and [`live`] an operator any request.
//! [`affinities`] tells what belongs to the same conversation or user. [`heavy`] takes work that would hold up other requests off the worker, by way of the request's [`course`].
//! [`answered`] is what becomes of a whole answer, and [`recent_items`] remembers what was answered lately.

pub(crate) mod admission;
mod affinities;
pub(crate) mod answered;
pub(crate) mod bodies;
pub(crate) mod body_budget;
pub(crate) mod course;
pub(crate) mod drain;
pub(crate) mod gateway;
pub(crate) mod guard;
pub(crate) mod heavy;
pub(crate) mod kill_switch;
pub(crate) mod live;
pub(crate) mod metering;
pub(crate) mod pipeline;
pub(crate) mod recent_items;
mod side_parameters;

pub(crate) use gateway::Gateway;
pub(crate) use guard::RequestGuard;
