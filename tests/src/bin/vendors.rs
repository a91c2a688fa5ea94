//! Runs the doubles of both vendors until its standard input closes; the tests of the vendors' SDKs call them.
//!
//! `vendors [OPENAI_PORT [ANTHROPIC_PORT]]`, free ports by default. One line of JSON tells where they are:
//! `{"openai": "http://…/v1", "anthropic": "http://…/v1"}`.

use std::process::ExitCode;

use jackfield_tests::vendor;
use serde_json::json;
use tokio::io::AsyncReadExt;

#[tokio::main]
async fn main() -> ExitCode {
    let ports: Result<Vec<u16>, _> = std::env::args().skip(1).map(|port| port.parse()).collect();
    let Ok(ports) = ports else {
        eprintln!("usage: vendors [OPENAI_PORT [ANTHROPIC_PORT]]");
        return ExitCode::FAILURE;
    };
    let port = |index: usize| ports.get(index).copied().unwrap_or_default();
    let openai = vendor::openai(port(0)).await;
    let anthropic = vendor::anthropic(port(1)).await;
    println!(
        "{}",
        json!({ "openai": openai.base_url(), "anthropic": anthropic.base_url() })
    );
    // Whoever started this holds the other end: it closes when that process ends, however it ends.
    let mut ignored = Vec::new();
    let _ = tokio::io::stdin().read_to_end(&mut ignored).await;
    ExitCode::SUCCESS
}
