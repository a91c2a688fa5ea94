//! Repeats everything that it sees of a reply, in the log and in its failure.

use jackfield_plugin_sdk::{Event, Exchange, Failure, Reply, log};

/// Asks for a reply that this adapter is to decode.
pub fn exchange(stream: bool) -> Exchange {
    let exchange = Exchange::post("/chat/completions");
    if stream { exchange.sse() } else { exchange }
}

/// Tells a whole reply.
pub fn all(reply: &Reply) -> Failure {
    told(&format!("{:?} {}", reply.headers, String::from_utf8_lossy(&reply.body)))
}

/// Tells the events of a stream.
pub fn events(events: &[Event]) -> Failure {
    let texts = events
        .iter()
        .map(|event| String::from_utf8_lossy(&event.data).into_owned());
    told(&texts.collect::<Vec<_>>().join(" "))
}

fn told(all: &str) -> Failure {
    log::warn(&format!("told: {all}"));
    Failure::client(all)
}
