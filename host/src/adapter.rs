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
    /// The dialect in which the client spoke.
    pub dialect: Dialect,
    /// True if the client wants a stream.
    pub stream: bool,
}

/// A client's request as an adapter sees it. The body was parsed once; patches are spliced into that.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is asked.
    pub task: Task,
    /// The whole body.
    pub body: &'a Bytes,
    /// The body's top level.
    pub members: &'a Members<'a>,
    /// The body without its bulk, as JSON text.
    pub parameters: &'a [u8],
}

/// A canonical reply.
#[derive(Debug)]
pub enum Reply {
    /// One JSON object.
    Whole(Bytes),
    /// Chunks as they come.
    Stream(Box<ReplyStream>),
}

/// One attempt: the adapter, what is asked of it, and the clocks that run.
struct Attempt<'a> {
    adapter: &'a Arc<Adapter>,
    request: &'a Request<'a>,
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
        let clocks = Clocks::start(&self.timeouts, deadline);
        let mut attempt = Attempt {
            adapter: self,
            request,
            model,
            clocks,
        };
        attempt.run().await
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
        let call = self
            .adapter
            .call(self.request.task, self.model, self.request.parameters);
        let prepared = self
            .adapter
            .plugin
            .prepare(call, self.request.body.clone())??;
        let mut exchange = match prepared {
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

    fn answered(&self, answer: Answer) -> Reply {
        match answer {
            Answer::Whole(body) => Reply::Whole(body.into()),
            Answer::Chunks(lines) => {
                Reply::Stream(Box::new(ReplyStream::answered(lines.into(), self.clocks)))
            }
        }
    }

    /// Sees to it that the client gets the kind of reply that it asked for.
    fn fitting(&self, reply: Reply) -> Result<Reply, Failure> {
        match (&reply, self.request.task.stream) {
            (Reply::Whole(_), true) => Err(plugin_fault(
                "gave a whole reply where a stream was asked for",
            )),
            (Reply::Stream(_), false) => Err(plugin_fault("gave a stream that was not asked for")),
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
        let outgoing = exchange::build(self.adapter, &exchange.request, self.request)?;
        let mut reply = self.clocks.head(self.adapter.client.send(outgoing)).await?;
        if reply.status.is_redirection() {
            let message = "the upstream redirects; set base_url to the address it redirects to";
            return Err(Failure::new(Class::Refused, message));
        }
        let native = exchange
            .dialect
            .as_deref()
            .is_some_and(|word| word == self.request.task.dialect.as_str());
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
            return Ok(Outcome::Reply(Reply::Whole(body)));
        }
        self.decode(&reply, body, &exchange.state)
    }

    fn stream(&self, reply: reply::Reply, framing: Framing, native: bool, state: Vec<u8>) -> Reply {
        let decoder = (!native).then(|| stream::Decoder {
            adapter: Arc::clone(self.adapter),
            task: self.request.task,
            model: self.model.into(),
            state,
        });
        let max_event_bytes = self.adapter.max_event_bytes;
        let stream = ReplyStream::new(reply, framing, max_event_bytes, decoder, self.clocks);
        Reply::Stream(Box::new(stream))
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
        let call = self.adapter.call(self.request.task, self.model, &[]);
        match self.adapter.plugin.decode(call, seen)?? {
            Step::Done(json) => Ok(Outcome::Reply(Reply::Whole(json.into()))),
            Step::Canonical if reply.status.is_success() => Ok(Outcome::Reply(Reply::Whole(body))),
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

fn plugin_fault(what: impl std::fmt::Display) -> Failure {
    Failure::new(Class::Plugin, format!("the adapter {what}"))
}
