//! What operators see of the running process, and what they do to it.

use jackfield_tests::client::Ending;
use jackfield_tests::gateway::Gateway;
use jackfield_tests::upstream::never_answers;
use serde_json::{Value, json as value};

use super::CONFIG;
use crate::scene::{Scene, ask, begins, eventually};

/// The requests in flight, once there are as many.
async fn in_flight(gateway: &Gateway, many: usize) -> Vec<Value> {
    let list = async || {
        gateway.operator().get("/admin/api/live").await.json()["data"]
            .as_array()
            .unwrap()
            .clone()
    };
    eventually("the requests in flight", list, |list| list.len() == many).await
}

async fn end(gateway: &Gateway, request: &Value) -> u16 {
    let path = format!("/admin/api/live/{}/end", request["number"]);
    gateway.operator().post(&path, value!({})).await.status
}

#[tokio::test]
async fn an_operator_ends_a_stream_and_its_last_words_say_so() {
    let scene = Scene::start().await;
    scene.first.reply(begins(&["a"]).then_stall());
    let client = scene.gateway.client().header("x-request-id", "mine-7");
    let mut stream = client.stream(ask("solo")).await;
    assert_eq!(stream.next_content().await, "a");
    let live = in_flight(&scene.gateway, 1).await;
    assert_eq!(
        (&live[0]["id"], &live[0]["model"]),
        (&value!("mine-7"), &value!("solo"))
    );
    assert_eq!(live[0]["stream"], true);
    assert_eq!(live[0]["endpoint"], "/v1/chat/completions");
    assert_eq!(end(&scene.gateway, &live[0]).await, 200);
    let ended = stream.collect().await;
    assert_eq!((ended.is_done(), &ended.ending), (false, &Ending::Clean));
    assert_eq!(
        ended.events.last().unwrap().json()["error"]["code"],
        "ENDED_BY_OPERATOR"
    );
    scene.first.hung_up().await;
    in_flight(&scene.gateway, 0).await;
    assert_eq!(end(&scene.gateway, &live[0]).await, 404);
}

#[tokio::test]
async fn an_operator_ends_a_request_that_is_no_stream_and_leaves_the_others() {
    let scene = Scene::start().await;
    scene.first.always(never_answers());
    let client = scene.gateway.client();
    let (answer, ()) = tokio::join!(client.chat(ask("solo")), async {
        scene.first.next_request().await;
        let live = in_flight(&scene.gateway, 1).await;
        assert_eq!(end(&scene.gateway, &live[0]).await, 200);
    });
    assert_eq!((answer.status, answer.error_code()), (403, Some("ENDED_BY_OPERATOR")));
    scene.first.hung_up().await;
}

#[tokio::test]
async fn providers_and_models_tell_how_they_stand() {
    let gateway = Gateway::start(CONFIG).await;
    assert_eq!(gateway.client().chat(ask("a")).await.status, 200);
    let operator = gateway.operator();
    let providers = operator.get("/admin/api/providers").await.json();
    let mine = &providers["data"][0];
    assert_eq!((&mine["name"], &mine["status"]), (&value!("mine"), &value!("healthy")));
    assert_eq!(mine["targets"][0]["state"], "closed");
    // The answer is in the last minute, or in the one before if a minute has just ended.
    let minutes = mine["minutes"].as_array().unwrap();
    let answers: Vec<&Value> = minutes.iter().filter(|minute| minute["answers"] == 1).collect();
    assert_eq!(answers.len(), 1, "{mine}");
    assert!(
        answers[0]["p50_ms"].is_u64() && answers[0]["p50_ms"] == answers[0]["p95_ms"],
        "{mine}"
    );
    assert!(
        answers[0]["at"].as_u64().unwrap() % 60 <= 1,
        "it is a minute of the clock: {mine}"
    );
    let models = operator.get("/admin/api/models").await.json();
    let model = &models["data"][0];
    assert_eq!((&model["id"], &model["status"]), (&value!("a"), &value!("healthy")));
    let target = value!({ "provider": "mine", "model": "e", "weight": null, "off": null, "breaker": "closed" });
    assert_eq!(model["chain"], value!([{ "strategy": null, "targets": [target] }]));
}

#[tokio::test]
async fn a_reload_answers_when_it_is_done_and_says_what_was_rejected() {
    let gateway = Gateway::start(CONFIG).await;
    let operator = gateway.operator();
    let reloaded = operator.post("/admin/api/reload", value!({})).await.json();
    assert_eq!(
        (&reloaded["done"], &reloaded["rejected"]),
        (&value!(true), &Value::Null)
    );
    let file = gateway.config_dir().join("config.yaml");
    std::fs::write(file, "models: { a: { chian: [] } }").unwrap();
    let reloaded = operator.post("/admin/api/reload", value!({})).await.json();
    let fault = &reloaded["rejected"]["faults"][0];
    assert!(fault["remedy"].as_str().is_some(), "{reloaded}");
}

#[tokio::test]
async fn a_drain_ends_the_process_once_its_requests_have_ended() {
    let gateway = Gateway::start(CONFIG).await;
    let drained = gateway.operator().post("/admin/api/drain", value!({})).await;
    assert_eq!((drained.status, drained.json()), (202, value!({ "in_flight": 0 })));
    gateway.ended().await;
}
