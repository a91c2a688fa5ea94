//! What a chain came to.

use bytes::Bytes;

use super::stream::ClientStream;
use crate::dialect::usage::Usage;

/// The answer for the client.
#[derive(Debug)]
pub enum Answer {
    /// A complete reply.
    Whole(Whole),
    /// A stream whose first content has come.
    Stream(Box<ClientStream>),
}

/// A complete reply, ready to be sent.
#[derive(Debug, Default)]
pub struct Whole {
    /// The JSON text.
    pub body: Bytes,
    /// The tokens it took.
    pub usage: Usage,
    /// Why it ended, as OpenAI says it.
    pub finish_reason: Option<String>,
    /// Bytes of text that the model produced.
    pub produced_bytes: u64,
}
