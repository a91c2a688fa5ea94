//! Token counting: the endpoint's request and its reply.
//!
//! Sources: <https://ai.google.dev/api/tokens>;
//! <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens>.

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Failure, Reply, Step};
use serde::Serialize;
use serde_json::json;

use crate::request::Body;
use crate::settings::Settings;
use crate::{endpoint, error};

/// The members that Vertex AI takes beside the conversation.
const PROMPT: [&str; 3] = ["generationConfig", "systemInstruction", "tools"];

/// A request of either kind.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Count {
    /// For Vertex AI: the conversation.
    Plain(Body),
    /// For AI Studio: the whole request within another, with the model's name.
    #[serde(rename_all = "camelCase")]
    Wrapped { generate_content_request: Box<Named> },
}

/// A request with its model's name.
#[derive(Serialize)]
pub(crate) struct Named {
    model: String,
    #[serde(flatten)]
    body: Body,
}

/// The request that counts the tokens of a conversation.
///
/// # Errors
/// Of class refused, if the model's name cannot be part of a path.
pub(crate) fn request(mut body: Body, model: &str, settings: &Settings) -> Result<Count, Failure> {
    if settings.vertex.is_some() {
        body.members.retain(|name, _| PROMPT.contains(&name));
        return Ok(Count::Plain(body));
    }
    let model = endpoint::resource(settings, model)?;
    Ok(Count::Wrapped {
        generate_content_request: Box::new(Named { model, body }),
    })
}

/// Decodes the reply.
///
/// # Errors
/// If it is an error despite its status, or has no count.
pub(crate) fn read(reply: &Reply) -> Result<Step, Failure> {
    let body: Extra = reply.json()?;
    if let Some(failure) = error::reported(&body) {
        return Err(failure);
    }
    let count: Option<u64> = body.read("totalTokens");
    let count = count.ok_or_else(|| Failure::malformed("the reply has no totalTokens"))?;
    Step::done(&json!({ "input_tokens": count }))
}
