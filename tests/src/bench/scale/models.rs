//! More and more models in the configuration.

use serde_json::json;

use super::super::BenchError;
use super::super::force::model_in_force;
use super::super::median::median;
use super::super::requests::Ask;
use super::scene::{Scene, failed, resident};
use super::series::{Growth, Line, Series};

/// How many models.
const MODELS: [u64; 5] = [1, 10, 100, 1000, 5000];

/// Measures a request, a change of the configuration until it is live, and memory.
///
/// # Errors
/// If a reply is wrong.
pub(super) async fn measure(scene: &Scene) -> Result<Series, BenchError> {
    let amounts = scene.amounts(&MODELS);
    let mut request = Line::new("a request, 32 clients", "ms", Growth::None);
    let mut reload = Line::new("a change until it is in force", "ms", Growth::Linear);
    let mut memory = Line::new("resident memory", "MiB", Growth::Linear);
    for amount in &amounts {
        let wrong = failed("models", *amount);
        let mut config = scene.config();
        for number in 0..*amount {
            config["models"][format!("vendor/model-{number}")] = json!({
                "pricing": { "input_per_million": 0.5, "output_per_million": 1.5 },
                "chain": [{ "provider": "openai", "model": "upstream" }, { "provider": "anthropic", "model": "upstream" }],
            });
        }
        let site = scene.start(&format!("models-{amount}"), config)?;
        let place = &site.place;
        memory.costs.push(resident(&site.process));
        let last = Ask::Short.request(place.address, &format!("vendor/model-{}", amount - 1), None);
        let cost = scene.share(place.address, Ask::Short, last).await;
        request.costs.push(cost.map_err(&wrong)?);
        let mut changes = Vec::new();
        for number in 0..scene.rounds() {
            let took = model_in_force(place, &format!("new-{number}")).await;
            changes.push(took.map_err(&wrong)?.as_secs_f64() * 1e3);
        }
        reload.costs.extend(median(changes.into_iter()));
    }
    Ok(Series {
        name: "models",
        title: "More models in the configuration",
        work: "models",
        amounts,
        lines: vec![request, reload, memory],
        notes: Vec::new(),
    })
}
