//! Example requests and streams. A story sends each body to a running gateway, so none of them is out of date; those of
//! batches aside, which name a file or need a folder.

use serde_json::{Value, json};

/// A JSON body for `POST path`; `None` if the operation takes none.
pub(super) fn body(path: &str) -> Option<Value> {
    let question = json!([{ "role": "user", "content": "Why is the sky blue?" }]);
    Some(match path {
        "/v1/chat/completions" | "/v1/messages/count_tokens" => json!({ "model": "echo", "messages": question }),
        "/v1/messages" => json!({ "model": "echo", "max_tokens": 1024, "messages": question }),
        "/v1/responses" | "/v1/responses/input_tokens" | "/v1/responses/compact" => {
            json!({ "model": "echo", "input": "Why is the sky blue?" })
        }
        "/v1/completions" => json!({ "model": "echo", "prompt": "The sky is" }),
        "/v1/embeddings" => json!({ "model": "echo-embeddings", "input": ["first text", "second text"] }),
        "/v1/rerank" | "/v2/rerank" => json!({
            "model": "echo-rerank", "query": "Why is the sky blue?", "documents": ["Grass is green.", "The sky is blue."],
        }),
        "/v1/images/generations" => json!({ "model": "echo-images", "prompt": "A lighthouse at dusk" }),
        "/v1/moderations" => json!({ "model": "echo-moderation", "input": "A friendly text" }),
        "/v1/audio/speech" => json!({ "model": "echo-speech", "input": "Hello", "voice": "alloy" }),
        "/v1beta/models/{model}:generateContent"
        | "/v1beta/models/{model}:streamGenerateContent"
        | "/v1beta/models/{model}:countTokens" => json!({
            "contents": [{ "role": "user", "parts": [{ "text": "Why is the sky blue?" }] }],
        }),
        "/v1beta/models/{model}:embedContent" => json!({ "content": { "parts": [{ "text": "first text" }] } }),
        "/v1beta/models/{model}:batchEmbedContents" => json!({
            "requests": [
                { "model": "models/echo-embeddings", "content": { "parts": [{ "text": "first text" }] } },
                { "model": "models/echo-embeddings", "content": { "parts": [{ "text": "second text" }] } },
            ],
        }),
        "/v1/batches" => json!({
            "input_file_id": "FILE_ID", "endpoint": "/v1/chat/completions", "completion_window": "24h",
        }),
        "/v1/messages/batches" => json!({
            "requests": [{
                "custom_id": "first", "params": { "model": "echo", "max_tokens": 1024, "messages": question },
            }],
        }),
        "/v1/user/key" => json!({ "name": "ci" }),
        "/admin/api/users" => json!({ "id": "ada", "plan": "free", "credits": 10 }),
        "/admin/api/users/{id}" => json!({ "plan": "max" }),
        "/admin/api/users/{id}/credits" => json!({ "amount": 12.5 }),
        "/admin/api/playground" => json!({
            "path": "/v1/chat/completions", "body": { "model": "echo", "messages": question },
        }),
        "/admin/api/plugins/{name}/rollback" => json!({ "to": "1.0.0" }),
        "/admin/api/keys" => json!({ "user": "ada", "name": "ci" }),
        "/admin/api/keys/{id}" => json!({ "terms": { "budget": { "month": 20 } } }),
        _ => return None,
    })
}

/// An example of what a path names by this name; `None` if nobody can know one.
pub(super) fn parameter(path: &str, name: &str) -> Option<&'static str> {
    match (path, name) {
        (_, "model") if path.contains("mbed") => Some("echo-embeddings"),
        (_, "model") | ("/v1/models/{id}", "id") => Some("echo"),
        _ => None,
    }
}

/// The same stream as [`events`] has, as a list, which is how some dialects answer unless they are asked for events.
pub(super) fn list(path: &str) -> Option<Value> {
    let chunks = events(path).filter(|_| path.ends_with(":streamGenerateContent"))?;
    let chunks = chunks.lines().filter_map(|line| line.strip_prefix("data: "));
    Some(
        chunks
            .filter_map(|chunk| serde_json::from_str::<Value>(chunk).ok())
            .collect(),
    )
}

/// What a stream of `POST path` looks like, shortened; `None` if it has none.
pub(super) fn events(path: &str) -> Option<&'static str> {
    Some(match path {
        "/v1/chat/completions" => concat!(
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":\"echo\",",
            "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Because\"},\"finish_reason\":null}]}\n\n",
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":\"echo\",",
            "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
            "data: [DONE]\n\n",
        ),
        "/v1/messages" => concat!(
            "event: message_start\n",
            "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[]}}\n\n",
            "event: content_block_delta\n",
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Because\"}}\n\n",
            "event: message_stop\n",
            "data: {\"type\":\"message_stop\"}\n\n",
        ),
        "/v1/responses" => concat!(
            "event: response.created\n",
            "data: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\"}}\n\n",
            "event: response.output_text.delta\n",
            "data: {\"type\":\"response.output_text.delta\",\"sequence_number\":4,\"output_index\":0,\"content_index\":0,\"delta\":\"Because\"}\n\n",
            "event: response.completed\n",
            "data: {\"type\":\"response.completed\",\"sequence_number\":8,\"response\":{\"id\":\"resp_1\",\"status\":\"completed\"}}\n\n",
        ),
        "/v1/completions" => concat!(
            "data: {\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\" blue\",\"finish_reason\":\"stop\"}]}\n\n",
            "data: [DONE]\n\n",
        ),
        "/v1beta/models/{model}:streamGenerateContent" => concat!(
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Because\"}],\"role\":\"model\"},\"index\":0}],",
            "\"modelVersion\":\"echo\",\"responseId\":\"resp-1\"}\n\n",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\" it scatters.\"}],\"role\":\"model\"},",
            "\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":6,\"candidatesTokenCount\":3,",
            "\"totalTokenCount\":9},\"modelVersion\":\"echo\",\"responseId\":\"resp-1\"}\n\n",
        ),
        "/admin/api/playground" => concat!(
            "event: answer\n",
            "data: {\"status\":200,\"headers\":[[\"content-type\",\"text/event-stream\"]]}\n\n",
            "event: attempts\n",
            "data: {\"attempts\":[{\"provider\":\"echo\",\"model\":\"echo\",\"failed\":null,\"status\":null,\"took_ms\":1}],\"exchanges\":[]}\n\n",
            "event: piece\n",
            "data: {\"text\":\"data: {\\\"choices\\\":[{\\\"index\\\":0,\\\"delta\\\":{\\\"content\\\":\\\"Because\\\"}}]}\\n\\n\"}\n\n",
            "event: end\n",
            "data: {\"took_ms\":2,\"attempts\":[{\"provider\":\"echo\",\"model\":\"echo\",\"failed\":null,\"status\":null,\"took_ms\":1}],",
            "\"exchanges\":[],\"cut\":false,\"interrupted\":false}\n\n",
        ),
        _ => return None,
    })
}
