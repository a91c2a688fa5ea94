//! Streams in the playground: shown while they come, ended with whoever watches them, and never taken for whole if they break.

use jackfield_tests::client::{Client, Event, Events};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Gate, Upstream, status};
use serde_json::{Value, json as value};

use crate::scene::{Scene, ask, begins, eventually, says, streams};

/// A trial of a question to this model, as a stream or not; its answer is passed on as it comes.
async fn play(operator: &Client, model: &str, stream: bool) -> Events {
    let mut question = ask(model);
    question["stream"] = stream.into();
    let trial = value!({ "path": "/v1/chat/completions", "body": question });
    operator.stream_from("/admin/api/playground", trial).await
}

/// The next event, which has this name.
async fn next(events: &mut Events, name: &str) -> Value {
    let event = events.next_event().await.unwrap();
    assert_eq!(event.name.as_deref(), Some(name), "{}", event.data);
    event.json()
}

/// What the pieces among these events say, and the last event, which says how the answer ended.
fn ended(events: &[Event]) -> (String, Value) {
    let (end, pieces) = events.split_last().unwrap();
    assert_eq!(end.name.as_deref(), Some("end"));
    let text = |piece: &Event| piece.json()["text"].as_str().unwrap().to_owned();
    let pieces = pieces.iter().filter(|event| event.name.as_deref() == Some("piece"));
    (pieces.map(text).collect(), end.json())
}

/// Reads pieces until they have said this.
async fn says_so_far(events: &mut Events, words: &str) {
    let mut text = String::new();
    while !text.contains(words) {
        text.push_str(next(events, "piece").await["text"].as_str().unwrap());
    }
}

#[tokio::test]
async fn a_stream_is_shown_while_it_comes_with_what_was_tried_for_it() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.first.reply(status(503));
    scene.second.reply(streams(&["be", "fore"]).pause_before(2, &gate));
    let mut events = play(&scene.gateway.operator(), "duo", true).await;
    assert_eq!(
        (events.status, events.header("content-type")),
        (200, Some("text/event-stream"))
    );
    assert_eq!(events.header("x-accel-buffering"), Some("no"));
    let answer = next(&mut events, "answer").await;
    assert_eq!(answer["status"], 200);
    assert!(
        answer["headers"].to_string().contains("x-jackfield-attempts"),
        "{answer}"
    );
    let tried = next(&mut events, "attempts").await;
    assert_eq!(tried["attempts"][0]["status"], 503);
    assert_eq!(tried["attempts"][1]["provider"], "second");
    assert_eq!(tried["exchanges"][0]["reply"]["status"], 503);
    says_so_far(&mut events, "\"be\"").await;
    gate.open_forever();
    let (text, end) = ended(&events.collect().await.events);
    assert!(
        text.contains("\"fore\"") && text.ends_with("data: [DONE]\n\n"),
        "{text}"
    );
    assert_eq!((&end["interrupted"], &end["cut"]), (&value!(false), &value!(false)));
    assert_eq!(end["attempts"].as_array().unwrap().len(), 2);
    assert_eq!(end["attempts"][1]["failed"], Value::Null);
    let body = end["exchanges"][1]["reply"]["body"].as_str().unwrap();
    assert!(body.contains("fore"), "{end}");
}

#[tokio::test]
async fn what_was_tried_follows_when_the_head_went_out_before_it_was_known() {
    let scene = Scene::with_server("stream_head_after: 20ms").await;
    let gate = Gate::new();
    scene.first.reply(streams(&["at last"]).after(&gate));
    let mut events = play(&scene.gateway.operator(), "solo", true).await;
    assert_eq!(next(&mut events, "answer").await["status"], 200);
    assert_eq!(next(&mut events, "piece").await["text"], ": keep-alive\n\n");
    gate.open();
    let events = events.collect().await.events;
    let tried = events
        .iter()
        .find(|event| event.name.as_deref() == Some("attempts"))
        .unwrap();
    assert_eq!(tried.json()["attempts"][0]["provider"], "first");
    let (text, end) = ended(&events);
    assert!(text.contains("at last"), "{text}");
    assert_eq!(end["interrupted"], false);
}

#[tokio::test]
async fn a_stream_that_broke_off_is_not_taken_for_a_whole_answer() {
    let scene = Scene::start().await;
    scene.first.reply(begins(&["half"]).then_cut());
    let events = play(&scene.gateway.operator(), "solo", true)
        .await
        .collect()
        .await
        .events;
    let (text, end) = ended(&events);
    assert!(text.contains("half") && text.contains("\"error\""), "{text}");
    assert_eq!(end["interrupted"], true);
    assert!(end["attempts"][0]["failed"].is_string(), "{end}");
    // The same at once.
    scene.first.reply(begins(&["half"]).then_cut());
    let mut question = ask("solo");
    question["stream"] = value!(true);
    let trial = value!({ "path": "/v1/chat/completions", "body": question });
    let result = scene
        .gateway
        .operator()
        .post("/admin/api/playground", trial)
        .await
        .json();
    assert_eq!(
        (&result["status"], &result["interrupted"]),
        (&value!(200), &value!(true))
    );
}

#[tokio::test]
async fn whoever_leaves_ends_the_request() {
    let scene = Scene::start().await;
    scene.first.reply(begins(&["half"]).then_stall());
    let mut events = play(&scene.gateway.operator(), "solo", true).await;
    next(&mut events, "answer").await;
    next(&mut events, "attempts").await;
    says_so_far(&mut events, "half").await;
    events.hang_up();
    scene.first.hung_up().await;
    let in_flight = async || scene.gateway.snapshot().await["requests_under_way"].clone();
    eventually("an idle gateway", in_flight, |count| *count == 0).await;
}

#[tokio::test]
async fn an_answer_in_one_piece_has_the_same_events() {
    let scene = Scene::start().await;
    scene.first.reply(says("fine"));
    let mut events = play(&scene.gateway.operator(), "solo", false).await;
    let answer = next(&mut events, "answer").await;
    assert!(answer["headers"].to_string().contains("application/json"), "{answer}");
    next(&mut events, "attempts").await;
    let (text, end) = ended(&events.collect().await.events);
    let reply: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(reply["choices"][0]["message"]["content"], "fine");
    assert_eq!(
        (&end["interrupted"], end["attempts"][0]["status"].as_u64()),
        (&value!(false), None)
    );
    // Where no model is asked, nothing is tried.
    let missing = value!({ "path": "/v1/nothing", "body": {} });
    let operator = scene.gateway.operator();
    let mut events = operator.stream_from("/admin/api/playground", missing).await;
    assert_eq!(next(&mut events, "answer").await["status"], 404);
    let (text, end) = ended(&events.collect().await.events);
    assert!(text.contains("error"), "{text}");
    assert_eq!(end["attempts"], value!([]));
}

#[tokio::test]
async fn what_was_exchanged_for_a_stream_is_shown_without_secrets_and_to_operators_alone() {
    let upstream = Upstream::start().await;
    let secret = "sk-very/secret+key=1";
    let config = format!(
        "server: {{ auth: off, admin: {{ token: all-of-it, tokens: {{ watch: {{ token: w-token }} }} }} }}
providers: {{ mine: {{ adapter: openai, base_url: \"{}\", api_key: \"{secret}\", headers: {{ x-team: \"of {secret}\" }} }} }}
models: {{ a: {{ {FREE}, chain: [{{ provider: mine, model: e }}] }} }}
",
        upstream.base_url()
    );
    let gateway = Gateway::start_without_operators(&config).await;
    for (token, sees) in [("all-of-it", true), ("w-token", false)] {
        upstream.reply(streams(&["fine"]));
        let events = play(&gateway.client().with_key(token), "a", true)
            .await
            .collect()
            .await
            .events;
        let told: Vec<&Event> = events
            .iter()
            .filter(|event| event.data.contains("\"exchanges\""))
            .collect();
        assert_eq!(told.len(), 2, "what was tried, and the end");
        for event in told {
            assert!(!event.data.contains(secret), "{}", event.data);
            assert_eq!(event.data.contains("[secret]"), sees, "{}", event.data);
            assert_eq!(event.json()["exchanges"].is_null(), !sees, "{}", event.data);
        }
    }
}
