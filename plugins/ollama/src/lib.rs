//! The adapter for Ollama, by its own API rather than by the one it has in OpenAI's form.
//!
//! In reading order: `settings` is what an operator may set; `request` turns a chat into Ollama's; `line` is what comes
//! back, whole or line by line; `reply` and `stream` make completions and chunks of it; `embeddings` and
//! `models` are the other operations; `images` lists the URLs that the host fetches; `error` classifies errors.
//!
//! Source: <https://docs.ollama.com/api>, and `api/types.go` in <https://github.com/ollama/ollama>.

mod embeddings;
mod error;
mod images;
mod line;
mod models;
mod reply;
mod request;
mod settings;
mod stream;

use jackfield_plugin_sdk::{
    Adapter, Attaches, Auth, Call, Decoded, Event, Exchange, Extension, Failure, Framing, Manifest, Operation,
    Prepared, Reply, Step,
};

pub use settings::{KeepAlive, Settings, Think};
pub use stream::State;

/// The Ollama adapter.
pub struct Ollama;

// === impl Ollama ===

impl Adapter for Ollama {
    type Settings = Settings;
    type State = State;

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::Embeddings)
            .operation(Operation::Models)
            .accepts([Extension::ReasoningContent, Extension::TopK, Extension::LongToolNames])
            .auth(Auth::Bearer)
            .base_url("http://localhost:11434")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let exchange = match &call.operation {
            Operation::Chat => request::translate(call)?,
            Operation::Embeddings => embeddings::request(call)?,
            Operation::Models => Exchange::get(models::PATH),
            other => return Err(Failure::unsupported_operation(other)),
        };
        Ok(if call.stream {
            exchange.framing(Framing::Ndjson)
        } else {
            exchange
        }
        .into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        if !reply.is_success() {
            return Err(error::of_reply(reply));
        }
        match &call.operation {
            Operation::Embeddings => embeddings::read(call, reply),
            Operation::Models => models::read(reply),
            _ => Step::done(&reply::completion(reply)?),
        }
    }

    fn decode_events(_: &Call<Settings>, state: &mut State, events: &[Event], last: bool) -> Result<Decoded, Failure> {
        stream::decode(state, events, last)
    }
}

impl Attaches for Ollama {
    fn list_attachments(call: &Call<Settings>) -> Result<Vec<String>, Failure> {
        images::listed(call)
    }
}

jackfield_plugin_sdk::export_adapter!(Ollama);
jackfield_plugin_sdk::export_attachments!(Ollama);
