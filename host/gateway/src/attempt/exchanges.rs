//! One attempt: exchanges with the upstream until one yields a reply. [`first`] is what it begins with, [`reading`]
//! reads what comes back, [`ending`] is for the last of it.

mod ending;
mod first;
mod reading;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderValue;
use jackfield_dialects::{Accepts, Dialect, Form, Operation, taken_apart};
use jackfield_sandbox::Parking;
use jackfield_sandbox::contract::{self, Answer};
use tokio::time::Instant;

use self::first::First;
use super::adapter::{Adapter, Task};
use super::cancel::Cancel;
use super::clocks::Clocks;
use super::failure::plugin_fault;
use super::keys::Keys;
use super::more::{MOST, More};
use super::patterns::matches;
use super::ready::Ready;
use super::redaction::Redaction;
use super::reply_stream::UpstreamStream;
use super::{Limits, Notes, OpenedReply, Payload, Provider, ProviderReply, ProviderRequest, TargetPayload};
use crate::error::{Class, Failure};
use crate::media_type::is_json;
use crate::tape::{Recorder, Sent};
use crate::trace::Server;
use crate::upstream::client::OutgoingRequest;
use crate::upstream::credential::Credential;
use crate::upstream::retry_after::retry_after;

/// The most exchanges per attempt: enough to poll an image job, but not endless.
const MAX_EXCHANGES: u32 = 100;

/// One attempt: the adapter, the request, and the running clocks.
struct Exchanges<'a> {
    adapter: &'a Arc<Adapter>,
    /// Attached to each of its requests.
    credential: &'a Credential,
    task: Task,
    payload: &'a Payload<'a>,
    model: &'a str,
    /// Whose request it is.
    user: Option<&'a Arc<str>>,
    clocks: Clocks,
    /// Where the plugin's instance waits for the reply.
    parking: Parking,
    notes: Notes,
    /// How many exchanges the upstream has answered.
    answered: u32,
    /// Sent when this is dropped before the job has ended.
    cancel: Option<Cancel>,
}

/// The outcome of one exchange.
enum Next {
    Reply(ProviderReply<UpstreamStream>),
    Exchange(Arc<Ready>),
}

// === impl Adapter ===

impl Provider for Adapter {
    type Stream = UpstreamStream;

    fn name(&self) -> &Arc<str> {
        &self.provider
    }

    fn known_as(&self) -> &Arc<str> {
        &self.known_as
    }

    fn plugin(&self) -> Option<&str> {
        Some(&self.plugin.manifest.name)
    }

    fn server(&self) -> Option<&Arc<Server>> {
        self.reach.server.as_ref()
    }

    fn supports(&self, operation: Operation, dialect: Dialect) -> bool {
        let named = |operations: &[String]| operations.iter().any(|name| name == operation.as_str());
        let manifest = &self.plugin.manifest;
        let natively = self.speaks_other(dialect);
        let always = natively || !operation.is_native_only();
        always && named(&manifest.operations) || natively && named(&manifest.native_operations)
    }

    fn continues(&self, model: &str) -> bool {
        self.prefill.iter().any(|pattern| matches(pattern, model))
    }

    fn patience(&self, stream: bool) -> Duration {
        self.timeouts.response(stream)
    }

    fn accepts(&self) -> Accepts {
        self.accepts
    }

    fn target_payload<'r>(&self, request: &ProviderRequest<'r>) -> Option<&'r TargetPayload<'r>> {
        self.own_payload(request)
    }

    async fn open(
        self: &Arc<Self>,
        request: &ProviderRequest<'_>,
        model: &str,
        limits: Limits,
    ) -> Result<OpenedReply<UpstreamStream>, Failure> {
        let (task, payload) = self.payload(request)?;
        let mut keys = Keys::of(self, request.affinity);
        loop {
            let mut exchanges = Exchanges {
                adapter: self,
                credential: keys.current(),
                task,
                payload,
                model,
                user: request.user,
                clocks: Clocks::start(&self.timeouts, task.stream, limits).telling(request.spent),
                parking: task.parking(),
                notes: Notes::of(payload),
                answered: 0,
                cancel: None,
            };
            match exchanges.run().await {
                Ok(reply) => {
                    keys.accepted(self);
                    let notes = exchanges.notes;
                    return Ok(OpenedReply { reply, notes });
                }
                // What an upstream has begun must not be begun a second time.
                Err(failure) if exchanges.answered > 0 => return Err(failure),
                Err(failure) => keys.failed(failure, self, &payload.text.id)?,
            }
        }
    }

    fn redact(&self, failure: Failure) -> Failure {
        self.redaction.apply(failure)
    }
}

// === impl Exchanges ===

impl Exchanges<'_> {
    /// Step 6 of a request's life (ARCHITECTURE.md).
    async fn run(&mut self) -> Result<ProviderReply<UpstreamStream>, Failure> {
        let mut exchange = match self.first().await? {
            First::Exchange(exchange) => exchange,
            First::Answer(answer) => {
                let reply = self.answered(answer).and_then(|reply| self.as_asked(reply));
                return reply.map_err(Failure::unprepared);
            }
        };
        while self.answered < MAX_EXCHANGES {
            match self.exchange(&exchange).await {
                Ok(Next::Exchange(next)) => exchange = next,
                Ok(Next::Reply(reply)) => {
                    self.forget_cancel();
                    return self.finished(reply).await;
                }
                Err(failure) => {
                    // What the upstream itself has answered is the end of its job.
                    if failure.detail.status.is_some() {
                        self.forget_cancel();
                    }
                    return Err(failure.after_answers(self.answered));
                }
            }
            self.answered += 1;
        }
        let message = format!("the adapter requested more than {MAX_EXCHANGES} exchanges");
        Err(Failure::new(Class::Plugin, message))
    }

    /// Takes note of what the plugin says besides its result, and returns it.
    fn note(&mut self, more: &[u8]) -> Result<More, Failure> {
        let mut more = More::read(more)?;
        more.log(&self.payload.text.id, self.adapter);
        self.notes.headers = more.headers(&self.adapter.redaction);
        let dropped = more.dropped.drain(..).map(|name| self.task.placed(name));
        self.notes.dropped.extend(dropped);
        self.notes.dropped.truncate(MOST);
        Ok(more)
    }

    /// The body that a plugin gives to the client.
    fn taken(&mut self, payload: contract::Payload) -> Result<Bytes, Failure> {
        let media_type = payload.media_type;
        if !media_type.is_empty() && !is_json(&media_type) {
            return Err(plugin_fault(format!("returned {media_type:?} where JSON belongs")));
        }
        self.note(&payload.more)?;
        Ok(payload.body.into())
    }

    /// The reply that a plugin gives to the client: one JSON object, or bytes where the operation may have those.
    fn given(&mut self, payload: contract::Payload) -> Result<ProviderReply<UpstreamStream>, Failure> {
        let media_type = &payload.media_type;
        if media_type.is_empty() || is_json(media_type) || !self.task.operation.passes_bytes() {
            return Ok(ProviderReply::Whole(Form::Canonical, self.taken(payload)?));
        }
        let named = HeaderValue::try_from(media_type.as_str());
        let named = named.map_err(|_| plugin_fault("returned a media type that is none"))?;
        let usage = self.note(&payload.more)?.usage();
        let stream = UpstreamStream::whole(payload.body.into(), self.clocks.clone(), &self.adapter.redaction);
        Ok(ProviderReply::Bytes(named, Box::new(usage), Box::new(stream)))
    }

    /// An answer from the adapter itself is always canonical.
    fn answered(&mut self, answer: Answer) -> Result<ProviderReply<UpstreamStream>, Failure> {
        match answer {
            Answer::Whole(payload) => self.given(payload),
            Answer::Chunks(lines) => {
                let stream = UpstreamStream::answered(lines.into(), self.clocks.clone(), &self.adapter.redaction);
                Ok(ProviderReply::Stream(Form::Canonical, Box::new(stream)))
            }
        }
    }

    /// Gives the client the kind of reply that it asked for. A whole chat reply can stand for a stream.
    fn as_asked(&self, reply: ProviderReply<UpstreamStream>) -> Result<ProviderReply<UpstreamStream>, Failure> {
        match (reply, self.task.stream) {
            (ProviderReply::Whole(form, body), true) => {
                let lines = taken_apart(&body)?.into();
                let stream = UpstreamStream::answered(lines, self.clocks.clone(), &self.adapter.redaction);
                Ok(ProviderReply::Stream(form, Box::new(stream)))
            }
            (ProviderReply::Stream(..), false) => Err(plugin_fault("returned a stream instead of a whole reply")),
            (reply, _) => Ok(reply),
        }
    }

    /// Records the request as the adapter wrote it, if an operator wants to see it.
    fn recorded(&self, request: &OutgoingRequest) -> Option<Recorder> {
        let tape = self.clocks.spent().tape()?;
        let censor: Arc<Redaction> = Arc::clone(&self.adapter.redaction);
        tape.sent(Sent {
            provider: &self.adapter.provider,
            model: self.model,
            method: &request.method,
            url: &request.url,
            headers: &request.headers,
            body: &request.body.whole(),
            censor,
        })
    }

    /// The request with the provider's credential.
    async fn authorized(&self, mut request: OutgoingRequest, now: SystemTime) -> Result<OutgoingRequest, Failure> {
        let authorized = self.credential.authorize(&mut request, now);
        // A token may have to be fetched first.
        let began = Instant::now();
        self.clocks.until_over(pin!(authorized)).await??;
        self.clocks.spent().waited(began.elapsed());
        Ok(request)
    }

    async fn exchange(&mut self, ready: &Ready) -> Result<Next, Failure> {
        self.clocks.pause(ready.delay).await?;
        if let Some(cancel) = self.note(&ready.more)?.cancel {
            self.remember_cancel(cancel)?;
        }
        let request = ready.request.outgoing(self.payload).map_err(Failure::unprepared)?;
        let recorder = self.recorded(&request);
        let now = SystemTime::now();
        let mut request = self.authorized(request, now).await?;
        if let Some(trace) = self.clocks.spent().trace() {
            trace.tell(&mut request.headers);
        }
        let (line, sending) = ready.request.client.send(request);
        let sent = self.clocks.head(sending).await;
        let reply = sent.inspect_err(|failure| {
            if failure.class == Class::Timeout {
                line.distrust();
            }
        })?;
        let reply = reply.recorded(recorder);
        if reply.status.is_redirection() {
            let message = "the upstream sent a redirect; set base_url to the address it redirects to";
            return Err(Failure::new(Class::Refused, message).with_status(reply.status.as_u16()));
        }
        let wait = retry_after(&reply.headers, SystemTime::now());
        let skew = self.credential.judged(reply.status, &reply.headers, now);
        let next = self.read(reply, ready).await;
        // Plugins have no clock, so what the host reads from the headers counts.
        next.map_err(|failure| failure.asking_for(wait).explained(skew))
    }
}
