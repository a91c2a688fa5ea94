//! Responses on their way through shapers: what their events repeat of a text is what went out.

use jackfield_tests::client::Collected;
use jackfield_tests::upstream::sse_typed;
use jackfield_tests::vendor::{Turn, anthropic};
use serde_json::{Value, json as value};

use super::scene::Scene;
use crate::scene::streams;

const PATH: &str = "/v1/responses";
const HIDE: &str = "pii: { plugin: shady, grant: [texts, reply], settings: { does: hide } }";
const REFUSE: &str = "words: { plugin: shady, grant: [texts, reply], settings: { does: refuse } }";
const PIECES: [&str; 3] = ["a S", "ECR", "ET, a SECRE"];

fn ask(model: &str, text: &str) -> Value {
    value!({ "model": model, "input": text })
}

/// The events of a stream, which count up.
fn events(stream: &Collected) -> Vec<Value> {
    let events: Vec<Value> = stream.events.iter().map(|event| event.json()).collect();
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number, "{stream:?}");
    }
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_and_a_whole_response_are_changed() {
    let scene = Scene::with(HIDE).await;
    scene.says("a SECRET");
    let response = scene.client().post(PATH, ask("m", "my SECRET")).await.json();
    assert_eq!(response["output"][0]["content"][0]["text"], "a [hidden]");
    let sent = scene.upstream.requests().remove(0).json();
    assert_eq!(sent["messages"][0]["content"], "my [hidden]");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_says_the_same_in_its_pieces_and_in_all_that_repeats_them() {
    let scene = Scene::with(HIDE).await;
    for model in ["m", "n"] {
        match model {
            "m" => scene.upstream.reply(streams(&PIECES)),
            _ => scene
                .upstream
                .reply(sse_typed(&anthropic::events(&Turn::says(&PIECES)))),
        };
        let stream = scene.client().stream_from(PATH, ask(model, "hi")).await.collect().await;
        let events = events(&stream);
        let said: String = events
            .iter()
            .filter(|event| event["type"] == "response.output_text.delta")
            .filter_map(|event| event["delta"].as_str())
            .collect();
        let whole = "a [hidden], a SECRE";
        let last = events.last().unwrap();
        assert_eq!((said.as_str(), &last["type"]), (whole, &value!("response.completed")));
        assert_eq!(last["response"]["output"][0]["content"][0]["text"], whole);
        let text: String = stream.events.iter().map(|event| event.data.as_str()).collect();
        assert!(!text.contains("SECRET"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_a_shaper_ends_has_failed() {
    let scene = Scene::with(REFUSE).await;
    scene.upstream.reply(streams(&["fine, ", "a SECRET", " it is"]));
    let stream = scene.client().stream_from(PATH, ask("m", "hi")).await.collect().await;
    let events = events(&stream);
    let last = events.last().unwrap();
    assert_eq!(last["type"], "response.failed", "{stream:?}");
    assert_eq!(last["response"]["error"]["message"], "That word is not allowed here.");
    assert!(!format!("{events:?}").contains("SECRET"));
}
