//! Attacks the built gateway in every way for a while each: `attack [SECONDS [NAME]]`. Fails if a bystander or the books
//! suffer. A plain proxy in a process of its own suffers the same, for comparison.

use std::process::ExitCode;
use std::time::Duration;

use jackfield_tests::attack::campaign::{self, Reference};
use jackfield_tests::attack::plain::{self, Upstreams};
use tokio::runtime::Builder;

/// The priority of the attackers and of the hostile upstream: elsewhere they have machines of their own, and here the
/// bystander's time would tell who gets a core.
const ATTACKERS: i32 = 19;

/// The attack's main thread starts the gateway, which inherits its priority; the attackers run on the other threads.
fn main() -> ExitCode {
    let polite = || rustix::process::setpriority_process(None, ATTACKERS).unwrap_or_default();
    match Builder::new_multi_thread().enable_all().on_thread_start(polite).build() {
        Ok(runtime) => runtime.block_on(attack()),
        Err(error) => {
            eprintln!("cannot start the attackers: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn attack() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next();
    if seconds.as_deref() == Some(plain::ARGUMENT) {
        let Some(upstreams) = Upstreams::of(arguments) else {
            eprintln!("usage: attack {} GOOD HOSTILE", plain::ARGUMENT);
            return ExitCode::FAILURE;
        };
        plain::serve(upstreams).await;
    }
    let seconds = seconds.map_or(Ok(10.0), |seconds| seconds.parse());
    let Ok(seconds) = seconds else {
        eprintln!("usage: attack [SECONDS [NAME]]");
        return ExitCode::FAILURE;
    };
    let only = arguments.next();
    let report = campaign::run(Duration::from_secs_f64(seconds), Reference::Plain, only.as_deref()).await;
    print!("{report}");
    if report.failures().is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
