//! Upstreams that would fill the memory of the gateway or hold its threads: each stream ends with an error, none with a
//! finish, and the next target is asked where nothing was given out.

use jackfield_tests::client::Collected;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Upstream, json, raw, sse};
use serde_json::{Value, json as value};

use crate::scene::{Scene, ask, assert_complete, says, streams};

fn chunk(index: u64, delta: &Value) -> String {
    let choice = value!({ "index": index, "delta": delta, "finish_reason": null });
    value!({ "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice] })
        .to_string()
}

fn event(data: &str) -> String {
    format!("data: {data}\n\n")
}

/// A stream that says this again and again, 64 KiB at a time, until nobody takes it.
fn endless(data: impl Fn(u64) -> String, first: &[String], megabytes: u64) -> Reply {
    let mut writes: Vec<String> = first.iter().map(|data| event(data)).collect();
    let (mut count, mut write) = (0, String::new());
    for _ in 0..megabytes * 16 {
        while write.len() < 1 << 16 {
            write.push_str(&event(&data(count)));
            count += 1;
        }
        writes.push(std::mem::take(&mut write));
    }
    raw(writes).then_stall()
}

/// The last event of a stream that was given out in part.
#[track_caller]
fn assert_ended_in_error(rest: &Collected) {
    assert!(
        rest.events.last().unwrap().data.contains("\"error\""),
        "{:?}",
        rest.events.last()
    );
    assert!(!rest.is_done());
    assert_eq!(rest.finish_reason(), None);
    assert!(!rest.events.iter().any(|event| event.data.contains("message_stop")));
}

#[tokio::test]
async fn chunks_without_content_are_given_up_and_the_next_target_answers() {
    let scene = Scene::start().await;
    let nothing = |count| chunk(0, &value!({ "role": "assistant", "x": count }));
    scene.first.always(endless(nothing, &[], 4));
    scene.second.always(streams(&["second"]));
    let stream = scene.client().stream(ask("duo")).await;
    let expected = "first=malformed, second=ok;model=second-model";
    assert_eq!(stream.header("x-jackfield-attempts"), Some(expected));
    assert_complete(&stream.collect().await, "second");
}

#[tokio::test]
async fn endless_choices_end_the_stream() {
    let scene = Scene::start().await;
    scene
        .first
        .always(endless(|count| chunk(count, &value!({ "content": "x" })), &[], 1));
    let rest = scene.client().stream(ask("solo")).await.collect().await;
    assert_ended_in_error(&rest);
    assert!(rest.events.len() <= 1_026, "{}", rest.events.len());
}

#[tokio::test]
async fn endless_calls_and_endless_arguments_end_the_stream() {
    let call = |index: u64, name: &str, arguments: &str| {
        let function = value!({ "name": name, "arguments": arguments });
        value!({ "tool_calls": [{ "index": index, "id": format!("c{index}"), "function": function }] })
    };
    let open = chunk(0, &call(0, "f", "{\"a\":"));
    let long = "1".repeat(10_000);
    let many = |count| chunk(0, &call(count, "f", "{}"));
    let arguments = |_| chunk(0, &call(0, "f", &long));
    let behind = |_| chunk(0, &value!({ "content": long }));
    for reply in [
        endless(many, &[], 1),
        endless(arguments, std::slice::from_ref(&open), 6),
        endless(behind, std::slice::from_ref(&open), 6),
    ] {
        let scene = Scene::start().await;
        scene.first.always(reply);
        let mut question = ask("solo");
        question["max_tokens"] = 9.into();
        let rest = scene
            .client()
            .stream_from("/v1/messages", question)
            .await
            .collect()
            .await;
        assert_ended_in_error(&rest);
    }
}

#[tokio::test]
async fn a_buffered_reply_of_too_many_parts_is_malformed() {
    let choice = value!({ "message": { "content": "x" }, "finish_reason": "stop" });
    let choices = value!({ "id": "c", "object": "chat.completion", "choices": vec![choice; 5_000] });
    let chunks = (0..5_000).map(|count| chunk(count, &value!({ "content": "x" })));
    for reply in [json(200, choices), sse(chunks)] {
        let scene = Scene::start().await;
        scene.first.always(reply);
        scene.second.always(says("second"));
        let answer = scene.client().chat(ask("duo")).await;
        let expected = "first=malformed, second=ok;model=second-model";
        assert_eq!(answer.header("x-jackfield-attempts"), Some(expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_slow_with_every_event_does_not_hold_its_thread() {
    let upstream = Upstream::start().await;
    let url = upstream.base_url();
    let config = format!(
        r#"
server: {{ auth: off }}
routing: {{ retry_count: 0 }}
providers:
  hostile: {{ adapter: hostile, base_url: "{url}" }}
  echo: {{ adapter: echo }}
models:
  m: {{ {FREE}, chain: [{{ provider: hostile, model: slow-midstream }}] }}
  echo: {{ {FREE}, chain: [{{ provider: echo, model: echo }}] }}
"#
    );
    let gateway = Gateway::start(&config).await;
    let chunks = (0..290).map(|_| chunk(0, &value!({ "content": "x" })));
    upstream.always(sse(chunks).in_one_write());
    let client = gateway.client();
    let slow = async { client.stream(ask("m")).await.collect().await };
    let bystander = async { client.chat(ask("echo")).await.content() };
    let (slow, bystander) = tokio::join!(slow, bystander);
    assert_eq!(bystander, "hello");
    assert!(!slow.is_done());
    assert!(slow.content().len() < 290, "{}", slow.content());
    assert_eq!(client.chat(ask("echo")).await.content(), "hello");
}
