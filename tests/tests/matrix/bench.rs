//! One gateway between the clients and an upstream for each adapter, on which every cell is measured.

use std::fmt::Write;

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::Upstream;
use jackfield_tests::vendor::Turn;
use serde_json::Value;

use crate::adapter::Adapter;
use crate::assembled::assembled;
use crate::client::Dialect;
use crate::feature::{Feature, are_in};
use crate::members::Member;
use crate::verdict::{Cell, Verdict};

/// The gateway and the upstreams.
pub(crate) struct Bench {
    gateway: Gateway,
    stands: Vec<Stand>,
}

/// An adapter with the upstream that it speaks to.
struct Stand {
    adapter: Adapter,
    upstream: Upstream,
}

/// What a client got.
struct Answered {
    status: u16,
    /// What `x-jackfield-dropped` says.
    dropped: String,
    reply: Value,
}

/// A feature as clients of one dialect ask for it, with every adapter.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) client: Dialect,
    pub(crate) is_of_replies: bool,
    /// The verdicts, in the order of the adapters.
    pub(crate) cells: Vec<Cell>,
    /// Where the feature was lost, each with what was found instead.
    pub(crate) lost: Vec<String>,
}

// === impl Bench ===

impl Bench {
    pub(crate) async fn start(adapters: Vec<Adapter>) -> Self {
        let (mut providers, mut models, mut stands) = (String::new(), String::new(), Vec::new());
        for adapter in adapters {
            let upstream = Upstream::start().await;
            let (name, model, members) = (adapter.name, adapter.model, adapter.provider);
            let url = format!("http://{}{}", upstream.address(), adapter.base);
            let _ = writeln!(
                providers,
                "  {name}: {{ adapter: {name}, base_url: \"{url}\", {members} }}"
            );
            let _ = writeln!(
                models,
                "  {name}: {{ {FREE}, chain: [{{ provider: {name}, model: \"{model}\" }}] }}"
            );
            stands.push(Stand { adapter, upstream });
        }
        let gateway = Gateway::start(&format!(
            "server: {{ auth: off }}\nrouting: {{ retry_count: 0 }}\nproviders:\n{providers}models:\n{models}"
        ))
        .await;
        Self { gateway, stands }
    }

    /// Tries a feature with every adapter; none if clients of this dialect cannot ask for it.
    pub(crate) async fn row(&self, feature: &Feature, client: Dialect) -> Option<Row> {
        let mut row = Row {
            name: feature.name,
            client,
            is_of_replies: feature.is_of_replies(),
            cells: Vec::new(),
            lost: Vec::new(),
        };
        let members = feature.members(client)?;
        for stand in &self.stands {
            let request = client.request(stand.adapter.name, members);
            let [mut buffered, mut streamed] = [Verdict::Lost; 2];
            for (verdict, is_streamed) in [(&mut buffered, false), (&mut streamed, true)] {
                let (found, what) = self.verdict(stand, feature, client, &request, is_streamed).await;
                *verdict = found;
                if found == Verdict::Lost {
                    let way = if is_streamed { "streamed" } else { "buffered" };
                    let (name, adapter) = (feature.name, stand.adapter.name);
                    row.lost
                        .push(format!("{name}, {} over {adapter}, {way}: {what}", client.api()));
                }
            }
            row.cells.push(Cell { buffered, streamed });
        }
        Some(row)
    }

    /// Where a member of a chat's request is lost: the vendor gets what it gets without it, and nobody says so.
    pub(crate) async fn lost(&self, member: &Member) -> Vec<String> {
        let mut lost = Vec::new();
        for Stand { adapter, upstream } in &self.stands {
            let (say, turn) = (adapter.say, Turn::says(&["fine"]));
            upstream.answer(move |request| say(request, &turn));
            let (_, without) = self.sent(upstream, adapter.name, &member.beside).await;
            let mut members = member.beside.clone();
            for (name, value) in member.added.as_object().unwrap() {
                members[name] = value.clone();
            }
            let (answered, with) = self.sent(upstream, adapter.name, &members).await;
            let Answered { status, dropped, reply } = answered;
            // What nobody knows may be the vendor's own, so the vendor judges it, and names it too.
            let is_told = match status {
                200 => without != with || dropped.contains(member.name),
                400 => member.is_named_in(&reply.to_string()),
                _ => false,
            };
            if !is_told {
                let (name, over) = (member.name, adapter.name);
                lost.push(format!(
                    "{name} over {over}: status {status}, dropped {dropped:?}, reply {reply}"
                ));
            }
        }
        lost
    }

    /// A chat with these members: what its client got, and what the upstream did.
    async fn sent(&self, upstream: &Upstream, model: &str, members: &Value) -> (Answered, Option<Value>) {
        let before = upstream.requests().len();
        let request = Dialect::Chat.request(model, members);
        let answered = asked(&self.gateway.client(), Dialect::Chat, request, false).await;
        let sent = upstream.requests().split_off(before).pop();
        (answered, sent.map(|request| request.json()))
    }

    /// The verdict on one feature, and what was found.
    async fn verdict(
        &self,
        stand: &Stand,
        feature: &Feature,
        dialect: Dialect,
        request: &Value,
        streamed: bool,
    ) -> (Verdict, String) {
        let Stand { adapter, upstream } = stand;
        let (say, turn) = (adapter.say, feature.turn.clone());
        upstream.answer(move |request| say(request, &turn));
        let (client, mut request) = (self.gateway.client(), request.clone());
        if feature.goes_on {
            let first = asked(&client, dialect, request.clone(), streamed).await;
            request = dialect.following(request, &first.reply);
        }
        let before = upstream.requests().len();
        let answered = asked(&client, dialect, request, streamed).await;
        let sent = upstream.requests().split_off(before).pop();
        let sent = sent.map(|request| request.json());
        let Answered { status, dropped, reply } = answered;
        let is_named = |text: &str| feature.named.iter().any(|name| text.contains(name));
        // Of its own dialect, the vendor itself may refuse something.
        let is_refused = status == 400 && (sent.is_none() || adapter.speaks == Some(dialect));
        // The body of a refusal is no stream of events; buffered, its words are looked at.
        if is_refused && (streamed || is_named(&reply.to_string())) {
            return (Verdict::Refused, String::new());
        }
        let sent = sent.unwrap_or_default();
        let signs = feature.signs(dialect).map(|signs| (signs, &reply));
        let signs = signs.or_else(|| Some((adapter.signs.get(feature.name)?, &sent)));
        let arrived = signs.is_some_and(|(signs, found)| are_in(signs, found));
        let verdict = match (arrived, status) {
            (true, 200) if adapter.speaks == Some(dialect) => Verdict::Kept,
            (true, 200) => Verdict::Translated,
            (false, 200) if is_named(&dropped) => Verdict::Dropped,
            (false, 200) if feature.is_of_replies() && adapter.unsaid.contains(&feature.name) => Verdict::Unsaid,
            _ => Verdict::Lost,
        };
        let found = format!("status {status}, dropped {dropped:?}, reply {reply}, sent {sent}");
        (verdict, found)
    }
}

async fn asked(client: &Client, dialect: Dialect, request: Value, streamed: bool) -> Answered {
    let header = |headers: &http::HeaderMap| {
        let dropped = headers.get("x-jackfield-dropped");
        dropped
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    if streamed {
        let events = dialect.stream(client, request).await.collect().await;
        return Answered {
            status: events.status,
            dropped: header(&events.headers),
            reply: assembled(dialect, &events),
        };
    }
    let answer = dialect.ask(client, request).await;
    let reply = serde_json::from_slice(&answer.body);
    Answered {
        status: answer.status,
        dropped: header(&answer.headers),
        reply: reply.unwrap_or_else(|_| Value::from(answer.text())),
    }
}
