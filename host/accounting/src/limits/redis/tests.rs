//! Tests of the counters in Redis, against a real server.

mod log;
mod outages;
mod server;

use std::cell::Cell;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::runtime::{Builder, Runtime};

use self::server::Server;
use super::super::tests::{edges, model};
use super::super::{Limit, Limits};
use super::*;

const ONE: Charge = Charge { day: 1, stream: false };

const STREAM: Charge = Charge { day: 1, stream: true };

fn day(limit: u64) -> Quota {
    Quota {
        per_day: Some(limit),
        ..Quota::default()
    }
}

fn streams(limit: u64) -> Quota {
    Quota {
        concurrent_streams: Some(limit),
        ..Quota::default()
    }
}

/// A runtime for the background work, as the gateway has one.
fn background() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// Counters by the server's clock, as in the gateway.
async fn by_the_servers_clock(server: &Server) -> Limits {
    let (url, runtime) = (server.url(), Handle::current());
    Limits::in_redis(&url, OnUnavailable::Deny, &runtime).await.unwrap()
}

/// Counters whose periods follow the time that the test passes, so that none ends unexpectedly.
async fn open(server: &Server, on_unavailable: OnUnavailable) -> Limits {
    let runtime = Handle::current();
    let redis = Redis::with_clock(&server.url(), on_unavailable, &runtime, PeriodClock::Caller).unwrap();
    redis.tried().await;
    let memory = Arc::new(Memory::default());
    Limits {
        memory,
        redis: Some(redis),
    }
}

async fn answers_again(limits: &Limits) {
    limits.redis.as_ref().unwrap().link.up().await;
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The time of most tests: in the middle of an hour.
fn now() -> SystemTime {
    at(1_700_000_000)
}

async fn used(limits: &Limits, user: &str) -> Usage {
    limits.usage(user, now()).await.unwrap()
}

#[tokio::test]
async fn periods_end_at_their_edges() {
    let server = Server::start();
    edges::hold(&open(&server, OnUnavailable::Deny).await).await;
}

#[test]
fn it_agrees_with_the_model() {
    let (server, runtime) = (Server::start(), background());
    let limits = runtime.block_on(async { open(&server, OnUnavailable::Deny).await });
    // Each step is a round trip, and a failing one waits: hence few cases and little shrinking.
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 48,
        max_shrink_iters: 8,
        ..ProptestConfig::default()
    });
    let number = Cell::new(0);
    runner
        .run(&model::stories(false), |story| {
            number.set(number.get() + 1);
            let prefix = format!("{}-", number.get());
            runtime.block_on(model::agrees(&limits, &prefix, story))
        })
        .unwrap();
}

#[test]
fn exactly_one_of_a_hundred_requests_on_two_nodes_for_the_last_slot_passes() {
    let (server, runtime) = (Server::start(), background());
    let nodes: [Limits; 2] =
        runtime.block_on(async { [by_the_servers_clock(&server).await, by_the_servers_clock(&server).await] });
    for quota in [day(1), streams(1)] {
        let user = format!("{quota:?}");
        let start = Barrier::new(4);
        // Four workers, each with its own runtime, as in the gateway.
        let passed: usize = thread::scope(|scope| {
            let worker = |node: usize| {
                let (nodes, start, user) = (&nodes, &start, &user);
                scope.spawn(move || {
                    let worker = Builder::new_current_thread().enable_all().build().unwrap();
                    worker.block_on(async {
                        start.wait();
                        let take = |_| nodes[node].take(user, &quota, STREAM, now());
                        let all = futures_util::future::join_all((0..25).map(take)).await;
                        start.wait();
                        all.iter().filter(|taken| taken.is_ok()).count()
                    })
                })
            };
            let workers = [0, 1, 0, 1].map(worker);
            workers.map(|worker| worker.join().unwrap()).into_iter().sum()
        });
        assert_eq!(passed, 1, "{quota:?}");
    }
}

#[tokio::test]
async fn a_quota_is_one_for_all_nodes_and_exact() {
    let server = Server::start();
    let one = open(&server, OnUnavailable::Deny).await;
    let other = open(&server, OnUnavailable::Deny).await;
    for turn in 0..20 {
        let node = if turn % 2 == 0 { &one } else { &other };
        let taken = node.take("ada", &day(10), ONE, now()).await;
        assert_eq!(taken.is_ok(), turn < 10, "request {turn}");
    }
    assert_eq!(used(&one, "ada").await, used(&other, "ada").await);
    assert_eq!(used(&other, "ada").await.day, 10);
}

#[tokio::test]
async fn a_stream_that_ends_frees_its_slot_on_all_nodes() {
    let server = Server::start();
    let one = open(&server, OnUnavailable::Deny).await;
    let other = open(&server, OnUnavailable::Deny).await;
    let running = one.take("ada", &streams(1), STREAM, now()).await.unwrap();
    let refused = other.take("ada", &streams(1), STREAM, now()).await;
    let which = Limit::ConcurrentStreams;
    let retry_after = Duration::from_secs(1);
    assert_eq!(refused.unwrap_err(), Refused::Limit { which, retry_after });
    // Not a stream, so it needs no slot.
    assert!(other.take("ada", &streams(1), ONE, now()).await.is_ok());
    drop(running);
    let ended = Usage {
        day: 2,
        hour: 2,
        minute: 2,
        streams: 0,
    };
    model::eventually(&other, "ada", now(), ended).await;
    assert!(other.take("ada", &streams(1), STREAM, now()).await.is_ok());
}

#[tokio::test]
async fn the_slots_of_a_killed_nodes_streams_are_free_after_their_lease() {
    let server = Server::start();
    let (killed, other) = (
        open(&server, OnUnavailable::Deny).await,
        open(&server, OnUnavailable::Deny).await,
    );
    let begin = 1_700_000_000;
    let _running = killed.take("ada", &streams(1), STREAM, at(begin)).await.unwrap();
    let before = at(begin) + Duration::from_millis(29_999);
    assert!(other.take("ada", &streams(1), STREAM, before).await.is_err());
    let after = at(begin + 30);
    assert_eq!(other.usage("ada", after).await.unwrap().streams, 0);
    assert!(other.take("ada", &streams(1), STREAM, after).await.is_ok());
}

#[tokio::test]
async fn a_request_whose_client_hung_up_meanwhile_leaves_no_stream_behind() {
    let server = Server::start();
    let limits = open(&server, OnUnavailable::Deny).await;
    let quota = streams(1);
    for _ in 0..20 {
        tokio::select! {
            biased;
            _ = limits.take("ada", &quota, STREAM, now()) => panic!("answered at once"),
            () = std::future::ready(()) => {}
        }
    }
    let begin = Instant::now();
    while used(&limits, "ada").await.streams > 0 {
        assert!(begin.elapsed() < Duration::from_secs(10));
    }
    assert!(limits.take("ada", &quota, STREAM, now()).await.is_ok());
}

#[tokio::test]
async fn refunded_requests_may_be_taken_again() {
    let server = Server::start();
    let limits = open(&server, OnUnavailable::Deny).await;
    // The second before midnight.
    let begin = 1_700_006_399;
    let charge = Charge { day: 5, stream: true };
    let quota = Quota::default();
    let refunded = limits.take("ada", &quota, charge, at(begin)).await.unwrap();
    let kept = limits.take("ada", &quota, charge, at(begin)).await.unwrap();
    refunded.refund();
    let one = Usage {
        day: 5,
        hour: 1,
        minute: 1,
        streams: 1,
    };
    model::eventually(&limits, "ada", at(begin), one).await;
    let next = limits.take("ada", &quota, ONE, at(begin + 1)).await;
    kept.refund();
    // Day and hour have ended; the minute has not.
    let next_alone = Usage {
        day: 1,
        hour: 1,
        minute: 1,
        streams: 0,
    };
    model::eventually(&limits, "ada", at(begin + 1), next_alone).await;
    drop(next);
}

#[tokio::test]
async fn the_servers_clock_decides_and_not_the_nodes() {
    let server = Server::start();
    let (slow, fast) = (by_the_servers_clock(&server).await, by_the_servers_clock(&server).await);
    let quota = Quota {
        per_minute: Some(1),
        ..Quota::default()
    };
    assert!(slow.take("ada", &quota, ONE, at(1)).await.is_ok());
    let refused = fast.take("ada", &quota, ONE, at(4_000_000_000)).await;
    let retry_after = refused.unwrap_err().retry_after();
    assert!((59..=61).contains(&retry_after.as_secs()), "{retry_after:?}");
}

#[tokio::test]
async fn every_key_expires_and_flushed_scripts_are_loaded_again() {
    let server = Server::start();
    let limits = by_the_servers_clock(&server).await;
    let client = redis::Client::open(server.url()).unwrap();
    let mut raw = client.get_multiplexed_async_connection().await.unwrap();
    let flush = redis::cmd("SCRIPT").arg("FLUSH").to_owned();
    flush.exec_async(&mut raw).await.unwrap();
    let _running = limits.take("a}b", &day(9), STREAM, now()).await.unwrap();
    let keys = redis::cmd("KEYS").arg("*").to_owned();
    let mut keys: Vec<String> = keys.query_async(&mut raw).await.unwrap();
    keys.sort();
    let probe = "jf:{%probe}:counts";
    let all = [probe, "jf:{a%7Db}:counts", "jf:{a%7Db}:streams"];
    assert_eq!(keys, all);
    for key in keys {
        let left = redis::cmd("TTL").arg(&key).to_owned();
        let left: i64 = left.query_async(&mut raw).await.unwrap();
        assert!((1..=86_400 + 120).contains(&left), "{key}: {left}");
    }
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused_without_being_shown() {
    for url in ["postgres://ada:hunter2@host", "hunter2", "redis://:hunter2@h:port"] {
        let refused = Redis::open(url, OnUnavailable::Deny, &Handle::current());
        let error = refused.unwrap_err();
        assert_eq!(
            error.to_string(),
            "`limits.url` is not a Redis URL; write `redis://[user:password@]host[:port][/database]`, the \
             same with `rediss://` for TLS, or `redis+unix:///path/to/socket`"
        );
    }
}
