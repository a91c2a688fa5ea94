//! The settings of a provider that uses this adapter.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::{Draft, Operation, ParameterChanges};
use schemars::JsonSchema;
use serde::Deserialize;

/// What an operator may set under a provider's `settings`. All settings are optional.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Model names, from the chain's name to the upstream's. Default: none.
    pub models: BTreeMap<String, String>,
    /// What embeddings are for if the client says neither `task` nor `input_type`: `retrieval.query`, `retrieval.passage`,
    /// `text-matching`, … Default: the upstream's own.
    pub task: Option<String>,
    /// Changes to the upstream's parameters, per operation. Default: none.
    pub operations: Operations,
}

/// Changes to the upstream's parameters, per operation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Operations {
    /// For embeddings.
    pub embeddings: ParameterChanges,
    /// For reranking.
    pub rerank: ParameterChanges,
}

// === impl Settings ===

impl Settings {
    /// The upstream's name for a model in the chain.
    pub(crate) fn upstream_model<'a>(&'a self, model: &'a str) -> &'a str {
        self.models.get(model).map_or(model, String::as_str)
    }

    /// Changes a request as the operator wants.
    pub(crate) fn apply(&self, operation: &Operation, draft: &mut Draft) {
        let changes = match operation {
            Operation::Rerank => &self.operations.rerank,
            _ => &self.operations.embeddings,
        };
        draft.change(changes);
    }
}
