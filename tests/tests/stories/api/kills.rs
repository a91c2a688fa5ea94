//! `POST /v1/user/streams/kill`: a user ends their own streams, those that still wait included. By itself no upstream
//! here would ever end them.

use jackfield_tests::client::{Ending, Event};
use jackfield_tests::upstream::{Gate, never_answers};
use serde_json::{Value, json as value};

use super::scene::Api;
use crate::scene::{ask, assert_complete, begins, begins_anthropic, streams};

const PATH: &str = "/v1/user/streams/kill";

async fn kill(api: &Api) -> Value {
    api.ada().post(PATH, value!({})).await.json()
}

#[tokio::test]
async fn streams_of_a_user_end_and_others_go_on() {
    let api = Api::start().await;
    let gate = Gate::new();
    api.upstream
        .reply(begins(&["a"]).then_stall())
        .then(streams(&["c", "d"]).pause_before(2, &gate))
        .then(never_answers());
    let (ada, bob) = (api.ada(), api.bob());
    let mut running = ada.stream(ask("route/small")).await;
    assert_eq!(running.next_content().await, "a");
    let other = bob.stream(ask("route/small")).await;
    for _ in 0..2 {
        api.upstream.next_request().await;
    }
    let (waiting, killed) = tokio::join!(ada.stream(ask("route/small")), async {
        api.upstream.next_request().await;
        kill(&api).await
    });
    assert_eq!(killed, value!({ "killed_streams": 2 }));
    let running = running.collect().await;
    assert_eq!((running.is_done(), &running.ending), (true, &Ending::Clean));
    let waiting = waiting.collect().await;
    assert_eq!(waiting.status, 200);
    assert_eq!(waiting.events.len(), 1, "{waiting:?}");
    assert!(waiting.events.iter().all(Event::is_done));
    // Their upstreams need not go on either.
    for _ in 0..2 {
        api.upstream.hung_up().await;
    }
    gate.open_forever();
    assert_complete(&other.collect().await, "cd");
    assert_eq!(kill(&api).await, value!({ "killed_streams": 0 }));
}

#[tokio::test]
async fn in_anthropics_protocol_a_killed_stream_ends_with_its_error() {
    let api = Api::start().await;
    api.upstream.reply(begins_anthropic(&["a"]).then_stall());
    let client = api.ada().header("anthropic-version", "2023-06-01");
    let mut prompt = ask("route/claude");
    prompt["max_tokens"] = value!(8);
    let mut stream = client.stream_from("/v1/messages", prompt).await;
    assert_eq!(
        stream.next_event().await.unwrap().name.as_deref(),
        Some("message_start")
    );
    assert_eq!(kill(&api).await, value!({ "killed_streams": 1 }));
    let rest = stream.collect().await;
    assert_eq!(rest.ending, Ending::Clean);
    assert_eq!(rest.events.last().unwrap().name.as_deref(), Some("error"));
}
