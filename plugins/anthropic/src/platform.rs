//! What differs where others than Anthropic serve the API: paths, and what stands in the body.
//!
//! | platform | path below the base URL | in the body | not in the body |
//! |---|---|---|---|
//! | Vertex AI | `/{model}:rawPredict`, `:streamRawPredict`, `/count-tokens:rawPredict` | `anthropic_version` | `model` |
//! | Bedrock | `/model/{id}/invoke`, `/invoke-with-response-stream`, `/count-tokens` | `anthropic_version`, `anthropic_beta` | `model`, `stream` |
//!
//! Sources: `anthropic.lib.vertex` and `anthropic.lib.bedrock` of the vendor's Python SDK;
//! <https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai>;
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>;
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html>.

use jackfield_plugin_sdk::canonical::{Extra, Json};
use jackfield_plugin_sdk::{Call, DataUrl, Exchange, Failure, Framing, Operation, Reply, Step, path};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::settings::{Platform, Settings};
use crate::{betas, count_tokens};

/// The body's member for the API's version.
const VERSION: &str = "anthropic_version";

/// What stands before an id of Bedrock's in the id of a profile across regions. Only models have counters.
const MODEL: &str = "anthropic.";

/// Bedrock's reply to a request for a count.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    input_tokens: u64,
}

/// The exchange with the path and the headers of the platform.
///
/// # Errors
/// If the model's name cannot be part of a path.
pub(crate) fn exchange(
    call: &Call<Settings>,
    betas: Option<&str>,
    client_version: Option<&str>,
) -> Result<Exchange, Failure> {
    let counts = call.operation == Operation::CountTokens;
    let model = call.settings.upstream_model(&call.model);
    let version = call.settings.version(client_version).to_owned();
    let exchange = match call.settings.platform {
        Platform::Anthropic => {
            let path = if counts { count_tokens::PATH } else { "/messages" };
            Exchange::post(path).header("anthropic-version", version)
        }
        Platform::Vertex if counts => Exchange::post("/count-tokens:rawPredict"),
        Platform::Vertex => {
            let method = if call.stream { "streamRawPredict" } else { "rawPredict" };
            Exchange::post(format!("/{}:{method}", path::segment(model)?))
        }
        Platform::Bedrock => {
            let (model, method) = match call.stream {
                _ if counts => (counted(model), "count-tokens"),
                true => (model, "invoke-with-response-stream"),
                false => (model, "invoke"),
            };
            return Ok(Exchange::post(format!("/model/{}/{method}", path::segment(model)?)));
        }
    };
    Ok(match betas {
        Some(betas) => exchange.header("anthropic-beta", betas.to_owned()),
        None => exchange,
    })
}

/// What the platform changes in a body: members to set, and (null) to remove.
pub(crate) fn changes(call: &Call<Settings>, betas: Option<&str>) -> Map<String, Value> {
    let mut changes = Map::new();
    let platform = call.settings.platform;
    if platform == Platform::Anthropic {
        return changes;
    }
    changes.insert(VERSION.to_owned(), call.settings.version(None).into());
    if platform == Platform::Bedrock || call.operation != Operation::CountTokens {
        changes.insert("model".to_owned(), Value::Null);
    }
    if platform == Platform::Bedrock {
        changes.insert("stream".to_owned(), Value::Null);
        if let Some(betas) = betas {
            let names: Vec<&str> = betas.split(',').collect();
            changes.insert(betas::PARAMETER.to_owned(), names.into());
        }
    }
    changes
}

/// Whether a count is asked for with the whole request inside another one.
pub(crate) fn wraps(call: &Call<Settings>) -> bool {
    call.settings.platform == Platform::Bedrock && call.operation == Operation::CountTokens
}

/// The request for a count around the request that is counted.
///
/// # Errors
/// If that has no form in JSON.
pub(crate) fn wrapped<T: Serialize>(body: &T) -> Result<Value, Failure> {
    let mut body: Extra = Json::of(body).read().unwrap_or_default();
    // It must be one that could be sent.
    body.insert_new("max_tokens", 1_u64);
    let body = DataUrl::encode(&serde_json::to_vec(&body)?);
    Ok(json!({ "input": { "invokeModel": { "body": body } } }))
}

/// Decodes Bedrock's count.
///
/// # Errors
/// If it has none.
pub(crate) fn read_count(reply: &Reply) -> Result<Step, Failure> {
    let count: Count = reply.json()?;
    Step::done(&json!({ "input_tokens": count.input_tokens }))
}

/// How the platform frames a stream.
pub(crate) fn framing(platform: Platform) -> Framing {
    match platform {
        Platform::Anthropic | Platform::Vertex => Framing::Sse,
        Platform::Bedrock => Framing::AwsEventStream,
    }
}

/// The model whose counter counts for a profile: the id without its geography.
fn counted(model: &str) -> &str {
    let name = model.rsplit('/').next().unwrap_or(model);
    name.find(MODEL).map_or(name, |start| &name[start..])
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn a_profile_is_counted_by_its_model() {
        for (model, expected) in [
            ("anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6-v1"),
            ("us.anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6-v1"),
            (
                "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-x",
                "anthropic.claude-x",
            ),
            ("claude-x", "claude-x"),
        ] {
            assert_eq!(counted(model), expected, "{model}");
        }
    }
}
