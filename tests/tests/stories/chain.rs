//! A model's chain: what makes the gateway try the next target, what ends the chain, and what the client is told.

use jackfield_tests::upstream::{Reply, huge_json, json, no_answer, redirect, refusing, text};
use serde_json::json as value;

use crate::scene::{FIRST_KEY, Scene, Setup, ask, refuses, says, streams};

/// The first target replies like this; the second must answer, and the attempts header must say why.
async fn falls_through(reply: Reply, class: &str) {
    let scene = Scene::with(Setup {
        first: "max_reply_bytes: 10000",
        ..Setup::default()
    })
    .await;
    scene.first.reply(reply);
    scene.second.reply(says("from the second"));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.status, 200, "{class}");
    assert_eq!(answer.content(), "from the second", "{class}");
    assert_eq!(answer.json()["provider"], "second");
    let attempts = format!("first={class}, second=ok;model=second-model");
    let header = answer.header("x-jackfield-attempts");
    assert_eq!(header, Some(attempts.as_str()));
    assert_eq!(scene.first.replies_left(), 0);
}

#[tokio::test]
async fn a_provider_that_fails_is_followed_by_the_next() {
    falls_through(text(500, "oops"), "overloaded").await;
    falls_through(text(503, "busy"), "overloaded").await;
    falls_through(refuses(429, "slow down"), "rate-limited").await;
    falls_through(refuses(401, "bad key"), "refused").await;
    falls_through(refuses(404, "no such model"), "refused").await;
    falls_through(text(504, "gateway timeout"), "timeout").await;
    falls_through(no_answer(), "overloaded").await;
}

#[tokio::test]
async fn a_reply_that_makes_no_sense_is_followed_by_the_next() {
    falls_through(json(200, "{\"id\": \"x\", \"choi"), "malformed").await;
    falls_through(json(200, "[]"), "malformed").await;
    falls_through(text(200, "<html>Sorry</html>"), "malformed").await;
    falls_through(text(200, ""), "malformed").await;
    falls_through(huge_json(10_001), "malformed").await;
    falls_through(says("cut in the middle").cut_after(20), "overloaded").await;
}

#[tokio::test]
async fn an_error_under_status_200_is_an_error() {
    let error = |code: &str| json(200, value!({ "error": { "message": "no", "code": code } }));
    falls_through(error("429"), "rate-limited").await;
    falls_through(error("whatever"), "overloaded").await;
    falls_through(error("insufficient_quota"), "refused").await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let scene = Scene::start().await;
    let elsewhere = format!("{}/chat/completions", scene.second.base_url());
    scene.first.reply(redirect(307, &elsewhere));
    let answer = scene.client().chat(ask("solo")).await;
    assert_eq!(answer.status, 502);
    assert_eq!(scene.second.requests().len(), 0);
    falls_through(redirect(302, "http://127.0.0.1:9/"), "refused").await;
}

#[tokio::test]
async fn a_refused_connection_is_followed_by_the_next() {
    let nobody = refusing();
    let scene = Scene::with(Setup {
        base_url: Some(&nobody.base_url()),
        ..Setup::default()
    })
    .await;
    scene.second.reply(says("here"));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.content(), "here");
    let attempts = answer.header("x-jackfield-attempts");
    assert_eq!(attempts, Some("first=overloaded, second=ok;model=second-model"));
}

#[tokio::test]
async fn each_target_is_asked_for_its_own_model_and_the_client_sees_its_own() {
    let scene = Scene::start().await;
    scene.first.reply(text(500, ""));
    scene.second.reply(says("hi"));
    let answer = scene.client().chat(ask("duo")).await.json();
    assert_eq!(scene.first.next_request().await.json()["model"], "first-model");
    assert_eq!(scene.second.next_request().await.json()["model"], "second-model");
    assert_eq!(answer["model"], "duo");
    assert!(answer["latency_ms"].is_u64());
}

#[tokio::test]
async fn a_fault_of_the_client_ends_the_chain_with_the_upstreams_words() {
    for status in [400, 422] {
        let scene = Scene::with_routing("retry_count: 2").await;
        let words = "This model's context is 8192 tokens.";
        scene.first.reply(refuses(status, words));
        let answer = scene.client().chat(ask("duo")).await;
        assert_eq!((answer.status, answer.text()), (400, words));
        assert_eq!(answer.error_code(), Some("INVALID_REQUEST"));
        assert_eq!(scene.first.requests().len(), 1);
        assert_eq!(scene.second.requests().len(), 0);
    }
}

#[tokio::test]
async fn a_stream_that_is_the_clients_fault_is_a_plain_400() {
    let scene = Scene::start().await;
    scene.first.reply(refuses(400, "bad tool schema"));
    let stream = scene.client().stream(ask("duo")).await;
    assert_eq!(stream.status, 400);
    assert_eq!(stream.header("x-error-code"), Some("INVALID_REQUEST"));
    assert_eq!(scene.second.requests().len(), 0);
}

#[tokio::test]
async fn when_all_fail_the_client_learns_who_and_how_and_nothing_else() {
    let scene = Scene::start().await;
    let words = "account acme-7 is out of credit";
    scene.first.reply(refuses(401, words));
    scene.second.reply(refuses(429, words));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.error_code(), Some("PROVIDER_ERROR"));
    let expected = "Every provider of model `duo` failed: first refused to serve it, second is rate limited.";
    assert_eq!(answer.text(), expected);
    let everything = format!("{:?} {}", answer.headers, answer.text());
    let address = scene.first.address().to_string();
    for hidden in [words, FIRST_KEY, &address, "first-model"] {
        assert!(!everything.contains(hidden), "{hidden} in {everything}");
    }
    // The operator does learn the upstream's words.
    assert!(scene.gateway.logs().contains(words));
}

#[tokio::test]
async fn every_answer_bears_a_request_id() {
    let scene = Scene::start().await;
    scene.first.always(says("hi"));
    let client = scene.client();
    for answer in [
        client.chat(ask("duo")).await,
        client.chat(ask("unknown")).await,
        client.get("/v1/models").await,
        client.get("/nowhere").await,
    ] {
        let id = answer.header("x-request-id").unwrap();
        assert!(id.starts_with("req_") && id.len() == 36, "{id}");
    }
    let named = client.clone().header("x-request-id", "mine-42");
    assert_eq!(named.chat(ask("duo")).await.header("x-request-id"), Some("mine-42"));
    let insane = client.header("x-request-id", "two words");
    let answer = insane.chat(ask("duo")).await;
    assert_ne!(answer.header("x-request-id"), Some("two words"));
}

#[tokio::test]
async fn the_headers_about_routing_are_off_unless_asked_for() {
    let scene = Scene::with_server("expose_attempts: false").await;
    scene.first.reply(says("hi"));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.header("x-jackfield-attempts"), None);
    assert_eq!(answer.header("x-jackfield-generation"), None);
    let scene = Scene::with_server("expose_generation: true").await;
    scene.first.reply(says("hi"));
    let answer = scene.client().chat(ask("duo")).await;
    assert_eq!(answer.header("x-jackfield-generation"), Some("1"));
}

#[tokio::test]
async fn the_upstreams_model_that_answered_is_named_if_asked_for() {
    let scene = Scene::with_server("expose_model: true").await;
    scene
        .first
        .reply(says("hi"))
        .then(refuses(401, "no"))
        .then(streams(&["hi"]));
    scene.second.reply(says("hi"));
    let client = scene.client();
    for model in ["first-model", "second-model"] {
        let answer = client.chat(ask("duo")).await;
        assert_eq!(answer.header("x-jackfield-model"), Some(model));
        assert_eq!(answer.header("x-jackfield-attempts"), None);
    }
    let stream = client.stream(ask("duo")).await;
    assert_eq!(stream.header("x-jackfield-model"), Some("first-model"));
    scene.first.reply(refuses(401, "no"));
    let answer = client.chat(ask("solo")).await;
    assert_eq!((answer.status, answer.header("x-jackfield-model")), (502, None));
}

#[tokio::test]
async fn the_log_names_the_upstreams_model_of_requests_and_of_failed_attempts() {
    let scene = Scene::start().await;
    // Every story of this program writes into the same log.
    scene.first.reply(refuses(429, "slow down, order 4711"));
    scene.second.reply(says("hi"));
    let client = scene.client().header("x-request-id", "order-4711");
    client.chat(ask("duo")).await;
    let logs = scene.gateway.logs();
    let line = |words: &str| {
        let line = logs
            .lines()
            .find(|line| line.contains("order-4711") && line.contains(words));
        line.unwrap().to_owned()
    };
    let failed = line("attempt failed: slow down, order 4711");
    for field in [
        "request_id=\"order-4711\"",
        "model=\"duo\"",
        "provider=\"first\"",
        "upstream_model=\"first-model\"",
        "class=rate-limited",
        "status=429",
        "duration_ms=",
    ] {
        assert!(failed.contains(field), "{field} in {failed}");
    }
    let ended = line("jackfield::request");
    assert!(ended.contains("upstream_model=\"second-model\""), "{ended}");
}
