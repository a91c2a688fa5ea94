//! The way out: one HTTP client, what may leave through it, and how replies are cut into events.
//!
//! Only this module knows hyper's client. Reading order: [`egress`] (may it leave?), [`credential`] (attached last),
//! [`client`] (sends), [`reply`] (comes in), [`framing`] (cuts it).

pub mod client;
pub mod credential;
pub mod egress;
pub mod framing;
mod pool;
pub mod reply;
