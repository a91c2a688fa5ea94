//! Steps of several targets: who gets which share, what stays where it was, and what happens if one of them fails.

use std::collections::BTreeMap;

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Gate, Upstream, text};
use serde_json::{Value, json as value};

use crate::scene::{ask, says, streams};

/// A gateway with three upstreams; each says its own name.
struct Row {
    gateway: Gateway,
    upstreams: [Upstream; 3],
}

const NAMES: [&str; 3] = ["a", "b", "c"];

// === impl Row ===

impl Row {
    /// The model `m` has a chain of these steps.
    async fn with(chain: &str) -> Self {
        let upstreams = [
            Upstream::start().await,
            Upstream::start().await,
            Upstream::start().await,
        ];
        for (upstream, name) in upstreams.iter().zip(NAMES) {
            upstream.always(says(name));
        }
        let gateway = Gateway::start(&config(&upstreams, chain)).await;
        Self { gateway, upstreams }
    }

    /// The chain of `m` is now this one.
    async fn change(&mut self, chain: &str) {
        let config = config(&self.upstreams, chain);
        self.gateway.reconfigure(&config).await;
        assert_eq!(self.gateway.snapshot().await["rejected"], Value::Null);
    }

    fn client(&self) -> Client {
        self.gateway.client()
    }

    /// Who answers so many requests, and how often each.
    async fn answers(&self, count: usize) -> BTreeMap<String, usize> {
        let mut answers = BTreeMap::new();
        for _ in 0..count {
            *answers.entry(self.client().chat(ask("m")).await.content()).or_default() += 1;
        }
        answers
    }

    /// Who answers each of so many conversations, in this turn of theirs.
    async fn conversations(&self, count: usize, turn: usize) -> Vec<String> {
        let mut answers = Vec::new();
        for number in 0..count {
            answers.push(
                self.client()
                    .chat(talk(&format!("question {number}"), turn))
                    .await
                    .content(),
            );
        }
        answers
    }
}

fn config(upstreams: &[Upstream; 3], chain: &str) -> String {
    let [a, b, c] = upstreams.each_ref().map(Upstream::base_url);
    format!(
        r#"
server: {{ auth: off, expose_attempts: true }}
routing: {{ retry_count: 0, breaker: {{ failures: 1, open_for: 1h }} }}
providers:
  a: {{ adapter: openai, base_url: "{a}" }}
  b: {{ adapter: openai, base_url: "{b}" }}
  c: {{ adapter: openai, base_url: "{c}", api_keys: [sk-c1, sk-c2, sk-c3] }}
models:
  m: {{ {FREE}, chain: {chain} }}
  b-alone: {{ {FREE}, chain: [{{ provider: b, model: m }}] }}
"#
    )
}

/// A turn of a conversation that begins with these words.
fn talk(begin: &str, turn: usize) -> Value {
    let mut messages = vec![
        value!({ "role": "system", "content": "be brief" }),
        value!({ "role": "user", "content": begin }),
    ];
    for turn in 1..turn {
        messages.push(value!({ "role": "assistant", "content": format!("answer {turn}") }));
        messages.push(value!({ "role": "user", "content": format!("and then? {turn}") }));
    }
    value!({ "model": "m", "messages": messages })
}

const WEIGHTED: &str = "[{ strategy: weighted, targets: [{ provider: a, model: m, weight: 3 }, { provider: b, model: m }] }, { provider: c, model: m }]";
const STICKY: &str = "[{ sticky: conversation, targets: [{ provider: a, model: m }, { provider: b, model: m }, { provider: c, model: m }] }]";
const STICKY_WITHOUT_B: &str =
    "[{ sticky: conversation, targets: [{ provider: a, model: m }, { provider: c, model: m }] }]";

#[tokio::test]
async fn weighted_targets_get_their_shares() {
    let row = Row::with(WEIGHTED).await;
    let answers = row.answers(120).await;
    assert!((88..=92).contains(&answers["a"]), "{answers:?}");
    assert_eq!(answers["a"] + answers["b"], 120);
}

#[tokio::test]
async fn a_share_goes_to_the_rest_of_the_step_and_then_down_the_chain() {
    let row = Row::with(WEIGHTED).await;
    row.upstreams[0].always(text(500, ""));
    let answers = row.answers(20).await;
    assert_eq!(answers["b"], 20, "{answers:?}");
    assert_eq!(row.upstreams[0].requests().len(), 1, "its breaker is open");
    row.upstreams[1].always(text(500, ""));
    assert_eq!(row.answers(5).await["c"], 5);
}

#[tokio::test]
async fn a_slow_target_gets_no_more_while_another_is_less_busy() {
    let chain = "[{ strategy: least-busy, targets: [{ provider: a, model: m }, { provider: b, model: m }] }]";
    let (row, gate) = (Row::with(chain).await, Gate::new());
    row.upstreams[0].always(streams(&["a"]).after(&gate));
    let (client, waiting) = (row.client(), async {
        row.upstreams[0].next_request().await;
        let before = row.upstreams[0].requests().len();
        assert_eq!(row.answers(10).await["b"], 10);
        assert_eq!(row.upstreams[0].requests().len(), before);
        let snapshot = row.gateway.snapshot().await;
        assert_eq!(snapshot["targets"][0]["in_flight"], 1, "{snapshot}");
        gate.open_forever();
    });
    let stuck = async {
        // Idle targets take turns, so one of the first ones gets stuck.
        for _ in 0..3 {
            client
                .stream(value!({ "model": "m", "messages": [{ "role": "user", "content": "hello" }] }))
                .await
                .collect()
                .await;
        }
    };
    tokio::join!(stuck, waiting);
    row.upstreams[0].always(says("a"));
    assert!(row.answers(8).await["a"] >= 3, "it is idle again");
}

#[tokio::test]
async fn the_quick_target_is_preferred() {
    let chain = "[{ strategy: least-latency, targets: [{ provider: a, model: m }, { provider: b, model: m }] }]";
    let (row, gate) = (Row::with(chain).await, Gate::new());
    row.upstreams[0].always(says("a").after(&gate));
    // The first target answers in the time in which the second one answers four times.
    let slowness = async {
        loop {
            row.upstreams[0].next_request().await;
            for _ in 0..4 {
                row.client().chat(ask("b-alone")).await;
            }
            gate.open();
        }
    };
    let answers = tokio::select! {
        () = slowness => unreachable!(),
        answers = row.answers(64) => answers,
    };
    assert!((1..=8).contains(&answers["a"]), "{answers:?}");
    let target = row.gateway.snapshot().await["targets"][0].clone();
    assert!(
        target["latency_ms"]["whole"].is_u64() && target["latency_ms"]["stream"].is_null(),
        "{target}"
    );
}

#[tokio::test]
async fn a_conversation_keeps_its_target_across_turns_and_reloads() {
    let mut row = Row::with(STICKY).await;
    let first = row.conversations(45, 1).await;
    assert!(
        NAMES
            .iter()
            .all(|name| first.iter().filter(|answer| answer == name).count() >= 5),
        "{first:?}"
    );
    assert_eq!(row.conversations(45, 2).await, first);
    row.change(&STICKY.replace("sticky: conversation,", "sticky: conversation, strategy: weighted,"))
        .await;
    assert_eq!(row.conversations(45, 3).await, first);
    row.change(STICKY_WITHOUT_B).await;
    for (before, now) in first.iter().zip(row.conversations(45, 4).await) {
        assert!(now == *before || before == "b", "only b's share moves");
    }
    row.change(STICKY).await;
    assert_eq!(row.conversations(45, 5).await, first);
}

#[tokio::test]
async fn a_conversation_keeps_its_key() {
    let row = Row::with("[{ sticky: conversation, targets: [{ provider: c, model: m }] }]").await;
    for turn in 1..3 {
        row.conversations(12, turn).await;
    }
    let requests = row.upstreams[2].requests();
    let keys: Vec<_> = requests
        .iter()
        .map(|request| request.header("authorization").unwrap())
        .collect();
    assert_eq!(keys[..12], keys[12..]);
    assert!(
        ["Bearer sk-c1", "Bearer sk-c2", "Bearer sk-c3"]
            .iter()
            .all(|key| keys.contains(key)),
        "{keys:?}"
    );
}

#[tokio::test]
async fn a_conversation_whose_target_is_down_goes_to_another_and_stays_there() {
    let row = Row::with(STICKY).await;
    let first = row.conversations(1, 1).await.remove(0);
    let own = NAMES.iter().position(|name| *name == first).unwrap();
    row.upstreams[own].always(text(500, ""));
    let second = row.conversations(1, 2).await.remove(0);
    assert_ne!(second, first);
    assert_eq!(row.conversations(1, 3).await, [second]);
    assert_eq!(row.upstreams[own].requests().len(), 2, "its breaker is open");
}

#[tokio::test]
async fn a_conversation_may_have_a_name() {
    let row = Row::with(STICKY).await;
    let (mut by_key, mut by_session, mut by_header) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..12 {
        let mut request = talk(&format!("question {number}"), 1);
        by_header.push(
            row.client()
                .header("x-session-id", "s")
                .chat(request.clone())
                .await
                .content(),
        );
        request["session_id"] = "s".into();
        by_session.push(
            row.client()
                .header("x-session-id", &format!("{number}"))
                .chat(request.clone())
                .await
                .content(),
        );
        request["prompt_cache_key"] = "s".into();
        request["session_id"] = number.to_string().into();
        by_key.push(row.client().chat(request).await.content());
    }
    for answers in [&by_key, &by_session, &by_header] {
        assert!(answers.iter().all(|answer| *answer == by_key[0]), "{answers:?}");
    }
}

#[tokio::test]
async fn a_user_keeps_a_target() {
    let row = Row::with(&STICKY.replace("sticky: conversation", "sticky: user")).await;
    let mut targets = BTreeMap::<String, Vec<String>>::new();
    for number in 0..48 {
        let mut request = talk(&format!("question {number}"), 1);
        let user = format!("user {}", number % 12);
        request["user"] = user.clone().into();
        targets
            .entry(user)
            .or_default()
            .push(row.client().chat(request).await.content());
    }
    assert!(
        targets
            .values()
            .all(|answers| answers.iter().all(|answer| *answer == answers[0])),
        "{targets:?}"
    );
    let first = targets.values().map(|answers| &answers[0]);
    assert!(first.collect::<std::collections::BTreeSet<_>>().len() > 1);
}
