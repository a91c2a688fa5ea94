//! The built program and its log, which a thread of its own writes.

use jackfield_tests::gateway::{FREE, Process};

use crate::scene::ask;

/// Requests whose lines have several times the bytes that a pipe holds (64 KiB, `pipe(7)`).
const REQUESTS: usize = 1_000;

#[tokio::test]
async fn no_request_waits_for_who_does_not_read_the_log() {
    let config = format!(
        "server: {{ auth: off }}\nproviders: {{ mine: {{ adapter: echo }} }}\nmodels:\n  \
         m: {{ {FREE}, chain: [{{ provider: mine, model: e }}] }}\n"
    );
    // Its log goes into a pipe of which nobody reads more than the first lines.
    let gateway = Process::start_with_hang_up(&config).await;
    let client = gateway.client();
    for number in 0..REQUESTS {
        assert_eq!(client.chat(ask("m")).await.status, 200, "request {number}");
    }
}
