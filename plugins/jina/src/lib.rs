//! The adapter for Jina AI: embeddings and reranking.
//!
//! In reading order: `settings` is what an operator may set; `embeddings` and `rerank` have both directions, with `input`
//! for texts and images and `usage` for the tokens of both; `models` lists what there is.
//!
//! Source: <https://api.jina.ai/redoc>.

mod embeddings;
mod input;
mod models;
mod rerank;
mod settings;
mod usage;

use jackfield_plugin_sdk::{Adapter, Auth, Call, Failure, Manifest, Operation, Prepared, Reply, Step};

pub use settings::{Operations, Settings};

/// The Jina adapter.
pub struct Jina;

// === impl Jina ===

impl Adapter for Jina {
    type Settings = Settings;
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Embeddings)
            .operation(Operation::Rerank)
            .operation(Operation::Models)
            .auth(Auth::Bearer)
            .base_url("https://api.jina.ai/v1")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let exchange = match &call.operation {
            Operation::Embeddings => embeddings::prepare(call)?,
            Operation::Rerank => rerank::prepare(call)?,
            Operation::Models => models::ask(),
            other => return Err(Failure::unsupported_operation(other)),
        };
        Ok(exchange.into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        match &call.operation {
            _ if !reply.is_success() => Err(Failure::from_reply(reply)),
            Operation::Rerank => rerank::read(call, reply),
            Operation::Models => models::read(reply),
            _ => embeddings::read(call, reply),
        }
    }
}

jackfield_plugin_sdk::export_adapter!(Jina);
