//! The way out: one HTTP client, what may leave through it, and how replies are cut into events.
//!
//! Only this module knows hyper's client. Reading order: [`egress`] (may it leave?), [`credential`] (attached last),
//! [`client`] (sends), [`reply`] (comes in), [`error`] (why it broke off), [`framing`] (cuts it).

pub(crate) mod client;
pub(crate) mod credential;
pub(crate) mod egress;
pub(crate) mod error;
pub(crate) mod framing;
mod pool;
pub(crate) mod reply;
