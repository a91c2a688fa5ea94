//! What becomes of requests in flight whose user is disabled or removed, or whose key is revoked: they end, and say who
//! ended them.

use http::Method;
use jackfield_tests::client::{Client, Ending, Events};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Upstream, never_answers};
use serde_json::{Value, json as value};

use crate::scene::{ask, begins, begins_anthropic};

struct Barring {
    gateway: Gateway,
    upstream: Upstream,
    operator: Client,
    /// Two keys of Ada's: each its id, and its client.
    keys: [(String, Client); 2],
}

impl Barring {
    async fn start() -> Self {
        let upstream = Upstream::start().await;
        let base_url = upstream.base_url();
        let config = format!(
            r#"
server: {{ auth: required }}
storage: {{ url: "sqlite:jackfield.db" }}
plans: {{ free: {{ tiers: [any] }} }}
providers:
  up: {{ adapter: openai, base_url: "{base_url}" }}
  native: {{ adapter: anthropic, base_url: "{base_url}" }}
models:
  m: {{ {FREE}, tier: any, chain: [{{ provider: up, model: up }}] }}
  n: {{ {FREE}, tier: any, chain: [{{ provider: native, model: up }}] }}
"#
        );
        let gateway = Gateway::start(&config).await;
        let operator = gateway.operator();
        operator
            .post(
                "/admin/api/users",
                value!({ "id": "ada", "plan": "free", "credits": 9 }),
            )
            .await;
        let make = async |name: &str| {
            let asked = value!({ "user": "ada", "name": name });
            let made = operator.post("/admin/api/keys", asked).await.json();
            let text = |member: &str| made[member].as_str().unwrap().to_owned();
            (text("id"), gateway.client().with_key(&text("key")))
        };
        let keys = [make("one").await, make("other").await];
        Self {
            gateway,
            upstream,
            operator,
            keys,
        }
    }

    /// A stream that has begun, and that its upstream does not end.
    async fn begun(&self, key: usize) -> Events {
        self.upstream.reply(begins(&["a"]).then_stall());
        let mut stream = self.keys[key].1.stream(ask("m")).await;
        assert_eq!(stream.next_content().await, "a");
        stream
    }

    async fn ada(&self, method: Method, change: Option<Value>) -> u16 {
        let body = change.map(|change| change.to_string());
        let path = "/admin/api/users/ada";
        self.operator.request(method, path, body.as_deref()).await.status
    }
}

/// Demands that an operator ended the stream: its last event says so, and nothing makes it look finished.
async fn assert_ended(stream: Events) {
    let ended = stream.collect().await;
    assert!(!ended.is_done(), "{ended:?}");
    assert_eq!(ended.ending, Ending::Clean);
    let last = &ended.events.last().unwrap().data;
    assert!(last.contains("ENDED_BY_OPERATOR"), "{last}");
}

#[tokio::test]
async fn who_is_disabled_or_removed_has_nothing_in_flight_any_more_and_begins_nothing() {
    let scene = Barring::start().await;
    let disabled = || Some(value!({ "disabled": true }));
    for (method, change) in [(Method::PATCH, disabled()), (Method::DELETE, None)] {
        let streams = [scene.begun(0).await, scene.begun(1).await];
        scene.upstream.reply(never_answers());
        let (whole, status) = tokio::join!(scene.keys[0].1.chat(ask("m")), async {
            for _ in 0..3 {
                scene.upstream.next_request().await;
            }
            scene.ada(method, change).await
        });
        assert_eq!(status, 200);
        assert_eq!((whole.status, whole.error_code()), (403, Some("ENDED_BY_OPERATOR")));
        // At once: no poll of the database is waited for.
        assert_eq!(scene.keys[0].1.stream(ask("m")).await.status, 401);
        for stream in streams {
            assert_ended(stream).await;
        }
        let enabled = Some(value!({ "disabled": false }));
        scene.ada(Method::PATCH, enabled).await;
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_key_and_those_of_other_keys_go_on() {
    let scene = Barring::start().await;
    let revoked = scene.begun(0).await;
    let mut other = scene.begun(1).await;
    let path = format!("/admin/api/keys/{}", scene.keys[0].0);
    assert_eq!(scene.operator.request(Method::DELETE, &path, None).await.status, 200);
    assert_ended(revoked).await;
    let live = scene.gateway.operator().get("/admin/api/live").await.json();
    assert_eq!(live["data"].as_array().unwrap().len(), 1);
    let number = &live["data"][0]["number"];
    let end = format!("/admin/api/live/{number}/end");
    scene.operator.post(&end, value!({})).await;
    assert!(other.next_event().await.unwrap().data.contains("ENDED_BY_OPERATOR"));
}

#[tokio::test]
async fn in_anthropics_protocol_too_an_operators_end_is_an_error() {
    let scene = Barring::start().await;
    scene.upstream.reply(begins_anthropic(&["a"]).then_stall());
    let mut prompt = ask("n");
    prompt["max_tokens"] = value!(8);
    let mut stream = scene.keys[0].1.stream_from("/v1/messages", prompt).await;
    stream.next_event().await.unwrap();
    scene.ada(Method::PATCH, Some(value!({ "disabled": true }))).await;
    let last = stream.collect().await.events.pop().unwrap();
    assert_eq!(last.name.as_deref(), Some("error"));
    assert!(
        last.data.contains("An operator ended this request") && !last.data.contains("by its user"),
        "{}",
        last.data
    );
}
