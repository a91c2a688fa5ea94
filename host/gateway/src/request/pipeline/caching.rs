//! Answers that are kept for equal requests: looked up before the chain is walked, kept after it has answered.

use std::sync::Arc;

use bytes::Bytes;
use jackfield_config::{CacheScope, ModelCacheConfig};
use jackfield_dialects::{Operation, ParsedRequest};
use tokio::time::Instant;

use super::routes::shutting_down;
use super::{Outcome, Pipeline};
use crate::attempt::Adapter;
use crate::cache::{self, CacheKey, Kept, Place, Question, Seat, Wish};
use crate::error::GatewayError;
use crate::record::{CacheUse, Cached};
use crate::request::RequestGuard;
use crate::request::bodies::Payloads;
use crate::request::drain::InFlight;
use crate::routing::Chain;
use crate::snapshot::Model;

/// A request of which the cache may have the answer, on its way to the chain.
#[derive(Clone, Copy)]
struct Errand<'a> {
    pipeline: &'a Pipeline<'a>,
    config: &'a ModelCacheConfig,
    chain: &'a Chain<Adapter>,
    request: &'a ParsedRequest<'a>,
    payloads: &'a Payloads<'a>,
    key: CacheKey,
}

// === impl Pipeline ===

impl Pipeline<'_> {
    /// Answers the request from the cache if that has the answer; else walks the chain and keeps what comes of it. What is
    /// kept is the upstream's answer: it goes through the shapers of each request that gets it.
    pub(super) async fn recall_or_route(
        &self,
        (config, model, chain): (&ModelCacheConfig, &Model, &Chain<Adapter>),
        (request, body): (&ParsedRequest<'_>, &Bytes),
        payloads: &Payloads<'_>,
        guard: &mut RequestGuard,
    ) -> Result<Outcome, GatewayError> {
        let wish = Wish::of(self.headers, config.when)?;
        if wish == Wish::Skip || !cache::may_keep(request) {
            return Box::pin(self.route(chain, request, payloads, guard)).await;
        }
        let caller = guard.record.caller.as_deref();
        let question = Question {
            dialect: self.dialect,
            request,
            definition: &self.snapshot.definition(model),
            headers: self.headers,
            scope: config.scope,
            asker: caller.map(|caller| match config.scope {
                CacheScope::Plan => &*caller.plan,
                CacheScope::User => &*caller.user,
            }),
            body,
        };
        let hash = || CacheKey::of(&question);
        let errand = Errand {
            pipeline: self,
            config,
            chain,
            request,
            payloads,
            key: self.course.passage.heavy(body.len(), hash).await,
        };
        if wish == Wish::Refresh {
            guard.record.cached = Some(Cached::not(CacheUse::Refresh));
            return errand.ask(guard).await.map(|(outcome, _)| outcome);
        }
        if let Some(kept) = self.gateway.cache.find(&errand.key).await {
            return Ok(errand.recall(&kept, CacheUse::Hit, guard));
        }
        guard.record.cached = Some(Cached::not(CacheUse::Miss));
        let coalesces = config.coalesce && request.operation == Operation::Embeddings;
        match coalesces.then(|| self.gateway.cache.join(errand.key)).flatten() {
            Some(seat) => errand.share(&seat, guard).await,
            None => errand.ask(guard).await.map(|(outcome, _)| outcome),
        }
    }
}

// === impl Errand ===

impl Errand<'_> {
    /// Walks the chain and keeps the answer, which is returned a second time if it is in one piece.
    async fn ask(self, guard: &mut RequestGuard) -> Result<(Outcome, Option<Arc<Kept>>), GatewayError> {
        let pipeline = self.pipeline;
        // In a box, because the future is large and this function is a part of several.
        let route = Box::pin(pipeline.route(self.chain, self.request, self.payloads, guard));
        let mut outcome = route.await?;
        let Outcome::Answered(answer) = &mut outcome else {
            return Ok((outcome, None));
        };
        let place = Place {
            key: self.key,
            ttl: self.config.ttl,
            most: pipeline.snapshot.config.cache.max_entry_bytes,
            dropped: guard.record.attempts.dropped().to_owned(),
        };
        let kept = pipeline.gateway.cache.keep(place, answer);
        Ok((outcome, kept))
    }

    /// Asks, or waits for an equal request that does. If that one's client leaves, the next one asks; if it fails, each asks
    /// for itself.
    async fn share(self, seat: &Seat<'_>, guard: &mut RequestGuard) -> Result<Outcome, GatewayError> {
        let (in_flight, mut own) = (guard.in_flight.clone(), None);
        let began = Instant::now();
        let mut waited = None;
        let ask = async {
            waited = Some(began.elapsed());
            // Another flight may have ended since the cache was asked.
            if let Some(kept) = self.pipeline.gateway.cache.find(&self.key).await {
                return Some(kept);
            }
            match self.ask(guard).await {
                Ok((outcome, kept)) => {
                    own = Some(Ok(outcome));
                    kept
                }
                Err(error) => {
                    own = Some(Err(error));
                    None
                }
            }
        };
        let shared = tokio::select! {
            shared = seat.answer(ask) => shared,
            () = InFlight::cut(in_flight.as_deref()) => return Err(shutting_down()),
        };
        // Whoever asks for it waits for an upstream.
        guard.record.spent.waited(waited.unwrap_or_else(|| began.elapsed()));
        match (own, shared) {
            (Some(own), _) => own,
            (None, Some(kept)) => Ok(self.recall(&kept, CacheUse::Coalesced, guard)),
            (None, None) => self.ask(guard).await.map(|(outcome, _)| outcome),
        }
    }

    /// The answer that is there.
    fn recall(self, kept: &Kept, by: CacheUse, guard: &mut RequestGuard) -> Outcome {
        guard.record.cached = Some(kept.told(by));
        Outcome::Answered(kept.answer(self.config.replay, guard.record.received))
    }
}
