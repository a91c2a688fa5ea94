//! The adapter for fal's queue: images are submitted, asked for, and fetched.
//!
//! In reading order: `settings` is what an operator may set; `request` turns a request for images into a model's input;
//! `job` follows it through the queue; `reply` reads the result; `error` classifies what went wrong. `models` lists
//! what there is.
//!
//! Source: <https://fal.ai/docs/documentation/model-apis/inference/queue>, and the Python package `fal_client`.

mod error;
mod job;
mod models;
mod reply;
mod request;
mod settings;

use jackfield_plugin_sdk::{Adapter, Auth, Call, Exchange, Failure, Manifest, Operation, Prepared, Reply, Step, path};

pub use settings::Settings;

/// The fal adapter.
pub struct Fal;

// === impl Fal ===

impl Adapter for Fal {
    type Settings = Settings;
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Images)
            .operation(Operation::Models)
            .auth(Auth::Header {
                name: "authorization".to_owned(),
            })
            .base_url(job::QUEUE)
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        match &call.operation {
            Operation::Images => {}
            Operation::Models => return Ok(models::first(&call.settings).into()),
            other => return Err(Failure::unsupported_operation(other)),
        }
        let (input, dropped) = request::input(call)?;
        let model = path::segments(&call.model)?;
        let exchange = Exchange::post(format!("/{model}")).json(&input)?;
        Ok(dropped.into_iter().fold(exchange, Exchange::dropped).into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        match call.operation {
            Operation::Models => models::read(&call.settings, reply),
            _ => job::advance(call, reply),
        }
    }
}

jackfield_plugin_sdk::export_adapter!(Fal);
