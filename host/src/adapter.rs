//! A provider's adapter at work: the plugin prepares, the host sends, and the reply comes back canonical.
//!
//! Reading order: [`Adapter::open`], [`exchange`], [`stream`], [`clocks`], [`failure`].

mod clocks;
mod exchange;
mod failure;
mod redaction;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

pub use clocks::Clocks;
pub use redaction::Redaction;
pub use stream::{Batch, ReplyStream};

use crate::config::TimeoutsConfig;
use crate::dialect::Dialect;
use crate::dialect::splice::Members;
use crate::error::{Class, Failure};
use crate::plugin::Plugin;
use crate::plugin::contract::{Answer, Call, Exchange, Prepared, Step};
use crate::upstream::client::Client;
use crate::upstream::credential::Credential;
use crate::upstream::framing::Framing;
use crate::upstream::reply;

/// Exchanges that one attempt may take: an image job is polled, a loop is not.
const MAX_EXCHANGES: u32 = 100;

/// A provider, built from its configuration and its plugin. Shared by all requests of a snapshot.
#[derive(Debug)]
pub struct Adapter {
    /// The provider's name.
    pub provider: Arc<str>,
    /// The code that knows the vendor.
    pub plugin: Arc<Plugin>,
    /// The provider's settings as JSON text.
    pub settings: Bytes,
    /// Where the upstream is; `None` if the plugin answers by itself.
    pub base_url: Option<String>,
    /// What is attached to each request.
    pub credential: Credential,
    /// Static headers of the provider's configuration.
    pub headers: HeaderMap,
    /// Keeps both out of messages.
    pub redaction: Redaction,
    /// The way out.
    pub client: Client,
    /// The five clocks.
    pub timeouts: TimeoutsConfig,
    /// Largest buffered reply, in bytes.
    pub max_reply_bytes: usize,
    /// Largest event of a stream, in bytes.
    pub max_event_bytes: usize,
}

/// What is asked of an adapter, without the payload.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    /// `chat`, `embeddings`, …
    pub operation: &'static str,
    /// The dialect of the payload, and so of the reply unless the plugin decodes it.
    pub dialect: Dialect,
    /// True if the client wants a stream.
    pub stream: bool,
}

/// A client's request as adapters see it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `chat`, `embeddings`, …
    pub operation: &'static str,
    /// True if the client wants a stream.
    pub stream: bool,
    /// The request in the canonical dialect; none if no adapter of the chain needs it.
    pub canonical: Option<&'a Payload<'a>>,
    /// The request as the client wrote it, if that was in another dialect.
    pub native: Option<(Dialect, &'a Payload<'a>)>,
}

/// A request's body. It was parsed once; patches are spliced into that.
#[derive(Debug)]
pub struct Payload<'a> {
    /// The whole body.
    pub body: &'a Bytes,
    /// The body's top level.
    pub members: Members<'a>,
    /// The body without its bulk, as JSON text.
    pub parameters: Vec<u8>,
}

/// A reply in the dialect that stands beside it.
#[derive(Debug)]
pub enum Reply {
    /// One JSON object.
    Whole(Dialect, Bytes),
    /// Events as they come.
    Stream(Dialect, Box<ReplyStream>),
}

/// One attempt: the adapter, what is asked of it, and the clocks that run.
struct Attempt<'a> {
    adapter: &'a Arc<Adapter>,
    task: Task,
    payload: &'a Payload<'a>,
    model: &'a str,
    clocks: Clocks,
}

// === impl Adapter ===

impl Adapter {
    /// Opens one attempt for `model` (the upstream's name) and reads the reply to its end, or, for a
    /// stream, to its head. It ends at `deadline` at the latest. Dropping the future drops the exchange.
    ///
    /// # Errors
    /// A [`Failure`] whose class decides what routing does next.
    pub async fn open(
        self: &Arc<Self>,
        request: &Request<'_>,
        model: &str,
        deadline: Instant,
    ) -> Result<Reply, Failure> {
        let (dialect, payload) = self.payload(request)?;
        let task = Task {
            operation: request.operation,
            dialect,
            stream: request.stream,
        };
        let mut attempt = Attempt {
            adapter: self,
            task,
            payload,
            model,
            clocks: Clocks::start(&self.timeouts, deadline),
        };
        attempt.run().await
    }

    /// True if the upstream speaks `dialect` itself, so that a request in it goes through untranslated.
    #[must_use]
    pub fn speaks(&self, dialect: Dialect) -> bool {
        let dialects = &self.plugin.manifest.dialects;
        dialects.iter().any(|name| name == dialect.as_str())
    }

    /// The request in the client's dialect where the upstream speaks it, else in the canonical one.
    fn payload<'a>(&self, request: &Request<'a>) -> Result<(Dialect, &'a Payload<'a>), Failure> {
        if let Some((dialect, payload)) =
            request.native.filter(|(dialect, _)| self.speaks(*dialect))
        {
            return Ok((dialect, payload));
        }
        let canonical = request
            .canonical
            .map(|payload| (Dialect::OpenaiChat, payload));
        canonical.ok_or_else(|| plugin_fault("does not speak the client's dialect").unsent())
    }

    fn call<'a>(&'a self, task: Task, model: &'a str, parameters: &'a [u8]) -> Call<'a> {
        Call {
            operation: task.operation,
            dialect: task.dialect.as_str(),
            model,
            stream: task.stream,
            parameters,
            settings: &self.settings,
        }
    }
}

// === impl Attempt ===

impl Attempt<'_> {
    /// Step 5 of a request's life (ARCHITECTURE.md).
    async fn run(&mut self) -> Result<Reply, Failure> {
        let mut exchange = match self.prepare().map_err(Failure::unsent)? {
            Prepared::Exchange(exchange) => exchange,
            Prepared::Answer(answer) => return self.fitting(self.answered(answer)),
        };
        for _ in 0..MAX_EXCHANGES {
            match self.exchange(exchange).await? {
                Outcome::Reply(reply) => return self.fitting(reply),
                Outcome::Again(next) => exchange = next,
            }
        }
        let message = format!("the adapter asked for more than {MAX_EXCHANGES} exchanges");
        Err(Failure::new(Class::Plugin, message))
    }

    fn prepare(&self) -> Result<Prepared, Failure> {
        let call = self
            .adapter
            .call(self.task, self.model, &self.payload.parameters);
        let plugin = &self.adapter.plugin;
        Ok(plugin.prepare(call, self.payload.body.clone())??)
    }

    /// What an adapter answers by itself is canonical.
    fn answered(&self, answer: Answer) -> Reply {
        match answer {
            Answer::Whole(body) => Reply::Whole(Dialect::OpenaiChat, body.into()),
            Answer::Chunks(lines) => {
                let stream = ReplyStream::answered(lines.into(), self.clocks);
                Reply::Stream(Dialect::OpenaiChat, Box::new(stream))
            }
        }
    }

    /// Sees to it that the client gets the kind of reply that it asked for.
    fn fitting(&self, reply: Reply) -> Result<Reply, Failure> {
        match (&reply, self.task.stream) {
            (Reply::Whole(..), true) => Err(plugin_fault(
                "gave a whole reply where a stream was asked for",
            )),
            (Reply::Stream(..), false) => Err(plugin_fault("gave a stream that was not asked for")),
            _ => Ok(reply),
        }
    }

    async fn exchange(&mut self, exchange: Exchange) -> Result<Outcome, Failure> {
        self.clocks
            .pause(Duration::from_millis(exchange.delay_ms.into()))
            .await?;
        let framing: Framing = exchange.framing.parse().map_err(|_| {
            plugin_fault(format!("names an unknown framing {:?}", exchange.framing))
        })?;
        let outgoing = exchange::build(self.adapter, &exchange.request, self.payload)
            .map_err(Failure::unsent)?;
        let mut reply = self.clocks.head(self.adapter.client.send(outgoing)).await?;
        if reply.status.is_redirection() {
            let message = "the upstream redirects; set base_url to the address it redirects to";
            return Err(Failure::new(Class::Refused, message));
        }
        let native = exchange
            .dialect
            .as_deref()
            .is_some_and(|word| word == self.task.dialect.as_str());
        if reply.status.is_success() && framing != Framing::None {
            return Ok(Outcome::Reply(self.stream(
                reply,
                framing,
                native,
                exchange.state,
            )));
        }
        let body = self
            .clocks
            .body(&mut reply, self.adapter.max_reply_bytes)
            .await?;
        if reply.status.is_success() && native {
            return Ok(Outcome::Reply(Reply::Whole(self.task.dialect, body)));
        }
        self.decode(&reply, body, &exchange.state)
    }

    fn stream(&self, reply: reply::Reply, framing: Framing, native: bool, state: Vec<u8>) -> Reply {
        let dialect = self.dialect_of(native);
        let decoder = (!native).then(|| stream::Decoder {
            adapter: Arc::clone(self.adapter),
            task: self.task,
            model: self.model.into(),
            state,
        });
        let max_event_bytes = self.adapter.max_event_bytes;
        let stream = ReplyStream::new(reply, framing, max_event_bytes, decoder, self.clocks);
        Reply::Stream(dialect, Box::new(stream))
    }

    /// What a plugin decodes becomes canonical.
    fn dialect_of(&self, native: bool) -> Dialect {
        if native {
            self.task.dialect
        } else {
            Dialect::OpenaiChat
        }
    }

    /// Step 7 of a request's life (ARCHITECTURE.md).
    fn decode(&self, reply: &reply::Reply, body: Bytes, state: &[u8]) -> Result<Outcome, Failure> {
        let headers = exchange::visible_headers(&reply.headers);
        let seen = crate::plugin::contract::Reply {
            status: reply.status.as_u16(),
            headers: &headers.iter().collect::<Vec<_>>(),
            body: &body,
            state,
        };
        let call = self.adapter.call(self.task, self.model, &[]);
        match self.adapter.plugin.decode(call, seen)?? {
            Step::Done(json) => Ok(whole(json.into())),
            Step::Canonical if reply.status.is_success() => Ok(whole(body)),
            Step::Canonical => Err(plugin_fault(format!(
                "calls a reply of status {} canonical",
                reply.status
            ))),
            Step::Again(exchange) => Ok(Outcome::Again(exchange)),
        }
    }
}

enum Outcome {
    Reply(Reply),
    Again(Exchange),
}

fn whole(canonical: Bytes) -> Outcome {
    Outcome::Reply(Reply::Whole(Dialect::OpenaiChat, canonical))
}

fn plugin_fault(what: impl std::fmt::Display) -> Failure {
    Failure::new(Class::Plugin, format!("the adapter {what}"))
}
