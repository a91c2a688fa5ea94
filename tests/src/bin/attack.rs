//! Attacks the built gateway in every way for a while each: `attack [SECONDS]`. Fails if a bystander or the books suffer.

use std::process::ExitCode;
use std::time::Duration;

use jackfield_tests::attack::campaign;

#[tokio::main]
async fn main() -> ExitCode {
    let seconds = std::env::args().nth(1).map_or(Ok(10), |seconds| seconds.parse());
    let Ok(seconds) = seconds else {
        eprintln!("usage: attack [SECONDS]");
        return ExitCode::FAILURE;
    };
    let report = campaign::run(Duration::from_secs(seconds)).await;
    print!("{report}");
    if report.failures().is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
