//! Access to upstreams: an HTTP client, the checks on what may leave through it, and the framing of replies.
//!
//! Only this module uses hyper's client. Reading order: [`egress`] (checks the request), [`credential`] (attached
//! last, one of the provider's [`credentials`]), [`client`] (sends it, and its [`outgoing_body`] in pieces) along its
//! [`route`] (`proxy`, `resolver` and `tls` are parts of that) by way of a connection from `pool`, which `connector` opens, `driver` drives and `line` watches; [`reply`] (reads the reply) without its [`coding`](crate::coding);
//! [`retry_after`](mod@retry_after) (the wait that it asks for), [`error`] (why an exchange failed), [`framing`] (cuts
//! the reply into events), [`probe`] (calls an upstream to see whether it is there), [`forward`] (sends what others have written), [`spans`] (sends what traces consist of).

pub(crate) mod client;
mod connector;
pub(crate) mod credential;
pub(crate) mod credentials;
mod driver;
pub(crate) mod egress;
pub(crate) mod error;
pub mod forward;
pub mod framing;
mod line;
pub(crate) mod outgoing_body;
mod paced;
mod pool;
pub(crate) mod probe;
pub(crate) mod proxy;
pub(crate) mod reply;
mod resolver;
pub(crate) mod retry_after;
pub(crate) mod route;
pub(crate) mod spans;
mod tls;
