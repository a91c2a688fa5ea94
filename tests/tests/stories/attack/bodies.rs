//! Bodies that are sent to be held, or to be worked on for nothing.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::Upstream;

use super::clients::Raw;
use crate::scene::{Scene, ask, eventually, says};

const CHAT: &str = "/v1/chat/completions";

const MIB: usize = 1 << 20;

fn key(number: usize) -> String {
    format!("rk_{number:064x}")
}

/// A gateway with users of the plans `day`, `hour` and `minute`, each of which allows one request.
async fn gateway(upstream: &Upstream, server: &str) -> Gateway {
    let url = upstream.base_url();
    let (day, hour, minute) = (key(0), key(1), key(2));
    let config = format!(
        r#"
server: {{ auth: required, {server} }}
plans:
  day: {{ tiers: [free], limits: {{ per_day: 1 }} }}
  hour: {{ tiers: [free], limits: {{ per_hour: 1 }} }}
  minute: {{ tiers: [free], limits: {{ per_minute: 1 }} }}
keys:
  day: {{ key: "{day}", user: day, plan: day }}
  hour: {{ key: "{hour}", user: hour, plan: hour }}
  minute: {{ key: "{minute}", user: minute, plan: minute }}
providers: {{ vendor: {{ adapter: openai, base_url: "{url}" }} }}
models: {{ solo: {{ tier: free, {FREE}, chain: [{{ provider: vendor, model: m }}] }} }}
"#
    );
    Gateway::start(&config).await
}

/// The head of a request whose body is to have so many bytes.
fn head(key: &str, length: usize) -> String {
    let members = format!("authorization: Bearer {key}\r\nconnection: close\r\n");
    format!("POST {CHAT} HTTP/1.1\r\nhost: localhost\r\n{members}content-length: {length}\r\n\r\n")
}

#[tokio::test]
async fn a_spent_quota_is_a_429_before_any_of_the_body_is_sent() {
    let upstream = Upstream::start().await;
    upstream.always(says("served"));
    let gateway = gateway(&upstream, "").await;
    for (number, code) in ["DAILY_REQUEST_LIMIT", "HOURLY_REQUEST_LIMIT", "MINUTE_REQUEST_LIMIT"]
        .iter()
        .enumerate()
    {
        let key = key(number);
        let client = gateway.client().with_key(&key);
        // A period may end between two requests, but not between each two of three.
        let spent = async || client.chat(ask("solo")).await.status;
        eventually("a spent quota", spent, |status| *status == 429).await;
        let answer = Raw::sends(&gateway, head(&key, 1000)).await.closed().await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
        assert!(answer.contains(code) && answer.contains("retry-after: "), "{answer}");
    }
}

/// Sends bodies of 1 MiB that lack their last byte, one after the other. Returns those that were not refused.
async fn unfinished(gateway: &Gateway, keys: &[String]) -> Vec<Raw> {
    let mut waiting = Vec::new();
    for key in keys {
        let request = head(key, MIB) + &" ".repeat(MIB - 1);
        waiting.push(Raw::sends(gateway, request).await);
    }
    waiting
}

/// How many of these were told that there is no room for their body.
async fn refused(clients: Vec<Raw>) -> usize {
    let mut refused = 0;
    for client in clients {
        let answer = client.closed().await;
        let answer = String::from_utf8_lossy(&answer);
        if answer.starts_with("HTTP/1.1 503 ") {
            assert!(
                answer.contains("OVERLOADED") && answer.contains("retry-after: 1"),
                "{answer}"
            );
            refused += 1;
        } else {
            assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        }
    }
    refused
}

#[tokio::test]
async fn bodies_that_never_end_stay_within_their_budget() {
    let server = format!(
        "body_timeout: 3s, max_body_bytes: {MIB}, max_body_bytes_in_flight: {}",
        8 * MIB
    );
    let scene = Scene::with_server(&server).await;
    scene.first.always(says("served"));
    let clients = unfinished(&scene.gateway, &vec![key(0); 20]).await;
    // Small bodies are served all the while.
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "served");
    assert_eq!(refused(clients).await, 12);
    let mut large = ask("solo");
    large["messages"][0]["content"] = "a".repeat(MIB / 2).into();
    assert_eq!(scene.client().chat(large).await.content(), "served");
}

#[tokio::test]
async fn one_user_has_a_share_of_the_budget() {
    let upstream = Upstream::start().await;
    let server = format!(
        "body_timeout: 3s, max_body_bytes: {MIB}, max_body_bytes_in_flight: {}",
        8 * MIB
    );
    let gateway = gateway(&upstream, &server).await;
    let mut keys = vec![key(0); 6];
    keys.push(key(1));
    assert_eq!(refused(unfinished(&gateway, &keys).await).await, 4);
}

#[tokio::test]
async fn a_large_body_arrives_as_it_was_sent() {
    let scene = Scene::start().await;
    scene.first.always(says("heard"));
    let mut large = ask("solo");
    large["messages"][0]["content"] = "ä".repeat(MIB).into();
    let client = scene.client();
    let (first, second) = tokio::join!(client.chat(large.clone()), client.chat(large.clone()));
    assert_eq!(
        (first.content(), second.content()),
        ("heard".to_owned(), "heard".to_owned())
    );
    for request in scene.first.requests() {
        assert_eq!(request.json()["messages"], large["messages"]);
    }
    let broken = scene.client().post_text(CHAT, &"[".repeat(MIB)).await;
    assert_eq!((broken.status, broken.error_code()), (400, Some("INVALID_REQUEST")));
}
