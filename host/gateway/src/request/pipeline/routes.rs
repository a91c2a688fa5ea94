//! The request's way along the chain, and what ends it on that way.

use std::sync::Arc;

use jackfield_dialects::ParsedRequest;

use super::{Outcome, Pipeline};
use crate::attempt::{Adapter, ProviderRequest};
use crate::error::{ErrorKind, GatewayError};
use crate::record::RequestRecord;
use crate::request::RequestGuard;
use crate::request::affinities::affinities;
use crate::request::bodies::Payloads;
use crate::request::drain::InFlight;
use crate::request::kill_switch::{EndedBy, KillSwitch, ended_by_operator};
use crate::routing::{Answer, Chain, Progress, RouteRequest, WholeAnswer};
use crate::snapshot::Model;

// === impl Pipeline ===

impl Pipeline<'_> {
    /// Walks the chain, unless the request is ended meanwhile.
    pub(super) async fn route(
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

    /// Asks the targets that can count tokens. If none can or all fail, estimates the count.
    pub(super) async fn count(
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
}

pub(super) fn shutting_down() -> GatewayError {
    let message = "The gateway is shutting down; try again.";
    GatewayError::new(ErrorKind::Overloaded, message)
}

fn model_of(record: &RequestRecord) -> Arc<str> {
    record.model.clone().unwrap_or_default()
}
