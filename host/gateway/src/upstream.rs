//! Access to upstreams: an HTTP client, the checks on what may leave through it, and the framing of replies.
//!
//! Only this module uses hyper's client. Reading order: [`egress`] (checks the request), [`credential`] (attached
//! last), [`client`] (sends it), [`reply`] (reads the reply), [`error`] (why an exchange failed), [`framing`] (cuts the
//! reply into events), [`probe`] (calls an upstream to see whether it is there).

pub(crate) mod client;
pub(crate) mod credential;
pub(crate) mod egress;
pub(crate) mod error;
pub mod framing;
mod pool;
pub(crate) mod probe;
pub(crate) mod reply;
