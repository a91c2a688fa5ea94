//! Google's dialect, whose paths name the model.

use schemars::SchemaGenerator;
use serde_json::json;

use super::faults::routed::{CONTENT, CONTENTS, REQUESTS};
use super::operation::OperationDescription;
use super::reply::ResponseDescription;

/// Its operations.
pub(super) fn all(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    use super::{requests as asked, responses as answered};
    let of = |path: &'static str, what: &'static str| {
        OperationDescription::post(path, what).parameter("model", "The model's id; it may contain slashes.")
    };
    vec![
        of(
            "/v1beta/models/{model}:generateContent",
            "Complete a chat (Google's dialect)",
        )
        .body::<asked::GoogleChat>(generator)
        .fails(&[CONTENTS])
        .reply(ResponseDescription::json::<answered::GoogleReply>(generator)),
        of(
            "/v1beta/models/{model}:streamGenerateContent",
            "Stream a chat (Google's dialect)",
        )
        .query(
            "alt",
            "With `sse`, the stream is server-sent events; else a list.",
            &json!({ "type": "string", "enum": ["json", "sse"] }),
        )
        .body::<asked::GoogleChat>(generator)
        .fails(&[CONTENTS])
        .reply(ResponseDescription::json::<Vec<answered::GoogleReply>>(generator).or_events()),
        of(
            "/v1beta/models/{model}:countTokens",
            "Count the tokens of a prompt (Google's dialect)",
        )
        .body::<asked::GoogleChat>(generator)
        .fails(&[CONTENTS])
        .reply(ResponseDescription::json::<answered::TotalTokens>(generator)),
        of(
            "/v1beta/models/{model}:embedContent",
            "Create an embedding (Google's dialect)",
        )
        .body::<asked::EmbedContent>(generator)
        .fails(&[CONTENT])
        .reply(ResponseDescription::json::<answered::ContentEmbedding>(generator)),
        of(
            "/v1beta/models/{model}:batchEmbedContents",
            "Create embeddings (Google's dialect)",
        )
        .body::<asked::BatchEmbedContents>(generator)
        .fails(&[REQUESTS])
        .reply(ResponseDescription::json::<answered::ContentEmbeddings>(generator)),
    ]
}
