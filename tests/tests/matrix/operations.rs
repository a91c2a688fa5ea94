//! What gateways do beside chats: the adapters that have embeddings, rankings and images, and what their vendors answer.

use std::collections::HashMap;

use jackfield_tests::upstream::{Reply, Request, json as whole};
use jackfield_tests::vendor::Turn;
use serde_json::{Value, json};

use crate::adapter::Adapter;
use crate::requests::{DATA_URL, PIXEL};

/// One kind of work that is no chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Embeddings,
    Rankings,
    Images,
}

// === impl Operation ===

impl Operation {
    /// The word for it in a model's configuration.
    pub(crate) fn capability(self) -> &'static str {
        match self {
            Self::Embeddings => "embeddings",
            Self::Rankings => "rerank",
            Self::Images => "images",
        }
    }

    /// The path, and a request to `model` with these members.
    pub(crate) fn request(self, model: &str, members: &Value) -> (String, Value) {
        let (path, mut request) = match self {
            Self::Embeddings => ("/v1/embeddings", json!({ "input": ["a", "b"] })),
            Self::Rankings => ("/v2/rerank", json!({ "query": "q", "documents": ["a", "b"] })),
            Self::Images => ("/v1/images/generations", json!({ "prompt": "a cat" })),
        };
        request["model"] = json!(model);
        for (name, member) in members.as_object().unwrap() {
            request[name] = member.clone();
        }
        (path.to_owned(), request)
    }

    /// The adapters that have it.
    pub(crate) fn adapters(self) -> Vec<Adapter> {
        match self {
            Self::Embeddings => vec![
                adapter("openai", "text-embedding-3-small", KEY),
                adapter("azure-openai", "text-embedding-3-small", KEY),
                adapter("bedrock", "amazon.titan-embed-text-v2:0", BEARER),
                adapter("cohere", "embed-v4.0", KEY),
                adapter("gemini", "gemini-embedding-001", KEY),
                adapter("jina", "jina-embeddings-v3", KEY),
                adapter("mistral", "mistral-embed", KEY),
                adapter("ollama", "nomic-embed-text", "settings: {}"),
                adapter("voyage", "voyage-3.5", KEY),
            ],
            Self::Rankings => vec![
                adapter("openai", "a-reranker", KEY),
                adapter("bedrock", "cohere.rerank-v3-5:0", BEARER),
                adapter("cohere", "rerank-v3.5", KEY),
                adapter("jina", "jina-reranker-v2-base-multilingual", KEY),
                adapter("voyage", "rerank-2.5", KEY),
            ],
            Self::Images => vec![
                adapter("openai", "gpt-image-1", KEY),
                adapter("azure-openai", "gpt-image-1", KEY),
                adapter("bfl", "flux-2-pro", POLLED),
                adapter("fal", "fal-ai/flux/dev", POLLED),
                adapter("gemini", "gemini-2.5-flash-image", KEY),
                adapter("minimax", "image-01", KEY),
                adapter("replicate", "black-forest-labs/flux-schnell", POLLED),
            ],
        }
    }
}

const KEY: &str = "api_key: double-key";
const BEARER: &str = "api_key: double-key, auth: { scheme: bearer }";
const POLLED: &str = "api_key: double-key, settings: { polling: { first_ms: 1, longest_ms: 1 } }";

fn adapter(name: &'static str, model: &'static str, provider: &'static str) -> Adapter {
    Adapter {
        name,
        model,
        base: "",
        provider,
        speaks: None,
        unsaid: &[],
        say: answer,
        signs: HashMap::new(),
    }
}

/// What a vendor answers: its words are told by the path of the request.
fn answer(request: &Request, _: &Turn) -> Reply {
    let path = request.path.split('?').next().unwrap_or_default();
    let of = |words: &str| path.contains(words);
    let said = match path {
        _ if of("/invoke") => invoked(path),
        _ if of("EmbedContent") => json!({ "embeddings": [{ "values": [0.5] }, { "values": [0.25] }] }),
        _ if of("/v2/embed") => {
            json!({ "id": "x", "embeddings": { "float": [[0.5], [0.25]] }, "texts": ["a", "b"], "meta": { "billed_units": { "input_tokens": 2 } } })
        }
        _ if of("/api/embed") => json!({ "model": "m", "embeddings": [[0.5], [0.25]], "prompt_eval_count": 2 }),
        _ if of("/embeddings") => {
            json!({ "object": "list", "model": "m", "data": vectors(), "usage": { "prompt_tokens": 2, "total_tokens": 2 } })
        }
        _ if of("/rerank") => {
            json!({ "object": "list", "model": "m", "data": scores(), "results": scores(), "usage": { "total_tokens": 2 } })
        }
        _ => painted(request, path),
    };
    whole(200, said)
}

/// Models on Bedrock, each in its maker's words.
fn invoked(path: &str) -> Value {
    if path.contains("rerank") {
        json!({ "results": scores() })
    } else {
        json!({ "embedding": [0.5], "inputTextTokenCount": 1 })
    }
}

fn vectors() -> Value {
    json!([
        { "object": "embedding", "index": 0, "embedding": [0.5] },
        { "object": "embedding", "index": 1, "embedding": [0.25] },
    ])
}

fn scores() -> Value {
    json!([{ "index": 0, "relevance_score": 0.25 }, { "index": 1, "relevance_score": 0.75 }])
}

/// An image, or where to ask for it.
fn painted(request: &Request, path: &str) -> Value {
    let of = |words: &str| path.contains(words);
    let url = |path: &str| format!("http://{}{path}", request.header("host").unwrap_or_default());
    match path {
        _ if of("generateContent") => {
            let part = json!({ "inlineData": { "mimeType": "image/png", "data": PIXEL } });
            json!({ "candidates": [{ "content": { "role": "model", "parts": [part] }, "finishReason": "STOP" }] })
        }
        _ if of("image_generation") => {
            json!({ "id": "x", "data": { "image_base64": [PIXEL] }, "base_resp": { "status_code": 0, "status_msg": "success" } })
        }
        _ if of("/predictions") => json!({ "id": "p1", "status": "succeeded", "output": [DATA_URL], "error": null }),
        _ if of("/status") => json!({ "status": "COMPLETED" }),
        _ if of("/requests/") => json!({ "images": [{ "url": DATA_URL }], "seed": 7 }),
        _ if of("/fal-ai/") => {
            let job = "/fal-ai/flux/requests/r1";
            json!({ "request_id": "r1", "status_url": url(&format!("{job}/status")), "response_url": url(job) })
        }
        _ if of("get_result") => json!({ "id": "t1", "status": "Ready", "result": { "sample": DATA_URL } }),
        _ if of("/flux-2-pro") => json!({ "id": "t1", "polling_url": url("/get_result?id=t1") }),
        _ => json!({ "created": 1, "data": [{ "b64_json": PIXEL }] }),
    }
}
