//! The settings of a provider that uses this adapter.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::Extra;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::generation::{self, Rules};

/// What an operator may set under a provider's `settings`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Set for Vertex AI, whose paths differ. Default: AI Studio (the Gemini Developer API).
    pub vertex: Option<Vertex>,
    /// Upstream model names under which the vendor knows them, by the operator's own name, such as that of a tuned model:
    /// what a model accepts is known by the vendor's name (`gemini-3.1-pro`). Default: none.
    pub known_as: BTreeMap<String, String>,
    /// What the safety filters block, by category: `HARM_CATEGORY_HARASSMENT: BLOCK_ONLY_HIGH`. The client's own
    /// `safety_settings` override it. Default: the vendor's.
    pub safety_settings: BTreeMap<String, String>,
    /// Whether a client that asks for reasoning gets summaries of the model's thoughts. Default: true.
    pub include_thoughts: bool,
    /// Whether tool calls are streamed argument by argument: on Vertex AI, for Gemini 3 and later. Default: false.
    pub stream_tool_arguments: bool,
    /// Members of the translated request to leave out, such as `serviceTier`; `generationConfig.seed` names one within
    /// another. Default: none.
    pub drop_parameters: Vec<String>,
    /// Members to set in every translated request, overriding the client's. Objects are merged, so
    /// `generationConfig: { mediaResolution: MEDIA_RESOLUTION_LOW }` keeps the rest of it. Default: none.
    pub extra_parameters: Map<String, Value>,
}

/// Where the models are on Vertex AI.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Vertex {
    /// The project's id. Default: none, which is express mode, with an API key.
    pub project: Option<String>,
    /// The location, such as `europe-west4`: that of the host in `base_url`. Default: `global`.
    pub location: Option<String>,
}

// === impl Settings ===

impl Settings {
    /// What an upstream model accepts.
    pub(crate) fn rules(&self, upstream_model: &str) -> Rules {
        let known_as = self.known_as.get(upstream_model);
        generation::rules(known_as.map_or(upstream_model, String::as_str))
    }

    /// Removes and sets the members that the operator names.
    pub(crate) fn apply(&self, body: &mut Extra) {
        for name in &self.drop_parameters {
            match name.split_once('.') {
                None => drop(body.remove(name)),
                Some((outer, inner)) => {
                    if let Some(mut members) = body.read::<Extra>(outer) {
                        members.remove(inner);
                        body.insert(outer, members);
                    }
                }
            }
        }
        for (name, value) in &self.extra_parameters {
            match (body.read::<Extra>(name), value.as_object()) {
                (Some(mut members), Some(more)) => {
                    for (name, value) in more {
                        members.set(name.as_str(), value);
                    }
                    body.insert(name.as_str(), members);
                }
                _ => body.set(name.as_str(), value),
            }
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            vertex: None,
            known_as: BTreeMap::new(),
            safety_settings: BTreeMap::new(),
            include_thoughts: true,
            stream_tool_arguments: false,
            drop_parameters: Vec::new(),
            extra_parameters: Map::new(),
        }
    }
}
