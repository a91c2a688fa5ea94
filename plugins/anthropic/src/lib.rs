//! The adapter for Anthropic's Messages API.
//!
//! In reading order: `settings` is what an operator may set; `request` turns a chat request into a
//! Messages request; `reply` and `stream` turn what comes back into a completion and into chunks, with
//! `stop_reason` and `usage` for both; `error` says what a failure of the upstream means.
//!
//! Source: <https://platform.claude.com/docs/en/api/messages>.

mod error;
mod reply;
mod request;
mod settings;
mod stop_reason;
mod stream;
mod usage;

use jackfield_plugin_sdk::{
    Adapter, Auth, Call, Decoded, Dialect, Event, Exchange, Failure, Manifest, Prepared, Reply,
    Step,
};
use serde_json::{Map, Value};

pub use settings::Settings;
pub use stream::State;

/// The adapter.
pub struct Anthropic;

// === impl Anthropic ===

impl Adapter for Anthropic {
    type Settings = Settings;
    type State = State;

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .dialect(Dialect::AnthropicMessages)
            .auth(Auth::Header {
                name: "x-api-key".to_owned(),
            })
            .base_url("https://api.anthropic.com/v1")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let model = call.settings.upstream_model(&call.model);
        let exchange = exchange(&call.settings);
        let exchange = if call.dialect == Dialect::AnthropicMessages {
            exchange
                .patch(&patch(model, &call.settings))?
                .dialect(Dialect::AnthropicMessages)
        } else {
            let request = call.body()?;
            exchange.json(&request::translate(
                request,
                model,
                call.stream,
                &call.settings,
            )?)?
        };
        Ok(if call.stream {
            exchange.sse()
        } else {
            exchange
        }
        .into())
    }

    fn decode(_: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        if !reply.is_success() {
            return Err(error::of_reply(reply));
        }
        Step::done(&reply::completion(reply)?)
    }

    fn decode_events(
        _: &Call<Settings>,
        state: &mut State,
        events: &[Event],
        last: bool,
    ) -> Result<Decoded, Failure> {
        stream::decode(state, events, last)
    }
}

/// A request to the upstream with the headers that it demands.
fn exchange(settings: &Settings) -> Exchange {
    let exchange =
        Exchange::post("/messages").header("anthropic-version", settings.version.clone());
    if settings.betas.is_empty() {
        exchange
    } else {
        exchange.header("anthropic-beta", settings.betas.join(","))
    }
}

/// What changes in a request that is in the upstream's own dialect.
fn patch(model: &str, settings: &Settings) -> Map<String, Value> {
    let mut patch = Map::new();
    patch.insert("model".to_owned(), Value::String(model.to_owned()));
    for name in &settings.drop_parameters {
        patch.insert(name.clone(), Value::Null);
    }
    patch.extend(settings.extra_parameters.clone());
    patch
}

jackfield_plugin_sdk::export_adapter!(Anthropic);
