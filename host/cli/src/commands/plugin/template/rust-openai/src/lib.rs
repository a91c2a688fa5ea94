//! Adapter for providers that speak OpenAI's chat completions.
//!
//! The client's body is forwarded with a patch to its top-level members. Replies are canonical, so the host reads them
//! itself. It calls this plugin again only for errors, which the default `decode` of [`Adapter`] classifies.

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

/// The changes to the client's body: the upstream's model name, and null for every member to remove.
fn patch(call: &Call<Settings>) -> Map<String, Value> {
    let dropped = &call.settings.drop_parameters;
    let mut members: Map<_, _> = dropped
        .iter()
        .map(|name| (name.clone(), Value::Null))
        .collect();
    members.insert("model".to_owned(), call.model.clone().into());
    members
}
