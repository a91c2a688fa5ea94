//! Replies that look right and are wrong: no client gets one for an answer, and before content the chain goes on.

use jackfield_tests::client::{Client, Collected};
use jackfield_tests::upstream::{Reply, json, raw, sse};
use serde_json::{Value, json as value};

use crate::scene::{Scene, ask, says, streams};

/// The question, as a client of each dialect asks it: the path and the body.
fn questions(model: &str) -> [(&'static str, Value); 2] {
    let mut message = ask(model);
    message["max_tokens"] = value!(16);
    [("/v1/chat/completions", ask(model)), ("/v1/messages", message)]
}

fn client(scene: &Scene) -> Client {
    scene.client().header("anthropic-version", "2023-06-01")
}

/// A whole reply whose only choice has these members.
fn choice(members: &Value) -> Reply {
    let choices = value!([members]);
    json(
        200,
        value!({ "id": "c", "object": "chat.completion", "choices": choices }),
    )
}

#[tokio::test]
async fn a_whole_reply_that_is_no_answer_is_followed_by_the_next_target() {
    let half = value!({ "role": "assistant", "content": "Half an ans" });
    for (members, class) in [
        (
            value!({ "message": half, "finish_reason": "error", "error": { "code": 429, "message": "slow" } }),
            "rate-limited",
        ),
        (value!({ "message": half, "finish_reason": "error" }), "overloaded"),
        (
            value!({ "message": half, "finish_reason": "insufficient_system_resource" }),
            "overloaded",
        ),
        (value!({ "message": null, "finish_reason": "stop" }), "malformed"),
        (
            value!({ "message": { "content": 5 }, "finish_reason": "stop" }),
            "malformed",
        ),
        (value!({ "message": { "role": "assistant" } }), "malformed"),
        (value!({ "message": half, "finish_reason": null }), "malformed"),
    ] {
        let scene = Scene::start().await;
        for (path, question) in questions("duo") {
            scene.first.reply(choice(&members));
            scene.second.reply(says("whole"));
            let answer = client(&scene).post(path, question).await;
            assert_eq!(answer.status, 200, "{path} {members}: {}", answer.text());
            assert!(answer.text().contains("whole"), "{path} {members}");
            let attempts = format!("first={class}, second=ok;model=second-model");
            assert_eq!(
                answer.header("x-jackfield-attempts"),
                Some(&*attempts),
                "{path} {members}"
            );
        }
    }
}

/// The events of a stream, each with its name if it has one.
fn events(events: &[(&str, Value)]) -> Reply {
    let text: Vec<String> = events
        .iter()
        .map(|(name, data)| match *name {
            "" => format!("data: {data}\n\n"),
            name => format!("event: {name}\ndata: {data}\n\n"),
        })
        .collect();
    raw([text.concat()]).header("content-type", "text/event-stream")
}

fn role() -> Value {
    value!({ "id": "c", "choices": [{ "index": 0, "delta": { "role": "assistant", "content": "" } }] })
}

/// The ways in which a stream says that it has failed.
fn failures() -> Vec<(&'static str, Value)> {
    let choice = |members: Value| value!({ "id": "c", "choices": [members] });
    vec![
        (
            "",
            choice(
                value!({ "index": 0, "delta": { "content": "" }, "finish_reason": "error", "error": { "message": "gone", "code": 502 } }),
            ),
        ),
        (
            "",
            choice(value!({ "index": 0, "delta": {}, "finish_reason": "insufficient_system_resource" })),
        ),
        ("", value!({ "error": { "message": "gone", "code": 502 } })),
        ("error", value!({ "message": "gone", "code": 502 })),
        ("", value!({ "detail": "gone" })),
    ]
}

#[tokio::test]
async fn a_stream_that_fails_before_its_content_is_followed_by_the_next_target() {
    for failure in failures() {
        let scene = Scene::start().await;
        for (path, question) in questions("duo") {
            scene.first.reply(events(&[("", role()), failure.clone()]));
            scene.second.reply(streams(&["whole"]));
            let stream = client(&scene).stream_from(path, question).await.collect().await;
            assert_eq!(stream.status, 200, "{path} {failure:?}");
            assert_ended_well(&stream, "whole");
        }
    }
}

#[track_caller]
fn assert_ended_well(stream: &Collected, text: &str) {
    let all = format!("{:?}", stream.events);
    assert!(all.contains(text) && !all.contains("\"error\""), "{all}");
    assert!(all.contains("message_stop") || stream.is_done(), "{all}");
}

#[tokio::test]
async fn a_stream_that_fails_after_its_content_never_looks_finished() {
    let mut half = role();
    half["choices"][0]["delta"]["content"] = value!("Half an ans");
    for failure in failures() {
        let scene = Scene::start().await;
        for (path, question) in questions("solo") {
            scene.first.reply(events(&[("", half.clone()), failure.clone()]));
            let stream = client(&scene).stream_from(path, question).await.collect().await;
            assert_eq!(stream.status, 200, "{path} {failure:?}");
            assert_broke(&stream);
        }
    }
}

#[track_caller]
fn assert_broke(stream: &Collected) {
    let all = format!("{:?}", stream.events);
    assert!(all.contains("Half an ans"), "{all}");
    assert!(stream.events.last().unwrap().data.contains("\"error\""), "{all}");
    let ends = stream.events.iter().any(|event| {
        let choice = &event.json()["choices"][0];
        choice["finish_reason"].is_string() || event.data.contains("message_delta")
    });
    assert!(
        !ends && !all.contains("message_stop") && !all.contains("[DONE]"),
        "{all}"
    );
}

#[tokio::test]
async fn no_finish_goes_out_before_an_error_that_follows_the_usage() {
    let mut half = role();
    half["choices"][0]["delta"]["content"] = value!("Half an ans");
    let finish = value!({ "id": "c", "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    let usage = value!({ "id": "c", "choices": [], "usage": { "prompt_tokens": 3, "completion_tokens": 4 } });
    let error = value!({ "error": { "message": "gone", "code": 502 } });
    let scene = Scene::start().await;
    for (path, mut question) in questions("solo") {
        question["stream_options"] = value!({ "include_usage": true });
        scene.first.reply(events(&[
            ("", half.clone()),
            ("", finish.clone()),
            ("", usage.clone()),
            ("", error.clone()),
        ]));
        let stream = client(&scene).stream_from(path, question).await.collect().await;
        assert_broke(&stream);
    }
}

#[tokio::test]
async fn a_call_whose_pieces_have_other_ids_is_one_call() {
    let piece = |id: &str, function: Value| {
        let call = value!({ "index": 0, "id": id, "function": function });
        value!({ "id": "c", "choices": [{ "index": 0, "delta": { "tool_calls": [call] } }] })
    };
    let finish = value!({ "id": "c", "choices": [{ "index": 0, "delta": {}, "finish_reason": "tool_calls" }] });
    let scene = Scene::start().await;
    scene.first.reply(sse([
        piece("call_a", value!({ "name": "get_time", "arguments": "" })),
        piece("call_b", value!({ "arguments": "{\"tz\":" })),
        piece("call_c", value!({ "arguments": "\"UTC\"}" })),
        finish,
    ]));
    let [_, (path, question)] = questions("solo");
    let stream = client(&scene).stream_from(path, question).await.collect().await;
    let of = |kind: &str| -> Vec<Value> {
        let events = stream.events.iter().map(|event| event.json());
        events.filter(|event| event["type"] == kind).collect()
    };
    let starts = of("content_block_start");
    assert_eq!(starts.len(), 1);
    assert_eq!(starts[0]["content_block"]["id"], "call_a");
    let arguments: String = of("content_block_delta")
        .iter()
        .map(|event| event["delta"]["partial_json"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(arguments, "{\"tz\":\"UTC\"}");
    assert_eq!(of("message_stop").len(), 1);
}
