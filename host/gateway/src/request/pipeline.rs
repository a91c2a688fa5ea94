//! The steps that every inference request goes through, from its body to its answer. `shapes` is about its shapers, `recalls` about
//! items that it names, `caching` about answers that are kept, `terms` about what its key may do.

mod caching;
mod recalls;
mod shapes;
pub(crate) mod terms;

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use jackfield_accounting::callers::Caller;
use jackfield_config::PlanConfig;
use jackfield_dialects::{Dialect, Operation, ParsedRequest};

use super::admission::{Admission, check_extras};
use super::affinities::affinities;
use super::bodies::{Payloads, RequestBodies, adapters};
use super::course::Course;
use super::drain::InFlight;
use super::gateway::Gateway;
use super::guard::RequestGuard;
use super::kill_switch::{EndedBy, KillSwitch, ended_by_operator};
use crate::attempt::{Adapter, Provider, ProviderRequest, SentForm};
use crate::error::{ErrorKind, GatewayError};
use crate::record::RequestRecord;
use crate::routing::{Answer, Chain, Progress, RouteRequest, WholeAnswer};
use crate::snapshot::{Model, Snapshot};
use jackfield_config::escaped::cut;

/// The most bytes of a model's name that an error repeats.
const MAX_NAME: usize = 256;

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
        if self.snapshot.config.log.prompts {
            // On one line, so that no client can forge others.
            let prompt = String::from_utf8_lossy(body).replace(char::is_control, " ");
            tracing::info!(target: "jackfield::prompt", request_id = &*guard.record.id, "{prompt}");
        }
        if let Some(trace) = guard.record.spent.trace() {
            trace.asked(body);
        }
        let (passage, bytes) = (&self.course.passage, body.len());
        let parse = || self.dialect.parse(self.operation, body);
        let mut request = passage.heavy(bytes, parse).await?;
        let found = self.model(&request.model);
        let permitted = found.and_then(|model| self.within_terms(model, guard));
        let model = permitted.inspect_err(|_| guard.refused_for(&request.model))?;
        request.operation = self.served_as(&model);
        guard.record.model = Some(Arc::clone(&model.id));
        guard.record.listed_model = Some(Arc::clone(&model.listed_as));
        guard.record.stream = request.stream;
        if let Some(live) = &guard.live {
            live.asks(&model.id, request.stream);
        }
        if let Some(in_flight) = guard.in_flight.as_ref().filter(|_| request.stream) {
            in_flight.is_stream();
        }
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
        let narrowed = self.narrowed(&model, request.operation)?;
        let chain = narrowed.as_ref().unwrap_or(&model.chain);
        let outcome = match &model.config.cache {
            None => self.route(chain, &request, &payloads, guard).await?,
            Some(cache) => {
                let asked = (cache, &*model, chain);
                Box::pin(self.recall_or_route(asked, (&request, body), &payloads, guard)).await?
            }
        };
        self.shape_reply(outcome, guard).await
    }

    /// The operation by which the model serves the request: a chat model completes texts by chatting.
    fn served_as(&self, model: &Model) -> Operation {
        let capability = model.config.capability.operation();
        let substitute = self.operation.substitute();
        substitute
            .filter(|substitute| substitute.as_str() == capability)
            .unwrap_or(self.operation)
    }

    /// The targets that can do it; `None` if that is all of them. A model's targets all do what it is for, and some of them
    /// more.
    fn narrowed(&self, model: &Model, operation: Operation) -> Result<Option<Chain<Adapter>>, GatewayError> {
        if operation == operation.capability() {
            return Ok(None);
        }
        let chain = model.chain.supporting(operation, self.dialect);
        if chain.targets.is_empty() && operation.is_native_only() {
            let message = format!(
                "No provider of the model `{}` has the operation {operation}; send the whole conversation with each request.",
                model.id
            );
            return Err(GatewayError::new(ErrorKind::NotFound, message));
        }
        if chain.targets.is_empty() {
            let message = format!("No provider of the model `{}` has the operation {operation}.", model.id);
            return Err(GatewayError::new(ErrorKind::InvalidModel, message));
        }
        Ok(Some(chain))
    }

    /// The requested model, if it has the capability that this endpoint needs.
    fn model(&self, id: &str) -> Result<Arc<Model>, GatewayError> {
        let unknown = |message| GatewayError::new(ErrorKind::InvalidModel, message);
        let model = self.snapshot.model(id).ok_or_else(|| {
            let named = cut(id, MAX_NAME);
            let status = self.dialect.unknown_model_status();
            unknown(format!("There is no model `{named}`; GET /v1/models lists them.")).with_status(status)
        })?;
        let (capability, wanted) = (
            model.config.capability.operation(),
            self.operation.capability().as_str(),
        );
        let substitute = self.operation.substitute().map(Operation::as_str);
        if capability == wanted || substitute == Some(capability) {
            return Ok(model);
        }
        Err(unknown(format!(
            "The model `{}` is for {capability}, not for {wanted}.",
            cut(id, MAX_NAME)
        )))
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

    /// Asks the targets that can count tokens. If none can or all fail, estimates the count.
    async fn count(
        &self,
        model: &Model,
        request: &ParsedRequest<'_>,
        payloads: &Payloads<'_>,
        guard: &mut RequestGuard,
    ) -> Result<Outcome, GatewayError> {
        let chain = model.chain.supporting(self.operation, self.dialect);
        match self.route(&chain, request, payloads, guard).await {
            Err(error) if error.kind.status().is_server_error() => match self.dialect.estimate(request) {
                Some(body) => Ok(Outcome::Answered(Answer::Whole(WholeAnswer {
                    body,
                    ..WholeAnswer::default()
                }))),
                None => Err(error),
            },
            counted => counted,
        }
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

    async fn route(
        &self,
        chain: &Chain<Adapter>,
        request: &ParsedRequest<'_>,
        payloads: &Payloads<'_>,
        guard: &mut RequestGuard,
    ) -> Result<Outcome, GatewayError> {
        let RequestGuard {
            record,
            in_flight,
            kill_switch,
            live,
            ..
        } = guard;
        // Nothing of a whole reply can be sent ahead.
        let unheard = Progress::default();
        let route = RouteRequest {
            model: model_of(record),
            id: Arc::clone(&record.id),
            provider: ProviderRequest {
                user: record.caller.as_ref().map(|caller| &caller.user),
                spent: Some(&record.spent),
                ..payloads.request(self.dialect, request)
            },
            affinities: affinities(chain.balance.wanted(), request, self.headers, record.caller.as_deref()),
            members: &request.members,
            pinned: request.pinned,
            thinking: request.asks_to_think(),
            include_usage: request.include_usage,
            continuation: payloads.continuation,
            received: record.received,
            progress: if request.stream {
                &self.course.progress
            } else {
                &unheard
            },
        };
        tokio::select! {
            answer = chain.route(&route, &mut record.attempts) => answer.map(Outcome::Answered),
            () = InFlight::cut(in_flight.as_deref()) => Err(shutting_down()),
            by = KillSwitch::ended(kill_switch.as_ref(), live.as_ref()) => match by {
                EndedBy::User => Ok(Outcome::Killed),
                EndedBy::Operator => Err(ended_by_operator()),
            },
        }
    }
}

fn shutting_down() -> GatewayError {
    let message = "The gateway is shutting down; try again.";
    GatewayError::new(ErrorKind::Overloaded, message)
}

fn model_of(record: &RequestRecord) -> Arc<str> {
    record.model.clone().unwrap_or_default()
}
