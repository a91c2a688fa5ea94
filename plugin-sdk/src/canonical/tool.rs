//! Tools: those the client offers, those the model may choose, and those it calls.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Extra;

const FUNCTION: &str = "function";

/// A tool offered by the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// `function`, or a vendor-specific kind.
    #[serde(rename = "type", default = "function")]
    pub kind: Cow<'static, str>,
    /// The function, if the kind is `function`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionDefinition>,
    /// Unknown fields, such as `cache_control`.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A function the model may call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionDefinition {
    /// The function's name.
    pub name: String,
    /// Describes the function to the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The JSON Schema of the arguments. If absent, the function takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// Whether the arguments must match the schema exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Whether the model must call a tool, and which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ToolChoice {
    /// `auto`, `none` or `required`.
    Mode(String),
    /// The model must call this function.
    Named {
        /// Always `function`.
        #[serde(rename = "type", default = "function")]
        kind: Cow<'static, str>,
        /// The function.
        function: FunctionName,
    },
    /// A choice this SDK does not know, preserved verbatim.
    Other(Value),
}

/// A reference to a function by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionName {
    /// The function's name.
    pub name: String,
}

/// A tool call made by the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The id that the result must refer to.
    #[serde(default)]
    pub id: String,
    /// `function`, or a vendor-specific kind.
    #[serde(rename = "type", default = "function")]
    pub kind: Cow<'static, str>,
    /// The function called.
    #[serde(default)]
    pub function: FunctionCall,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A function and its arguments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionCall {
    /// The function's name.
    #[serde(default)]
    pub name: String,
    /// The arguments as JSON text, which may be invalid because the model wrote it.
    #[serde(default)]
    pub arguments: String,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

fn function() -> Cow<'static, str> {
    Cow::Borrowed(FUNCTION)
}

// === impl Tool ===

impl Default for Tool {
    fn default() -> Self {
        Self {
            kind: function(),
            function: None,
            extra: Extra::new(),
        }
    }
}

// === impl ToolCall ===

impl Default for ToolCall {
    fn default() -> Self {
        Self {
            id: String::new(),
            kind: function(),
            function: FunctionCall::default(),
            extra: Extra::new(),
        }
    }
}

impl ToolCall {
    /// A call of kind `function`; `arguments` is JSON text.
    pub fn function(id: impl Into<String>, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        let function = FunctionCall {
            name: name.into(),
            arguments: arguments.into(),
            extra: Extra::new(),
        };
        Self {
            id: id.into(),
            function,
            ..Self::default()
        }
    }
}
