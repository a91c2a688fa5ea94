//! A thread with a runtime of its own, for whoever must not wait for the attackers: the bystander and its upstream.

use std::future::Future;
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// The priority of these threads, if we may set it: what they measure is the gateway, not their own wait for a core.
const PRIORITY: i32 = -15;

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
        let _ = rustix::process::setpriority_process(None, PRIORITY);
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(work());
    });
}
