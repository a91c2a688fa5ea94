//! Further passes over the chain, and the requests that get none.

use std::time::{Duration, Instant};

use jackfield_tests::upstream::text;
use serde_json::json as value;

use crate::scene::{Scene, ask, refuses, says, streams};

/// Passes follow each other at once.
const HASTE: &str = "backoff: { base: 1ms, max: 1ms }";

#[tokio::test]
async fn a_chain_is_walked_as_often_as_configured() {
    let scene = Scene::with_routing(&format!("retry_count: 2, {HASTE}")).await;
    scene.first.always(text(500, ""));
    scene.second.reply(text(502, "")).then(text(503, ""));
    scene.second.then(says("at last"));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.content(), "at last");
    let attempts = answer.header("x-jackfield-attempts");
    let expected = "first=overloaded, second=overloaded, first=overloaded, second=overloaded, first=overloaded, second=ok;model=second-model";
    assert_eq!(attempts, Some(expected));
}

#[tokio::test]
async fn after_the_last_pass_it_is_given_up() {
    let scene = Scene::with_routing(&format!("retry_count: 1, {HASTE}")).await;
    scene.first.always(text(500, ""));
    scene.second.always(text(500, ""));
    assert_eq!(scene.client().chat(ask("duo")).await.status, 502);
    assert_eq!(scene.first.requests().len(), 2);
    assert_eq!(scene.second.requests().len(), 2);
}

#[tokio::test]
async fn a_provider_that_refuses_is_not_asked_again() {
    let scene = Scene::with_routing(&format!("retry_count: 2, {HASTE}")).await;
    scene.first.always(refuses(401, "bad key"));
    scene.second.reply(text(500, "")).then(says("second pass"));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.content(), "second pass");
    assert_eq!(scene.first.requests().len(), 1);
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let scene = Scene::with_routing(&format!("retry_count: 1, {HASTE}")).await;
    let busy = refuses(429, "slow down").header("retry-after", "1");
    scene.first.reply(busy).then(says("now"));
    let answer = scene.client().chat(ask("solo")).await;
    assert_eq!(answer.content(), "now");
    let latency = answer.json()["latency_ms"].as_u64().unwrap();
    assert!(latency >= 1000, "asked again after {latency} ms");
}

#[tokio::test]
async fn a_wait_in_milliseconds_is_waited_for_and_goes_before_one_in_seconds() {
    for (path, stream) in [
        ("/v1/chat/completions", false),
        ("/v1/chat/completions", true),
        ("/v1/messages", false),
        ("/v1/responses", true),
    ] {
        let scene = Scene::with_routing(&format!("retry_count: 1, {HASTE}")).await;
        let busy = refuses(429, "slow down")
            .header("retry-after-ms", "700")
            .header("retry-after", "3600");
        scene
            .first
            .reply(busy)
            .then(if stream { streams(&["now"]) } else { says("now") });
        let mut body = ask("solo");
        body["max_tokens"] = value!(8);
        body["input"] = value!("hello");
        body["stream"] = value!(stream);
        let asked = Instant::now();
        let answer = scene.client().post(path, body).await;
        let waited = asked.elapsed();
        assert!(answer.text().contains("now"), "{path}: {}", answer.text());
        assert!(
            waited >= Duration::from_millis(700),
            "{path} {stream}: asked again after {waited:?}"
        );
        assert_eq!(scene.first.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_wait_in_milliseconds_is_passed_on_and_remembered_for_its_target() {
    let scene = Scene::with_routing("retry_count: 0, max_wait: 20ms").await;
    scene
        .first
        .always(refuses(429, "slow down").header("retry-after-ms", "3600000"));
    scene.second.always(says("second"));
    let answer = scene.client().chat(ask("solo")).await;
    assert_eq!(
        (answer.status, answer.error_code()),
        (429, Some("PROVIDER_RATE_LIMITED"))
    );
    let after = |name: &str| answer.header(name).and_then(|wait| wait.parse::<u64>().ok());
    assert_eq!(after("retry-after"), Some(3600));
    let next = scene.client().chat(ask("duo")).await;
    assert_eq!(
        next.header("x-jackfield-attempts"),
        Some("second=ok;model=second-model")
    );
    assert_eq!(scene.first.requests().len(), 1);
}

#[tokio::test]
async fn a_retry_after_is_waited_for_up_to_the_maximum_and_passed_on_in_full() {
    let scene = Scene::with_routing(&format!("retry_count: 5, max_wait: 20ms, {HASTE}")).await;
    let busy = refuses(429, "slow down").header("retry-after", "3600");
    scene.first.always(busy);
    let answer = scene.client().chat(ask("solo")).await;
    assert_eq!(
        (answer.status, answer.error_code()),
        (429, Some("PROVIDER_RATE_LIMITED"))
    );
    assert_eq!(answer.header("retry-after"), Some("3600"));
    assert_eq!(scene.first.requests().len(), 2);
}

#[tokio::test]
async fn targets_that_are_all_rate_limited_are_a_429_with_the_shortest_wait() {
    let limited = |seconds: &str| refuses(429, "slow down").header("retry-after", seconds);
    let prompt = || {
        let mut prompt = ask("duo");
        prompt["max_tokens"] = value!(8);
        prompt
    };
    for path in ["/v1/chat/completions", "/v1/messages", "/v1/completions"] {
        for stream in [false, true] {
            let scene = Scene::start().await;
            scene.first.reply(limited("120"));
            scene.second.reply(limited("60"));
            let mut body = prompt();
            body["stream"] = value!(stream);
            body["prompt"] = value!("hello");
            let answer = scene.client().post(path, body).await;
            let code = Some("PROVIDER_RATE_LIMITED");
            assert_eq!((answer.status, answer.error_code()), (429, code), "{path} {stream}");
            let after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((50..=60).contains(&after), "{after}");
            let words = "Every provider of model `duo` failed: first is rate limited, second is rate limited.";
            assert_eq!(answer.text(), words);
        }
    }
    // One that fails otherwise makes it a 502.
    let scene = Scene::start().await;
    scene.first.reply(limited("120"));
    scene.second.reply(text(500, ""));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!((answer.status, answer.error_code()), (502, Some("PROVIDER_ERROR")));
}

#[tokio::test]
async fn a_retry_after_is_remembered_for_other_requests_and_models() {
    let scene = Scene::with_routing("retry_count: 0, max_wait: 1h").await;
    let busy = refuses(429, "slow down").header("retry-after", "3600");
    scene.first.reply(busy).then(says("the last resort"));
    scene.second.always(says("second"));
    let client = scene.client();
    for attempts in [
        "first=rate-limited, second=ok;model=second-model",
        "second=ok;model=second-model",
    ] {
        let answer = client.chat(ask("duo")).await;
        assert_eq!(answer.header("x-jackfield-attempts"), Some(attempts));
    }
    let target = scene.gateway.snapshot().await["targets"][0].clone();
    assert_eq!(target["model"], "first-model");
    assert!(
        target["retry_after"].as_f64().is_some_and(|wait| wait > 3_000.0),
        "{target}"
    );
    assert_eq!(client.chat(ask("solo")).await.content(), "the last resort");
}

#[tokio::test]
async fn one_providers_retry_after_does_not_hold_up_the_others() {
    let scene = Scene::with_routing(&format!("retry_count: 1, {HASTE}")).await;
    let busy = refuses(429, "slow down").header("retry-after", "3600");
    scene.first.always(busy);
    scene.second.reply(text(500, "")).then(says("second pass"));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.content(), "second pass");
    assert_eq!(scene.first.requests().len(), 1);
}

#[tokio::test]
async fn a_conversation_with_a_tools_result_tries_the_first_target_again_and_then_the_next() {
    let scene = Scene::with_routing(&format!("retry_count: 2, {HASTE}")).await;
    scene.first.always(text(500, ""));
    scene.second.always(says("second"));
    for _ in 0..2 {
        let answer = scene.client().chat(tool_result()).await;
        assert_eq!(answer.content(), "second");
        let attempts = "first=overloaded, first=overloaded, second=ok;model=second-model";
        assert_eq!(answer.header("x-jackfield-attempts"), Some(attempts));
    }
}

#[tokio::test]
async fn a_conversation_with_a_tools_result_stays_with_the_first_target_if_it_must() {
    for (mode, attempts) in [("same_target", 3), ("first_only", 1)] {
        let routing = format!("retry_count: 2, tool_conversations: {mode}, {HASTE}");
        let scene = Scene::with_routing(&routing).await;
        scene.first.always(text(500, ""));
        let answer = scene.client().chat(tool_result()).await;
        assert_eq!(answer.status, 502);
        let expected = "Every provider of model `duo` failed: first is overloaded or unreachable.";
        assert_eq!(answer.text(), expected);
        assert_eq!(scene.first.requests().len(), attempts, "{mode}");
        assert_eq!(scene.second.requests().len(), 0);
    }
}

#[tokio::test]
async fn a_conversation_with_a_tools_result_passes_over_a_target_that_is_not_alive() {
    for mode in ["chain", "same_target", "first_only"] {
        let routing = format!("retry_count: 0, tool_conversations: {mode}, breaker: {{ failures: 1, open_for: 1h }}");
        let scene = Scene::with_routing(&routing).await;
        scene.first.reply(text(500, ""));
        scene.second.always(says("alive"));
        let client = scene.client();
        assert_eq!(client.chat(ask("duo")).await.content(), "alive");
        assert_eq!(client.chat(tool_result()).await.content(), "alive");
        assert_eq!(scene.first.requests().len(), 1, "{mode}");
    }
}

fn tool_result() -> serde_json::Value {
    let call = value!({ "id": "c1", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    value!({ "model": "duo", "messages": [
        { "role": "user", "content": "hello" },
        { "role": "assistant", "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "c1", "content": "42" },
    ] })
}
