//! A scripted upstream on the loopback: gives the replies that a test scripted, in order, and records every request.
//!
//! ```no_run
//! use jackfield_tests::upstream::{Upstream, sse, status};
//! # async fn story() {
//! let upstream = Upstream::start().await;
//! upstream.reply(status(503).header("retry-after", "1")).then(sse(["{\"choices\":[]}"]));
//! # }
//! ```

mod aws;
mod body;
mod coded;
mod connection;
mod gate;
mod journal;
mod reply;
mod request;
mod script;
mod unreachable;
mod write;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use self::aws::{aws_events, aws_message};
pub use self::gate::Gate;
pub use self::reply::{
    Reply, huge_event, huge_json, json, ndjson, never_answers, no_answer, raw, redirect, sse, sse_named, sse_typed,
    status, text,
};
pub use self::request::Request;
pub use self::unreachable::{Unreachable, refusing, silent};

use self::journal::Journal;
use self::script::Script;
use crate::patience::patiently;

/// A running upstream. Dropping it closes its listener and every connection.
pub struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
    // Kept for its `Drop`, which aborts the task that accepts and with it the connections.
    _accepting: JoinSet<()>,
}

/// What the connections share with the test.
#[derive(Default)]
struct Shared {
    script: Script,
    journal: Journal,
}

// === impl Upstream ===

impl Upstream {
    /// Listen on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        Self::start_on(0).await
    }

    /// Listen on `port` of 127.0.0.1; 0 takes a free one.
    pub async fn start_on(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.expect("the upstream's port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared::default());
        let mut accepting = JoinSet::new();
        accepting.spawn(connection::accept(listener, Arc::clone(&shared)));
        Self {
            address,
            shared,
            _accepting: accepting,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as a provider's `base_url`: `http://127.0.0.1:PORT/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Script the next reply; each is given once, in the order in which they were scripted.
    pub fn reply(&self, reply: Reply) -> &Self {
        self.shared.script.push(reply);
        self
    }

    /// The same as [`Upstream::reply`], for the second and later sentences of a story.
    pub fn then(&self, reply: Reply) -> &Self {
        self.reply(reply)
    }

    /// Give this reply once the scripted ones have run out.
    pub fn always(&self, reply: Reply) -> &Self {
        self.answer(move |_| reply.clone())
    }

    /// Let `answer` decide once the scripted replies have run out.
    pub fn answer(&self, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> &Self {
        self.shared.script.answer(Arc::new(answer));
        self
    }

    /// The number of scripted replies that have not been requested yet.
    pub fn replies_left(&self) -> usize {
        self.shared.script.left()
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.journal.requests()
    }

    /// The first request that this function has not given yet; waits for it to come.
    ///
    /// Cancel safe: a request is counted as given only when it is returned.
    pub async fn next_request(&self) -> Request {
        patiently("a request at the upstream", self.shared.journal.next_request()).await
    }

    /// Wait until a client has gone before its reply was complete; each such client is reported once.
    ///
    /// Cancel safe.
    pub async fn hung_up(&self) {
        patiently("a client to hang up", self.shared.journal.hung_up()).await;
    }

    /// How many clients have gone before their reply was complete and were not reported by
    /// [`Upstream::hung_up`].
    pub fn hang_ups(&self) -> usize {
        self.shared.journal.hang_ups()
    }

    /// Wait until a connection has ended, whoever ended it; each is reported once.
    ///
    /// Cancel safe.
    pub async fn connection_ended(&self) {
        patiently("a connection to end", self.shared.journal.ended()).await;
    }

    /// How many connections were accepted so far: fewer than requests if the client keeps them.
    pub fn connections(&self) -> usize {
        self.shared.journal.connections()
    }
}

#[cfg(test)]
mod tests;
