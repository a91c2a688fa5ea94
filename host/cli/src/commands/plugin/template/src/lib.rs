//! Adapter for a provider that speaks OpenAI's chat completions.
//!
//! The client's body goes through as it is, but for a patch on its top-level members. Replies are canonical:
//! the host reads them itself, and calls this plugin again only for errors, which the trait's own `decode` sorts.

pub mod settings;

use jackfield_plugin_sdk::{
    Adapter, Auth, Call, Dialect, Exchange, Failure, Manifest, Operation, Prepared, export_adapter,
};
use serde_json::{Map, Value};

use crate::settings::Settings;

/// The adapter.
pub struct Plugin;

export_adapter!(Plugin);

// === impl Plugin ===

impl Adapter for Plugin {
    type Settings = Settings;
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .dialect(Dialect::OpenaiChat)
            .auth(Auth::Bearer)
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let exchange = Exchange::post("/chat/completions").patch(&patch(call))?;
        Ok(exchange.canonical(call.stream).into())
    }
}

/// What differs from the client's body: the model's name, and null for each member that must go.
fn patch(call: &Call<Settings>) -> Map<String, Value> {
    let dropped = &call.settings.drop_parameters;
    let mut members: Map<_, _> = dropped
        .iter()
        .map(|name| (name.clone(), Value::Null))
        .collect();
    members.insert("model".to_owned(), call.model.clone().into());
    members
}
