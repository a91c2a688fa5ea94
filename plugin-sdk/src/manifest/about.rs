//! What the manifests of all kinds of plugins have in common.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value, json};

/// Who a plugin is and where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct About {
    pub(crate) name: String,
    pub(crate) version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) licence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) homepage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) minimum_host: Option<String>,
}

// === impl About ===

impl About {
    pub(crate) fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            ..Self::default()
        }
    }
}

/// The JSON Schema of a plugin's settings.
pub(crate) fn schema<S: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = Value::from(generator.into_root_schema_for::<S>());
    // `()` is null in JSON, but the settings of a plugin that has none are an empty object.
    if schema["type"] == "null" {
        return json!({ "type": "object", "additionalProperties": false });
    }
    schema
}
