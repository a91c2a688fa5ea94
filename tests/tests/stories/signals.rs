//! The built program and its signals: SIGHUP reloads, SIGTERM drains, and the exit status says that all is well.

use jackfield_tests::gateway::{FREE, Process};
use jackfield_tests::upstream::{Gate, Upstream};

use crate::scene::{ask, assert_complete, eventually, streams};

async fn start(upstream: &Upstream) -> Process {
    Process::start(&guarded(upstream)).await
}

/// The same configuration, with a token for operators.
fn guarded(upstream: &Upstream) -> String {
    format!(
        "server: {{ auth: off, admin: {{ token: operator }} }}\n{}",
        config(upstream)
    )
}

fn config(upstream: &Upstream) -> String {
    let url = upstream.base_url();
    format!(
        "providers:\n  p: {{ adapter: openai, base_url: \"{url}\" }}\nmodels:\n  m: {{ {FREE}, chain: [{{ provider: p, model: m }}] }}\n"
    )
}

#[tokio::test]
async fn a_hangup_reloads() {
    let gateway = start(&Upstream::start().await).await;
    let client = gateway.client().with_key("operator");
    gateway.hang_up();
    let generation = async || client.get("/admin/snapshot").await.json()["generation"].clone();
    eventually("a second generation", generation, |it| *it == 2).await;
}

#[tokio::test]
async fn a_hangup_during_the_start_is_a_reload_after_it() {
    let gateway = Process::start_with_hang_up(&guarded(&Upstream::start().await)).await;
    let client = gateway.client().with_key("operator");
    let generation = async || client.get("/admin/snapshot").await.json()["generation"].clone();
    eventually("a second generation", generation, |it| *it == 2).await;
}

#[tokio::test]
async fn a_taken_port_ends_the_start_in_words() {
    let holder = Upstream::start().await;
    let taken = holder.address().to_string();
    let config = config(&holder);
    let (words, code) = Process::refusal(&config, &taken).await;
    assert!(words.contains(&format!(
        "cannot listen on {taken} (server.listen or --listen): Address already in use"
    )));
    assert!(words.contains("ss -ltnp"), "{words}");
    assert!(!words.contains("panicked"), "{words}");
    // A service manager tries again.
    assert_eq!(code, Some(71));
    let admin = format!("server: {{ auth: off, admin: {{ listen: \"{taken}\" }} }}\n{config}");
    let (words, _) = Process::refusal(&admin, "127.0.0.1:0").await;
    assert!(
        words.contains(&format!("cannot listen on {taken} (server.admin.listen)")),
        "{words}"
    );
}

#[tokio::test]
async fn a_termination_lets_a_stream_finish() {
    let upstream = Upstream::start().await;
    let mut gateway = start(&upstream).await;
    let gate = Gate::new();
    upstream.reply(streams(&["to ", "the end"]).pause_before(2, &gate));
    let client = gateway.client();
    let mut stream = client.stream(ask("m")).await;
    assert_eq!(stream.next_content().await, "to ");
    gateway.terminate();
    let ready = async || client.get("/readyz").await.status;
    eventually("the end of readiness", ready, |status| *status == 503).await;
    gate.open();
    assert_complete(&stream.collect().await, "the end");
    assert!(gateway.ended().await.success());
}
