//! The adapter for Cohere's API, version 2.
//!
//! In reading order: `settings` is what an operator may set; `request` turns a chat request into Cohere's; `reply` and
//! `stream` turn replies into completions and chunks, with `citation`, `logprobs`, `finish` and `usage` for both;
//! `embeddings` and `rerank` have both directions; `models` lists what the upstream offers, and `error` classifies its
//! errors.
//!
//! Source: <https://docs.cohere.com/reference/about>, and the vendor's SDK for Python (7.3).

mod citation;
mod embeddings;
mod error;
mod finish;
mod logprobs;
mod models;
mod reply;
mod request;
mod rerank;
mod settings;
mod stream;
mod usage;

use jackfield_plugin_sdk::{
    Adapter, Auth, Call, Decoded, Event, Exchange, Extension, Failure, Manifest, Operation, Prepared, Reply, Step,
};

pub use settings::{Operations, Settings};
pub use stream::State;

/// Whose thinking this adapter's is: the vendor does not sign it, so the mark alone tells it from that of others.
pub(crate) const ORIGIN: &str = "cohere";

/// The Cohere adapter.
pub struct Cohere;

// === impl Cohere ===

impl Adapter for Cohere {
    type Settings = Settings;
    type State = State;

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::Embeddings)
            .operation(Operation::Rerank)
            .operation(Operation::Models)
            .accepts([
                Extension::ReasoningContent,
                Extension::ThinkingBlocks,
                Extension::Thinking,
                Extension::TopK,
                Extension::VendorMembers,
            ])
            .auth(Auth::Bearer)
            .base_url("https://api.cohere.com")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let exchange = match &call.operation {
            Operation::Chat => chat(call)?,
            Operation::Embeddings => embeddings::prepare(call)?,
            Operation::Rerank => rerank::prepare(call)?,
            Operation::Models => models::first(),
            other => return Err(Failure::unsupported_operation(other)),
        };
        Ok(exchange.into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        match &call.operation {
            _ if !reply.is_success() => Err(error::of_reply(reply)),
            Operation::Embeddings => embeddings::read(call, reply),
            Operation::Rerank => rerank::read(call, reply),
            Operation::Models => models::read(reply),
            _ => Step::done(&reply::completion(call, reply)?),
        }
    }

    fn decode_events(_: &Call<Settings>, state: &mut State, events: &[Event], last: bool) -> Result<Decoded, Failure> {
        stream::decode(state, events, last)
    }
}

fn chat(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let exchange = request::exchange(call)?;
    Ok(if call.stream { exchange.sse() } else { exchange })
}

jackfield_plugin_sdk::export_adapter!(Cohere);
