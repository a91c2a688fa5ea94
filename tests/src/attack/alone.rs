//! Cores for whoever must not wait for the attackers: the bystander and its upstream, on threads with runtimes of their own,
//! and the server under attack.

use std::fs;
use std::future::Future;
use std::process::{Command, Stdio};
use std::thread;

use rustix::process::{Pid, getpriority_process};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// The real-time priority of the server under attack, as chrt(1) takes it.
const SERVER: &str = "1";

/// That of the bystander and its upstream, which work for microseconds at a time.
const BYSTANDER: &str = "2";

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

/// Lets the threads that a server has go before its attackers, if we may ask for that: but for those to which it gave a low
/// priority itself. Attackers have machines of their own; here the server would wait for the end of their slices.
pub fn go_before_attackers(server: Pid) {
    let threads = fs::read_dir(format!("/proc/{}/task", server.as_raw_nonzero()));
    for thread in threads.expect("the process lives").flatten() {
        let name = thread.file_name().to_string_lossy().into_owned();
        let id = name.parse().ok().and_then(Pid::from_raw);
        if getpriority_process(id).is_ok_and(|nice| nice <= 0) {
            go_before(&["--reset-on-fork"], &name, SERVER);
        }
    }
}

/// Gives each of these threads a core of its own, for the same reason: where there are as many cores as workers, no worker
/// waits for another.
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
    let thread = thread.file_name().unwrap_or_default().to_string_lossy();
    go_before(&[], &thread, BYSTANDER);
}

/// Gives a thread this real-time priority.
fn go_before(options: &[&str], thread: &str, priority: &str) {
    let mut ask = Command::new("chrt");
    ask.args(options).args(["--fifo", "--pid", priority, thread]);
    ask.stdout(Stdio::null()).stderr(Stdio::null());
    if !ask.status().is_ok_and(|status| status.success()) {
        eprintln!("attackers take the cores of others: chrt failed");
    }
}
