//! A provider with several keys: they take turns, and one that is refused or limited is left out for a while.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Request, Upstream, text};
use serde_json::Value;

use crate::scene::{ask, eventually, refuses, says, streams};

const KEYS: [&str; 3] = ["sk-one-8c1f2a", "sk-two-94be07", "sk-three-5d36e1"];

/// A model whose chain is a provider with three keys, and another provider.
struct Keyring {
    gateway: Gateway,
    keyed: Upstream,
    other: Upstream,
}

// === impl Keyring ===

impl Keyring {
    async fn start() -> Self {
        Self::with("").await
    }

    /// The same with further members of the provider.
    async fn with(members: &str) -> Self {
        let (keyed, other) = (Upstream::start().await, Upstream::start().await);
        let (at, elsewhere) = (keyed.base_url(), other.base_url());
        let config = format!(
            r#"
server: {{ auth: off, expose_attempts: true }}
routing: {{ retry_count: 0, breaker: {{ failures: 1, open_for: 1h }} }}
providers:
  keyed: {{ adapter: openai, base_url: "{at}", api_keys: ["${{env:ONE}}", "${{env:TWO}}", "${{env:THREE}}"], {members} }}
  other: {{ adapter: openai, base_url: "{elsewhere}" }}
models:
  m: {{ {FREE}, chain: [{{ provider: keyed, model: m }}, {{ provider: other, model: m }}] }}
"#
        );
        let variables = [("ONE", KEYS[0]), ("TWO", KEYS[1]), ("THREE", KEYS[2])];
        let gateway = Gateway::start_with(&config, &variables).await;
        Self { gateway, keyed, other }
    }

    /// The upstream replies to each key, by its index, like this.
    fn replies(&self, reply: impl Fn(usize) -> Reply + Send + Sync + 'static) {
        self.keyed.answer(move |request| reply(used(request)));
    }

    /// Asks this often. The keys that were tried, by index.
    async fn ask(&self, count: usize) -> Vec<usize> {
        let before = self.keyed.requests().len();
        for _ in 0..count {
            let answer = self.gateway.client().chat(ask("m")).await;
            assert_eq!(answer.content(), "hi", "{}", answer.text());
            assert_eq!(answer.header("x-jackfield-attempts"), Some("keyed=ok;model=m"));
        }
        self.keyed.requests()[before..].iter().map(used).collect()
    }

    /// The states of the keys, as operators see them.
    async fn states(&self) -> Vec<Value> {
        let snapshot = self.gateway.snapshot().await;
        assert_eq!(
            snapshot["providers"][1]["keys"],
            Value::Null,
            "a provider without several"
        );
        assert_eq!(snapshot["targets"][0]["state"], "closed", "{snapshot}");
        let keys = snapshot["providers"][0]["keys"].as_array().unwrap().clone();
        let numbers: Vec<_> = keys.iter().map(|key| key["key"].clone()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        keys.into_iter().map(|key| key["state"].clone()).collect()
    }

    fn assert_shows_no_key(&self, more: &str) {
        let logs = self.gateway.logs();
        assert!(KEYS.iter().all(|key| !logs.contains(key) && !more.contains(key)));
    }
}

/// The key that a request carries, by index.
fn used(request: &Request) -> usize {
    let sent = request.header("authorization").unwrap_or(&request.path);
    KEYS.iter().position(|key| sent.ends_with(key)).unwrap()
}

#[tokio::test]
async fn the_keys_take_turns() {
    let ring = Keyring::start().await;
    ring.replies(|_| says("hi"));
    assert_eq!(ring.ask(7).await, [0, 1, 2, 0, 1, 2, 0]);
    let query = Keyring::with("auth: { scheme: query, name: key }").await;
    query.replies(|_| says("hi"));
    assert_eq!(query.ask(4).await, [0, 1, 2, 0]);
}

#[tokio::test]
async fn a_key_that_is_refused_is_left_out_and_its_request_sent_again_with_the_next() {
    for status in [401, 402, 403] {
        let ring = Keyring::start().await;
        ring.replies(move |key| {
            if key == 0 {
                refuses(status, &format!("bad key {}", KEYS[0]))
            } else {
                says("hi")
            }
        });
        assert_eq!(ring.ask(4).await, [0, 2, 1, 2, 1], "{status}");
        assert_eq!(ring.states().await, ["left out", "in use", "in use"]);
        assert_eq!(ring.other.requests().len(), 0);
        ring.assert_shows_no_key(&ring.gateway.snapshot().await.to_string());
        let logs = ring.gateway.logs();
        assert!(logs.contains("key left out: bad key [secret]"), "{logs}");
    }
}

#[tokio::test]
async fn streams_are_sent_again_as_well() {
    let ring = Keyring::start().await;
    ring.replies(|key| {
        if key == 0 {
            refuses(401, "bad key")
        } else {
            streams(&["hi"])
        }
    });
    let stream = ring.gateway.client().stream(ask("m")).await.collect().await;
    assert_eq!(stream.content(), "hi");
    assert_eq!(ring.keyed.requests().len(), 2);
}

#[tokio::test]
async fn a_key_that_is_limited_comes_back_when_its_upstream_said() {
    let ring = Keyring::start().await;
    let limited = || refuses(429, "slow down").header("retry-after", "0.05");
    ring.keyed.reply(limited());
    ring.replies(|_| says("hi"));
    assert_eq!(ring.ask(1).await, [0, 2]);
    let back = async || ring.ask(1).await;
    eventually("the key to come back", back, |used| *used == [0]).await;
    assert_eq!(ring.states().await, ["in use", "in use", "in use"]);
}

#[tokio::test]
async fn without_a_key_that_is_taken_the_chain_goes_on_and_the_breaker_opens() {
    let ring = Keyring::start().await;
    ring.replies(|key| refuses(401, &format!("bad key {}", KEYS[key])));
    ring.other.always(says("other"));
    for attempts in ["keyed=refused, other=ok;model=m", "other=ok;model=m"] {
        let answer = ring.gateway.client().chat(ask("m")).await;
        assert_eq!(answer.content(), "other");
        assert_eq!(answer.header("x-jackfield-attempts"), Some(attempts));
        ring.assert_shows_no_key(&format!("{:?}{}", answer.headers, answer.text()));
    }
    assert_eq!(ring.keyed.requests().len(), 3, "each key once");
}

#[tokio::test]
async fn while_all_keys_are_limited_the_target_pauses_until_the_first_is_back() {
    let ring = Keyring::start().await;
    ring.replies(|key| refuses(429, "slow down").header("retry-after", ["90", "60", "3600"][key]));
    ring.other.always(text(500, ""));
    let answer = ring.gateway.client().chat(ask("m")).await;
    assert_eq!((answer.status, ring.keyed.requests().len()), (502, 3));
    assert_eq!(answer.header("retry-after"), Some("60"));
}

#[tokio::test]
async fn a_request_that_is_itself_at_fault_costs_no_key() {
    let ring = Keyring::start().await;
    ring.replies(|_| refuses(400, "no such parameter"));
    let answer = ring.gateway.client().chat(ask("m")).await;
    assert_eq!((answer.status, ring.keyed.requests().len()), (400, 1));
    assert_eq!(ring.states().await, ["in use", "in use", "in use"]);
}
