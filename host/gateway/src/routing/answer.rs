//! The result of a chain: a whole answer, or a stream whose first content has arrived.

use std::borrow::Cow;
use std::sync::Arc;

use jackfield_dialects::words::usage::Usage;
use jackfield_dialects::{Passed, Restoration, StreamReader, Told, restored};

use super::breaker::Permit;
use super::policy::StreamPolicy;
use super::request::RouteRequest;
use super::stream::ClientStream;
use crate::attempt::{ProviderReply, ReplyStream};
use crate::error::Failure;
use crate::record::Attempts;

/// The answer for the client.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "moved once or twice; a box would be an allocation for each request"
)]
pub(crate) enum Answer<S> {
    /// A complete reply.
    Whole(WholeAnswer),
    /// A stream whose first content has arrived; of events, or of bytes that pass as they come.
    Stream(Box<ClientStream<S>>),
}

/// A complete reply in the client's dialect, ready to be sent.
#[derive(Debug, Default)]
pub(crate) struct WholeAnswer {
    /// JSON text.
    pub(crate) body: Vec<u8>,
    /// The tokens that the upstream reported.
    pub(crate) usage: Usage,
    /// Bytes of text that the model produced.
    pub(crate) produced_bytes: u64,
    /// What the reply says of itself, if that is known.
    pub(crate) told: Option<Told>,
}

// === impl Answer ===

impl<S: ReplyStream> Answer<S> {
    /// Turns a provider's reply into the client's: with what was written otherwise for the provider as the client wrote
    /// it. For a stream, waits for the first content.
    /// Step 10 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// A [`Failure`] if the reply does not follow its dialect, or the stream fails before its first content.
    pub(super) async fn of(
        reply: ProviderReply<S>,
        request: &RouteRequest<'_>,
        provider: &Arc<str>,
        restoration: Option<&Restoration>,
        policy: StreamPolicy,
        (permit, attempts): (&mut Permit, &mut Attempts),
    ) -> Result<Self, Failure> {
        match reply {
            ProviderReply::Whole(form, body) => {
                let facts = request.reply_facts(provider);
                let body = match restoration {
                    Some(restoration) => restoration.restore(&body)?,
                    None => Cow::Borrowed(&*body),
                };
                let (body, summary) = request.dialect().reply(&body, form, &facts)?;
                attempts.leave_out(&summary.dropped.line());
                Ok(Self::Whole(WholeAnswer {
                    body,
                    usage: summary.usage,
                    produced_bytes: summary.produced_bytes,
                    told: summary.told,
                }))
            }
            ProviderReply::Stream(form, reply) => {
                let reader = request.dialect().stream(form, &request.stream_facts(provider));
                let reader = restored(reader, restoration);
                let reader: Box<dyn StreamReader> = match request.continuation {
                    Some(continuation) => Box::new(continuation.clone().reader(reader)),
                    None => reader,
                };
                let stream = ClientStream::new(*reply, reader, request.received, provider, policy);
                let mut stream = stream.noted_in(request.provider.spent);
                stream.wait_for_content(permit, attempts).await?;
                Ok(Self::Stream(Box::new(stream)))
            }
            ProviderReply::Bytes(media_type, usage, reply) => {
                let reader = Passed::new(media_type.to_str().unwrap_or_default()).telling(*usage);
                let reader: Box<dyn StreamReader> = Box::new(reader);
                let stream = ClientStream::new(*reply, reader, request.received, provider, policy);
                let mut stream = stream.of_bytes(media_type);
                stream.wait_for_content(permit, attempts).await?;
                Ok(Self::Stream(Box::new(stream)))
            }
        }
    }
}
