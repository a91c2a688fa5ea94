//! Replies on their way back through shapers, whole and streamed, in every client's dialect.

use jackfield_tests::client::{Client, Ending};
use jackfield_tests::upstream::{Gate, json, sse_typed};
use jackfield_tests::vendor::{Turn, anthropic};
use serde_json::json as value;

use super::scene::{Scene, ask, ask_message};
use crate::scene::{assert_complete, says, streams};

const HIDE: &str = "pii: { plugin: shady, grant: [texts, reply], settings: { does: hide } }";
const REFUSE: &str = "words: { plugin: shady, grant: [texts, reply], settings: { does: refuse } }";

fn anthropics(scene: &Scene) -> Client {
    scene.client().header("anthropic-version", "2023-06-01")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_reply_is_changed_in_every_dialect() {
    let scene = Scene::with(HIDE).await;
    scene.says("a SECRET").says("a SECRET").says("a SECRET");
    assert_eq!(scene.client().chat(ask("hi")).await.content(), "a [hidden]");
    let full = anthropics(&scene)
        .post("/v1/messages", ask_message("m", "hi"))
        .await
        .json();
    assert_eq!(full["content"][0]["text"], "a [hidden]");
    let short = scene.client().post("/v1/messages", ask_message("m", "hi")).await.json();
    assert_eq!(short["content"], "a [hidden]");
    let native = value!({ "type": "message", "id": "msg_1", "role": "assistant", "model": "up", "stop_reason": "end_turn",
        "content": [{ "type": "text", "text": "a SECRET", "of_tomorrow": 1.5 }], "usage": { "input_tokens": 1, "output_tokens": 1 } });
    scene.upstream.reply(json(200, native));
    let native = anthropics(&scene)
        .post("/v1/messages", ask_message("n", "hi"))
        .await
        .json();
    assert_eq!(
        native["content"][0],
        value!({ "type": "text", "text": "a [hidden]", "of_tomorrow": 1.5 })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_changed_wherever_it_is_cut() {
    let scene = Scene::with(HIDE).await;
    let text = "a SECRET, a SECRE";
    for cut in 0..text.len() {
        scene.upstream.reply(streams(&[&text[..cut], &text[cut..]]));
        let stream = scene.client().stream(ask("hi")).await.collect().await;
        assert_complete(&stream, "a [hidden], a SECRE");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_changed_over_either_upstream() {
    let scene = Scene::with(HIDE).await;
    let pieces = ["a S", "ECR", "ET, a SECRE"];
    for model in ["m", "n"] {
        if model == "m" {
            scene.upstream.reply(streams(&pieces));
        } else {
            scene
                .upstream
                .reply(sse_typed(&anthropic::events(&Turn::says(&pieces))));
        }
        for client in [anthropics(&scene)] {
            let stream = client.stream_from("/v1/messages", ask_message(model, "hi")).await;
            let stream = stream.collect().await;
            let events: String = stream.events.iter().map(|event| event.data.as_str()).collect();
            assert!(
                stream.error().is_none() && matches!(stream.ending, Ending::Clean),
                "{events}"
            );
            assert!(
                events.contains("message_stop") && !events.contains("SECRET"),
                "{events}"
            );
            let said = |event: &jackfield_tests::client::Event| {
                let json = event.json();
                json["delta"]["text"].as_str().map(str::to_owned)
            };
            let text: String = stream.events.iter().filter_map(said).collect();
            assert_eq!(text, "a [hidden], a SECRE", "{model}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_refused_is_an_error_and_is_paid_for() {
    let scene = Scene::with(REFUSE).await;
    scene.says("the SECRET");
    let client = scene.client().header("x-request-id", "withheld");
    let answer = client.chat(ask("hi")).await;
    assert_eq!((answer.status, answer.error_code()), (403, Some("forbidden_word")));
    assert!(!answer.text().contains("SECRET"));
    let logs = scene.gateway.logs();
    let is_its = |line: &&str| line.contains("request_id=\"withheld\"");
    let line = logs.lines().find(is_its).unwrap();
    assert!(
        line.contains("refused:") && line.contains("output_tokens") && line.contains("shaping_ms"),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_refused_ends_with_an_error_event_and_no_finish() {
    let scene = Scene::with(REFUSE).await;
    let gate = Gate::new();
    scene
        .upstream
        .reply(streams(&["fine ", "until the SEC", "RET came", " and more"]).pause_before(2, &gate));
    let mut stream = scene.client().stream(ask("hi")).await;
    assert_eq!(stream.next_content().await, "fine ");
    gate.open();
    let rest = stream.collect().await;
    assert_eq!(rest.content(), "until the ");
    assert_eq!(rest.error().as_deref(), Some("That word is not allowed here."));
    assert_eq!((rest.finish_reason(), rest.is_done()), (None, false));
    assert!(matches!(rest.ending, Ending::Clean));
    let error = rest.events.last().unwrap().json();
    assert_eq!(error["error"]["code"], "forbidden_word");

    scene.upstream.reply(streams(&["fine until the SEC", "RET came"]));
    let stream = anthropics(&scene)
        .stream_from("/v1/messages", ask_message("m", "hi"))
        .await;
    let rest = stream.collect().await;
    let events: String = rest.events.iter().map(|event| event.data.as_str()).collect();
    assert!(
        !events.contains("message_stop") && !events.contains("end_turn") && !events.contains("came"),
        "{events}"
    );
    assert!(
        events.ends_with('}') && events.contains("That word is not allowed here."),
        "{events}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_replaced_is_what_the_client_gets_without_shapers() {
    let (shaped, plain) = (
        Scene::with(HIDE).await,
        Scene::with_model(HIDE, "shapers: [-pii]").await,
    );
    for pieces in [&["no ", "such ", "word"][..], &["S", "o S", "orry"]] {
        let mut streamed = Vec::new();
        for scene in [&shaped, &plain] {
            scene.upstream.reply(streams(pieces));
            let stream = scene.client().stream(ask("hi")).await.collect().await;
            assert_complete(&stream, &pieces.concat());
            let data = |event: &jackfield_tests::client::Event| event.data.clone();
            let mut events: Vec<String> = stream.events.iter().map(data).collect();
            // The last chunk tells how long it took.
            events.retain(|event| !event.contains("latency_ms"));
            streamed.push(events);
        }
        if !pieces.iter().any(|piece| piece.ends_with('S')) {
            assert_eq!(streamed[0], streamed[1]);
        }
    }
    for scene in [&shaped, &plain] {
        scene.upstream.reply(says("no such word"));
        assert_eq!(scene.client().chat(ask("hi")).await.content(), "no such word");
    }
}
