//! A plugin chooses path and headers of its requests: none of them leaves the base URL, and none takes the host down.

use jackfield_tests::client::Answer;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::Upstream;
use serde_json::Value;

use crate::scene::{ask, says};

const KEY: &str = "sk-of-the-upstream";

/// A gateway whose hostile plugin asks for one request after the other; its key is the query parameter `code`.
struct Scene {
    gateway: Gateway,
    upstream: Upstream,
    requests: Vec<String>,
}

// === impl Scene ===

impl Scene {
    async fn of(requests: &[&str]) -> Self {
        let upstream = Upstream::start().await;
        let models = requests.iter().enumerate().map(|(number, request)| {
            let request = Value::from(*request);
            format!("  m{number}: {{ {FREE}, chain: [{{ provider: hostile, model: {request} }}] }}\n")
        });
        let config = format!(
            r#"
routing: {{ retry_count: 0, breaker: {{ failures: 1000 }} }}
providers:
  hostile: {{ adapter: hostile, base_url: "{}/base", api_key: "{KEY}", auth: {{ scheme: query, name: code }} }}
  echo: {{ adapter: echo }}
models:
  bystander: {{ {FREE}, chain: [{{ provider: echo, model: echo }}] }}
{}"#,
            upstream.base_url(),
            models.collect::<Vec<_>>().concat()
        );
        Self {
            gateway: Gateway::start(&config).await,
            upstream,
            requests: requests.iter().map(ToString::to_string).collect(),
        }
    }

    async fn send(&self, number: usize) -> Answer {
        self.gateway.client().chat(ask(&format!("m{number}"))).await
    }

    /// Demands that none of the requests is sent, and that others are served after each.
    async fn sends_none(&self) {
        for (number, request) in self.requests.iter().enumerate() {
            let answer = self.send(number).await;
            assert_eq!(
                (answer.status, answer.error_code()),
                (502, Some("PROVIDER_ERROR")),
                "{request:?}"
            );
            let bystander = self.gateway.client().chat(ask("bystander")).await;
            assert_eq!(bystander.content(), "hello", "{request:?}");
        }
        assert_eq!(self.upstream.requests().len(), 0);
    }
}

#[tokio::test]
async fn no_path_leaves_the_base_url() {
    let requests = [
        "path https://evil.example/",
        "path //evil.example/",
        "path /../admin",
        "path /a/..;/admin",
        "path /a;x=1/admin",
        "path /%2e%2e/admin",
        "path /%252e%252e/admin",
        "path /a/..%252f..%252fadmin",
        "path /a%2f..%2f..%2fadmin",
        "path /%c0%ae%c0%ae/admin",
        "path /a%5c..%5cadmin",
        "path /a\\..\\admin",
        "path /a%00",
        "path /a%0d%0ax-injected:%20yes",
        "path /a%3fcode=stolen",
        "path /a#b",
    ];
    Scene::of(&requests).await.sends_none().await;
}

#[tokio::test]
async fn no_query_carries_another_credential_or_another_method() {
    let requests = [
        "path /a?code=stolen",
        "path /a?x=1&CODE=stolen",
        "path /a?c%6fde=stolen",
        "path /a?x=1;code=stolen",
        "path /a?code%5B%5D=stolen",
        "path /a?%2563ode=stolen",
        "path /a?api_key=stolen",
        "path /a?access_token=stolen",
        "path /a?_method=DELETE",
        "path /a?x=%0d%0a",
    ];
    Scene::of(&requests).await.sends_none().await;
}

#[tokio::test]
async fn no_header_overrides_what_was_checked() {
    let requests = [
        "header X-HTTP-Method-Override",
        "header x_http_method_override",
        "header X-Original-URL",
        "header X-Rewrite-URL",
        "header X-Forwarded-For",
        "header X-Forwarded-Host",
        "header Forwarded",
        "header Proxy-Authorization",
        "header X-Api-Key",
        "header Transfer-Encoding",
        "header x.y",
    ];
    Scene::of(&requests).await.sends_none().await;
}

#[tokio::test]
async fn thirty_three_thousand_headers_panic_nobody() {
    Scene::of(&["headers 101", "headers 33000"]).await.sends_none().await;
    let scene = Scene::of(&["headers 90"]).await;
    scene.upstream.always(says("hi"));
    assert_eq!(scene.send(0).await.content(), "hi");
}

#[tokio::test]
async fn the_paths_of_vendors_arrive_as_they_were_asked_for() {
    let paths = [
        "/models/gemini-2.5-pro:generateContent?alt=sse",
        "/model/anthropic.claude-3-5-sonnet-20240620-v1%3A0/converse",
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.anthropic.claude/converse",
        "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
        "/ai/run/@cf/meta/llama-3.1-8b-instruct",
    ];
    let requests = paths.map(|path| format!("path {path}"));
    let scene = Scene::of(&requests.each_ref().map(String::as_str)).await;
    scene.upstream.always(says("hi"));
    for (number, path) in paths.iter().enumerate() {
        assert_eq!(scene.send(number).await.content(), "hi", "{path}");
        let joined = if path.contains('?') { '&' } else { '?' };
        let sent = scene.upstream.next_request().await;
        assert_eq!(sent.path, format!("/v1/base{path}{joined}code={KEY}"));
    }
}
