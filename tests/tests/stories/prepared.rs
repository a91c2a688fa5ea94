//! What an adapter has prepared for one request serves the next one with the same parameters, and no other.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json};
use serde_json::{Value, json as value};

const REQUESTS: u64 = 20;

const KEY: &str = "sk-prepared-0123456789";

/// How many of them make a call of the plugin at most: two on each of the gateway's workers, of which there is one a core.
fn calls() -> u64 {
    2 * std::thread::available_parallelism().unwrap().get() as u64
}

fn config(upstream: &Upstream, header: &str) -> String {
    format!(
        r#"
server: {{ auth: off }}
routing: {{ retry_count: 0 }}
providers:
  openai: {{ adapter: openai, base_url: "{0}", api_key: "{KEY}", headers: {{ x-team: {header} }} }}
  anthropic: {{ adapter: anthropic, base_url: "{0}", api_key: "{KEY}" }}
models:
  m: {{ {FREE}, chain: [{{ provider: openai, model: m }}] }}
  translated: {{ {FREE}, chain: [{{ provider: anthropic, model: m }}] }}
"#,
        upstream.base_url(),
    )
}

/// An upstream that answers, and a gateway with these lines besides.
async fn scene_with(more: &str) -> (Upstream, Gateway) {
    let upstream = Upstream::start().await;
    let choice = value!({ "index": 0, "message": { "role": "assistant", "content": "Hi" }, "finish_reason": "stop" });
    upstream.always(json(
        200,
        value!({ "id": "1", "object": "chat.completion", "choices": [choice] }),
    ));
    let gateway = Gateway::start(&format!("{}{more}", config(&upstream, "red"))).await;
    (upstream, gateway)
}

async fn scene() -> (Upstream, Gateway) {
    scene_with("").await
}

fn request(model: &str, number: u64) -> Value {
    let content = format!("message {number}");
    value!({ "model": model, "messages": [{ "role": "user", "content": content }], "temperature": 0.5 })
}

/// How many upstream requests were prepared before.
async fn kept(gateway: &Gateway) -> u64 {
    gateway.snapshot().await["prepared"]["kept"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_with_the_same_parameters_are_prepared_once_and_sent_with_their_own_text() {
    let (upstream, gateway) = scene().await;
    for number in 0..REQUESTS {
        assert_eq!(gateway.client().chat(request("m", number)).await.status, 200);
    }
    assert!(kept(&gateway).await >= REQUESTS - calls());
    for (number, sent) in upstream.requests().iter().enumerate() {
        assert_eq!(sent.json()["messages"][0]["content"], format!("message {number}"));
        assert_eq!(sent.header("authorization"), Some(&*format!("Bearer {KEY}")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_parameters_and_adapters_that_read_the_request_are_asked_each_time() {
    let (upstream, gateway) = scene().await;
    for number in 0..REQUESTS {
        let mut own = request("m", number);
        own["seed"] = number.into();
        assert_eq!(gateway.client().chat(own).await.status, 200);
        gateway.client().chat(request("translated", number)).await;
    }
    assert_eq!(kept(&gateway).await, 0);
    let sent = upstream.requests();
    let seeds = sent.iter().filter_map(|sent| sent.json()["seed"].as_u64());
    assert!(seeds.eq(0..REQUESTS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_configuration_counts_at_once() {
    let (upstream, mut gateway) = scene().await;
    for number in 0..REQUESTS {
        gateway.client().chat(request("m", number)).await;
    }
    let before = kept(&gateway).await;
    gateway.reconfigure(&config(&upstream, "blue")).await;
    gateway.client().chat(request("m", 0)).await;
    assert_eq!(upstream.requests().last().unwrap().header("x-team"), Some("blue"));
    assert_eq!(kept(&gateway).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_have_the_adapter_called_for_each_request() {
    let (_upstream, gateway) = scene_with("plugins: { keep_prepared: false }\n").await;
    for number in 0..REQUESTS {
        assert_eq!(gateway.client().chat(request("m", number)).await.status, 200);
    }
    assert_eq!(kept(&gateway).await, 0);
}
