//! The manifest: a shaper's description of itself.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::Operation;
use crate::manifest::{About, schema};
use crate::open_enum::open_enum;

/// A shaper's description of itself: its name and version, and what it needs to see.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShaperManifest {
    kind: &'static str,
    #[serde(flatten)]
    about: About,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operations: Vec<Operation>,
    needs: Vec<Need>,
    stream: &'static str,
    window: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Value>,
}

open_enum! {
    /// Something that a shaper sees only if its manifest says so. All but the parameters must be granted by the operator.
    pub enum Need {
        /// The request's top-level members that hold no texts.
        Parameters = "parameters",
        /// The texts of the request.
        Texts = "texts",
        /// The arguments of tool calls, among the texts.
        ToolArguments = "tool-arguments",
        /// The model's thinking, among the texts.
        Reasoning = "reasoning",
        /// The texts of the reply.
        Reply = "reply",
    }
}

// === impl ShaperManifest ===

impl ShaperManifest {
    /// Starts the manifest of a shaper that needs nothing, for all operations.
    ///
    /// The usual arguments are `env!("CARGO_PKG_NAME")` and `env!("CARGO_PKG_VERSION")`.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            kind: "shaper",
            about: About::new(name, version),
            operations: Vec::new(),
            needs: Vec::new(),
            stream: "window",
            window: 0,
            settings: None,
        }
    }

    /// Adds an operation. Default: all of them.
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Adds what the shaper needs to see. Default: nothing.
    #[must_use]
    pub fn needs(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.needs.extend(needs);
        self
    }

    /// Sets how many bytes of a streamed text a call may leave over. Default: 0.
    #[must_use]
    pub fn window(mut self, bytes: usize) -> Self {
        self.window = bytes;
        self
    }

    /// Asks for the texts of a streamed reply as a whole, at their ends. The client then waits for all of it.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.stream = "whole";
        self
    }

    /// Sets the licence, as an SPDX expression. Default: none.
    #[must_use]
    pub fn licence(mut self, expression: impl Into<String>) -> Self {
        self.about.licence = Some(expression.into());
        self
    }

    /// Sets where the plugin's source or documentation is. Default: nowhere.
    #[must_use]
    pub fn homepage(mut self, url: impl Into<String>) -> Self {
        self.about.homepage = Some(url.into());
        self
    }

    /// Sets the oldest version of Jackfield that the plugin works with. Default: any.
    #[must_use]
    pub fn minimum_host(mut self, version: impl Into<String>) -> Self {
        self.about.minimum_host = Some(version.into());
        self
    }

    /// Completes the manifest with the JSON Schema of the settings.
    pub(crate) fn complete<S: JsonSchema>(mut self) -> Self {
        self.settings = Some(schema::<S>());
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_manifest_names_its_kind_and_its_needs() {
        let manifest = ShaperManifest::new("a", "1")
            .needs([Need::Texts, Need::Reply])
            .window(64);
        assert_eq!(
            serde_json::to_value(manifest.complete::<()>()).unwrap(),
            json!({
                "kind": "shaper", "name": "a", "version": "1", "needs": ["texts", "reply"], "stream": "window",
                "window": 64, "settings": {"type": "object", "additionalProperties": false},
            })
        );
    }
}
