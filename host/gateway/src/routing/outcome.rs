//! What a chain came to.

use bytes::Bytes;

use super::stream::ClientStream;
use jackfield_dialects::words::usage::Usage;

/// The answer for the client.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A complete reply.
    Whole(Whole),
    /// A stream whose first content has come.
    Stream(Box<ClientStream>),
}

/// A complete reply, ready to be sent.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    /// The JSON text.
    pub(crate) body: Bytes,
    /// The tokens it took.
    pub(crate) usage: Usage,
    /// Bytes of text that the model produced.
    pub(crate) produced_bytes: u64,
}
