//! More and more tools in a request.

use super::super::BenchError;
use super::super::requests::{chat, post};
use super::scene::{Scene, failed};
use super::series::{Growth, Line, Series};

/// How many tools, each of about 500 bytes.
const TOOLS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The bytes of the prompt beside them.
const PROMPT: usize = 200;

/// Measures a request through both adapters.
///
/// # Errors
/// If a reply is wrong.
pub(super) async fn measure(scene: &Scene) -> Result<Series, BenchError> {
    let site = scene.start("tools", scene.config())?;
    let address = site.place.address;
    let amounts = scene.amounts(&TOOLS);
    let mut lines = Vec::new();
    for adapter in ["openai", "anthropic"] {
        let mut line = Line::new(format!("a request, `{adapter}` adapter"), "ms", Growth::Linear);
        for tools in &amounts {
            let body = chat(adapter, PROMPT, usize::try_from(*tools).unwrap_or(usize::MAX));
            let took = scene.alone(address, post(address, &body, None)).await;
            line.costs.push(took.map_err(failed("tools", *tools))?);
        }
        lines.push(line);
    }
    Ok(Series {
        name: "tools",
        title: "More tools in a request",
        work: "tools",
        amounts,
        lines,
        notes: vec!["Each tool has about 500 bytes.".to_owned()],
    })
}
