//! Which model serves a request, as which operation, and by which of its targets.

use std::sync::Arc;

use jackfield_config::escaped::cut;
use jackfield_dialects::Operation;

use super::Pipeline;
use crate::attempt::Adapter;
use crate::error::{ErrorKind, GatewayError};
use crate::routing::Chain;
use crate::snapshot::Model;

/// The most bytes of a model's name that an error repeats.
const MAX_NAME: usize = 256;

// === impl Pipeline ===

impl Pipeline<'_> {
    /// The operation by which the model serves the request: a chat model completes texts by chatting.
    pub(super) fn served_as(&self, model: &Model) -> Operation {
        let capability = model.config.capability.operation();
        let substitute = self.operation.substitute();
        substitute
            .filter(|substitute| substitute.as_str() == capability)
            .unwrap_or(self.operation)
    }

    /// The targets that can do it; `None` if that is all of them. A model's targets all do what it is for, and some of them
    /// more.
    pub(super) fn narrowed(&self, model: &Model, operation: Operation) -> Result<Option<Chain<Adapter>>, GatewayError> {
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
    pub(super) fn model(&self, id: &str) -> Result<Arc<Model>, GatewayError> {
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
}
