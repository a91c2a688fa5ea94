//! A turn of the conversation, and the parts it consists of.
//!
//! Source: <https://ai.google.dev/api/caching#Content>.

use jackfield_plugin_sdk::canonical::{Extra, Json, Text};
use serde::Serialize;

/// Everything one side says before the other answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Turn {
    /// `user` or `model`.
    pub(super) role: &'static str,
    pub(super) parts: Vec<Part>,
}

/// A part of a turn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Part {
    #[serde(flatten)]
    pub(super) data: Data,
    /// Whether it is a thought of the model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) thought: bool,
    #[serde(rename = "thoughtSignature", skip_serializing_if = "Option::is_none")]
    pub(super) signature: Option<String>,
}

/// What a part holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::enum_variant_names, reason = "the names are the API's")]
pub(crate) enum Data {
    Text(Text),
    #[serde(rename_all = "camelCase")]
    InlineData {
        mime_type: String,
        data: String,
    },
    #[serde(rename_all = "camelCase")]
    FileData {
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        file_uri: String,
    },
    FunctionCall(Call),
    FunctionResponse(Response),
    /// A part in the API's own form.
    #[serde(untagged)]
    Own(Extra),
}

/// A tool call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Call {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) args: Json,
}

/// The result of a tool call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(clippy::struct_field_names, reason = "the names are the API's")]
pub(crate) struct Response {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) response: Json,
}

/// Adds to the turns: to the last one, if the same side speaks.
pub(super) fn say(turns: &mut Vec<Turn>, role: &'static str, parts: Vec<Part>) {
    match turns.last_mut() {
        _ if parts.is_empty() => {}
        Some(turn) if turn.role == role && !turn.has_results() => turn.parts.extend(parts),
        _ => turns.push(Turn { role, parts }),
    }
}

// === impl Turn ===

impl Turn {
    /// The user's turn where the API requires one and the client has none.
    pub(super) fn go_on() -> Self {
        Self {
            role: "user",
            parts: vec![Part::text("Continue.")],
        }
    }

    /// The API counts the results in a turn, so nothing else is added to it.
    fn has_results(&self) -> bool {
        let is_result = |part: &Part| matches!(part.data, Data::FunctionResponse(_));
        self.parts.iter().any(is_result)
    }
}

// === impl Part ===

impl Part {
    /// A text.
    pub(super) fn text(text: impl Into<Text>) -> Self {
        Data::Text(text.into()).into()
    }

    /// The same part with a signature.
    pub(super) fn signed(mut self, signature: Option<String>) -> Self {
        self.signature = signature;
        self
    }
}

impl From<Data> for Part {
    fn from(data: Data) -> Self {
        Self {
            data,
            thought: false,
            signature: None,
        }
    }
}
