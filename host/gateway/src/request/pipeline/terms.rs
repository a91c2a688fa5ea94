//! What the terms of the caller's key make of the model: refused, served, or replaced by another once the budget is spent.

use std::sync::Arc;

use jackfield_accounting::callers::Caller;
use jackfield_accounting::store::OnExhausted;
use jackfield_dialects::Operation;

use super::Pipeline;
use crate::error::{ErrorKind, GatewayError};
use crate::request::RequestGuard;
use crate::request::metering::over_budget;
use crate::snapshot::Model;

// === impl Pipeline ===

impl Pipeline<'_> {
    /// The model that serves the request: the one that was asked for, or, if the budget of the caller's key is spent, the
    /// one that the key has for that.
    ///
    /// # Errors
    /// `MODEL_NOT_ALLOWED`, or `KEY_BUDGET_EXCEEDED` if there is no other model, or it cannot serve this request.
    pub(super) fn within_terms(&self, model: Arc<Model>, guard: &mut RequestGuard) -> Result<Arc<Model>, GatewayError> {
        let Some(caller) = guard.record.caller.as_deref() else {
            return Ok(model);
        };
        if !allows(caller, &model) {
            let message = format!("Your key does not include the model `{}`.", model.id);
            return Err(GatewayError::new(ErrorKind::ModelNotAllowed, message));
        }
        // Counting tokens costs nothing.
        if self.operation == Operation::CountTokens {
            return Ok(model);
        }
        let Some(part) = self.gateway.metering.exhausted(caller) else {
            return Ok(model);
        };
        let Some(OnExhausted::Model(instead)) = caller.terms.as_ref().map(|terms| &terms.on_exhausted) else {
            return Err(over_budget(part));
        };
        let substitute = self.model(instead).ok();
        let allowed = |other: &Arc<Model>| self.snapshot.allows(Some(&*caller.plan), other);
        let substitute = substitute.filter(allowed).ok_or_else(|| over_budget(part))?;
        if substitute.id != model.id {
            guard.record.asked_model = Some(Arc::clone(&model.id));
        }
        Ok(substitute)
    }
}

/// Whether the caller's key includes the model.
pub(crate) fn allows(caller: &Caller, model: &Model) -> bool {
    caller.terms.as_ref().is_none_or(|terms| terms.includes(&model.id))
}
