//! A Redis that stops, hangs, comes back, or is not there at the start.

use super::*;

#[tokio::test]
async fn a_stream_that_outlives_a_server_without_persistence_gets_its_slot_back() {
    let mut server = Server::start();
    let limits = open(&server, OnUnavailable::Allow).await;
    let quota = streams(2);
    let _before = limits.take("ada", &quota, STREAM, now()).await.unwrap();
    server.stop();
    let _meanwhile = limits.take("ada", &quota, STREAM, now()).await.unwrap();
    assert!(limits.take("ada", &quota, STREAM, now()).await.is_err());
    server.start_again();
    answers_again(&limits).await;
    let both = Usage {
        streams: 2,
        ..Usage::default()
    };
    model::eventually(&limits, "ada", now(), both).await;
}

#[tokio::test]
async fn deny_refuses_during_an_outage_and_counts_survive_it() {
    let mut server = Server::durable();
    let limits = open(&server, OnUnavailable::Deny).await;
    for _ in 0..2 {
        let _ = limits.take("ada", &day(3), ONE, now()).await.unwrap();
    }
    server.stop();
    for _ in 0..3 {
        let refused = limits.take("ada", &day(3), STREAM, now()).await;
        assert_eq!(refused.unwrap_err(), Refused::Unavailable(CountersUnavailable));
        assert_eq!(limits.usage("ada", now()).await, Err(CountersUnavailable));
    }
    server.start_again();
    answers_again(&limits).await;
    assert!(limits.take("ada", &day(3), ONE, now()).await.is_ok());
    assert!(limits.take("ada", &day(3), ONE, now()).await.is_err());
}

#[tokio::test]
async fn allow_decides_by_the_counts_of_this_node_during_an_outage() {
    let mut server = Server::durable();
    let limits = open(&server, OnUnavailable::Allow).await;
    let _first = limits.take("ada", &day(3), ONE, now()).await.unwrap();
    server.stop();
    let here = limits.take("ada", &day(3), ONE, now()).await.unwrap();
    let _third = limits.take("ada", &day(3), ONE, now()).await.unwrap();
    assert!(limits.take("ada", &day(3), ONE, now()).await.is_err());
    here.refund();
    assert_eq!(used(&limits, "ada").await.day, 2);
    limits.set_on_unavailable(OnUnavailable::Deny);
    assert_eq!(limits.usage("ada", now()).await, Err(CountersUnavailable));
    server.start_again();
    answers_again(&limits).await;
    // Redis does not know what passed meanwhile, and the refund was not for a request that it had counted.
    assert_eq!(used(&limits, "ada").await.day, 1);
}

#[tokio::test]
async fn a_server_that_hangs_delays_one_request_by_a_second_and_no_other() {
    let server = Server::start();
    let limits = open(&server, OnUnavailable::Deny).await;
    server.signal("STOP");
    let begin = Instant::now();
    assert!(limits.take("ada", &day(3), ONE, now()).await.is_err());
    let first = begin.elapsed();
    assert!(first < Duration::from_millis(1_900), "{first:?}");
    for _ in 0..100 {
        assert!(limits.take("ada", &day(3), ONE, now()).await.is_err());
    }
    let rest = begin.elapsed().saturating_sub(first);
    assert!(rest < Duration::from_millis(500), "{rest:?}");
    server.signal("CONT");
    answers_again(&limits).await;
    assert!(limits.take("ada", &day(9), ONE, now()).await.is_ok());
}

#[tokio::test]
async fn a_gateway_may_start_before_its_redis() {
    let mut server = Server::start();
    server.stop();
    let limits = open(&server, OnUnavailable::Deny).await;
    assert!(limits.take("ada", &day(1), ONE, now()).await.is_err());
    server.start_again();
    answers_again(&limits).await;
    assert!(limits.take("ada", &day(1), ONE, now()).await.is_ok());
}
