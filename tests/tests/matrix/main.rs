//! The translation matrix: what becomes of each feature, from each client dialect with each adapter, buffered and streamed.
//! Every cell is measured over real sockets, and the tables stand in `docs/src/translation.md`.
//!
//! 1. [`client`] is a dialect of clients, and [`adapter`] an adapter with its vendor's words: a row set and a column.
//! 2. [`feature`] says what a feature is, and [`requests`] and [`replies`] list them.
//! 3. [`bench`] tries one feature and finds its [`verdict`].
//! 4. [`members`] are those of requests, of which none may be [`lost`]; [`operations`] are what is no chat.
//! 5. [`assembled`] puts a stream together into the reply it would have been.
//! 6. [`table`] prints the verdicts.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the test")]

mod adapter;
mod assembled;
mod bench;
mod client;
mod feature;
mod lost;
mod members;
mod operations;
mod replies;
mod requests;
mod table;
mod verdict;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::adapter::Adapter;
use crate::bench::Bench;
use crate::client::Dialect;
use crate::feature::Feature;
use crate::lost::Asked;
use crate::members::Member;
use crate::operations::Operation;

#[tokio::test]
async fn the_documented_matrix_is_the_measured_one() {
    let (adapters, features) = (adapter::all(), [requests::all(), replies::all()].concat());
    check_names(&adapters, &features);
    let columns: Vec<(&str, &str)> = adapters.iter().map(|adapter| (adapter.name, adapter.model)).collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let bench = Bench::start(adapters, "chat").await;
    let mut rows = Vec::new();
    for feature in &features {
        for client in Dialect::ALL {
            rows.extend(bench.row(feature, client).await);
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/src/translation.md")).unwrap();
    let (mut measured, mut differs) = (String::new(), false);
    for table in [table::columns(&columns)].into_iter().chain(table::all(&names, &rows)) {
        differs |= !page.contains(&table.lines);
        let _ = writeln!(measured, "{}\n\n{}", table.heading, table.lines);
    }
    if differs {
        fs::write(root.join("target/translation.md"), &measured).unwrap();
    }
    let lost: Vec<&String> = rows.iter().flat_map(|row| &row.lost).collect();
    assert!(lost.is_empty(), "lost in silence:\n{lost:#?}");
    assert!(
        !differs,
        "docs/src/translation.md differs from what was measured; the measured tables are in target/translation.md"
    );
}

/// Demands that none of these members is lost over any of these adapters.
async fn assert_none_is_lost(adapters: Vec<Adapter>, asked: Asked, members: Vec<Member>) {
    let capability = match asked {
        Asked::Chat(_) => "chat",
        Asked::Other(operation) => operation.capability(),
    };
    let bench = Bench::start(adapters, capability).await;
    let mut lost = Vec::new();
    for member in members {
        lost.extend(lost::lost(&bench, asked, &member).await);
    }
    assert!(lost.is_empty(), "lost in silence:\n{lost:#?}");
}

#[tokio::test]
async fn no_member_of_a_chat_is_lost_in_silence() {
    assert_none_is_lost(adapter::all(), Asked::Chat(Dialect::Chat), members::all()).await;
}

#[tokio::test]
async fn no_member_within_a_chat_is_lost_in_silence() {
    assert_none_is_lost(adapter::all(), Asked::Chat(Dialect::Chat), members::chat::all()).await;
}

#[tokio::test]
async fn no_member_of_messages_is_lost_in_silence() {
    assert_none_is_lost(adapter::all(), Asked::Chat(Dialect::Messages), members::messages::all()).await;
}

#[tokio::test]
async fn no_member_of_responses_is_lost_in_silence() {
    assert_none_is_lost(
        adapter::all(),
        Asked::Chat(Dialect::Responses),
        members::responses::all(),
    )
    .await;
}

#[tokio::test]
async fn no_member_of_googles_dialect_is_lost_in_silence() {
    assert_none_is_lost(adapter::all(), Asked::Chat(Dialect::Gemini), members::gemini::all()).await;
}

#[tokio::test]
async fn no_member_of_embeddings_rankings_and_images_is_lost_in_silence() {
    for (operation, members) in [
        (Operation::Embeddings, members::operations::of_embeddings()),
        (Operation::Rankings, members::operations::of_rankings()),
        (Operation::Images, members::operations::of_images()),
    ] {
        assert_none_is_lost(operation.adapters(), Asked::Other(operation), members).await;
    }
}

/// An adapter knows no feature that nobody asks for.
fn check_names(adapters: &[Adapter], features: &[Feature]) {
    for adapter in adapters {
        for name in adapter.signs.keys() {
            let mut requests = features.iter().filter(|feature| !feature.is_of_replies());
            assert!(
                requests.any(|feature| feature.name == *name),
                "{}: no feature is called {name}",
                adapter.name
            );
        }
    }
}
