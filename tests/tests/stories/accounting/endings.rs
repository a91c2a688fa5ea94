//! What is charged when the client leaves early, or the upstream does not say what it has used.

use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::{Reply, Upstream, json, sse};
use jackfield_tests::vendor::{Turn, openai};

use super::books::{balances, rows_when};
use super::{MICRO, SQLITE, config, sqlite, user};
use crate::scene::{ask, assert_complete, begins, says, streams};

#[tokio::test]
async fn a_client_that_hangs_up_pays_once_for_what_was_produced() {
    let upstream = Upstream::start().await;
    let gateway = Process::start(&config(&upstream, SQLITE)).await;
    let client = gateway.client().with_key(&user(&gateway, "ada", "pro").await);
    upstream.reply(begins(&["sixteen letters.", "and sixteen more"]).then_stall());
    let mut stream = client.stream(ask("m")).await;
    assert_eq!(stream.next_content().await, "sixteen letters.");
    assert_eq!(stream.next_content().await, "and sixteen more");
    stream.hang_up();
    upstream.hung_up().await;
    let rows = rows_when(&sqlite(&gateway), 1).await;
    assert_eq!((&*rows[0].ended, rows[0].estimated), ("hung_up", 1));
    // Four letters make about a token.
    assert_eq!((rows[0].output, rows[0].input > 0), (8, true));
    assert_eq!(rows[0].credits, rows[0].input + 2 * 8);

    // The row of the next request is written after whatever else there might be of this one.
    upstream.reply(says("hello"));
    assert_eq!(client.chat(ask("m")).await.status, 200);
    let rows = rows_when(&sqlite(&gateway), 2).await;
    assert_eq!(rows.len(), 2);
    let charges: i64 = rows.iter().map(|row| row.credits).sum();
    assert_eq!(balances(&sqlite(&gateway)).await["ada"], MICRO - charges);
}

#[tokio::test]
async fn what_the_upstream_does_not_tell_is_estimated_and_marked() {
    let upstream = Upstream::start().await;
    let gateway = Process::start(&config(&upstream, SQLITE)).await;
    let client = gateway.client().with_key(&user(&gateway, "ada", "pro").await);
    let mut silent = openai::completion(&Turn::says(&["sixteen letters."]), 1);
    silent.as_object_mut().unwrap().remove("usage");
    upstream
        .reply(says("hello"))
        .then(json(200, silent))
        .then(streams(&["sixteen letters."]));
    assert_eq!(client.chat(ask("m")).await.status, 200);
    assert_eq!(client.chat(ask("m")).await.status, 200);
    let stream = client.stream(ask("m")).await.collect().await;
    assert_complete(&stream, "sixteen letters.");
    let mut rows = rows_when(&sqlite(&gateway), 3).await;
    rows.sort_by_key(|row| row.estimated);
    let told: Vec<_> = rows.iter().map(|row| (row.estimated, row.output)).collect();
    assert_eq!(told, [(0, 7), (1, 4), (1, 4)]);
    for row in rows {
        assert_eq!((&*row.ended, row.credits), ("ok", row.input + 2 * row.output));
    }
}

#[tokio::test]
async fn a_stream_that_another_target_continued_is_charged_for_both_and_marked() {
    let upstream = Upstream::start().await;
    let continued = config(&upstream, SQLITE)
        .replace("chain: [{ provider: upstream, model: m }]", "routing: { continuation: true }, chain: [{ provider: upstream, model: m }, { provider: upstream, model: n-large }]")
        .replace("adapter: openai,", "adapter: openai, prefill: [\"*\"],");
    let gateway = Process::start(&continued).await;
    let client = gateway.client().with_key(&user(&gateway, "ada", "pro").await);
    upstream
        .reply(begins(&["sixteen letters,"]).then_cut())
        .then(streams_with_usage(&[" and more"]));
    let stream = client.stream(ask("m")).await.collect().await;
    assert_complete(&stream, "sixteen letters, and more");
    let rows = rows_when(&sqlite(&gateway), 1).await;
    assert_eq!((&*rows[0].ended, rows[0].continued, rows[0].estimated), ("ok", 1, 1));
    // Seven tokens of the second upstream, and about four of the first; both read the prompt.
    assert_eq!((rows[0].output, rows[0].input > 11), (7 + 4, true));
    assert_eq!(rows[0].credits, rows[0].input + 2 * rows[0].output);
}

/// A stream that says this and reports its usage.
fn streams_with_usage(pieces: &[&str]) -> Reply {
    sse(openai::chunks(&Turn::says(pieces), 1, true))
}
