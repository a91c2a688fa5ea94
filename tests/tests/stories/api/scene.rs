//! The scene of these stories: users of three plans, a model for each kind of work, and an upstream that does it all.

use jackfield_tests::client::{Answer, Client};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Request, Upstream, json, sse, sse_typed, text};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::{Value, json as value};

use super::tokens::SECRET;

/// A user of plan `premium`, which may do everything.
pub(crate) const ADA: &str = "rk_1111111111111111111111111111111111111111111111111111111111111111";

/// A user of plan `free`.
pub(crate) const BOB: &str = "rk_2222222222222222222222222222222222222222222222222222222222222222";

/// Well formed and unknown.
pub(crate) const NOBODY: &str = "rk_3333333333333333333333333333333333333333333333333333333333333333";

/// The credential of the upstream.
pub(crate) const UPSTREAM_KEY: &str = "sk-upstream-91c7e2";

/// What a gateway needs to make and keep keys and users.
pub(crate) const KEPT: &str = "storage: { url: \"sqlite:jackfield.db\" }";

/// A gateway over one upstream.
pub(crate) struct Api {
    pub(crate) gateway: Gateway,
    pub(crate) upstream: Upstream,
}

// === impl Api ===

impl Api {
    /// A gateway that keeps nothing.
    pub(crate) async fn start() -> Self {
        Self::with("", "").await
    }

    /// The same with further members of its `server` section, and further sections.
    pub(crate) async fn with(server: &str, sections: &str) -> Self {
        let upstream = Upstream::start().await;
        upstream.answer(reply_to);
        let config = config(&upstream.base_url(), server, sections);
        let gateway = Gateway::start(&config).await;
        Self { gateway, upstream }
    }

    /// The same as [`Api::start`] with this part of its configuration replaced.
    pub(crate) async fn replacing(part: &str, with: &str) -> Self {
        let upstream = Upstream::start().await;
        upstream.answer(reply_to);
        let config = config(&upstream.base_url(), "", "");
        assert!(config.contains(part), "{config}");
        let gateway = Gateway::start(&config.replace(part, with)).await;
        Self { gateway, upstream }
    }

    pub(crate) fn client(&self) -> Client {
        self.gateway.client()
    }

    /// A client of plan `premium`.
    pub(crate) fn ada(&self) -> Client {
        self.client().with_key(ADA)
    }

    /// A client of plan `free`.
    pub(crate) fn bob(&self) -> Client {
        self.client().with_key(BOB)
    }
}

/// The configuration over the upstream at this base URL.
pub(crate) fn config(url: &str, server: &str, sections: &str) -> String {
    let at = |adapter: &str| format!("{{ adapter: {adapter}, base_url: \"{url}\", api_key: \"{UPSTREAM_KEY}\" }}");
    let (openai, anthropic) = (at("openai"), at("anthropic"));
    let of = |provider: &str| format!("{FREE}, chain: [{{ provider: {provider}, model: m }}]");
    let (vendor, claude) = (of("vendor"), of("claude"));
    format!(
        r#"
server: {{ auth: required, {server} }}
routing: {{ retry_count: 0, breaker: {{ failures: 1000 }} }}
credits: {{ cost_multiplier: 2 }}
tokens: {{ secrets: ["{SECRET}"] }}
plans:
  free: {{ tiers: [free], capabilities: [chat] }}
  premium: {{ tiers: [free, premium], overdraft: true }}
  paid: {{ tiers: [free, premium] }}
keys:
  ada: {{ key: "{ADA}", user: ada, plan: premium }}
  bob: {{ key: "{BOB}", user: bob, plan: free }}
providers:
  vendor: {openai}
  claude: {anthropic}
models:
  route/small: {{ tier: free, name: Small, {vendor} }}
  route/large: {{ tier: premium, pricing: {{ input_per_million: 3, output_per_million: 15 }}, chain: [{{ provider: vendor, model: m }}] }}
  route/claude: {{ tier: premium, {claude} }}
  route/embed: {{ tier: premium, capability: embeddings, {vendor} }}
  route/rank: {{ tier: premium, capability: rerank, {vendor} }}
  route/draw: {{ tier: premium, capability: images, request_cost: 5, {vendor} }}
{sections}
"#
    )
}

/// What the upstream answers: the same to every request for the same operation.
pub(crate) fn reply_to(request: &Request) -> Reply {
    let streams = request.json()["stream"] == true;
    let turn = Turn::says(&["hel", "lo"]);
    match request.path.as_str() {
        "/v1/chat/completions" if streams => {
            let usage = !request.json()["stream_options"]["include_usage"].is_null();
            sse(openai::chunks(&turn, 1, usage))
        }
        "/v1/chat/completions" => json(200, openai::completion(&turn, 1)),
        "/v1/messages" if streams => sse_typed(&anthropic::events(&turn)),
        "/v1/messages" => json(200, anthropic::message(&turn)),
        "/v1/messages/count_tokens" => json(200, value!({ "input_tokens": 14 })),
        "/v1/embeddings" => json(200, embeddings(&request.json())),
        "/v1/rerank" => json(200, ranking()),
        "/v1/images/generations" => json(200, value!({ "created": 1, "data": [{ "b64_json": "aGk=" }] })),
        path => text(404, path),
    }
}

/// A vector for each input, the last one first, and always as numbers.
fn embeddings(request: &Value) -> Value {
    let inputs = request["input"].as_array().filter(|inputs| !inputs[0].is_number());
    let count = inputs.map_or(1, |inputs| inputs.len() as u32);
    let vector = |index: u32| value!({ "object": "embedding", "embedding": [0.5, -f64::from(index)], "index": index });
    value!({
        "object": "list", "model": "m",
        "data": (0..count).rev().map(vector).collect::<Vec<_>>(),
        "usage": { "prompt_tokens": 3, "total_tokens": 3 },
    })
}

fn ranking() -> Value {
    let results = value!([
        { "index": 0, "relevance_score": 0.25 },
        { "index": 1, "relevance_score": 0.75 },
        { "index": 2, "relevance_score": 0.5 },
    ]);
    value!({ "results": results })
}

/// Demands this error: its status and word, the headers that every error has, and a body of one sentence.
#[track_caller]
pub(crate) fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer.error_code()),
        (status, Some(code)),
        "{}",
        answer.text()
    );
    assert_marked(answer);
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    let text = answer.text();
    assert!(
        !text.is_empty() && !text.starts_with('{') && !text.contains('\n'),
        "{text}"
    );
}

/// Demands what every answer has: an id, and on 429 and 503 when to come back.
#[track_caller]
pub(crate) fn assert_marked(answer: &Answer) {
    let id = answer.header("x-request-id").unwrap_or_default();
    assert!(!id.is_empty(), "no x-request-id: {answer:?}");
    if answer.status == 401 {
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"jackfield\""));
    }
    if matches!(answer.status, 429 | 503) {
        let after: Option<u64> = answer.header("retry-after").and_then(|it| it.parse().ok());
        assert!(after.is_some_and(|after| after >= 1), "{answer:?}");
    }
    assert_eq!(answer.status >= 400, answer.error_code().is_some());
}
