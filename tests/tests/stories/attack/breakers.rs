//! What one request does to a target says nothing to the others: no client turns a model off.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Gate, Upstream, json, text};
use serde_json::{Value, json as value};

use crate::scene::{Scene, Setup, ask, begins, says, streams};

const KEY: &str = "rk_4444444444444444444444444444444444444444444444444444444444444444";

/// A user with five requests a day, at an adapter that breaks if it is asked to.
async fn trapping(upstream: &Upstream) -> Gateway {
    let url = upstream.base_url();
    let config = format!(
        r#"
server: {{ auth: required }}
routing: {{ retry_count: 2, breaker: {{ failures: 2, open_for: 1h }} }}
plans:
  some: {{ tiers: [free], limits: {{ per_day: 5 }} }}
keys:
  eve: {{ key: "{KEY}", user: eve, plan: some }}
providers:
  hostile: {{ adapter: hostile, base_url: "{url}" }}
models:
  m: {{ tier: free, {FREE}, chain: [{{ provider: hostile, model: as-asked }}] }}
"#
    );
    Gateway::start(&config).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_breaks_the_adapter_opens_no_breaker_and_takes_quota() {
    let upstream = Upstream::start().await;
    let gateway = trapping(&upstream).await;
    let client = gateway.client().with_key(KEY);
    for wish in ["trap", "memory", "time", "trap"] {
        let mut question = ask("m");
        question["user"] = wish.into();
        let answer = client.chat(question).await;
        assert_eq!((answer.status, answer.error_code()), (502, Some("PROVIDER_ERROR")));
    }
    let target = &gateway.snapshot().await["targets"][0];
    assert_eq!(
        (&target["state"], &target["consecutive_failures"]),
        (&"closed".into(), &0.0.into())
    );
    assert_eq!(client.chat(ask("m")).await.content(), "good");
    assert_eq!(client.chat(ask("m")).await.status, 429);
}

/// Five lists in each other for 5, and so on.
fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[tokio::test]
async fn json_that_would_overflow_an_adapter_is_the_clients_fault() {
    for adapter in ["openai", "anthropic"] {
        let scene = Scene::with(Setup {
            adapter,
            ..Setup::default()
        })
        .await;
        let client = scene.client();
        let arguments = Value::from(format!("{{\"a\":{}}}", nested(5_000)));
        let call = format!(
            r#"{{"role":"assistant","tool_calls":[{{"id":"c","type":"function","function":{{"name":"f","arguments":{arguments}}}}}]}}"#
        );
        for (path, members) in [
            ("/v1/chat/completions", format!(r#""metadata":{}"#, nested(100_000))),
            ("/v1/chat/completions", format!(r#""tools":{}"#, nested(100))),
            ("/v1/chat/completions", format!(r#""messages":[{call}]"#)),
            ("/v1/messages", format!(r#""max_tokens":9,"tools":{}"#, nested(100))),
            ("/v1/messages/count_tokens", format!(r#""tools":{}"#, nested(100_000))),
            ("/v1/embeddings", format!(r#""input":{}"#, nested(100_000))),
            ("/v1/rerank", format!(r#""documents":{}"#, nested(100_000))),
            ("/v1/images/generations", format!(r#""prompt":{}"#, nested(100_000))),
        ] {
            let body = format!(r#"{{"model":"solo","messages":[{{"role":"user","content":"hi"}}],{members}}}"#);
            for client in [client.clone(), client.clone().header("anthropic-version", "2023-06-01")] {
                let answer = client.post_text(path, &body).await;
                assert_eq!(answer.status, 400, "{path}: {}", answer.text());
                assert!(
                    answer.text().contains("nested deeper than 64 levels"),
                    "{}",
                    answer.text()
                );
            }
        }
        assert_eq!(scene.first.requests().len(), 0);
    }
}

#[tokio::test]
async fn an_upstream_whose_error_is_nested_is_judged_by_its_status() {
    for adapter in ["openai", "anthropic"] {
        let scene = Scene::with(Setup {
            adapter,
            ..Setup::default()
        })
        .await;
        scene.first.always(json(429, format!(r#"{{"error":{}}}"#, nested(120))));
        scene.second.always(says("second"));
        let answer = scene.client().chat(ask("duo")).await;
        let attempts = answer.header("x-jackfield-attempts");
        assert_eq!(attempts, Some("first=rate-limited, second=ok;model=second-model"));
    }
}

#[tokio::test]
async fn a_counter_of_tokens_that_is_down_does_not_turn_the_model_off() {
    let scene = Scene::with(Setup {
        adapter: "anthropic",
        routing: "retry_count: 0, breaker: { failures: 2, open_for: 1h }",
        ..Setup::default()
    })
    .await;
    scene.first.always(text(500, ""));
    let client = scene.client();
    for _ in 0..4 {
        let count = client.post("/v1/messages/count_tokens", ask("solo")).await;
        assert_eq!(count.json()["estimated"], true);
    }
    assert_eq!(scene.first.requests().len(), 4, "two, and twice the last resort");
    assert_eq!(scene.gateway.snapshot().await["targets"][0]["state"], "closed");
}

#[tokio::test]
async fn while_every_breaker_is_open_a_request_is_one_attempt() {
    let scene =
        Scene::with_routing("retry_count: 5, breaker: { failures: 1, open_for: 1h }, backoff: { base: 1ms, max: 1ms }")
            .await;
    scene.first.always(text(500, ""));
    let client = scene.client();
    client.chat(ask("solo")).await;
    for _ in 0..3 {
        let before = scene.first.requests().len();
        assert_eq!(client.chat(ask("solo")).await.status, 502);
        assert_eq!(scene.first.requests().len(), before + 1);
    }
}

#[tokio::test]
async fn a_slow_probe_leaves_the_others_their_last_resort() {
    let scene = Scene::with_routing("retry_count: 0, breaker: { failures: 1, open_for: 50ms }").await;
    let gate = Gate::new();
    scene.first.reply(text(500, ""));
    scene.first.then(says("slow").after(&gate));
    scene.first.always(says("fast"));
    let client = scene.client();
    assert_eq!(client.chat(ask("solo")).await.status, 502);
    scene.first.next_request().await;
    let slow = client.chat(ask("solo"));
    let others = async {
        scene.first.next_request().await;
        for _ in 0..5 {
            assert_eq!(client.chat(ask("solo")).await.content(), "fast");
        }
        gate.open();
    };
    assert_eq!(tokio::join!(slow, others).0.content(), "slow");
}

#[tokio::test]
async fn a_stream_that_nobody_reads_does_not_keep_its_target_half_open() {
    let scene = Scene::with_routing("retry_count: 0, breaker: { failures: 1, open_for: 50ms }").await;
    scene.first.reply(text(500, ""));
    scene.first.then(begins(&["a", "b"]).then_stall());
    scene.first.always(streams(&["whole"]));
    let client = scene.client();
    assert_eq!(client.chat(ask("solo")).await.status, 502);
    let mut unread = client.stream(ask("solo")).await;
    assert_eq!(unread.next_content().await, "a");
    assert_eq!(scene.gateway.snapshot().await["targets"][0]["state"], "closed");
    let other = client.stream(ask("solo")).await.collect().await;
    assert_eq!(other.content(), "whole");
}

#[tokio::test]
async fn no_client_is_told_to_wait_for_more_than_a_day() {
    let scene = Scene::start().await;
    let limited = json(429, value!({ "error": { "message": "slow down" } }));
    scene.first.always(limited.header("retry-after", "99999999999"));
    let answer = scene.client().chat(ask("solo")).await;
    let after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((86_000..=86_400).contains(&after), "{after}");
}
