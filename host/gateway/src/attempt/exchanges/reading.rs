//! Reads the reply of one exchange as what it is: whole or streamed, by the host or by the plugin.

use bytes::Bytes;
use http::{HeaderValue, header};
use jackfield_dialects::{Form, assembled};
use jackfield_sandbox::contract::Step;

use super::{Exchanges, Next};
use crate::attempt::calls::SeenReply;
use crate::attempt::clocks::Head;
use crate::attempt::decoder::PluginDecoder;
use crate::attempt::decoding::{Decode, Decoding};
use crate::attempt::failure::plugin_fault;
use crate::attempt::outgoing::visible_headers;
use crate::attempt::ready::Ready;
use crate::attempt::reply_stream::UpstreamStream;
use crate::attempt::{Events, ProviderReply, Then, shape};
use crate::error::{Class, Failure};
use crate::media_type::is_json;
use crate::upstream::framing::{Framer, Framing};
use crate::upstream::reply::UpstreamReply;

/// The media type of a page for people, which is no answer to a program.
const PAGE: &str = "text/html";

/// The media type of bytes that say nothing of themselves (RFC 2046, section 4.5.1).
const UNKNOWN: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// What the reply says that it is; empty if it does not.
fn media_type(reply: &UpstreamReply) -> &str {
    let named = reply.headers.get(header::CONTENT_TYPE);
    named.and_then(|named| named.to_str().ok()).unwrap_or_default()
}

/// The same for the client.
fn named_type(reply: &UpstreamReply) -> HeaderValue {
    let named = reply.headers.get(header::CONTENT_TYPE).cloned();
    named.filter(|named| named.to_str().is_ok()).unwrap_or(UNKNOWN)
}

// === impl Exchanges ===

impl Exchanges<'_> {
    /// Reads a reply as what it is, which may not be what was asked for.
    pub(super) async fn read(&mut self, mut reply: UpstreamReply, asked: &Ready) -> Result<Next, Failure> {
        let (framing, state) = (asked.framing, || asked.state.clone());
        let read_by_host = self.is_read_by_host(asked);
        if !reply.status.is_success() {
            let body = self.clocks.error_body(&mut reply).await;
            let body = self.adapter.redaction.body(body);
            return self.decode(&reply, body, state()).await;
        }
        if self.task.operation.passes_bytes() && !is_json(media_type(&reply)) {
            return self.bytes(reply, read_by_host, state()).await;
        }
        let mut begun = None;
        if framing != Framing::None {
            let mut head = None;
            if matches!(framing, Framing::Sse | Framing::AwsEventStream) {
                head = Some(self.clocks.peek(&mut reply).await);
            }
            match head {
                Some(Head {
                    piece: Some(piece),
                    read,
                }) if shape::is_document(&piece) => {
                    read?;
                    begun = Some(piece);
                }
                head => {
                    let state = self.begun(&reply, read_by_host, state()).await?;
                    let stream = self.stream((reply, head), framing, read_by_host, state);
                    return Ok(Next::Reply(stream));
                }
            }
        }
        let body = self
            .clocks
            .body(&mut reply, begun, self.adapter.max_reply_bytes)
            .await?;
        let body = body.slice_ref(shape::text(&body));
        if framing == Framing::None && shape::is_events(&body) {
            let state = self.begun(&reply, read_by_host, state()).await?;
            return self.assembled(body, read_by_host, state).await.map(Next::Reply);
        }
        // A document in place of a stream is taken apart in the canonical dialect only; plugins translate into that.
        if read_by_host && (framing == Framing::None || self.task.is_canonical()) {
            return self
                .as_asked(ProviderReply::Whole(self.task.form, body))
                .map(Next::Reply);
        }
        self.decode(&reply, body, state()).await
    }

    /// Whether a reply is not for the plugin, unless it is an error.
    pub(super) fn is_read_by_host(&self, asked: &Ready) -> bool {
        asked.dialect.as_deref() == Some(self.task.dialect)
    }

    /// Passes on bytes that are no JSON as they arrive, or lets the plugin read the whole of them.
    async fn bytes(&mut self, mut reply: UpstreamReply, read_by_host: bool, state: Vec<u8>) -> Result<Next, Failure> {
        if !read_by_host {
            let body = self.clocks.body(&mut reply, None, self.adapter.max_reply_bytes).await?;
            return self.decode(&reply, body, state).await;
        }
        let essence = media_type(&reply).split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case(PAGE) {
            let message = "the upstream's reply is an HTML page";
            return Err(Failure::new(Class::Malformed, message));
        }
        let media_type = named_type(&reply);
        let stream = UpstreamStream::bytes(reply, self.clocks.clone(), &self.adapter.redaction);
        Ok(Next::Reply(ProviderReply::Bytes(
            media_type,
            Box::default(),
            Box::new(stream),
        )))
    }

    /// The state with which the plugin begins to decode a stream: it may have asked for the head.
    async fn begun(&mut self, reply: &UpstreamReply, read_by_host: bool, state: Vec<u8>) -> Result<Vec<u8>, Failure> {
        if read_by_host || !self.adapter.plugin.reads_head() {
            return Ok(state);
        }
        let seen = self.seen(reply, Bytes::new(), state);
        let begun = self.clocks.until_over(self.calls().read_head(&seen)).await??;
        self.clocks
            .spent()
            .in_plugin("read-head", begun.took, begun.value.is_err());
        let begun = begun.value??;
        self.note(&begun.more)?;
        Ok(begun.state)
    }

    /// A reply as the plugin sees it.
    fn seen(&self, reply: &UpstreamReply, body: Bytes, state: Vec<u8>) -> SeenReply {
        SeenReply {
            status: reply.status.as_u16(),
            headers: visible_headers(&reply.headers, &self.adapter.redaction),
            body,
            state,
        }
    }

    /// The whole reply that an upstream sent as a stream, although nobody asked for one.
    async fn assembled(
        &self,
        body: Bytes,
        read_by_host: bool,
        state: Vec<u8>,
    ) -> Result<ProviderReply<UpstreamStream>, Failure> {
        let (mut framer, mut events) = (Framer::new(Framing::Sse, self.adapter.max_event_bytes), Vec::new());
        framer.push(body, &mut events)?;
        framer.finish(&mut events)?;
        let events = if read_by_host && self.task.is_canonical() {
            Events::Cut(events)
        } else {
            let mut decoder = PluginDecoder::new(self.calls(), state);
            let batch = Decoding::new(events, Then::End, &decoder)
                .run(&mut decoder, &self.clocks)
                .await;
            match batch.then {
                Then::Broke(failure) => return Err(failure),
                Then::More | Then::End => batch.events,
            }
        };
        let mut chunks = Vec::new();
        events.try_for_each(|_, chunk| {
            chunks.push(chunk.to_vec());
            Ok::<_, Failure>(())
        })?;
        let whole = assembled(chunks.iter().map(Vec::as_slice))?;
        Ok(ProviderReply::Whole(Form::Canonical, whole.into()))
    }

    fn stream(
        &self,
        (reply, head): (UpstreamReply, Option<Head>),
        framing: Framing,
        read_by_host: bool,
        state: Vec<u8>,
    ) -> ProviderReply<UpstreamStream> {
        let decoder = (!read_by_host).then(|| {
            let decoder = PluginDecoder::new(self.calls(), state);
            Box::new(decoder) as Box<dyn Decode>
        });
        // A plugin decodes into the canonical dialect.
        let form = if read_by_host { self.task.form } else { Form::Canonical };
        let (limit, redaction) = (self.adapter.max_event_bytes, &self.adapter.redaction);
        let stream = UpstreamStream::new((reply, head), framing, limit, decoder, self.clocks.clone(), redaction);
        ProviderReply::Stream(form, Box::new(stream))
    }

    /// Step 8 of a request's life (ARCHITECTURE.md).
    async fn decode(&mut self, reply: &UpstreamReply, body: Bytes, state: Vec<u8>) -> Result<Next, Failure> {
        let is_bytes = reply.status.is_success() && self.task.operation.passes_bytes() && !is_json(media_type(reply));
        // Sound has brackets by chance.
        let body = if is_bytes {
            body
        } else {
            shape::readable(body, reply.status)?
        };
        let seen = self.seen(reply, body, state);
        let decoded = self
            .clocks
            .until_over(self.calls().decode(&seen, &self.parking))
            .await??;
        self.clocks
            .spent()
            .in_plugin("decode", decoded.took, decoded.value.is_err());
        let whole = |body| Ok(Next::Reply(ProviderReply::Whole(Form::Canonical, body)));
        match decoded
            .value?
            .map_err(|failure| Failure::from(failure).of_reply(reply.status))?
        {
            Step::Done(payload) => Ok(Next::Reply(self.given(payload)?)),
            Step::Canonical if is_bytes => {
                let stream = UpstreamStream::whole(seen.body, self.clocks.clone(), &self.adapter.redaction);
                let media_type = named_type(reply);
                Ok(Next::Reply(ProviderReply::Bytes(
                    media_type,
                    Box::default(),
                    Box::new(stream),
                )))
            }
            Step::Canonical if reply.status.is_success() => whole(seen.body),
            Step::Canonical => {
                let status = reply.status;
                Err(plugin_fault(format!(
                    "marked a reply with status {status} as canonical"
                )))
            }
            Step::Again(exchange) => self.ready(exchange, None).map(Next::Exchange),
        }
    }
}
