//! Conversations that are too long for their model: the oldest messages stay behind, in either dialect.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

/// Each about fifty tokens by the gateway's estimate.
fn message(role: &str, number: usize) -> Value {
    value!({ "role": role, "content": format!("{number} {}", "word ".repeat(36)) })
}

/// Twenty messages.
fn conversation() -> Vec<Value> {
    (0..20)
        .map(|number| message(if number % 2 == 0 { "user" } else { "assistant" }, number))
        .collect()
}

async fn scene(upstream: &Upstream) -> Gateway {
    upstream.always(json(200, openai::completion(&Turn::says(&["short"]), 1)));
    let url = upstream.base_url();
    Gateway::start(&format!(
        r#"
providers:
  p: {{ adapter: openai, base_url: "{url}", api_key: k }}
models:
  short: {{ {FREE}, context: 600, truncate_messages: true, chain: [{{ provider: p, model: up }}] }}
  whole: {{ {FREE}, context: 600, chain: [{{ provider: p, model: up }}] }}
"#
    ))
    .await
}

/// The conversation that reached the upstream last.
fn arrived(upstream: &Upstream) -> Vec<Value> {
    let requests = upstream.requests();
    let body = requests.last().unwrap().json();
    body["messages"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_oldest_messages_stay_behind_and_instructions_go_along() {
    let upstream = Upstream::start().await;
    let gateway = scene(&upstream).await;
    let mut messages = vec![value!({ "role": "system", "content": "Be brief." })];
    messages.extend(conversation());
    let ask = value!({ "model": "short", "max_tokens": 100, "messages": messages });
    assert_eq!(gateway.client().chat(ask).await.status, 200);
    let arrived = arrived(&upstream);
    assert_eq!(arrived[0], messages[0]);
    assert!(arrived.len() > 2 && arrived.len() < 15, "{}", arrived.len());
    // Those that came are the newest, as they were.
    assert_eq!(arrived[1..], messages[messages.len() - (arrived.len() - 1)..]);
}

#[tokio::test]
async fn a_model_that_does_not_ask_for_it_gets_everything() {
    let upstream = Upstream::start().await;
    let gateway = scene(&upstream).await;
    let ask = value!({ "model": "whole", "messages": conversation() });
    assert_eq!(gateway.client().chat(ask).await.status, 200);
    assert_eq!(arrived(&upstream), conversation());
}

#[tokio::test]
async fn a_conversation_in_anthropics_words_is_shortened_too() {
    let upstream = Upstream::start().await;
    let gateway = scene(&upstream).await;
    let client = gateway.client().header("anthropic-version", "2023-06-01");
    let ask = value!({
        "model": "short", "max_tokens": 100, "system": "Be brief.", "messages": conversation(),
    });
    assert_eq!(client.post("/v1/messages", ask).await.status, 200);
    let arrived = arrived(&upstream);
    assert_eq!(arrived[0]["role"], "system");
    assert!(arrived.len() > 2 && arrived.len() < 15, "{}", arrived.len());
}
