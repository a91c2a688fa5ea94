//! Two gateways, one PostgreSQL, one Redis: users cannot tell which of the two they talk to.

use std::time::{Duration, Instant};

use http::{Method, Request, header};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use jackfield_tests::client::Client;
use jackfield_tests::gateway::Process;
use jackfield_tests::patience::patiently;
use jackfield_tests::postgres::Postgres;
use jackfield_tests::redis::Redis;
use jackfield_tests::upstream::{Gate, Upstream};
use serde_json::json as value;
use tokio::task::JoinSet;

use super::books::{balances, rows};
use super::{MICRO, config, user};
use crate::scene::{ask, assert_complete, begins, eventually, says, streams};

/// Twice what is promised, because the machine that runs this may be busy.
const A_SECOND: Duration = Duration::from_secs(2);

/// What access tokens are signed with.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A token of `ada` on plan `pro` that is good until 2100, signed by hand with `openssl dgst -sha256 -hmac`.
const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZGEiLCJwbGFuIjoicHJvIiwiZXhwIjo0MTAyNDQ0ODAwfQ.MQWMKfaNEJTYtX5Z-nerRF3ueksBIfnjRjAT1vMRyQQ";

/// Two nodes over the same servers and the same upstream.
pub(super) struct Nodes {
    // Before the servers that they need, so that they end first.
    pub(super) one: Process,
    other: Process,
    pub(super) upstream: Upstream,
    pub(super) postgres: Postgres,
    _redis: Redis,
}

// === impl Nodes ===

impl Nodes {
    pub(super) async fn start() -> Self {
        let (postgres, redis) = tokio::join!(Postgres::start(), Redis::start());
        let upstream = Upstream::start().await;
        let (storage, limits) = (postgres.url(), redis.url());
        let config = config(
            &upstream,
            &format!(
                "storage: {{ url: \"{storage}\" }}\nlimits: {{ url: \"{limits}\" }}\n\
                 tokens: {{ secrets: [\"{SECRET}\"] }}\n"
            ),
        );
        let (one, other) = tokio::join!(Process::start(&config), Process::start(&config));
        Self {
            one,
            other,
            upstream,
            postgres,
            _redis: redis,
        }
    }

    /// A client of each node, with this key.
    pub(super) fn clients(&self, key: &str) -> [Client; 2] {
        [&self.one, &self.other].map(|node| node.client().with_key(key))
    }
}

/// Asks so often on each node, all at once, and returns the statuses.
async fn rush(clients: &[Client; 2], each: usize) -> Vec<u16> {
    let mut asking = JoinSet::new();
    for client in clients.iter().cycle().take(2 * each) {
        let client = client.clone();
        asking.spawn(async move { client.chat(ask("m")).await.status });
    }
    let mut statuses = asking.join_all().await;
    statuses.sort_unstable();
    statuses
}

/// `DELETE` with an access token.
async fn delete(node: &Process, path: &str) -> u16 {
    let request = Request::builder()
        .method(Method::DELETE)
        .uri(format!("{}{path}", node.url()))
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .body(Full::<Bytes>::default());
    let http: Http<_, Full<Bytes>> = Http::builder(TokioExecutor::new()).build_http();
    let answer = patiently("an answer", http.request(request.unwrap())).await;
    answer.unwrap().status().as_u16()
}

#[tokio::test]
async fn of_twice_as_many_requests_as_are_left_exactly_those_pass_that_are_left() {
    let nodes = Nodes::start().await;
    nodes.upstream.always(says("hello"));
    let key = user(&nodes.one, "ada", "few").await;
    let clients = nodes.clients(&key);
    let statuses = rush(&clients, 10).await;
    assert_eq!(statuses, [[200; 10], [429; 10]].concat());
    assert_eq!(nodes.upstream.requests().len(), 10);
    for client in clients {
        let refused = client.chat(ask("m")).await;
        let code = refused.error_code();
        assert_eq!(code, Some("DAILY_REQUEST_LIMIT_EXCEEDED"));
        assert!(refused.header("retry-after").is_some());
        let used = client.get("/v1/user/requests").await.json();
        assert_eq!(used["requests_used_today"], 10);
        assert_eq!(used["requests_remaining_today"], 0);
    }
}

#[tokio::test]
async fn what_a_user_ends_on_one_node_ends_on_the_other() {
    let nodes = Nodes::start().await;
    let key = user(&nodes.one, "ada", "pro").await;
    let [one, other] = nodes.clients(&key);
    nodes.upstream.reply(begins(&["still "]).then_stall());
    let mut stream = other.stream(ask("m")).await;
    assert_eq!(stream.next_content().await, "still ");
    let killing = Instant::now();
    let killed = one.post("/v1/user/streams/kill", value!({})).await.json();
    assert_eq!(killed, value!({ "killed_streams": 1 }));
    assert!(stream.collect().await.is_done());
    assert!(killing.elapsed() < A_SECOND);

    nodes.upstream.always(says("hello"));
    assert_eq!(rush(&[one, other.clone()], 1).await, [200; 2]);
    let with_token = nodes.one.client().with_key(TOKEN);
    let keys = with_token.get("/v1/user/key").await.json();
    let id = keys["data"][0]["id"].clone();
    let revoking = Instant::now();
    let path = format!("/v1/user/key/{}", id.as_str().unwrap());
    assert_eq!(delete(&nodes.one, &path).await, 200);
    let status = async || other.chat(ask("m")).await.status;
    eventually("a refusal", status, |status| *status == 401).await;
    assert!(revoking.elapsed() < A_SECOND);
}

#[tokio::test]
async fn a_kill_on_one_node_spares_what_begins_after_it_on_the_other() {
    let nodes = Nodes::start().await;
    let key = user(&nodes.one, "ada", "pro").await;
    let [one, other] = nodes.clients(&key);
    let gate = Gate::new();
    nodes
        .upstream
        .reply(begins(&["still "]).then_stall())
        .then(streams(&["after ", "all"]).pause_before(2, &gate));
    let mut before = other.stream(ask("m")).await;
    assert_eq!(before.next_content().await, "still ");
    one.post("/v1/user/streams/kill", value!({})).await;
    let after = other.stream(ask("m")).await;
    // The other node has heard of the kill by now.
    assert!(before.collect().await.is_done());
    gate.open_forever();
    assert_complete(&after.collect().await, "after all");
}

#[tokio::test]
async fn two_nodes_that_are_killed_have_lost_nothing_when_they_are_back() {
    let mut nodes = Nodes::start().await;
    nodes.upstream.answer(|request| {
        if request.json()["stream"] == true {
            streams(&["hello"])
        } else {
            says("hello")
        }
    });
    let key = user(&nodes.one, "ada", "few").await;
    let clients = nodes.clients(&key);
    assert_eq!(rush(&clients, 3).await, [200; 6]);
    let stream = clients[0].stream(ask("m")).await;
    assert_complete(&stream.collect().await, "hello");
    nodes.one.kill().await;
    nodes.other.kill().await;
    tokio::join!(nodes.one.start_again(), nodes.other.start_again());

    let url = nodes.postgres.url();
    let rows = rows(&url).await;
    assert_eq!(rows.len(), 7);
    let charges: i64 = rows.iter().map(|row| row.credits).sum();
    assert_eq!(balances(&url).await["ada"], MICRO - charges);
    let statuses = rush(&nodes.clients(&key), 4).await;
    assert_eq!(statuses, [vec![200; 3], vec![429; 5]].concat());
}
