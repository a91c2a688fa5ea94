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
  curious: {{ adapter: curious, base_url: "{}" }}
models:
  m: {{ {FREE}, chain: [{{ provider: curious, model: m }}] }}
  text: {{ {FREE}, chain: [{{ provider: curious, model: text }}] }}
"#,
        upstream.base_url()
    );
    (upstream, Gateway::start(&config).await)
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
