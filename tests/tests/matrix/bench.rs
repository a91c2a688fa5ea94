//! One gateway between the clients and an upstream for each adapter, on which every cell is measured.

use std::fmt::Write;

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::Upstream;
use serde_json::Value;

use crate::adapter::Adapter;
use crate::assembled::assembled;
use crate::client::Dialect;
use crate::feature::{Feature, are_in};
use crate::verdict::{Cell, Verdict};

/// The header that names what was left out.
pub(crate) const DROPPED: &str = "x-jackfield-dropped";

/// The gateway and the upstreams.
pub(crate) struct Bench {
    pub(crate) gateway: Gateway,
    pub(crate) stands: Vec<Stand>,
}

/// An adapter with the upstream that it speaks to.
pub(crate) struct Stand {
    pub(crate) adapter: Adapter,
    pub(crate) upstream: Upstream,
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
    /// A gateway whose models do this kind of work.
    pub(crate) async fn start(adapters: Vec<Adapter>, capability: &str) -> Self {
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
                "  {name}: {{ {FREE}, capability: {capability}, chain: [{{ provider: {name}, model: \"{model}\" }}] }}"
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
        let answered = asked(&client, dialect, request.clone(), streamed).await;
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
            (true, 200) if adapter.speaks == Some(dialect) && (feature.is_of_replies() || is_same(&request, &sent)) => {
                Verdict::Kept
            }
            (true, 200) => Verdict::Translated,
            (false, 200) if is_named(&dropped) => Verdict::Dropped,
            (false, 200) if feature.is_of_replies() && adapter.unsaid.contains(&feature.name) => Verdict::Unsaid,
            _ => Verdict::Lost,
        };
        let found = format!("status {status}, dropped {dropped:?}, reply {reply}, sent {sent}");
        (verdict, found)
    }
}

/// True if the vendor gets each member as the client wrote it, but what names the model.
fn is_same(request: &Value, sent: &Value) -> bool {
    let mut members = request.as_object().into_iter().flatten();
    members.all(|(name, value)| name == "model" || sent.get(name) == Some(value))
}

async fn asked(client: &Client, dialect: Dialect, request: Value, streamed: bool) -> Answered {
    let header = |headers: &http::HeaderMap| {
        let dropped = headers.get(DROPPED);
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
