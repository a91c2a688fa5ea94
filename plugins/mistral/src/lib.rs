//! The adapter for Mistral AI's API.
//!
//! It resembles OpenAI's, but names parameters otherwise, is strict about the order and the ids of messages, and puts
//! thinking into the content. In reading order: `settings` is what an operator may set; `parameters` writes the
//! parameters; `request` the messages, with `content` for their parts and `calls` for the ids of tool calls; `reply` and
//! `stream` read replies, with `said` for what a message says in both, `prefix` for answers that repeat how they begin, and
//! `error` for errors in their place; `models` lists what the upstream offers; `transcription` and `moderation` have both
//! directions of theirs.
//!
//! Source: <https://docs.mistral.ai/api>.

mod calls;
mod content;
mod error;
mod models;
mod moderation;
mod parameters;
mod prefix;
mod reply;
mod request;
mod said;
mod settings;
mod stream;
mod transcription;

use jackfield_plugin_sdk::{
    Adapter, Auth, Call, Decoded, Event, Exchange, Extension, Failure, Manifest, Operation, Prepared, Reply, Step,
};

use parameters::Patch;
pub use settings::Settings;
pub use stream::State;

/// The Mistral adapter.
pub struct Mistral;

jackfield_plugin_sdk::export_adapter!(Mistral);

// === impl Mistral ===

impl Adapter for Mistral {
    type Settings = Settings;
    type State = State;

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::Embeddings)
            .operation(Operation::Moderation)
            .operation(Operation::Transcription)
            .operation(Operation::Models)
            .accepts([
                Extension::ReasoningContent,
                Extension::ThinkingBlocks,
                Extension::FileUrl,
                Extension::Thinking,
                Extension::TopK,
            ])
            .auth(Auth::Bearer)
            .base_url("https://api.mistral.ai/v1")
            .telemetry_name("mistral_ai")
            .prefill("*")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        match &call.operation {
            Operation::Chat => chat(call),
            Operation::Embeddings => {
                let exchange = patched("/embeddings", parameters::of_embeddings(call)?)?;
                Ok(exchange.canonical(false).into())
            }
            Operation::Moderation => Ok(patched(moderation::PATH, moderation::parameters(call)?)?.into()),
            Operation::Transcription => Ok(patched(transcription::PATH, transcription::fields(call)?)?.into()),
            Operation::Models => Ok(Exchange::get(models::PATH).into()),
            other => Err(Failure::unsupported_operation(other)),
        }
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        if !reply.is_success() {
            return Err(Failure::from_reply(reply));
        }
        match call.operation {
            Operation::Chat => Step::done(&reply::completion(reply)?),
            Operation::Moderation => moderation::read(reply),
            Operation::Transcription => transcription::read(call, reply),
            Operation::Models => models::read(reply),
            _ => Ok(Step::Canonical),
        }
    }

    fn decode_events(_: &Call<Settings>, state: &mut State, events: &[Event], last: bool) -> Result<Decoded, Failure> {
        stream::decode(state, events, last)
    }
}

fn chat(call: &Call<Settings>) -> Result<Prepared, Failure> {
    let mut patch = parameters::of_chat(call)?;
    let conversation = request::conversation(call.chat()?)?;
    patch.set("messages", &conversation.messages);
    patch.dropped.extend(conversation.dropped);
    let exchange = Exchange::post("/chat/completions").patch(&patch.members)?;
    let exchange = dropping(exchange, patch.dropped).state(&State::after(conversation.prefix))?;
    Ok(if call.stream { exchange.sse() } else { exchange }.into())
}

/// The client's request with a patch.
fn patched(place: &'static str, patch: Patch) -> Result<Exchange, Failure> {
    Ok(dropping(Exchange::post(place).patch(&patch.members)?, patch.dropped))
}

/// Names what the client loses.
fn dropping(exchange: Exchange, names: Vec<String>) -> Exchange {
    names.into_iter().fold(exchange, Exchange::dropped)
}
