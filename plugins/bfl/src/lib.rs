//! The adapter for Black Forest Labs' image models.
//!
//! In reading order: `settings` is what an operator may set; `request` turns a request for images into a task; `task`
//! follows it to its end.
//!
//! There is no SDK of the vendor's. Source: <https://docs.bfl.ai>, its description of the API
//! (<https://api.bfl.ai/openapi.json>), and <https://github.com/black-forest-labs/skills>.

mod request;
mod settings;
mod task;

use jackfield_plugin_sdk::{Adapter, Auth, Call, Exchange, Failure, Manifest, Operation, Prepared, Reply, Step, path};

pub use settings::Settings;

/// The BFL adapter.
pub struct Bfl;

// === impl Bfl ===

impl Adapter for Bfl {
    type Settings = Settings;
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Images)
            .auth(Auth::Header {
                name: "x-key".to_owned(),
            })
            .base_url(task::API)
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        if call.operation != Operation::Images {
            return Err(Failure::unsupported_operation(&call.operation));
        }
        let (body, dropped) = request::body(call)?;
        let model = path::segment(&call.model)?;
        let exchange = Exchange::post(format!("/{model}")).json(&body)?;
        Ok(dropped.into_iter().fold(exchange, Exchange::dropped).into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        task::advance(call, reply)
    }
}

jackfield_plugin_sdk::export_adapter!(Bfl);
