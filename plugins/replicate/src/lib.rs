//! The adapter for image models on Replicate.
//!
//! In reading order: `settings` is what an operator may set; `request` turns a request for images into a prediction;
//! `prediction` follows it to its end; `error` classifies what went wrong. `models` lists what there is.
//!
//! Source: <https://replicate.com/docs/reference/http>, and the Python package `replicate`.

mod error;
mod models;
mod prediction;
mod request;
mod settings;

use jackfield_plugin_sdk::{Adapter, Auth, Call, Exchange, Failure, Manifest, Operation, Prepared, Reply, Step};

pub use settings::{Settings, SizeForm};

/// The Replicate adapter.
pub struct Replicate;

// === impl Replicate ===

impl Adapter for Replicate {
    type Settings = Settings;
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Images)
            .operation(Operation::Models)
            .auth(Auth::Bearer)
            .base_url("https://api.replicate.com/v1")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        match &call.operation {
            Operation::Images => {}
            Operation::Models => return Ok(models::ask(&call.settings)?.into()),
            other => return Err(Failure::unsupported_operation(other)),
        }
        let created = request::create(call)?;
        let mut exchange = Exchange::post(created.path).json(&created.body)?;
        if let Some(prefer) = call.settings.prefer() {
            exchange = exchange.header("prefer", prefer);
        }
        Ok(created.dropped.into_iter().fold(exchange, Exchange::dropped).into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        match call.operation {
            Operation::Models => models::read(reply),
            _ => prediction::advance(call, reply),
        }
    }
}

jackfield_plugin_sdk::export_adapter!(Replicate);
