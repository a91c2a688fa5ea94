//! Adapter of an upstream that gives jobs: it polls wherever the reply says, and names the request that cancels.

use jackfield_plugin_sdk::{Adapter, Auth, Call, Exchange, Failure, Manifest, Method, Operation, Payload, Prepared};
use jackfield_plugin_sdk::{Reply, Step};
use serde::Deserialize;
use serde_json::Value;

/// The adapter.
pub struct Patient;

jackfield_plugin_sdk::export_adapter!(Patient);

/// What the upstream says about a job.
#[derive(Deserialize)]
struct Job {
    /// Where to ask next: a path or a URL.
    poll: Option<String>,
    /// Where to cancel it.
    cancel: Option<String>,
    /// What came of it.
    result: Option<Value>,
}

// === impl Patient ===

impl Adapter for Patient {
    type Settings = ();
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::Images)
            .auth(Auth::Bearer)
    }

    fn prepare(_: &Call<()>) -> Result<Prepared, Failure> {
        Ok(Exchange::post("/jobs").into())
    }

    fn decode(_: &Call<()>, reply: &Reply) -> Result<Step, Failure> {
        if reply.status != 200 {
            return Err(Failure::from_reply(reply));
        }
        let job: Job = reply.json()?;
        if let Some(result) = &job.result {
            return Payload::json(result).map(Step::Done);
        }
        let poll = job.poll.unwrap_or_default();
        let mut exchange = Exchange::get(poll);
        if let Some(cancel) = job.cancel {
            exchange = exchange.cancel(Method::Put, cancel);
        }
        Ok(Step::Again(exchange))
    }
}
