//! The adapter for Voyage AI: embeddings and reranking.
//!
//! In reading order: `settings` is what an operator may set; `embeddings` and `rerank` have both directions, with `input`
//! for the three endpoints that embeddings have; `error` classifies the upstream's errors.
//!
//! Source: <https://docs.voyageai.com/reference>, and the vendor's SDK for Python (0.5).

mod embeddings;
mod error;
mod input;
mod rerank;
mod settings;

use jackfield_plugin_sdk::{Adapter, Auth, Call, Failure, Manifest, Operation, Prepared, Reply, Step};

pub use settings::{Operations, Settings};

/// The Voyage adapter.
pub struct Voyage;

// === impl Voyage ===

impl Adapter for Voyage {
    type Settings = Settings;
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Embeddings)
            .operation(Operation::Rerank)
            .auth(Auth::Bearer)
            .base_url("https://api.voyageai.com/v1")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let exchange = match &call.operation {
            Operation::Embeddings => embeddings::prepare(call)?,
            Operation::Rerank => rerank::prepare(call)?,
            other => return Err(Failure::unsupported_operation(other)),
        };
        Ok(exchange.into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        match &call.operation {
            _ if !reply.is_success() => Err(error::of_reply(reply)),
            Operation::Rerank => rerank::read(call, reply),
            _ => embeddings::read(call, reply),
        }
    }
}

jackfield_plugin_sdk::export_adapter!(Voyage);
