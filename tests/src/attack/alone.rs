//! Cores for whoever must not wait for the attackers: the bystander and its upstream, on threads with runtimes of their own,
//! and the gateway's workers.

use std::fs;
use std::future::Future;
use std::process::{Command, Stdio};
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// Runs what `work` returns on a thread of its own, and waits for its result. If this is dropped, it goes on there.
pub async fn alone<T: Send + 'static, F: Future<Output = T>>(work: impl FnOnce() -> F + Send + 'static) -> T {
    let (tell, told) = oneshot::channel();
    alone_and_on(move || async move {
        // Whoever asked may have gone.
        let _ = tell.send(work().await);
    });
    told.await.expect("the thread does not panic")
}

/// Runs what `work` returns on a thread of its own, without waiting for it.
pub fn alone_and_on<F: Future<Output = ()>>(work: impl FnOnce() -> F + Send + 'static) {
    thread::spawn(move || {
        go_first();
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(work());
    });
}

/// Gives each of these threads a core of its own among those of the gateway, if we may ask for that. Where attackers have
/// machines of their own, so has each worker; here the system would have one wait for the other's slice.
pub fn spread(threads: &[String]) {
    for (core, thread) in threads.iter().enumerate() {
        let mut ask = Command::new("taskset");
        ask.args(["--cpu-list", "--pid", &core.to_string(), thread]);
        ask.stdout(Stdio::null()).stderr(Stdio::null());
        if !ask.status().is_ok_and(|status| status.success()) {
            eprintln!("the workers share their cores: taskset failed");
        }
    }
}

/// This thread gets a core as soon as it wants one, if we may ask for that: what it measures is the gateway, not its own wait
/// for a core. Even the highest of the usual priorities waits for the end of another's slice, which is milliseconds.
fn go_first() {
    let thread = fs::read_link("/proc/thread-self").unwrap_or_default();
    let mut ask = Command::new("chrt");
    ask.args(["--fifo", "--pid", "1"])
        .args(thread.file_name())
        .stderr(Stdio::null());
    if !ask.status().is_ok_and(|status| status.success()) {
        eprintln!("the bystander shares its core: chrt failed");
    }
}
