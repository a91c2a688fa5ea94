//! The adapter for Anthropic's Messages API.
//!
//! In reading order: `settings` is what an operator may set, and `asked` what stands beside a request; `betas` builds the `anthropic-beta` header, and `platform`
//! knows what differs where others serve the API; `origin` says whose thinking it is; `request` turns a chat request into a Messages request; `count_tokens`
//! counts its tokens, and `models` lists what there is; `reply` and `stream` turn replies into completions and chunks,
//! with `stop_reason` and `usage` for both; `error` classifies the upstream's errors.
//!
//! Source: <https://platform.claude.com/docs/en/api/messages>.

mod asked;
mod betas;
mod citation;
mod count_tokens;
mod error;
mod models;
mod origin;
mod platform;
mod reply;
mod request;
mod settings;
mod stop_reason;
mod stream;
mod usage;

use jackfield_plugin_sdk::canonical::{ChatRequest, Extra};
use jackfield_plugin_sdk::{
    Adapter, Auth, Call, Decoded, Dialect, Event, Exchange, Extension, Failure, Framing, Manifest, Operation, Prepared,
    Reply, Step, aws,
};
use serde_json::{Map, Value};

use asked::Asked;

pub use settings::{Platform, Settings};
pub use stream::State;

/// The Anthropic adapter.
pub struct Anthropic;

// === impl Anthropic ===

impl Adapter for Anthropic {
    type Settings = Settings;
    type State = State;

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::CountTokens)
            .operation(Operation::Models)
            // What another vendor signs has to be marked on its way to the client, and the client's to be read.
            .dialect_without("origin", Dialect::AnthropicMessages)
            .accepts(
                Extension::ALL
                    .into_iter()
                    .filter(|extension| *extension != Extension::Functions),
            )
            .auth(Auth::Header {
                name: "x-api-key".to_owned(),
            })
            .base_url("https://api.anthropic.com/v1")
            .telemetry_name_with("platform", "vertex", "gcp.vertex_ai")
            .telemetry_name_with("platform", "bedrock", "aws.bedrock")
            // Models from 4.6 on refuse a last message of the assistant ("Prefill Claude's response", Anthropic's docs).
            .prefill("*claude-3-*")
            .prefill("*claude-*-4-0*")
            .prefill("*claude-*-4-1*")
            .prefill("*claude-*-4-2025*")
            .prefill("*claude-*-4-5*")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let platform = call.settings.platform;
        match &call.operation {
            Operation::Chat | Operation::CountTokens => {}
            Operation::Models if platform == Platform::Anthropic => return Ok(models::first(call).into()),
            other => return Err(Failure::unsupported_operation(other)),
        }
        let asked = Asked::of(call)?;
        let betas = betas::header(asked.betas.as_deref(), &call.settings)?;
        let betas = betas.as_deref();
        let exchange = platform::exchange(call, betas, asked.version().as_deref())?;
        let is_own = call.dialect == Dialect::AnthropicMessages;
        let exchange = if is_own {
            own(call, &asked, betas, exchange)?
        } else {
            translated(call, betas, asked.max_output(), exchange)?
        };
        // A count is decoded here in every dialect, because its form is the same in all of them.
        if call.operation == Operation::CountTokens {
            return Ok(exchange.into());
        }
        let framing = platform::framing(platform);
        let exchange = if call.stream {
            exchange.framing(framing)
        } else {
            exchange
        };
        // Events inside other events are unpacked here, and what is in them is translated.
        let is_passed = is_own && (!call.stream || framing == Framing::Sse);
        Ok(if is_passed {
            exchange.dialect(Dialect::AnthropicMessages)
        } else {
            exchange
        }
        .into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        let is_wrapped = call.settings.platform == Platform::Bedrock;
        if !reply.is_success() {
            return Err(if is_wrapped {
                aws::failure_of_reply(reply)
            } else {
                error::of_reply(reply)
            });
        }
        match call.operation {
            Operation::CountTokens if is_wrapped => return platform::read_count(reply),
            Operation::CountTokens => return count_tokens::read(reply),
            Operation::Models => return models::read(call, reply),
            _ => {}
        }
        let state: State = reply.state()?;
        // An error may come with a status of success, as it does in place of a stream.
        let completion = reply::completion(reply, state.origin.as_deref());
        Step::done(&completion.map_err(|failure| error::reported(reply).unwrap_or(failure))?)
    }

    fn decode_events(
        call: &Call<Settings>,
        state: &mut State,
        events: &[Event],
        last: bool,
    ) -> Result<Decoded, Failure> {
        match call.settings.platform {
            Platform::Bedrock => stream::decode(state, &stream::wrapped::events(events)?, last),
            Platform::Anthropic | Platform::Vertex => stream::decode(state, events, last),
        }
    }
}

/// The exchange with a request in the upstream's own dialect, patched. Where it goes inside another one, it is read.
fn own(call: &Call<Settings>, asked: &Asked, betas: Option<&str>, exchange: Exchange) -> Result<Exchange, Failure> {
    let patch = patch(call, asked, betas);
    if !platform::wraps(call) {
        return exchange.patch(&patch);
    }
    let mut body: Extra = call.body()?;
    apply(patch, &mut body);
    exchange.json(&platform::wrapped(&body)?)
}

/// Sets members, and removes those that are null.
fn apply(changes: Map<String, Value>, body: &mut Extra) {
    for (name, value) in changes {
        if value.is_null() {
            body.remove(&name);
        } else {
            body.set(name, &value);
        }
    }
}

/// The patch on a request in the upstream's own dialect.
fn patch(call: &Call<Settings>, asked: &Asked, betas: Option<&str>) -> Map<String, Value> {
    let settings = &call.settings;
    let mut patch = Map::new();
    let model = settings.upstream_model(&call.model);
    patch.insert("model".to_owned(), Value::String(model.to_owned()));
    for name in &settings.drop_parameters {
        patch.insert(name.clone(), Value::Null);
    }
    patch.extend(settings.extra_parameters.clone());
    if asked.betas.is_some() {
        // The client may have sent it in the body, where the API does not accept it.
        patch.insert(betas::PARAMETER.to_owned(), Value::Null);
    }
    if call.operation == Operation::CountTokens {
        patch.extend(count_tokens::removals());
    }
    patch.extend(platform::changes(call, betas));
    patch
}

/// The exchange with the complete request, translated to the upstream's dialect.
fn translated(
    call: &Call<Settings>,
    betas: Option<&str>,
    max_output: Option<u64>,
    exchange: Exchange,
) -> Result<Exchange, Failure> {
    let settings = &call.settings;
    let model = settings.upstream_model(&call.model);
    let wraps = platform::wraps(call);
    // What goes inside another request is encoded, so all of it has to be here.
    let request: ChatRequest = if wraps { call.body()? } else { call.chat()? };
    let mut body = request::translate(request, model, call.stream, max_output, settings)?;
    if call.operation == Operation::CountTokens {
        count_tokens::reduce(&mut body.members);
    }
    apply(platform::changes(call, betas), &mut body.members);
    let exchange = if wraps {
        exchange.json(&platform::wrapped(&body)?)?
    } else {
        exchange.json(&body)?
    };
    let exchange = body.dropped.note(exchange);
    match State::of(settings.origin.as_deref()) {
        Some(state) => exchange.state(&state),
        None => Ok(exchange),
    }
}

jackfield_plugin_sdk::export_adapter!(Anthropic);
