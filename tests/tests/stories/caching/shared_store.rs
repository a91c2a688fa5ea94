//! A Redis that two gateways share: what one keeps the other gives, and none of them needs it.

use jackfield_tests::client::{Answer, Client};
use jackfield_tests::gateway::Gateway;
use jackfield_tests::redis::Redis;
use jackfield_tests::upstream::Upstream;

use super::{ADA, CLEO, Scene, config, told};
use crate::metrics::scraped::Scraped;
use crate::scene::{ask, eventually, says, streams};

/// Another gateway with the same upstream and Redis.
async fn twin(upstream: &Upstream, redis: &Redis) -> Gateway {
    Gateway::start(&config(upstream, &section(redis))).await
}

fn section(redis: &Redis) -> String {
    format!("cache: {{ store: redis, url: \"{}\" }}", redis.url())
}

/// Waits until the gateway sees the Redis, or does not.
async fn sees(gateway: &Gateway, up: bool) {
    let is_up = async || Scraped::of(gateway).await.value("jackfield_cache_store_up", &[]) > 0.5;
    eventually("the Redis to come or go", is_up, |is| *is == up).await;
}

fn is_hit(answer: &Answer) -> bool {
    answer.header("x-jackfield-cache") == Some("hit")
}

#[tokio::test]
async fn what_one_gateway_keeps_the_other_gives() {
    let redis = Redis::start().await;
    let scene = Scene::with(&section(&redis)).await;
    let twin = twin(&scene.upstream, &redis).await;
    sees(&scene.gateway, true).await;
    sees(&twin, true).await;
    scene.upstream.always(says("one"));
    scene.ada().chat(ask("m")).await;
    let there = twin.client().with_key(ADA);
    // It is written a moment later.
    let second = eventually("a hit", async || there.chat(ask("m")).await, is_hit).await;
    assert_eq!(second.content(), "one");
    assert!(second.headers.contains_key("age"));
    let cleo = twin.client().with_key(CLEO);
    assert_eq!(told(&cleo.chat(ask("m")).await).0, Some("miss"));
}

#[tokio::test]
async fn streams_travel_too() {
    let redis = Redis::start().await;
    let scene = Scene::with(&section(&redis)).await;
    let twin = twin(&scene.upstream, &redis).await;
    sees(&scene.gateway, true).await;
    sees(&twin, true).await;
    for model in ["m", "paced"] {
        scene.upstream.always(streams(&["a", "b"]));
        let first = scene.ada().stream(ask(model)).await.collect().await;
        let there = twin.client().with_key(ADA);
        let again = async || there.stream(ask(model)).await.collect().await;
        let second = eventually("a hit", again, |stream| stream.headers["x-jackfield-cache"] == "hit").await;
        // Which of the answers so far it is depends on which was written last.
        assert_eq!((second.content(), second.ending), (first.content(), first.ending));
        assert_eq!(second.events.len(), first.events.len());
    }
}

#[tokio::test]
async fn while_it_is_away_requests_are_served_and_later_it_is_used_again() {
    let mut redis = Redis::start().await;
    let scene = Scene::with(&section(&redis)).await;
    sees(&scene.gateway, true).await;
    scene.upstream.always(says("one"));
    let ada: Client = scene.ada();
    ada.chat(ask("m")).await;
    eventually("a hit", async || ada.chat(ask("m")).await, is_hit).await;
    redis.stop().await;
    sees(&scene.gateway, false).await;
    let without = ada.chat(ask("m")).await;
    assert_eq!(told(&without), (Some("miss"), "one".to_owned()));
    redis.start_again().await;
    sees(&scene.gateway, true).await;
    eventually("a hit", async || ada.chat(ask("m")).await, is_hit).await;
    let logs = scene.gateway.logs();
    assert!(
        logs.contains("the Redis of the response cache does not answer"),
        "{logs}"
    );
}

#[tokio::test]
async fn a_gateway_starts_without_it() {
    let mut redis = Redis::start().await;
    redis.stop().await;
    let scene = Scene::with(&section(&redis)).await;
    scene.says("one").says("two");
    assert_eq!(
        told(&scene.ada().chat(ask("m")).await),
        (Some("miss"), "one".to_owned())
    );
    assert_eq!(
        told(&scene.ada().chat(ask("m")).await),
        (Some("miss"), "two".to_owned())
    );
}
