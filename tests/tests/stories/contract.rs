//! What a plugin may ask of the host in every call, and what it may say besides its result.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json, sse};
use serde_json::{Value, json as value};

async fn scene() -> (Upstream, Gateway) {
    let upstream = Upstream::start().await;
    let config = format!(
        r#"
server: {{ auth: off }}
routing: {{ retry_count: 0 }}
providers:
  curious: {{ adapter: curious, base_url: "{0}", attachments: {{ hosts: ["{1}", "*"], private: true, max_bytes: 9 }} }}
  frugal: {{ adapter: curious, base_url: "{0}" }}
models:
  m: {{ {FREE}, chain: [{{ provider: curious, model: m }}] }}
  text: {{ {FREE}, chain: [{{ provider: curious, model: text }}] }}
  frugal: {{ {FREE}, chain: [{{ provider: frugal, model: m }}] }}
"#,
        upstream.base_url(),
        host(&upstream),
    );
    (upstream, Gateway::start(&config).await)
}

/// The upstream's host and port.
fn host(upstream: &Upstream) -> String {
    let url = upstream.base_url();
    let (_, rest) = url.split_once("://").unwrap();
    rest.split('/').next().unwrap().to_owned()
}

fn request() -> Value {
    value!({ "model": "m", "messages": [{ "role": "user", "content": "hello" }], "top_k": 5 })
}

/// What the plugin knew in a call.
fn known(text: &str, id: &str) -> Value {
    let known: Value = serde_json::from_str(text).unwrap();
    assert_eq!(known["body"]["messages"][0]["content"], "hello");
    assert_eq!(known["parameters"]["top_k"], 5);
    assert!(known["parameters"].get("messages").is_none());
    assert_eq!(known["request_id"], id);
    assert!(known["time_ms"].as_u64().unwrap() > 1_700_000_000_000);
    known
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_is_there_in_every_call_of_a_buffered_attempt() {
    let (upstream, gateway) = scene().await;
    upstream.always(json(200, value!({})));
    let answer = gateway.client().chat(request()).await;
    let id = answer.header("x-request-id").unwrap();
    let decoded = known(&answer.content(), id);
    let prepared = known(&String::from_utf8_lossy(&upstream.requests()[0].body), id);
    assert_ne!(decoded["nonce"], prepared["nonce"]);
    assert_eq!(answer.header("x-jackfield-dropped"), Some("top_k, seed, logit_bias"));
    let logs = gateway.logs();
    assert!(logs.contains("the adapter warns: the upstream has no top_k"));
    assert!(logs.contains("the adapter warns: the reply has no usage"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_is_there_in_every_call_of_a_streamed_attempt() {
    let (upstream, gateway) = scene().await;
    upstream.always(sse(["[DONE]"]));
    let stream = gateway.client().stream(request()).await;
    let id = stream.header("x-request-id").unwrap().to_owned();
    assert_eq!(stream.header("x-jackfield-dropped"), Some("top_k, seed"));
    let collected = stream.collect().await;
    known(&collected.content(), &id);
    assert!(gateway.logs().contains("the adapter warns: the stream is decoded"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_no_json_where_json_belongs_is_refused() {
    let (upstream, gateway) = scene().await;
    upstream.always(json(200, value!({})));
    let mut asked = request();
    asked["model"] = "text".into();
    let answer = gateway.client().chat(asked).await;
    assert_eq!((answer.status, answer.error_code()), (502, Some("PROVIDER_ERROR")));
    assert!(
        gateway
            .logs()
            .contains("the adapter returned \"text/plain\" where JSON belongs")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_stream_reaches_an_adapter_that_asks_for_it() {
    let (upstream, gateway) = scene().await;
    upstream.always(sse(["[DONE]"]).header("x-region", "eu"));
    let stream = gateway.client().stream(request()).await;
    assert_eq!(stream.header("x-upstream-region"), Some("eu"));
    let collected = stream.collect().await;
    let known: Value = serde_json::from_str(&collected.content()).unwrap();
    assert_eq!(known["region"], "eu");
    assert!(gateway.logs().contains("the adapter warns: the head is read"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adapter_adds_headers_to_the_answer_that_mean_nothing_else() {
    let (upstream, gateway) = scene().await;
    upstream.always(json(200, value!({})).header("x-region", "us"));
    let answer = gateway.client().chat(request()).await;
    assert_eq!(answer.header("x-upstream-region"), Some("us"));
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_fetches_what_an_adapter_names_from_listed_hosts_only() {
    let (upstream, gateway) = scene().await;
    let ask = |model: &str, url: String| {
        let mut asked = request();
        asked["model"] = model.into();
        asked["attach"] = value!([url]);
        asked
    };
    upstream.then(json(200, value!({"a": 1})));
    upstream.always(json(200, value!({})));
    let url = format!("http://{}/cat.png", host(&upstream));
    let answer = gateway.client().chat(ask("m", url.clone())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let requests = upstream.requests();
    assert_eq!(requests[0].path, "/cat.png");
    assert!(requests[0].header("authorization").is_none());
    let sent: Value = serde_json::from_slice(&requests[1].body).unwrap();
    assert_eq!(sent["attached"], value!([["application/json", 7]]));
    assert_eq!(sent["unnamed"], false);

    for (model, url, reason) in [
        ("frugal", url.as_str(), "cannot be sent: this provider fetches no URLs"),
        ("m", "http://127.0.0.1:1/", "leads into the gateway's own network"),
        ("m", "https://169.254.169.254/", "leads into the gateway's own network"),
        ("m", "http://example.com/", "is not an https URL"),
    ] {
        let answer = gateway.client().chat(ask(model, url.to_owned())).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(answer.text().contains(reason), "{}", answer.text());
    }
    upstream.always(json(200, value!({"longer": "than nine bytes"})));
    let answer = gateway.client().chat(ask("m", url)).await;
    assert!(answer.text().contains("is too large"), "{}", answer.text());
    assert_eq!(upstream.requests().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_of_a_target_go_over_those_of_its_provider() {
    let upstream = Upstream::start().await;
    let message = value!({ "role": "assistant", "content": "hi" });
    upstream.always(json(
        200,
        value!({"choices": [{"message": message, "finish_reason": "stop"}]}),
    ));
    let config = format!(
        r#"
server: {{ auth: off }}
providers:
  p: {{ adapter: openai, base_url: "{}", settings: {{ drop_parameters: [seed], max_tokens: max_tokens }} }}
models:
  plain: {{ {FREE}, chain: [{{ provider: p, model: m }}] }}
  own: {{ {FREE}, chain: [{{ provider: p, model: m, settings: {{ drop_parameters: null }} }}] }}
"#,
        upstream.base_url()
    );
    let gateway = Gateway::start(&config).await;
    for model in ["plain", "own"] {
        let message = value!({ "role": "user", "content": "hello" });
        let asked = value!({"model": model, "messages": [message], "seed": 5, "max_completion_tokens": 9});
        assert_eq!(gateway.client().chat(asked).await.status, 200);
    }
    let sent: Vec<Value> = upstream.requests().iter().map(|request| request.json()).collect();
    assert_eq!((sent[0].get("seed"), &sent[0]["max_tokens"]), (None, &value!(9)));
    assert_eq!((&sent[1]["seed"], &sent[1]["max_tokens"]), (&value!(5), &value!(9)));
}
