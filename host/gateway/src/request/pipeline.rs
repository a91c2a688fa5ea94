//! The steps that every inference request goes through, from its body to its answer.
//!
//! Reading order: `choice` finds its model, `terms` says what its key may do, `recalls` fetches items that it names,
//! `shapes` takes it through its shapers, `caching` gives answers that are kept, and `routes` takes it along the chain.

mod caching;
mod choice;
mod recalls;
mod routes;
mod shapes;
pub(crate) mod terms;

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use jackfield_accounting::callers::Caller;
use jackfield_config::PlanConfig;
use jackfield_dialects::{Dialect, Operation, ParsedRequest};

use super::admission::{Admission, check_extras};
use super::bodies::{Payloads, RequestBodies, adapters};
use super::course::Course;
use super::gateway::Gateway;
use super::guard::RequestGuard;
use super::kill_switch::KillSwitch;
use crate::attempt::{Adapter, Provider, SentForm};
use crate::error::{ErrorKind, GatewayError};
use crate::routing::Answer;
use crate::snapshot::{Model, Snapshot};

/// One request in the pipeline, with everything but its body.
#[derive(Clone, Copy)]
pub(crate) struct Pipeline<'a> {
    /// What all requests share.
    pub(crate) gateway: &'a Gateway,
    /// The snapshot that serves the request until it ends.
    pub(crate) snapshot: &'a Snapshot,
    /// The dialect that the client speaks.
    pub(crate) dialect: Dialect,
    /// The requested operation.
    pub(crate) operation: Operation,
    /// The client's headers.
    pub(crate) headers: &'a HeaderMap,
    /// Told how far the request has come, and when its work is heavy.
    pub(crate) course: &'a Course,
}

/// The outcome of a request that did not fail.
#[expect(
    clippy::large_enum_variant,
    reason = "moved once or twice; a box would be an allocation for each request"
)]
pub(crate) enum Outcome {
    /// The chain answered, or the host itself.
    Answered(Answer<<Adapter as Provider>::Stream>),
    /// The user killed the stream before its first content.
    Killed,
}

// === impl Pipeline ===

impl Pipeline<'_> {
    /// Refuses a caller whose requests would all be refused, before the body is read.
    ///
    /// # Errors
    /// That of the limit that is used up, or `INSUFFICIENT_CREDITS`.
    pub(crate) fn glance(&self, caller: Option<&Caller>) -> Result<(), GatewayError> {
        let Some(caller) = caller else {
            return Ok(());
        };
        let plan = self.snapshot.config.plans.get(&*caller.plan);
        // Counting tokens costs no credits, whatever the model.
        let counts = self.operation == Operation::CountTokens;
        let has_free = || counts || self.snapshot.has_free_model(Some(&caller.plan));
        self.gateway.metering.glance(caller, plan, has_free)
    }

    /// Runs the request with this body through the pipeline.
    /// Step 3 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// [`GatewayError`] if the request is refused, or if no target answers.
    pub(crate) async fn run(
        &self,
        (body, form): (&Bytes, Option<&SentForm>),
        guard: &mut RequestGuard,
    ) -> Result<Outcome, GatewayError> {
        self.note_prompt(body, guard);
        let (passage, bytes) = (&self.course.passage, body.len());
        let parse = || self.dialect.parse(self.operation, body);
        let mut request = passage.heavy(bytes, parse).await?;
        let model = self.chosen(&request, guard)?;
        request.operation = self.served_as(&model);
        guard.record.prompt_bytes = body.len() as u64;
        self.check_plan(guard.record.caller.as_deref(), &model)?;
        let recalled = self.recalled(&model, &request, guard.record.caller.as_deref());
        let (body, request) = match &recalled {
            None => (body, request),
            Some(text) => (
                text,
                passage
                    .heavy(text.len(), || self.dialect.parse(request.operation, text))
                    .await?,
            ),
        };
        let shaped = self.shape(&model, &request, guard).await?;
        let (body, request) = match &shaped {
            None => (body, request),
            Some(shaped) => (&shaped.text, shaped.request()?),
        };
        let bytes = body.len();
        guard.record.prompt_bytes = bytes as u64;
        self.check_extras(guard.record.caller.as_deref(), &model, &request)?;
        let id = Arc::clone(&guard.record.id);
        let translate = || RequestBodies::new(&id, self.dialect, &request, body, self.headers, &model);
        let bodies = passage.heavy(bytes, translate).await?.of_form(form);
        let bodies = passage.heavy(bytes, || bodies.for_targets(&model)).await?;
        let payloads = passage.heavy(bytes, || bodies.payloads()).await?;
        self.admit(&model, (&request, form), guard).await?;
        if request.operation == Operation::CountTokens {
            return self.count(&model, &request, &payloads, guard).await;
        }
        let outcome = self.ask(&model, (&request, body), &payloads, guard).await?;
        self.shape_reply(outcome, guard).await
    }

    /// Shows what the client asks to those who are to see it: the log and the request's trace.
    fn note_prompt(&self, body: &Bytes, guard: &RequestGuard) {
        if self.snapshot.config.log.prompts {
            // On one line, so that no client can forge others.
            let prompt = String::from_utf8_lossy(body).replace(char::is_control, " ");
            tracing::info!(target: "jackfield::prompt", request_id = &*guard.record.id, "{prompt}");
        }
        if let Some(trace) = guard.record.spent.trace() {
            trace.asked(body);
        }
    }

    /// The model that serves the request, which is noted wherever the request is told of.
    fn chosen(&self, request: &ParsedRequest<'_>, guard: &mut RequestGuard) -> Result<Arc<Model>, GatewayError> {
        let found = self.model(&request.model);
        let permitted = found.and_then(|model| self.within_terms(model, guard));
        let model = permitted.inspect_err(|_| guard.refused_for(&request.model))?;
        guard.record.model = Some(Arc::clone(&model.id));
        guard.record.listed_model = Some(Arc::clone(&model.listed_as));
        guard.record.stream = request.stream;
        if let Some(live) = &guard.live {
            live.asks(&model.id, request.stream);
        }
        if let Some(in_flight) = guard.in_flight.as_ref().filter(|_| request.stream) {
            in_flight.is_stream();
        }
        Ok(model)
    }

    fn check_plan(&self, caller: Option<&Caller>, model: &Model) -> Result<(), GatewayError> {
        if self.snapshot.allows(caller.map(|caller| &*caller.plan), model) {
            return Ok(());
        }
        let message = format!("Your plan does not include the model `{}`.", model.id);
        Err(GatewayError::new(ErrorKind::ModelNotAllowed, message))
    }

    /// Refuses what an upstream charges extra for, if it is not in the caller's plan. Counting tokens makes no answer.
    fn check_extras(
        &self,
        caller: Option<&Caller>,
        model: &Model,
        request: &ParsedRequest<'_>,
    ) -> Result<(), GatewayError> {
        if request.operation == Operation::CountTokens {
            return Ok(());
        }
        let pays = caller.is_some_and(Caller::has_balance);
        let is_translated = !adapters(model).any(|adapter| adapter.speaks_other(self.dialect));
        let unsent = if is_translated {
            self.dialect.unsent_extras()
        } else {
            &[]
        };
        Ok(check_extras(request, &model.config, self.plan(caller), pays, unsent)?)
    }

    fn plan(&self, caller: Option<&Caller>) -> Option<&PlanConfig> {
        self.snapshot.config.plans.get(&*caller?.plan)
    }

    /// Takes quota and credits from the caller, and registers a stream so that its user can kill it.
    async fn admit(
        &self,
        model: &Model,
        (request, form): (&ParsedRequest<'_>, Option<&SentForm>),
        guard: &mut RequestGuard,
    ) -> Result<(), GatewayError> {
        let (config, record) = (&self.snapshot.config, &mut guard.record);
        self.gateway.check_durable(&config.storage)?;
        let plan = self.plan(record.caller.as_deref());
        let admission = if request.operation == Operation::CountTokens {
            Admission::of_count(plan)
        } else {
            let is_recording = request.operation.capability() == Operation::Transcription;
            let recording = form.filter(|_| is_recording).map_or(0, |form| form.body.len() as u64);
            let bytes = (record.prompt_bytes, recording);
            Admission::of(request, bytes, &model.config, model.prices(), plan)
        };
        self.gateway.metering.admit(record, &admission).await?;
        if let Some(caller) = record.caller.as_ref().filter(|_| request.stream) {
            guard.kill_switch = Some(KillSwitch::new(&self.gateway.metering.streams, &caller.user));
        }
        Ok(())
    }

    /// Answers the request from the cache, if the model has one, or by the targets that can do it.
    async fn ask(
        &self,
        model: &Model,
        (request, body): (&ParsedRequest<'_>, &Bytes),
        payloads: &Payloads<'_>,
        guard: &mut RequestGuard,
    ) -> Result<Outcome, GatewayError> {
        let narrowed = self.narrowed(model, request.operation)?;
        let chain = narrowed.as_ref().unwrap_or(&model.chain);
        match &model.config.cache {
            None => self.route(chain, request, payloads, guard).await,
            Some(cache) => {
                let asked = (cache, model, chain);
                Box::pin(self.recall_or_route(asked, (request, body), payloads, guard)).await
            }
        }
    }
}
