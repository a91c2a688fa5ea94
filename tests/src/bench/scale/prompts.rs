//! Longer and longer prompts.

use super::super::BenchError;
use super::super::requests::{chat, post};
use super::scene::{Scene, failed};
use super::series::{Growth, Line, Series};

/// The bytes of the prompt.
const BYTES: [u64; 9] = [
    1 << 10,
    4 << 10,
    16 << 10,
    64 << 10,
    256 << 10,
    1 << 20,
    2 << 20,
    4 << 20,
    8 << 20,
];

/// Measures a request through both adapters.
///
/// # Errors
/// If a reply is wrong.
pub(super) async fn measure(scene: &Scene) -> Result<Series, BenchError> {
    let site = scene.start("prompts", scene.config())?;
    let address = site.place.address;
    let amounts = scene.amounts(&BYTES);
    let mut lines = Vec::new();
    for adapter in ["openai", "anthropic"] {
        let mut line = Line::new(format!("a request, `{adapter}` adapter"), "ms", Growth::Linear);
        for bytes in &amounts {
            let body = chat(adapter, usize::try_from(*bytes).unwrap_or(usize::MAX), 0);
            let took = scene.alone(address, post(address, &body, None)).await;
            line.costs.push(took.map_err(failed("prompts", *bytes))?);
        }
        lines.push(line);
    }
    Ok(Series {
        name: "prompts",
        title: "A longer prompt",
        work: "bytes of the prompt",
        amounts,
        lines,
        notes: Vec::new(),
    })
}
