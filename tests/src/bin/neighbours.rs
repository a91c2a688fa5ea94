//! Measures what plugins in other languages cost their neighbours: `neighbours [SECONDS]`. Fails if a request of a neighbour
//! failed.

use std::process::ExitCode;
use std::time::Duration;

use jackfield_tests::attack::foreign;

#[tokio::main]
async fn main() -> ExitCode {
    let seconds = std::env::args().nth(1).map_or(Ok(20.0), |seconds| seconds.parse());
    let Ok(seconds) = seconds else {
        eprintln!("usage: neighbours [SECONDS]");
        return ExitCode::FAILURE;
    };
    let findings = foreign::run(Duration::from_secs_f64(seconds)).await;
    let mut failed = 0;
    for finding in &findings {
        println!("{finding}");
        failed += finding.seen.before.failures.len() + finding.seen.during.failures.len();
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
