//! The request's way through its shapers, and the way back of its whole answer. A stream goes the same way as it comes.

use std::sync::Arc;

use jackfield_dialects::{ParsedRequest, TEXT_MEMBERS};

use super::{Outcome, Pipeline};
use crate::error::{ErrorKind, GatewayError};
use crate::request::RequestGuard;
use crate::routing::{Answer, WholeAnswer};
use crate::shaping::verdict::Told;
use crate::shaping::{Shaped, Shaping};
use crate::snapshot::Model;

// === impl Pipeline ===

impl Pipeline<'_> {
    /// Takes the request through its shapers, before anything is decided by what is in it. Returns it if it has changed.
    pub(super) async fn shape(
        &self,
        model: &Model,
        request: &ParsedRequest<'_>,
        guard: &mut RequestGuard,
    ) -> Result<Option<Shaped>, GatewayError> {
        let shapers = &self.snapshot.shapers;
        if shapers.is_empty() {
            return Ok(None);
        }
        let caller = guard.record.caller.as_deref();
        let plan = caller.map(|caller| &*caller.plan);
        let chosen = shapers.of(&self.snapshot.config, plan, &model.config, request.operation);
        let told = Told {
            id: Arc::clone(&guard.record.id),
            operation: request.operation,
            dialect: self.dialect.name(),
            model: Arc::clone(&model.id),
            stream: request.stream,
            plan: plan.unwrap_or_default().to_owned(),
            user: caller
                .map(|caller| shapers.pseudonyms.of_user(&caller.user))
                .unwrap_or_default(),
            parameters: request.members.without(&TEXT_MEMBERS).into(),
            spent: Arc::clone(&guard.record.spent),
        };
        let Some(mut shaping) = Shaping::new(chosen, told)? else {
            return Ok(None);
        };
        let shaped = shaping.request(self.dialect, request).await;
        guard.record.shaping = Some(shaping.spent);
        if shaping.reads_replies() && !self.dialect.reply_has_texts(request) {
            let message = "The reply must be JSON, because what is said in it is looked at here; leave out \
                           `response_format` and `stream`.";
            return Err(GatewayError::new(ErrorKind::InvalidRequest, message));
        }
        guard.shaping = Some(shaping);
        shaped
    }

    /// Takes a whole answer back through the shapers of its request. A stream goes the same way as it comes.
    pub(super) async fn shape_reply(
        &self,
        outcome: Outcome,
        guard: &mut RequestGuard,
    ) -> Result<Outcome, GatewayError> {
        let shaping = guard.shaping.as_mut().filter(|shaping| shaping.reads_replies());
        let Some(shaping) = shaping else {
            return Ok(outcome);
        };
        let whole = match outcome {
            Outcome::Answered(Answer::Whole(whole)) => whole,
            other => return Ok(other),
        };
        let WholeAnswer {
            body,
            usage,
            produced_bytes,
            ..
        } = whole;
        let shaped = shaping.reply(self.dialect, body).await;
        guard.record.shaping = Some(shaping.spent);
        match shaped {
            Ok(body) => Ok(Outcome::Answered(Answer::Whole(WholeAnswer {
                body,
                usage,
                produced_bytes,
                // A shaper may have changed it.
                told: None,
            }))),
            Err(error) => {
                guard.withheld(&usage, produced_bytes);
                Err(error)
            }
        }
    }
}
