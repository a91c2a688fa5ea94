//! How long an answer may be if the client does not say, over an upstream that must be told.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json};
use jackfield_tests::vendor::{Turn, anthropic};
use serde_json::{Value, json as value};

use crate::scene::ask;

/// The `max_tokens` that the upstream is sent for this request, over a model with these members.
async fn limit(model: &str, settings: &str, request: Value) -> Value {
    let upstream = Upstream::start().await;
    upstream.always(json(200, anthropic::message(&Turn::says(&["hello"]))));
    let config = format!(
        r#"
server: {{ auth: off }}
providers:
  claude: {{ adapter: anthropic, base_url: "{}", api_key: k, settings: {{ {settings} }} }}
models:
  m: {{ {FREE}, {model}, chain: [{{ provider: claude, model: some-model }}] }}
  known: {{ {FREE}, chain: [{{ provider: claude, model: claude-sonnet-4-5 }}] }}
"#,
        upstream.base_url()
    );
    let gateway = Gateway::start(&config).await;
    let answer = gateway.client().chat(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    upstream.next_request().await.json()["max_tokens"].clone()
}

#[tokio::test]
async fn it_may_be_as_long_as_the_model_allows() {
    let model = "context: 200000, max_output: 32000";
    assert_eq!(limit(model, "", ask("m")).await, 32_000);
    assert_eq!(limit("tier: free", "", ask("m")).await, 4096, "nothing is known");
    assert_eq!(limit("tier: free", "", ask("known")).await, 64_000, "known by its name");
    assert_eq!(limit(model, "default_max_tokens: 100", ask("m")).await, 100);
    for member in ["max_tokens", "max_completion_tokens"] {
        let mut request = ask("m");
        request[member] = value!(7);
        assert_eq!(limit(model, "", request).await, 7);
    }
}

#[tokio::test]
async fn a_long_prompt_leaves_less_of_the_context() {
    let mut request = ask("m");
    request["messages"][0]["content"] = value!("word ".repeat(20_000));
    // About 25,000 of 40,000 tokens are taken, and what is left comes in steps.
    assert_eq!(limit("context: 40000, max_output: 32000", "", request).await, 12_288);
}
