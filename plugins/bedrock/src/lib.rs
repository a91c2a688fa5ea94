//! The adapter for Amazon Bedrock's Converse API.
//!
//! In reading order: `settings` is what an operator may set; `model` knows what an id tells about a model; `betas`
//! collects Claude's beta features; `request` turns a chat request into a Converse request; `count_tokens` counts its
//! tokens; `reply` and `stream` turn replies into completions and chunks, with `ending`, `thinking` and `usage` for both. `embeddings`
//! and `rerank` invoke models in their own words; `models` lists them.
//! The API's errors are AWS's, which the SDK classifies.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>, and the model of
//! `bedrock-runtime` in botocore.

mod betas;
mod citation;
mod count_tokens;
mod embeddings;
mod ending;
mod model;
mod models;
mod reply;
mod request;
mod rerank;
mod settings;
mod stream;
mod thinking;
mod usage;

use jackfield_plugin_sdk::canonical::ChatRequest;
use jackfield_plugin_sdk::{
    Adapter, Attaches, Auth, Begun, Call, Decoded, Event, Exchange, Extension, Failure, Framing, Head, Manifest,
    Operation, Prepared, ReadsHead, Reply, Step, aws, path,
};

use betas::Betas;
use model::Model;
pub use settings::{Guardrail, Settings, StructuredOutput};
pub use stream::State;

/// The Bedrock adapter.
pub struct Bedrock;

/// The header with the id that AWS gives a request.
const REQUEST_ID: &str = "x-amzn-requestid";

// === impl Bedrock ===

impl Adapter for Bedrock {
    type Settings = Settings;
    type State = State;

    fn manifest() -> Manifest {
        let manifest = Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::CountTokens)
            .operation(Operation::Embeddings)
            .operation(Operation::Rerank)
            .operation(Operation::Models)
            .accepts([
                Extension::ReasoningContent,
                Extension::ThinkingBlocks,
                Extension::FileUrl,
                Extension::ToolImages,
                Extension::IsError,
                Extension::CacheControl,
                Extension::Thinking,
                Extension::TopK,
            ])
            .auth(Auth::AwsSigv4 {
                service: "bedrock".to_owned(),
            })
            .telemetry_name("aws.bedrock");
        let begun = [
            "*claude-3-*",
            "*claude-*-4-0*",
            "*claude-*-4-1*",
            "*claude-*-4-2025*",
            "*claude-*-4-5*",
            "*amazon.nova-*",
        ];
        begun.into_iter().fold(manifest, Manifest::prefill)
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let model = Model::of(&call.model, &call.settings);
        let (id, method) = match &call.operation {
            Operation::Chat if call.stream => (&*call.model, "converse-stream"),
            Operation::Chat => (&*call.model, "converse"),
            // Only models have counters, not the profiles through which they are called.
            Operation::CountTokens => (model.base, "count-tokens"),
            Operation::Embeddings => return Ok(embeddings::prepare(call)?.into()),
            Operation::Rerank => return Ok(rerank::prepare(call)?.into()),
            Operation::Models => return Ok(models::first(&call.settings)?.into()),
            other => return Err(Failure::unsupported_operation(other)),
        };
        let mut exchange = Exchange::post(format!("/model/{}/{method}", path::segment(id)?));
        let betas = Betas::of(call)?;
        let request: ChatRequest = call.chat()?;
        let mut converse = request::translate(request, &model, call.stream, &call.settings, &betas.names)?;
        if call.operation == Operation::CountTokens {
            return Ok(exchange
                .json(&count_tokens::input(converse.members, &converse.messages))?
                .into());
        }
        if betas.is_dropped {
            converse.dropped.push("anthropic-beta".to_owned());
        }
        for name in converse.dropped {
            exchange = exchange.dropped(name);
        }
        converse.members.set("messages", &converse.messages);
        exchange = exchange.json(&converse.members)?;
        if !converse.renamed.is_empty() || converse.is_answer_call {
            exchange = exchange.state(&State::of(converse.renamed, converse.is_answer_call))?;
        }
        Ok(if call.stream {
            exchange.framing(Framing::AwsEventStream)
        } else {
            exchange
        }
        .into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        if !reply.is_success() {
            return Err(aws::failure_of_reply(reply));
        }
        match call.operation {
            Operation::CountTokens => return count_tokens::read(reply),
            Operation::Embeddings => return embeddings::read(call, reply),
            Operation::Rerank => return rerank::read(call, reply),
            Operation::Models => return models::read(&call.settings, reply),
            _ => {}
        }
        let state: State = reply.state()?;
        reply::completion(reply, &Model::of(&call.model, &call.settings), &state)
    }

    fn decode_events(
        call: &Call<Settings>,
        state: &mut State,
        events: &[Event],
        last: bool,
    ) -> Result<Decoded, Failure> {
        stream::decode(&Model::of(&call.model, &call.settings), state, events, last)
    }
}

impl ReadsHead for Bedrock {
    fn read_head(_: &Call<Settings>, state: &mut State, head: &Head) -> Result<Begun, Failure> {
        state.identify(head.header(REQUEST_ID).unwrap_or_default());
        Ok(Begun::new())
    }
}

impl Attaches for Bedrock {
    fn list_attachments(call: &Call<Settings>) -> Result<Vec<String>, Failure> {
        if !matches!(call.operation, Operation::Chat | Operation::CountTokens) {
            return Ok(Vec::new());
        }
        Ok(request::remote(&call.chat()?))
    }
}

jackfield_plugin_sdk::export_adapter!(Bedrock);
jackfield_plugin_sdk::export_head!(Bedrock);
jackfield_plugin_sdk::export_attachments!(Bedrock);
