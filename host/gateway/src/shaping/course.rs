//! A request's way through its shapers, and the way back of a buffered reply.
//!
//! Replies go the other way round: who saw the request last sees its reply first. So what a shaper hid from those behind
//! it is put back after they have looked.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jackfield_config::{Grant, OnFailure};
use jackfield_dialects::{Dialect, ParsedRequest, RequestFault, TextKind, Texts};
use tokio::time::Instant;

use super::changes::{Shaped, changed, parts, replaced};
use super::shaper::Shaper;
use super::verdict::{Refusal, Told, Trouble, Verdict};
use crate::error::{ErrorKind, GatewayError};

/// The shapers of one request, and what they keep for its reply.
#[derive(Debug)]
pub(crate) struct Shaping {
    pub(super) told: Arc<Told>,
    /// In the order in which they see the request.
    pub(super) stages: Vec<Stage>,
    /// How long they have taken.
    pub(crate) spent: Duration,
}

/// One shaper of a request.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) shaper: Arc<Shaper>,
    /// What it keeps for the reply.
    pub(super) state: Bytes,
    /// It failed, and the request goes on without it; or it need not see the reply.
    pub(super) is_off: bool,
}

/// Why a request or a reply goes no further.
#[derive(Debug)]
pub(super) enum Stop {
    /// A shaper refuses it.
    Refused(Refusal),
    /// A shaper failed over it.
    Failed(Trouble),
    /// The request itself is at fault.
    Fault(RequestFault),
}

// === impl Shaping ===

impl Shaping {
    /// The way through these shapers; `None` if there are none.
    ///
    /// # Errors
    /// `SHAPER_UNAVAILABLE` if one of them is not in force.
    pub(crate) fn new(shapers: Vec<Arc<Shaper>>, told: Told) -> Result<Option<Self>, GatewayError> {
        shapers.iter().try_for_each(|shaper| shaper.check_in_force())?;
        let stages = shapers.into_iter().map(|shaper| Stage {
            shaper,
            state: Bytes::new(),
            is_off: false,
        });
        let stages: Vec<Stage> = stages.collect();
        Ok((!stages.is_empty()).then(|| Self {
            told: Arc::new(told),
            stages,
            spent: Duration::ZERO,
        }))
    }

    /// Takes a request through its shapers: each sees what the one before left. Returns it if it has changed.
    ///
    /// # Errors
    /// The refusal of a shaper; `SHAPER_FAILED`; or `INVALID_REQUEST` if the request's texts cannot be told for sure.
    pub(crate) async fn request(
        &mut self,
        dialect: Dialect,
        request: &ParsedRequest<'_>,
    ) -> Result<Option<Shaped>, GatewayError> {
        let began = Instant::now();
        let shaped = self.through(dialect, request).await;
        self.spent += began.elapsed();
        shaped
    }

    async fn through(&mut self, dialect: Dialect, request: &ParsedRequest<'_>) -> Result<Option<Shaped>, GatewayError> {
        let mut shaped: Option<Shaped> = None;
        for stage in &mut self.stages {
            let outcome = match &shaped {
                None => stage.request(&self.told, dialect, request).await,
                Some(shaped) => match shaped.request() {
                    Ok(request) => stage.request(&self.told, dialect, &request).await,
                    Err(fault) => Err(Stop::Fault(fault)),
                },
            };
            match outcome {
                Ok(None) => {}
                Ok(Some(changed)) => shaped = Some(changed),
                Err(stop) => stage.stopped(stop)?,
            }
        }
        Ok(shaped)
    }

    /// Whether any of them looks at the texts of replies.
    pub(crate) fn reads_replies(&self) -> bool {
        self.stages.iter().any(Stage::reads_replies)
    }

    /// Takes a buffered reply, as the client is to get it, back through the shapers. Returns its text.
    ///
    /// # Errors
    /// The refusal of a shaper, or `SHAPER_FAILED`.
    pub(crate) async fn reply(&mut self, dialect: Dialect, reply: Vec<u8>) -> Result<Vec<u8>, GatewayError> {
        let began = Instant::now();
        let shaped = self.back(dialect, reply).await;
        self.spent += began.elapsed();
        shaped
    }

    async fn back(&mut self, dialect: Dialect, mut reply: Vec<u8>) -> Result<Vec<u8>, GatewayError> {
        let told = Arc::clone(&self.told);
        for stage in self.stages.iter_mut().rev().filter(|stage| stage.reads_replies()) {
            let texts = dialect.reply_texts(told.operation, &reply).map_err(|fault| {
                let message = "The provider's reply could not be read.";
                GatewayError::new(ErrorKind::ProviderError, message).because(fault)
            })?;
            match stage.reply(&told, &reply, &texts).await {
                Ok(None) => {}
                Ok(Some(text)) => reply = text,
                Err(stop) => stage.stopped(stop)?,
            }
        }
        Ok(reply)
    }
}

// === impl Stage ===

impl Stage {
    /// Whether it looks at the texts of the reply.
    pub(super) fn reads_replies(&self) -> bool {
        !self.is_off && self.shaper.reads_replies()
    }

    async fn request(
        &mut self,
        told: &Arc<Told>,
        dialect: Dialect,
        request: &ParsedRequest<'_>,
    ) -> Result<Option<Shaped>, Stop> {
        let texts = if self.shaper.sees(Grant::Texts) {
            dialect.request_texts(request).map_err(Stop::Fault)?
        } else {
            Texts::default()
        };
        let given = self.given(&texts);
        let verdict = self.shaper.request(told, &parts(&texts, &given)).await;
        let verdict = verdict.map_err(Stop::Failed)?;
        let changes = match &*verdict {
            Verdict::Pass => return Ok(None),
            Verdict::Refuse(refusal) => return Err(Stop::Refused(refusal.clone())),
            Verdict::Patch(changes) => changes,
        };
        let shaped = changed(dialect, request, (&texts, &given), changes).map_err(Stop::Failed)?;
        self.state = changes.state.clone();
        self.is_off = changes.skips_reply;
        Ok(shaped)
    }

    async fn reply(&mut self, told: &Arc<Told>, reply: &[u8], texts: &Texts) -> Result<Option<Vec<u8>>, Stop> {
        let given = self.given(texts);
        if given.is_empty() {
            return Ok(None);
        }
        let verdict = self.shaper.reply(told, &self.state, &parts(texts, &given)).await;
        match verdict.map_err(Stop::Failed)? {
            Verdict::Pass => Ok(None),
            Verdict::Refuse(refusal) => Err(Stop::Refused(refusal)),
            Verdict::Patch(changes) => replaced(reply, texts, &given, &changes.replacements).map_err(Stop::Failed),
        }
    }

    /// The numbers of the texts that it is given.
    fn given(&self, texts: &Texts) -> Vec<usize> {
        let sees = |kind: TextKind| self.shaper.sees_kind(kind);
        let texts = texts.parts.iter().enumerate();
        texts
            .filter(|(_, part)| sees(part.kind))
            .map(|(number, _)| number)
            .collect()
    }

    /// What follows from a stop: an error for the client, or the request goes on without this shaper.
    pub(super) fn stopped(&mut self, stop: Stop) -> Result<(), GatewayError> {
        let name = &*self.shaper.name;
        let trouble = match stop {
            Stop::Refused(refusal) => return Err(refusal.error(name)),
            Stop::Fault(fault) => return Err(fault.into()),
            Stop::Failed(trouble) => trouble,
        };
        if self.shaper.on_failure == OnFailure::Refuse {
            return Err(trouble.error(name));
        }
        tracing::warn!(shaper = name, "a shaper failed and is passed over: it {trouble}");
        self.is_off = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
