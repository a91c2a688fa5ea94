//! `GET /admin/api/models`: the models with their chains, step by step.

use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jackfield_config::{StepConfig, Strategy};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use super::super::entered::Entered;
use super::super::status;
use crate::snapshot::Model;

/// The models of the configuration, by id.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct ModelList<'a> {
    data: Vec<ModelShown<'a>>,
}

/// A model.
#[derive(Debug, JsonSchema, Serialize)]
struct ModelShown<'a> {
    id: &'a str,
    name: Option<&'a str>,
    tier: &'a str,
    /// Its operation, such as `chat`.
    capability: &'static str,
    /// In tokens; `null` if the configuration does not say.
    context: Option<u64>,
    /// In tokens; `null` if the configuration does not say.
    max_output: Option<u64>,
    /// That of the best of its targets, judged by their traffic.
    status: &'static str,
    chain: Vec<StepShown<'a>>,
}

/// A step of a chain.
#[derive(Debug, JsonSchema, Serialize)]
struct StepShown<'a> {
    /// How those that share it are ordered; `null` for a single target.
    strategy: Option<Strategy>,
    targets: Vec<TargetOfStep<'a>>,
}

/// A target of a step.
#[derive(Debug, JsonSchema, Serialize)]
struct TargetOfStep<'a> {
    provider: &'a str,
    /// The upstream's name for it.
    model: &'a str,
    /// Its share, if the configuration gives it one.
    weight: Option<u32>,
    /// Why it is never tried, if that is so.
    off: Option<&'a str>,
    /// `closed`, `open` or `half-open`.
    breaker: &'static str,
}

/// The endpoint.
pub(super) async fn list(Extension(entered): Extension<Entered>) -> Response {
    let now = Instant::now();
    let models = entered.snapshot.models.values();
    let data = models.map(|model| shown(model, now)).collect();
    Json(ModelList { data }).into_response()
}

fn shown(model: &Model, now: Instant) -> ModelShown<'_> {
    let config = &model.config;
    ModelShown {
        id: &model.id,
        name: config.name.as_deref(),
        tier: &config.tier,
        capability: config.capability.operation(),
        context: config.context,
        max_output: config.max_output,
        status: status::of_model(model, now).as_str(),
        chain: chain(model),
    }
}

/// Its steps, each with its targets, of which those that share a step share its requests.
fn chain(model: &Model) -> Vec<StepShown<'_>> {
    let mut targets = model.chain.targets.iter();
    let steps = model.config.chain.iter().map(|step| {
        let of_step = step.targets().iter().zip(targets.by_ref());
        StepShown {
            targets: of_step
                .map(|(config, target)| TargetOfStep {
                    provider: &target.name,
                    model: &target.model,
                    weight: config.weight,
                    off: target.off.as_deref(),
                    breaker: target.breaker.state().as_str(),
                })
                .collect(),
            strategy: match step {
                StepConfig::Single(_) => None,
                StepConfig::Shared(step) => Some(step.strategy),
            },
        }
    });
    steps.collect()
}
