//! Redis or PostgreSQL is away for a while: clear errors or the configured degradation, and recovery by itself.

use jackfield_tests::gateway::Process;
use jackfield_tests::redis::Redis;
use jackfield_tests::upstream::Upstream;
use serde_json::Value;

use super::books::{balances, rows_when};
use super::nodes::Nodes;
use super::{MICRO, SQLITE, config, user};
use crate::scene::{ask, eventually, says};

/// Well formed and nobody's.
const NOBODY: &str = "rk_3333333333333333333333333333333333333333333333333333333333333333";

/// A gateway that counts in this Redis, and does this without it.
async fn counting_in(redis: &Redis, on_unavailable: &str) -> (Process, Upstream) {
    let upstream = Upstream::start().await;
    upstream.always(says("hello"));
    let url = redis.url();
    let limits = format!("limits: {{ url: \"{url}\", on_unavailable: {on_unavailable} }}");
    let config = config(&upstream, &format!("{SQLITE}\n{limits}\n"));
    (Process::start(&config).await, upstream)
}

#[tokio::test]
async fn without_redis_nobody_is_served_where_nobody_may_get_too_much() {
    let mut redis = Redis::start().await;
    let (gateway, upstream) = counting_in(&redis, "deny").await;
    let key = user(&gateway, "ada", "pro").await;
    let client = gateway.client().with_key(&key);
    assert_eq!(client.chat(ask("m")).await.status, 200);
    redis.stop().await;
    let refused = client.chat(ask("m")).await;
    assert_eq!((refused.status, refused.error_code()), (503, Some("OVERLOADED")));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(client.stream(ask("m")).await.status, 503);
    let used = client.get("/v1/user/requests").await;
    assert_eq!(used.status, 503);
    assert!(used.header("retry-after").is_some());
    assert_eq!(upstream.requests().len(), 1);
    redis.start_again().await;
    let status = async || client.chat(ask("m")).await.status;
    eventually("service", status, |status| *status == 200).await;
    let used = client.get("/v1/user/requests").await.json();
    assert_eq!(used["requests_used_today"], 2);
}

#[tokio::test]
async fn without_redis_a_node_counts_for_itself_where_everybody_is_to_be_served() {
    let mut redis = Redis::start().await;
    let (gateway, _upstream) = counting_in(&redis, "allow").await;
    let key = user(&gateway, "ada", "few").await;
    let client = gateway.client().with_key(&key);
    for _ in 0..4 {
        assert_eq!(client.chat(ask("m")).await.status, 200);
    }
    redis.stop().await;
    for _ in 0..6 {
        assert_eq!(client.chat(ask("m")).await.status, 200);
    }
    // It has counted along, so that its own limit holds meanwhile.
    let refused = client.chat(ask("m")).await;
    assert_eq!(refused.error_code(), Some("DAILY_REQUEST_LIMIT_EXCEEDED"));
    redis.start_again().await;
    // What Redis has not seen it does not know.
    let used = async || client.get("/v1/user/requests").await.json()["requests_used_today"].clone();
    eventually("the shared counters", used, |used| *used == 4).await;
    assert_eq!(client.chat(ask("m")).await.status, 200);
}

/// Waits until a node has taken note of every change so far: what it looks up from then on, it knows until the next.
async fn caught_up(node: &Process) {
    let client = node.client().with_key(&user(node, "eve", "pro").await);
    let status = async || client.get("/v1/user/requests").await.status;
    assert_eq!(status().await, 200);
    let keys = node.run(&["key", "list", "eve", "--json"]).await;
    let keys: Value = serde_json::from_str(&keys).unwrap();
    node.run(&["key", "revoke", keys[0]["id"].as_str().unwrap()]).await;
    eventually("the change to be noted", status, |status| *status == 401).await;
}

#[tokio::test]
async fn without_postgres_those_who_are_known_are_served_and_charged_when_it_is_back() {
    let mut nodes = Nodes::start().await;
    nodes.upstream.always(says("hello"));
    let ada = user(&nodes.one, "ada", "pro").await;
    let bob = user(&nodes.one, "bob", "pro").await;
    let [ada, _] = nodes.clients(&ada);
    let [bob, _] = nodes.clients(&bob);
    let [nobody, _] = nodes.clients(NOBODY);
    let url = nodes.postgres.url();
    caught_up(&nodes.one).await;
    assert_eq!(ada.chat(ask("m")).await.status, 200);

    nodes.postgres.stop().await;
    for stranger in [&bob, &nobody] {
        let refused = stranger.chat(ask("m")).await;
        assert_eq!((refused.status, refused.error_code()), (503, Some("OVERLOADED")));
        assert!(refused.header("retry-after").is_some());
    }
    for _ in 0..3 {
        assert_eq!(ada.chat(ask("m")).await.status, 200);
    }

    nodes.postgres.start_again().await;
    let status = async || bob.chat(ask("m")).await.status;
    eventually("the database to be found again", status, |status| *status == 200).await;
    assert_eq!(nobody.chat(ask("m")).await.status, 401);
    let rows = rows_when(&url, 5).await;
    let of_ada = rows.iter().filter(|row| row.user == "ada");
    let charges: Vec<i64> = of_ada.map(|row| row.credits).collect();
    assert_eq!(charges.len(), 4);
    assert_eq!(balances(&url).await["ada"], MICRO - charges.iter().sum::<i64>());
}
