//! Tools: those the client offers, those the model may choose, and those it calls.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use super::members::object;
use super::{Extra, Json};

const FUNCTION: &str = "function";

/// A tool offered by the client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tool {
    /// `function`, or a vendor-specific kind.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// The function, if the kind is `function`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionDefinition>,
    /// Unknown fields, such as `cache_control`.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A function the model may call.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FunctionDefinition {
    /// The function's name.
    pub name: String,
    /// Describes the function to the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The JSON Schema of the arguments. If absent, the function takes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Json>,
    /// Whether the arguments must match the schema exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Whether the model must call a tool, and which.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ToolChoice {
    /// `auto`, `none` or `required`.
    Mode(String),
    /// The model must call this function.
    Named {
        /// Always `function`.
        #[serde(rename = "type")]
        kind: Cow<'static, str>,
        /// The function.
        function: FunctionName,
        /// Unknown fields.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A choice this SDK does not know, preserved verbatim.
    Other(Json),
}

/// A reference to a function by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FunctionName {
    /// The function's name.
    pub name: String,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A tool call made by the model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolCall {
    /// The id that the result must refer to.
    pub id: String,
    /// `function`, or a vendor-specific kind.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// The function called.
    pub function: FunctionCall,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A function and its arguments.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FunctionCall {
    /// The function's name.
    pub name: String,
    /// The arguments as JSON text, which may be invalid because the model wrote it. Some clients and models send the
    /// object itself; it is read as its text.
    pub arguments: String,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

fn function() -> Cow<'static, str> {
    Cow::Borrowed(FUNCTION)
}

object! {
    Tool {
        "type" => kind,
        "function" => function,
    }
}

object! {
    FunctionDefinition {
        "name" => name,
        "description" => description,
        "parameters" => parameters,
        "strict" => strict,
    } requires "name"
}

object! {
    FunctionName {
        "name" => name,
    } requires "name"
}

object! {
    ToolCall {
        "id" => id,
        "type" => kind,
        "function" => function,
    }
}

impl<'de> Deserialize<'de> for FunctionCall {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut extra = Extra::deserialize(deserializer)?;
        let arguments = extra.remove("arguments").unwrap_or_default();
        Ok(Self {
            name: extra.take_text("name"),
            arguments: match arguments.as_str() {
                Some(text) => text,
                None if arguments.is_null() => String::new(),
                None => arguments.text().to_owned(),
            },
            extra,
        })
    }
}

// === impl ToolChoice ===

impl<'de> Deserialize<'de> for ToolChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let choice = Json::deserialize(deserializer)?;
        if let Some(mode) = choice.as_str() {
            return Ok(Self::Mode(mode));
        }
        let mut members: Extra = choice.read().unwrap_or_default();
        Ok(match members.take("function") {
            Some(function) => Self::Named {
                kind: members.take("type").map_or_else(self::function, Cow::Owned),
                function,
                extra: members,
            },
            None => Self::Other(choice),
        })
    }
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
