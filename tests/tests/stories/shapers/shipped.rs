//! The shapers that come with the gateway, through all of it.

use jackfield_tests::client::Collected;
use jackfield_tests::upstream::{json, sse_typed};
use jackfield_tests::vendor::{Turn, anthropic};
use serde_json::{Value, json as value};

use super::scene::{Scene, ask, ask_message};
use crate::scene::{says, streams};

const REDACT: &str =
    "privacy: { plugin: redact, grant: [texts, tool-arguments, reply], settings: { reversible: true } }";

/// What the model says, and what the client is to get.
const SAID: &str = "Dear <EMAIL_1>, dear <EMAIL_2>: <EMAIL_ is all, <EMAIL_1>";
const GOT: &str = "Dear alice@example.com, dear bob@example.com: <EMAIL_ is all, alice@example.com";

const QUESTION: &str = "Greet alice@example.com and bob@example.com";

/// How a client of one dialect asks, and what it reads.
struct Asker {
    path: fn(&str, bool) -> String,
    body: fn(&str) -> Value,
    /// The text that one event of a stream brings.
    piece: fn(&Value) -> Option<&str>,
    /// The text of a whole reply.
    whole: fn(&Value) -> &Value,
    /// What the last event of a stream that ended well has in it.
    end: &'static str,
}

/// One of each dialect.
fn askers() -> [Asker; 4] {
    [
        Asker {
            path: |_, _| "/v1/chat/completions".to_owned(),
            body: |model| value!({ "model": model, "messages": [{ "role": "user", "content": QUESTION }] }),
            piece: |event| event["choices"][0]["delta"]["content"].as_str(),
            whole: |reply| &reply["choices"][0]["message"]["content"],
            end: "[DONE]",
        },
        Asker {
            path: |_, _| "/v1/messages".to_owned(),
            body: |model| ask_message(model, QUESTION),
            piece: |event| event["delta"]["text"].as_str(),
            whole: |reply| &reply["content"][0]["text"],
            end: "message_stop",
        },
        Asker {
            path: |_, _| "/v1/responses".to_owned(),
            body: |model| value!({ "model": model, "input": QUESTION }),
            piece: |event| event["delta"].as_str(),
            whole: |reply| &reply["output"][0]["content"][0]["text"],
            end: "response.completed",
        },
        Asker {
            path: |model, streams| {
                let method = if streams {
                    "streamGenerateContent?alt=sse"
                } else {
                    "generateContent"
                };
                format!("/v1beta/models/{model}:{method}")
            },
            body: |_| value!({ "contents": [{ "role": "user", "parts": [{ "text": QUESTION }] }] }),
            piece: |event| event["candidates"][0]["content"]["parts"][0]["text"].as_str(),
            whole: |reply| &reply["candidates"][0]["content"]["parts"][0]["text"],
            end: "STOP",
        },
    ]
}

fn text(stream: &Collected, asker: &Asker) -> String {
    let events = stream.events.iter().filter(|event| event.data != "[DONE]");
    events
        .filter_map(|event| (asker.piece)(&event.json()).map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn redact_is_reversed_in_every_dialect_wherever_a_stream_is_cut() {
    let scene = Scene::with(REDACT).await;
    let client = scene.client().header("anthropic-version", "2023-06-01");
    for cut in 0..SAID.len() {
        let pieces = [&SAID[..cut], &SAID[cut..]];
        for asker in askers() {
            for model in ["m", "n"] {
                scene.upstream.reply(match model {
                    "m" => streams(&pieces),
                    _ => sse_typed(&anthropic::events(&Turn::says(&pieces))),
                });
                let path = (asker.path)(model, true);
                let stream = client.stream_from(&path, (asker.body)(model)).await.collect().await;
                assert_eq!(text(&stream, &asker), GOT, "{path} {model} {cut}");
                let last = stream.events.last().unwrap();
                assert!(last.data.contains(asker.end), "{path} {model} {cut}: {last:?}");
            }
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
    let full = scene.client().header("anthropic-version", "2023-06-01");
    for asker in askers() {
        for model in ["m", "n"] {
            scene.upstream.reply(match model {
                "m" => says(SAID),
                _ => json(200, anthropic::message(&Turn::says(&[SAID]))),
            });
            let path = (asker.path)(model, false);
            let reply = full.post(&path, (asker.body)(model)).await.json();
            assert_eq!((asker.whole)(&reply), GOT, "{path} {model}");
        }
    }
    scene.upstream.reply(says(SAID));
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
