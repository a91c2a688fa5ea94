//! A stream on its way to the client: rewritten event by event, ended only as its upstream has earned.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::Order;
use super::attempt::{millis, unix_seconds};
use super::breaker::{Permit, Threshold};
use crate::attempt::{Adapter, ReplyStream};
use crate::error::{Class, Failure};
use jackfield_dialects::Dialect;
use jackfield_dialects::fault::StreamFault;
use jackfield_dialects::openai::stream::StreamOptions;
use jackfield_dialects::reader::Reader;
use jackfield_dialects::words::usage::Usage;

/// A stream of server-sent events for the client.
#[derive(Debug)]
pub(crate) struct ClientStream {
    reply: ReplyStream,
    reader: Reader,
    started: Instant,
    /// What came up to the first content.
    head: Option<Bytes>,
    ended: bool,
    first_content: Option<Instant>,
    permit: Option<(Permit, Threshold)>,
    /// Broke off right behind events that the client is still to get.
    broken: Option<Failure>,
    adapter: Arc<Adapter>,
}

/// A piece for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Complete events; more may follow.
    Events(Bytes),
    /// The last ones, with `[DONE]`.
    Last(Bytes),
}

// === impl ClientStream ===

impl ClientStream {
    /// A stream whose reply is in `dialect`.
    pub(super) fn new(reply: ReplyStream, order: &Order<'_>, adapter: &Arc<Adapter>, dialect: Dialect) -> Self {
        let options = StreamOptions {
            model: order.model.to_string(),
            provider: adapter.provider.to_string(),
            include_usage: order.include_usage,
            created: unix_seconds(),
        };
        let reader = Reader::new(order.dialect, dialect, &options, order.id);
        Self {
            reply,
            reader,
            started: order.started,
            head: None,
            ended: false,
            first_content: None,
            permit: None,
            broken: None,
            adapter: Arc::clone(adapter),
        }
    }

    /// Reads up to the first content and keeps it back: until then another target may still answer.
    /// Step 9 of a request's life (ARCHITECTURE.md).
    pub(super) async fn wait_for_content(&mut self) -> Result<(), Failure> {
        let mut head = Vec::new();
        while self.first_content.is_none() && !self.ended {
            if let Err(failure) = self.read(&mut head).await {
                // What broke off behind content counts as broken off after it, however the network cut the reads.
                if self.first_content.is_none() || head.is_empty() {
                    return Err(failure);
                }
                self.broken = Some(failure);
            }
        }
        self.head = Some(head.into());
        Ok(())
    }

    /// Has the breaker learn how the stream ends.
    pub(super) fn report_to(&mut self, permit: Permit, threshold: Threshold) {
        self.permit = Some((permit, threshold));
    }

    /// The next piece; `None` after the last. Cancel safe.
    ///
    /// # Errors
    /// A [`Failure`] if the upstream did not bring the stream to its proper end; the client must get an error event.
    pub(crate) async fn next(&mut self) -> Result<Option<Piece>, Failure> {
        let mut events = match self.head.take() {
            Some(head) if self.ended => return Ok(Some(Piece::Last(head))),
            Some(head) => return Ok(Some(Piece::Events(head))),
            None => Vec::new(),
        };
        while events.is_empty() && !self.ended && self.broken.is_none() {
            if let Err(failure) = self.read(&mut events).await {
                self.broken = Some(failure);
            }
        }
        if !events.is_empty() {
            let piece = if self.ended { Piece::Last } else { Piece::Events };
            return Ok(Some(piece(events.into())));
        }
        let Some(failure) = self.broken.take() else {
            return Ok(None);
        };
        self.ended = true;
        if let Some((permit, threshold)) = self.permit.take() {
            permit.failed(Instant::now(), threshold);
        }
        Err(self.adapter.redaction.apply(failure))
    }

    /// Reads one batch. On an error, `out` holds the events that came before it.
    async fn read(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        let batch = self.reply.next().await?;
        let (mut content, mut pushed) = (false, Ok(()));
        if let Some(batch) = &batch {
            let reader = &mut self.reader;
            pushed = batch.try_for_each(|chunk| {
                if !reader.done() {
                    content |= reader.push(chunk, out)?.content;
                }
                Ok(())
            });
        }
        if content && self.first_content.is_none() {
            self.first_content = Some(Instant::now());
            self.reply.content_seen();
        }
        pushed.map_err(|fault| failure(&fault))?;
        if batch.is_none() || self.reader.done() {
            self.reader
                .finish(millis(self.started), out)
                .map_err(|fault| failure(&fault))?;
            self.ended = true;
            if let Some((permit, _)) = self.permit.take() {
                permit.succeeded();
            }
        }
        Ok(())
    }

    /// The tokens reported so far.
    #[must_use]
    pub(crate) fn usage(&self) -> Usage {
        self.reader.usage()
    }

    /// Bytes of text that the model has produced so far.
    #[must_use]
    pub(crate) fn produced_bytes(&self) -> u64 {
        self.reader.produced_bytes()
    }

    /// When the first content came.
    #[must_use]
    pub(crate) fn first_content(&self) -> Option<Instant> {
        self.first_content
    }

    /// The provider that sends it.
    #[must_use]
    pub(crate) fn provider(&self) -> &str {
        &self.adapter.provider
    }
}

impl Drop for ClientStream {
    /// A client that hangs up says nothing against the target: its content had come.
    fn drop(&mut self) {
        if let Some((permit, _)) = self.permit.take() {
            permit.succeeded();
        }
    }
}

/// What a fault in a canonical reply means for the attempt.
pub(super) fn failure(fault: &StreamFault) -> Failure {
    let class = match fault {
        StreamFault::Upstream { code, .. } => class_of(code.as_deref().unwrap_or_default()),
        _ => Class::Malformed,
    };
    Failure::new(class, fault.to_string())
}

/// The class of an error object inside a reply of status 200, by the words that vendors of either dialect use.
fn class_of(code: &str) -> Class {
    match code {
        "400" | "413" | "422" | "invalid_request_error" | "context_length_exceeded" | "request_too_large" => {
            Class::Client
        }
        "401"
        | "402"
        | "403"
        | "404"
        | "insufficient_quota"
        | "authentication_error"
        | "billing_error"
        | "permission_error"
        | "not_found_error" => Class::Refused,
        "429" | "rate_limit_exceeded" | "rate_limit_error" => Class::RateLimited,
        "408" | "504" | "timeout" | "timeout_error" => Class::Timeout,
        _ => Class::Overloaded,
    }
}
