//! Which members are lost in silence: the vendor gets what it gets without them, and nobody says so.

use jackfield_tests::client::Answer;
use jackfield_tests::upstream::Upstream;
use jackfield_tests::vendor::Turn;
use serde_json::Value;

use crate::bench::{Bench, DROPPED, Stand};
use crate::client::Dialect;
use crate::members::Member;
use crate::operations::Operation;

/// What a request is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    Chat(Dialect),
    Other(Operation),
}

/// What a client got, and what the upstream got first.
struct Exchanged {
    answer: Answer,
    sent: Option<Value>,
}

// === impl Asked ===

impl Asked {
    fn name(self) -> &'static str {
        match self {
            Self::Chat(dialect) => dialect.api(),
            Self::Other(operation) => operation.capability(),
        }
    }

    /// A request with these members: what its client gets, and what the upstream does.
    async fn exchanged(self, bench: &Bench, upstream: &Upstream, model: &str, members: &Value) -> Exchanged {
        let before = upstream.requests().len();
        let client = bench.gateway.client();
        let answer = match self {
            Self::Chat(dialect) => dialect.ask(&client, dialect.request(model, members)).await,
            Self::Other(operation) => {
                let (path, request) = operation.request(model, members);
                client.post(&path, request).await
            }
        };
        let first = upstream.requests().split_off(before).into_iter().next();
        let sent = first.map(|request| request.json());
        Exchanged { answer, sent }
    }
}

/// Where this member is lost, each with what was found instead.
pub(crate) async fn lost(bench: &Bench, asked: Asked, member: &Member) -> Vec<String> {
    let mut lost = Vec::new();
    for Stand { adapter, upstream } in &bench.stands {
        let (say, turn) = (adapter.say, Turn::says(&["fine"]));
        upstream.answer(move |request| say(request, &turn));
        let without = asked.exchanged(bench, upstream, adapter.name, &member.beside).await;
        let mut members = member.beside.clone();
        for (name, value) in member.added.as_object().unwrap() {
            members[name] = value.clone();
        }
        let with = asked.exchanged(bench, upstream, adapter.name, &members).await;
        let (status, dropped) = (with.answer.status, with.answer.header(DROPPED).unwrap_or_default());
        let reply = with.answer.text();
        // What the request is without it, the adapter may refuse too, for whatever else it has.
        let is_hopeless = without.answer.status == 400 && status == 400;
        let is_shown = member.shows_in_reply && reply != without.answer.text();
        // What nobody knows may be the vendor's own, so the vendor judges it, and names it too.
        let is_told = match status {
            200 => without.sent != with.sent || member.is_dropped_in(dropped) || is_shown,
            400 => is_hopeless || member.is_named_in(reply),
            _ => false,
        };
        if !is_told {
            let (name, kind, over) = (member.name, asked.name(), adapter.name);
            let place = member.place();
            lost.push(format!(
                "{name} of {place}, {kind} over {over}: status {status}, dropped {dropped:?}, reply {reply}"
            ));
        }
    }
    lost
}
