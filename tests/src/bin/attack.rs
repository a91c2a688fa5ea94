//! Attacks the built gateway in every way for a while each: `attack [SECONDS [NAME]]`. Fails if a bystander or the books
//! suffer. A plain server in a process of its own suffers the same, for comparison.

use std::process::ExitCode;
use std::time::Duration;

use jackfield_tests::attack::campaign;
use jackfield_tests::attack::plain::{self, Plain};

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next();
    if seconds.as_deref() == Some(plain::ARGUMENT) {
        plain::serve().await;
        return ExitCode::SUCCESS;
    }
    let seconds = seconds.map_or(Ok(10.0), |seconds| seconds.parse());
    let Ok(seconds) = seconds else {
        eprintln!("usage: attack [SECONDS [NAME]]");
        return ExitCode::FAILURE;
    };
    let plain = Plain::start().await;
    let only = arguments.next();
    let report = campaign::run(Duration::from_secs_f64(seconds), Some(plain.address), only.as_deref()).await;
    print!("{report}");
    if report.failures().is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
