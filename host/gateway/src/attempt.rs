//! A provider's adapter at work: the plugin prepares, the host sends, and the reply comes back canonical.
//!
//! Reading order: [`Adapter::open`], [`run`], [`exchange`], [`stream`], [`clocks`], [`failure`].

mod clocks;
mod exchange;
mod failure;
mod redaction;
mod run;
mod stream;

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

pub(crate) use clocks::Clocks;
pub(crate) use redaction::Redaction;
use run::Attempt;
pub(crate) use stream::ReplyStream;

use crate::error::{Class, Failure};
use crate::upstream::client::Client;
use crate::upstream::credential::Credential;
use jackfield_config::TimeoutsConfig;
use jackfield_dialects::Dialect;
use jackfield_dialects::json::Members;
use jackfield_sandbox::Plugin;
use jackfield_sandbox::contract::Call;

/// A provider, built from its configuration and its plugin. Shared by all requests of a snapshot.
#[derive(Debug)]
pub(crate) struct Adapter {
    /// The provider's name.
    pub(crate) provider: Arc<str>,
    /// The code that knows the vendor.
    pub(crate) plugin: Arc<Plugin>,
    /// The provider's settings as JSON text.
    pub(crate) settings: Bytes,
    /// Where the upstream is; `None` if the plugin answers by itself.
    pub(crate) base_url: Option<String>,
    /// What is attached to each request.
    pub(crate) credential: Credential,
    /// Static headers of the provider's configuration.
    pub(crate) headers: HeaderMap,
    /// Keeps both out of messages.
    pub(crate) redaction: Redaction,
    /// The way out.
    pub(crate) client: Client,
    /// The five clocks.
    pub(crate) timeouts: TimeoutsConfig,
    /// Largest buffered reply, in bytes.
    pub(crate) max_reply_bytes: usize,
    /// Largest event of a stream, in bytes.
    pub(crate) max_event_bytes: usize,
}

/// What is asked of an adapter, without the payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    /// `chat`, `embeddings`, …
    pub(crate) operation: &'static str,
    /// The dialect of the payload, and so of the reply unless the plugin decodes it.
    pub(crate) dialect: Dialect,
    /// True if the client wants a stream.
    pub(crate) stream: bool,
}

/// A client's request as adapters see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// `chat`, `embeddings`, …
    pub(crate) operation: &'static str,
    /// True if the client wants a stream.
    pub(crate) stream: bool,
    /// The request in the canonical dialect; none if no adapter of the chain needs it.
    pub(crate) canonical: Option<&'a Payload<'a>>,
    /// The request as the client wrote it, if that was in another dialect.
    pub(crate) native: Option<(Dialect, &'a Payload<'a>)>,
}

/// A request's body. It was parsed once; patches are spliced into that.
#[derive(Debug)]
pub(crate) struct Payload<'a> {
    /// The whole body.
    pub(crate) body: &'a Bytes,
    /// The body's top level.
    pub(crate) members: Members<'a>,
    /// The body without its bulk, as JSON text.
    pub(crate) parameters: Vec<u8>,
}

/// A reply in the dialect that stands beside it.
#[derive(Debug)]
pub(crate) enum Reply {
    /// One JSON object.
    Whole(Dialect, Bytes),
    /// Events as they come.
    Stream(Dialect, Box<ReplyStream>),
}

// === impl Adapter ===

impl Adapter {
    /// Opens one attempt for `model` (the upstream's name) and reads the reply to its end, or, for a
    /// stream, to its head. It ends at `deadline` at the latest. Dropping the future drops the exchange.
    ///
    /// # Errors
    /// A [`Failure`] whose class decides what routing does next.
    pub(crate) async fn open(
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
        let clocks = Clocks::start(&self.timeouts, deadline);
        Attempt::new(self, task, payload, model, clocks).run().await
    }

    /// True if the upstream speaks `dialect` itself, so that a request in it goes through untranslated.
    #[must_use]
    pub(crate) fn speaks(&self, dialect: Dialect) -> bool {
        let dialects = &self.plugin.manifest.dialects;
        dialects.iter().any(|name| name == dialect.as_str())
    }

    /// The request in the client's dialect where the upstream speaks it, else in the canonical one.
    fn payload<'a>(&self, request: &Request<'a>) -> Result<(Dialect, &'a Payload<'a>), Failure> {
        if let Some((dialect, payload)) = request.native.filter(|(dialect, _)| self.speaks(*dialect)) {
            return Ok((dialect, payload));
        }
        let canonical = request.canonical.map(|payload| (Dialect::OpenaiChat, payload));
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

fn plugin_fault(what: impl std::fmt::Display) -> Failure {
    Failure::new(Class::Plugin, format!("the adapter {what}"))
}
