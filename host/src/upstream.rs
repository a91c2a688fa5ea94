//! The way out: one HTTP client, what may leave through it, and how replies are cut into events.
//!
//! Only this module knows reqwest. Reading order: [`egress`] (may it leave?), [`credential`] (attached last),
//! [`client`] (sends), [`framing`] (cuts the reply).

pub mod client;
pub mod credential;
pub mod egress;
pub mod framing;
