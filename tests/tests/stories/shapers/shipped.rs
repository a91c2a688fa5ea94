//! The shapers that come with the gateway, through all of it.

use jackfield_tests::client::{Collected, Event};
use jackfield_tests::upstream::{Reply, sse_typed};
use jackfield_tests::vendor::{Turn, anthropic};
use serde_json::json as value;

use super::scene::{Scene, ask, ask_message};
use crate::scene::{says, streams};

const REDACT: &str =
    "privacy: { plugin: redact, grant: [texts, tool-arguments, reply], settings: { reversible: true } }";

/// What the model says, and what the client is to get.
const SAID: &str = "Dear <EMAIL_1>, dear <EMAIL_2>: <EMAIL_ is all, <EMAIL_1>";
const GOT: &str = "Dear alice@example.com, dear bob@example.com: <EMAIL_ is all, alice@example.com";

const QUESTION: &str = "Greet alice@example.com and bob@example.com";

fn text(stream: &Collected) -> String {
    let piece = |event: &Event| event.json()["delta"]["text"].as_str().map(str::to_owned);
    stream.events.iter().filter_map(piece).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn redact_is_reversed_in_every_dialect_wherever_a_stream_is_cut() {
    let scene = Scene::with(REDACT).await;
    let (client, full) = (scene.client(), scene.client().header("anthropic-version", "2023-06-01"));
    let native = |pieces: &[&str]| -> Reply { sse_typed(&anthropic::events(&Turn::says(pieces))) };
    for cut in 0..SAID.len() {
        let pieces = [&SAID[..cut], &SAID[cut..]];
        scene
            .upstream
            .reply(streams(&pieces))
            .then(streams(&pieces))
            .then(native(&pieces));
        let chat = client.stream(ask(QUESTION)).await.collect().await;
        assert_eq!((chat.content().as_str(), chat.is_done()), (GOT, true), "{cut}");
        for model in ["m", "n"] {
            let stream = full.stream_from("/v1/messages", ask_message(model, QUESTION)).await;
            let stream = stream.collect().await;
            assert_eq!(text(&stream), GOT, "{model} {cut}");
            assert!(stream.events.last().unwrap().data.contains("message_stop"));
        }
    }
    for sent in scene.upstream.requests() {
        let sent = sent.json().to_string();
        assert!(sent.contains("<EMAIL_1>") && !sent.contains("example.com"), "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redact_is_reversed_in_whole_replies_of_every_dialect() {
    let scene = Scene::with(REDACT).await;
    scene.upstream.always(says(SAID));
    assert_eq!(scene.client().chat(ask(QUESTION)).await.content(), GOT);
    let full = scene.client().header("anthropic-version", "2023-06-01");
    let full = full.post("/v1/messages", ask_message("m", QUESTION)).await.json();
    assert_eq!(full["content"][0]["text"], GOT);
    let short = scene
        .client()
        .post("/v1/messages", ask_message("m", QUESTION))
        .await
        .json();
    assert_eq!(short["content"], GOT);
}

#[tokio::test(flavor = "multi_thread")]
async fn system_prompt_adds_to_a_chat_without_seeing_it() {
    let shaper = "style: { plugin: system-prompt, settings: { text: \"You serve {{model}}.\" } }";
    let scene = Scene::with(shaper).await;
    scene.says("ok");
    scene.client().chat(ask("hi")).await;
    let sent = scene.upstream.requests().remove(0).json();
    assert_eq!(
        sent["messages"],
        value!([{ "role": "system", "content": "You serve m." }, { "role": "user", "content": "hi" }])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn guard_masks_a_word_and_refuses_another() {
    let rules = "{ max_characters: 40, words: { request: [forbidden], reply: [Bluebird], in_reply: mask } }";
    let shaper = format!("rules: {{ plugin: guard, grant: [texts, reply], settings: {{ rules: {rules} }} }}");
    let scene = Scene::with(&shaper).await;
    scene.upstream.reply(streams(&["the Blue", "bird", " flies"]));
    let stream = scene.client().stream(ask("hi")).await.collect().await;
    assert_eq!((stream.content().as_str(), stream.is_done()), ("the *** flies", true));
    let answer = scene.client().chat(ask("forbidden")).await;
    assert_eq!((answer.status, answer.error_code()), (400, Some("content_blocked")));
    let answer = scene.client().chat(ask(&"x".repeat(41))).await;
    assert_eq!((answer.status, answer.error_code()), (400, Some("too_many_characters")));
}
