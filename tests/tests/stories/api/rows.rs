//! The table of the API's endpoints.

use jackfield_tests::client::{Answer, Client};
use serde_json::{Value, json as value};

use crate::scene::ask;

/// Whom an endpoint lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// Everyone; it reads no credential.
    Open,
    /// Everyone who shows no credential or a right one.
    Optional,
    /// Keys and tokens.
    Credential,
    /// Tokens alone.
    Token,
}

/// One endpoint, and a request that it answers well.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) body: Option<Value>,
    pub(super) door: Door,
    /// The status for who is let in.
    pub(super) status: u16,
}

/// Every endpoint.
pub(super) fn all() -> Vec<Row> {
    use Door::{Credential, Open, Optional, Token};
    let get = |path, door| Row {
        method: "GET",
        path,
        body: None,
        door,
        status: 200,
    };
    let mut rows = inference();
    rows.extend([
        get("/healthz", Open),
        get("/readyz", Open),
        get("/v1/status", Open),
        get("/v1/settings", Open),
        get("/v1/models", Optional),
        get("/v1/models/route/small", Credential),
        get("/v1/pricing", Credential),
        get("/v1/user/requests", Credential),
        get("/v1/user/requests/hourly", Credential),
        Row {
            method: "POST",
            ..get("/v1/user/streams/kill", Credential)
        },
        get("/v1/user/key", Token),
        Row {
            method: "POST",
            body: Some(value!({ "name": "ci" })),
            ..get("/v1/user/key", Token)
        },
        Row {
            method: "DELETE",
            status: 404,
            ..get("/v1/user/key/key_of_no_one", Token)
        },
    ]);
    rows
}

/// The endpoints that call an upstream, each with a model of the scene.
pub(super) fn inference() -> Vec<Row> {
    let post = |path, body| Row {
        method: "POST",
        path,
        body: Some(body),
        door: Door::Credential,
        status: 200,
    };
    let mut prompt = ask("route/claude");
    prompt["max_tokens"] = value!(16);
    let mut stream = ask("route/large");
    stream["stream"] = value!(true);
    vec![
        post("/v1/chat/completions", ask("route/large")),
        post("/v1/chat/completions", stream),
        post("/v1/messages", prompt),
        post("/v1/messages/count_tokens", ask("route/claude")),
        post("/v1/embeddings", value!({ "model": "route/embed", "input": "x" })),
        post(
            "/v1/rerank",
            value!({ "model": "route/rank", "query": "q", "documents": ["a", "b", "c"] }),
        ),
        post(
            "/v1/images/generations",
            value!({ "model": "route/draw", "prompt": "a cat" }),
        ),
    ]
}

// === impl Row ===

impl Row {
    /// Asks as this client.
    pub(super) async fn ask(&self, client: &Client) -> Answer {
        let body = self.body.as_ref().map(ToString::to_string);
        let method = self.method.parse().unwrap();
        client.request(method, self.path, body.as_deref()).await
    }

    /// How it is called in the message of a failed test.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
