//! The adapter for Google's Gemini API, on AI Studio and Vertex AI.
//!
//! In reading order: `settings` is what an operator may set; `generation` knows what each model accepts; `endpoint` where
//! its methods are; `request` turns a chat request into one for `generateContent`; `count_tokens` counts its tokens,
//! `embeddings` embeds texts, `images` draws, and `models` lists what there is; `response` reads replies, which `reply` and `stream` make
//! completions and chunks of, with `finish_reason` and `usage` for both; `signature` carries signatures of thoughts through
//! clients and back; `error` classifies the upstream's errors. Requests that are in the API's own form pass as they are
//! (`native`).
//!
//! Source: <https://ai.google.dev/api/generate-content>.

mod count_tokens;
mod embeddings;
mod endpoint;
mod error;
mod finish_reason;
mod generation;
mod images;
mod models;
mod native;
mod reply;
mod request;
mod response;
mod settings;
mod signature;
mod stream;
mod usage;

use jackfield_plugin_sdk::canonical::{ChatRequest, Extra};
use jackfield_plugin_sdk::{
    Adapter, Auth, Call, Decoded, Dialect, Event, Exchange, Extension, Failure, Manifest, Operation, Prepared, Reply,
    Step,
};

pub use response::State;
pub use settings::{Settings, Vertex};

/// The Gemini adapter.
pub struct Gemini;

/// What of the canonical dialect is translated. The host writes the rest in OpenAI's form, or names it as dropped.
const ACCEPTED: [Extension; 7] = [
    Extension::ThinkingBlocks,
    Extension::FileUrl,
    Extension::IsError,
    Extension::Thinking,
    Extension::TopK,
    Extension::ServerTools,
    Extension::VendorMembers,
];

// === impl Gemini ===

impl Adapter for Gemini {
    type Settings = Settings;
    type State = State;

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::CountTokens)
            .operation(Operation::Embeddings)
            .operation(Operation::Images)
            .operation(Operation::Models)
            .dialect(Dialect::GeminiGenerateContent)
            .accepts(ACCEPTED)
            .auth(Auth::Header {
                name: "x-goog-api-key".to_owned(),
            })
            .base_url("https://generativelanguage.googleapis.com/v1beta")
            .telemetry_name("gcp.gemini")
            .telemetry_name_with("vertex", "*", "gcp.vertex_ai")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        match &call.operation {
            _ if call.dialect == Dialect::GeminiGenerateContent => Ok(native::exchange(call)?.into()),
            Operation::Chat => chat(call),
            Operation::CountTokens => count(call),
            Operation::Embeddings => Ok(embeddings::exchange(call)?.into()),
            Operation::Images => Ok(images::exchange(call)?.into()),
            Operation::Models => Ok(models::first(&call.settings).into()),
            other => Err(Failure::unsupported_operation(other)),
        }
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        if !reply.is_success() {
            return Err(error::of_reply(reply));
        }
        match &call.operation {
            Operation::CountTokens => count_tokens::read(reply),
            Operation::Embeddings => embeddings::read(&call.model, reply),
            Operation::Images => images::read(call, reply),
            Operation::Models => models::read(&call.settings, reply),
            _ => {
                let origin = signature::origin(&call.settings);
                Step::done(&reply::completion(reply, reply.state()?, origin)?)
            }
        }
    }

    fn decode_events(
        call: &Call<Settings>,
        state: &mut State,
        events: &[Event],
        last: bool,
    ) -> Result<Decoded, Failure> {
        stream::decode(state, signature::origin(&call.settings), events, last)
    }
}

fn chat(call: &Call<Settings>) -> Result<Prepared, Failure> {
    let request: ChatRequest = call.chat()?;
    let translated = request::translate(request, &call.model, call.stream, &call.settings)?;
    let method = if call.stream {
        "streamGenerateContent?alt=sse"
    } else {
        "generateContent"
    };
    let cites = searches(&translated.body.members);
    let exchange = Exchange::post(endpoint::path(&call.settings, &call.model, method)?).json(&translated.body)?;
    let exchange = translated.dropped.note(exchange);
    let exchange = if cites {
        exchange.state(&State::citing())?
    } else {
        exchange
    };
    Ok(if call.stream { exchange.sse() } else { exchange }.into())
}

fn count(call: &Call<Settings>) -> Result<Prepared, Failure> {
    let request: ChatRequest = call.chat()?;
    let translated = request::translate(request, &call.model, false, &call.settings)?;
    let body = count_tokens::request(translated.body, &call.model, &call.settings)?;
    let exchange = Exchange::post(endpoint::path(&call.settings, &call.model, "countTokens")?).json(&body)?;
    Ok(translated.dropped.note(exchange).into())
}

/// Whether the request offers a tool whose findings the reply may cite.
fn searches(body: &Extra) -> bool {
    let tools: Vec<Extra> = body.read("tools").unwrap_or_default();
    let is_own = |tool: &Extra| tool.iter().any(|(name, _)| name != "functionDeclarations");
    tools.iter().any(is_own)
}

jackfield_plugin_sdk::export_adapter!(Gemini);
