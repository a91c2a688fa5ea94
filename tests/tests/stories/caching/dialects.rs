//! Hits in every dialect, in one piece and as streams: the same answer, event by event.

use jackfield_tests::upstream::{json, sse};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

use super::Scene;
use crate::scene::{ask, says, streams};

/// A request of a dialect.
struct Asking {
    path: &'static str,
    /// Where its stream is.
    stream: &'static str,
    header: (&'static str, &'static str),
    body: Value,
}

/// A request of each dialect.
fn requests() -> [Asking; 5] {
    let at = |path, body| Asking {
        path,
        stream: path,
        header: ("x-none", "1"),
        body,
    };
    let contents = value!([{ "role": "user", "parts": [{ "text": "hello" }] }]);
    let messages = value!([{ "role": "user", "content": "hello" }]);
    [
        at("/v1/chat/completions", ask("m")),
        Asking {
            header: ("anthropic-version", "2023-06-01"),
            ..at(
                "/v1/messages",
                value!({ "model": "m", "max_tokens": 9, "messages": messages }),
            )
        },
        at("/v1/responses", value!({ "model": "m", "input": "hello" })),
        Asking {
            stream: "/v1beta/models/m:streamGenerateContent?alt=sse",
            ..at("/v1beta/models/m:generateContent", value!({ "contents": contents }))
        },
        at("/v1/completions", value!({ "model": "m", "prompt": "hello" })),
    ]
}

#[tokio::test]
async fn whole_answers_come_again_in_every_dialect() {
    for Asking {
        path,
        header: (name, header),
        body,
        ..
    } in requests()
    {
        let scene = Scene::start().await;
        scene.upstream.reply(says("hello there"));
        let client = scene.ada().header(name, header);
        let first = client.post(path, body.clone()).await;
        let second = client.post(path, body).await;
        assert_eq!(first.status, 200, "{path}: {}", first.text());
        assert_eq!(second.header("x-jackfield-cache"), Some("hit"), "{path}");
        assert_eq!(second.headers["content-type"], first.headers["content-type"], "{path}");
        assert!(first.text().contains("hello there"), "{path}: {}", first.text());
        assert_eq!((first.body, scene.asked()), (second.body, 1), "{path}");
    }
}

#[tokio::test]
async fn streams_come_again_in_every_dialect() {
    for Asking {
        stream: path,
        header: (name, header),
        body,
        ..
    } in requests()
    {
        let scene = Scene::start().await;
        scene.upstream.reply(streams(&["hello ", "there"]));
        let client = scene.ada().header(name, header);
        let first = client.stream_from(path, body.clone()).await.collect().await;
        let second = client.stream_from(path, body).await.collect().await;
        assert_eq!(first.status, 200, "{path}: {:?}", first.events);
        assert_eq!(first.headers["x-jackfield-cache"], "miss", "{path}");
        assert_eq!(second.headers["x-jackfield-cache"], "hit", "{path}");
        assert_eq!(second.headers["content-type"], first.headers["content-type"], "{path}");
        assert!(first.events.len() > 1, "{path}: {:?}", first.events);
        assert_eq!((first.events, first.ending), (second.events, second.ending), "{path}");
        assert_eq!(scene.asked(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_stream_that_is_a_list_comes_again_as_one_or_as_events() {
    let scene = Scene::start().await;
    scene.upstream.reply(streams(&["hello ", "there"]));
    let path = "/v1beta/models/m:streamGenerateContent";
    let body = value!({ "contents": [{ "role": "user", "parts": [{ "text": "hello" }] }] });
    let first = scene.ada().post(path, body.clone()).await;
    let second = scene.ada().post(path, body.clone()).await;
    assert_eq!(second.header("x-jackfield-cache"), Some("hit"));
    assert_eq!(first.json(), second.json());
    let events = scene.ada().post(&format!("{path}?alt=sse"), body).await;
    assert_eq!(events.header("x-jackfield-cache"), Some("hit"));
    assert!(events.text().starts_with("data: {"), "{}", events.text());
}

#[tokio::test]
async fn what_a_response_said_can_be_named_by_whoever_got_it_from_the_cache() {
    for stream in [false, true] {
        let scene = Scene::start().await;
        let turn = Turn::says(&["hello"]).calls("1", "look", &["{}"]);
        let reply = if stream {
            sse(openai::chunks(&turn, 1, true))
        } else {
            json(200, openai::completion(&turn, 1))
        };
        scene.upstream.reply(reply).then(says("bye"));
        let body = value!({ "model": "m", "input": "hi", "stream": stream, "tools": [{ "type": "function", "name": "look", "parameters": {} }] });
        scene.ada().post("/v1/responses", body.clone()).await;
        let bob = scene.gateway.client().with_key(super::BOB);
        let hit = bob.post("/v1/responses", body).await;
        assert_eq!(hit.header("x-jackfield-cache"), Some("hit"));
        let text = hit.text();
        let at = text.find("\"fc_").or_else(|| text.find("\"id\":\"fc")).unwrap();
        let id: String = text[at..]
            .split('"')
            .find(|word| word.starts_with("fc"))
            .unwrap()
            .to_owned();
        let input = value!([{ "type": "item_reference", "id": id }, { "type": "function_call_output", "call_id": "1", "output": "seen" }]);
        let answer = bob
            .post("/v1/responses", value!({ "model": "m", "input": input }))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let sent = scene.upstream.requests().pop().unwrap().json();
        assert!(sent.to_string().contains("\"look\""), "{sent}");
    }
}

#[tokio::test]
async fn what_was_left_out_for_the_first_is_told_to_the_second() {
    let scene = Scene::start().await;
    scene.upstream.reply(says("hello"));
    let body = value!({
        "contents": [{ "role": "user", "parts": [{ "text": "hello" }] }],
        "tools": [{ "googleSearch": {} }],
    });
    let path = "/v1beta/models/m:generateContent";
    let first = scene.ada().post(path, body.clone()).await;
    let second = scene.ada().post(path, body).await;
    assert!(first.header("x-jackfield-dropped").is_some());
    assert_eq!(
        first.header("x-jackfield-dropped"),
        second.header("x-jackfield-dropped")
    );
    assert_eq!(second.header("x-jackfield-cache"), Some("hit"));
}

#[tokio::test]
async fn vectors_come_again() {
    let scene = Scene::start().await;
    let vectors = value!({
        "object": "list", "model": "m", "usage": { "prompt_tokens": 3, "total_tokens": 3 },
        "data": [{ "object": "embedding", "index": 0, "embedding": [0.5, 0.25] }],
    });
    scene.upstream.reply(json(200, vectors));
    let body = value!({ "model": "vectors", "input": "hello" });
    let first = scene.ada().post("/v1/embeddings", body.clone()).await;
    let second = scene.ada().post("/v1/embeddings", body).await;
    assert_eq!((first.status, second.header("x-jackfield-cache")), (200, Some("hit")));
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn the_dialects_of_two_clients_do_not_mix() {
    let scene = Scene::start().await;
    scene.upstream.reply(says("one")).then(says("two"));
    let body = value!({ "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": "hello" }] });
    scene.ada().post("/v1/messages", body.clone()).await;
    let strict = scene.ada().header("anthropic-version", "2023-06-01");
    let answer = strict.post("/v1/messages", body).await;
    assert_eq!(answer.header("x-jackfield-cache"), Some("miss"));
    assert_eq!(answer.json()["content"][0]["text"], "two");
}
