//! Readiness in depth, and upstreams that are asked for their health before a user meets a dead one.

use std::net::TcpListener;

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, json};
use serde_json::{Value, json as value};

use crate::scene::{ask, eventually, says};

const MODEL: &str = "models:\n  m: { PRICE, chain: [{ provider: p, model: m }] }\n";

async fn deep(gateway: &Gateway) -> (u16, Value) {
    let answer = gateway.client().get("/readyz?deep=1").await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn all_parts_are_named_and_well() {
    let gateway = Gateway::start("providers:\n  p: { adapter: echo }\n").await;
    let (status, body) = deep(&gateway).await;
    assert_eq!((status, &body["status"]), (200, &value!("ready")));
    for part in ["journal", "database", "limits", "cache", "batches"] {
        assert_eq!(body[part], "ok", "{part}");
    }
    assert_eq!(gateway.client().get("/readyz").await.text(), "ready");
}

#[tokio::test]
async fn counters_that_are_away_refuse_or_degrade() {
    let (unready, degraded) = ((503, "unready"), (200, "degraded"));
    for (auth, on_unavailable, expected) in [
        ("required", "deny", unready),
        ("required", "allow", degraded),
        // Nobody is counted.
        ("off", "deny", degraded),
    ] {
        let limits = format!("limits: {{ url: \"redis://127.0.0.1:9\", on_unavailable: {on_unavailable} }}\n");
        let server = format!("server: {{ auth: {auth} }}\n");
        let gateway = Gateway::start(&format!("providers:\n  p: {{ adapter: echo }}\n{server}{limits}")).await;
        let (status, body) = deep(&gateway).await;
        assert_eq!(
            (status, body["status"].as_str().unwrap()),
            expected,
            "{auth}, {on_unavailable}"
        );
        assert_eq!(body["limits"], "unreachable");
    }
}

#[tokio::test]
async fn a_response_cache_that_is_away_degrades() {
    let cache = "cache: { store: redis, url: \"redis://127.0.0.1:9\" }\n";
    let gateway = Gateway::start(&format!("providers:\n  p: {{ adapter: echo }}\n{cache}")).await;
    let (status, body) = deep(&gateway).await;
    assert_eq!((status, &body["status"]), (200, &value!("degraded")));
    assert_eq!(body["cache"], "unreachable: requests are served without it");
}

#[tokio::test]
async fn a_rejected_change_degrades() {
    let mut gateway = Gateway::start("providers:\n  p: { adapter: echo }\n").await;
    gateway
        .reconfigure("providers:\n  p: { adapter: echo, nonsense: 1 }\n")
        .await;
    let (status, body) = deep(&gateway).await;
    assert_eq!(
        (status, &body["status"], &body["rejected"]),
        (200, &value!("degraded"), &value!(true))
    );
}

#[tokio::test]
async fn a_dead_upstream_is_known_before_a_user_meets_it_and_so_is_its_return() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let gateway = Gateway::start(&format!(
        "providers:\n  p: {{ adapter: openai, base_url: \"http://127.0.0.1:{port}/v1\", check_every: 1s }}\n{}",
        MODEL.replace("PRICE", FREE)
    ))
    .await;
    let down = async || deep(&gateway).await.1["providers_down"].clone();
    eventually("a failed check", down, |down| *down == value!(["p"])).await;
    let targets = gateway.snapshot().await["targets"].clone();
    assert_eq!(targets[0]["state"], "open", "{targets}");

    let upstream = Upstream::start_on(port).await;
    upstream.answer(|request| {
        if request.path.ends_with("/models") {
            json(
                200,
                value!({ "object": "list", "data": [{ "id": "m", "object": "model" }] }),
            )
        } else {
            says("back")
        }
    });
    let down = async || deep(&gateway).await.1["providers_down"].clone();
    eventually("a check that passes", down, |down| *down == value!([])).await;
    assert_eq!(gateway.client().chat(ask("m")).await.content(), "back");
}
