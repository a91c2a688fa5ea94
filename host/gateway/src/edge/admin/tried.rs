//! What was tried for a request of the playground, as operators see it: the attempts, and, for those who may operate the
//! gateway, what was exchanged with upstreams.

use http::{HeaderName, header};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::super::reply::Watch;
use crate::error::{ErrorKind, GatewayError};
use crate::record::AttemptRecord;
use crate::tape::{Shown, Tape};
use crate::upstream::egress::carries_credential;
use jackfield_accounting::clock::millis;

/// An attempt at a target.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Tried {
    provider: String,
    model: String,
    /// The class of its failure, also of one that broke off its stream; `null` if it answered or is still answering.
    failed: Option<String>,
    /// The status with which the upstream told of that.
    status: Option<u16>,
    took_ms: u64,
}

/// A request to an upstream, and its reply.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ExchangeShown {
    provider: String,
    /// The upstream's name for it.
    model: String,
    method: String,
    url: String,
    /// The headers, each with its value, before the credential is attached.
    headers: Vec<(String, String)>,
    /// The body as text.
    body: String,
    /// Whether the body is longer than what is shown.
    cut: bool,
    /// What came back, as far as it was read; `null` if nothing did.
    reply: Option<ReplyShown>,
}

/// What an upstream sent.
#[derive(Debug, JsonSchema, Serialize)]
struct ReplyShown {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    cut: bool,
}

/// All that was tried so far.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct AllTried {
    attempts: Vec<Tried>,
    /// What adapters sent and what came back, in order, without credentials; `null` without the role `operate`. The first 32
    /// exchanges, with the first 64 KiB of each body.
    exchanges: Option<Vec<ExchangeShown>>,
}

// === impl AllTried ===

impl AllTried {
    /// What the request's watch has seen.
    pub(super) async fn seen(watch: &Watch) -> Result<Self, GatewayError> {
        let exchanges = match watch.tape.clone() {
            Some(tape) => Some(exchanges(tape).await?),
            None => None,
        };
        Ok(Self {
            attempts: watch.told().attempts.iter().map(Tried::from).collect(),
            exchanges,
        })
    }
}

/// What was exchanged. Secrets are looked for in megabytes, so that is done away from the worker.
async fn exchanges(tape: Tape) -> Result<Vec<ExchangeShown>, GatewayError> {
    let shown = spawn_blocking(move || {
        let is_secret = |name: &HeaderName| carries_credential(name) || *name == header::SET_COOKIE;
        tape.shown(is_secret).into_iter().map(ExchangeShown::from).collect()
    });
    shown.await.map_err(|error| {
        let message = "What was exchanged cannot be shown.";
        GatewayError::new(ErrorKind::Internal, message).because(error)
    })
}

// === impl ExchangeShown ===

impl From<Shown> for ExchangeShown {
    fn from(shown: Shown) -> Self {
        Self {
            provider: shown.provider,
            model: shown.model,
            method: shown.method,
            url: shown.url,
            headers: shown.headers,
            body: shown.body.text,
            cut: shown.body.cut,
            reply: shown.reply.map(|reply| ReplyShown {
                status: reply.status,
                headers: reply.headers,
                body: reply.body.text,
                cut: reply.body.cut,
            }),
        }
    }
}

// === impl Tried ===

impl From<&AttemptRecord> for Tried {
    fn from(record: &AttemptRecord) -> Self {
        let failed = record.failed.or(record.broken_by);
        Self {
            provider: record.provider.to_string(),
            model: record.model.to_string(),
            failed: failed.map(|class| class.to_string()),
            status: record.status,
            took_ms: millis(record.elapsed),
        }
    }
}
