//! `GET /admin/api/models`: the models with their chains, step by step.

use axum::{Extension, Json};
use jackfield_config::{ModelConfig, StepConfig};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::exchange::Entered;
use super::super::status;
use crate::snapshot::Model;

/// The endpoint.
pub(super) async fn list(Extension(entered): Extension<Entered>) -> Json<Value> {
    let now = Instant::now();
    let models = entered.snapshot.models.values();
    let data: Vec<Value> = models.map(|model| shown(model, now)).collect();
    Json(json!({ "data": data }))
}

fn shown(model: &Model, now: Instant) -> Value {
    let config = &model.config;
    json!({
        "id": &*model.id,
        "name": config.name,
        "tier": config.tier,
        "capability": config.capability.operation(),
        "context": config.context,
        "max_output": config.max_output,
        "status": status::of_model(model, now).as_str(),
        "chain": chain(model, config),
    })
}

/// Its steps, each with its targets, of which those that share a step share its requests.
fn chain(model: &Model, config: &ModelConfig) -> Vec<Value> {
    let mut targets = model.chain.targets.iter();
    let steps = config.chain.iter().map(|step| {
        let of_step: Vec<Value> = step
            .targets()
            .iter()
            .zip(targets.by_ref())
            .map(|(config, target)| {
                json!({
                    "provider": &*target.name,
                    "model": &*target.model,
                    "weight": config.weight,
                    "off": target.off.as_deref(),
                    "breaker": target.breaker.state().as_str(),
                })
            })
            .collect();
        let strategy = match step {
            StepConfig::Single(_) => Value::Null,
            StepConfig::Shared(step) => json!(format!("{:?}", step.strategy)),
        };
        json!({ "strategy": strategy, "targets": of_step })
    });
    steps.collect()
}
