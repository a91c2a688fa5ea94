//! Tools: what the client offers, what the model may choose, what it calls.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Extra;

const FUNCTION: &str = "function";

/// A tool that the client offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// `function`, or a vendor's own kind.
    #[serde(rename = "type", default = "function")]
    pub kind: Cow<'static, str>,
    /// The function, for kind `function`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionDefinition>,
    /// Everything else, `cache_control` for one.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A function that the model may call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionDefinition {
    /// The function's name.
    pub name: String,
    /// What it does, told to the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The JSON Schema of its arguments; absent: it takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// Whether the arguments must satisfy the schema exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Whether and which tool the model has to call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ToolChoice {
    /// `auto`, `none` or `required`.
    Mode(String),
    /// This one.
    Named {
        /// `function`.
        #[serde(rename = "type", default = "function")]
        kind: Cow<'static, str>,
        /// The function.
        function: FunctionName,
    },
    /// Something that this SDK does not know, kept as it came.
    Other(Value),
}

/// A function by its name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionName {
    /// The function's name.
    pub name: String,
}

/// A call that the model makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The id that the result must name.
    #[serde(default)]
    pub id: String,
    /// `function`, or a vendor's own kind.
    #[serde(rename = "type", default = "function")]
    pub kind: Cow<'static, str>,
    /// What is called.
    #[serde(default)]
    pub function: FunctionCall,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A function and its arguments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionCall {
    /// The function's name.
    #[serde(default)]
    pub name: String,
    /// The arguments: JSON in a string, which the model may have got wrong.
    #[serde(default)]
    pub arguments: String,
    /// Everything else.
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
    /// A call of a function; `arguments` is JSON.
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
