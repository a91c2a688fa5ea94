//! One cell of the matrix: a feature, a client dialect, an upstream dialect, buffered or streamed.

use std::fmt::{self, Display, Formatter};

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::Upstream;
use serde_json::Value;

use crate::assembled::assembled;
use crate::feature::{Feature, Place};
use crate::side::Side;

/// A gateway between the clients and an upstream of each dialect.
pub(crate) struct Bench {
    gateway: Gateway,
    openai: Upstream,
    anthropic: Upstream,
}

/// What became of a feature on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It arrived, in the words of the same dialect.
    Kept,
    /// It arrived, in the words of the other dialect.
    Translated,
    /// It did not arrive, and a header names it.
    Dropped,
    /// The request was refused, and the message names it.
    Refused,
    /// The client's dialect does not have it.
    Absent,
    /// It did not arrive, and nothing says so.
    Lost,
}

/// A feature and its verdicts, by client dialect, upstream dialect, buffered before streamed.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) verdicts: Vec<Verdict>,
    /// The cells in which it was lost, each with what was found instead.
    pub(crate) lost: Vec<String>,
}

// === impl Bench ===

impl Bench {
    pub(crate) async fn start() -> Self {
        let (openai, anthropic) = (Upstream::start().await, Upstream::start().await);
        let gateway = Gateway::start(&format!(
            "server: {{ auth: off }}\n\
             routing: {{ retry_count: 0 }}\n\
             providers:\n\
             \x20 openai: {{ adapter: openai, base_url: \"{}\", api_key: key }}\n\
             \x20 anthropic: {{ adapter: anthropic, base_url: \"{}\", api_key: key }}\n\
             models:\n\
             \x20 openai: {{ {FREE}, chain: [{{ provider: openai, model: gpt-5 }}] }}\n\
             \x20 anthropic: {{ {FREE}, chain: [{{ provider: anthropic, model: claude-sonnet-4-5 }}] }}\n",
            openai.base_url(),
            anthropic.base_url()
        ))
        .await;
        Self {
            gateway,
            openai,
            anthropic,
        }
    }

    /// Tries a feature in every cell.
    pub(crate) async fn row(&self, feature: &Feature) -> Row {
        let (mut verdicts, mut lost) = (Vec::new(), Vec::new());
        for client in Side::BOTH {
            for upstream in Side::BOTH {
                for streamed in [false, true] {
                    let (verdict, found) = self.cell(feature, client, upstream, streamed).await;
                    if verdict == Verdict::Lost {
                        let way = if streamed { "streamed" } else { "buffered" };
                        let (from, to) = (client.api(), upstream.api());
                        lost.push(format!("{}, {from} over {to}, {way}: {found}", feature.name));
                    }
                    verdicts.push(verdict);
                }
            }
        }
        let name = feature.name;
        Row { name, verdicts, lost }
    }

    async fn cell(&self, feature: &Feature, client: Side, upstream: Side, streamed: bool) -> (Verdict, String) {
        let form = feature.form(client);
        let Some((form, members)) = form.and_then(|form| Some((form, form.members.as_ref()?))) else {
            return (Verdict::Absent, String::new());
        };
        let vendor = match upstream {
            Side::OpenAi => &self.openai,
            Side::Anthropic => &self.anthropic,
        };
        vendor.always(upstream.reply(&feature.turn, streamed));
        let before = vendor.requests().len();
        let request = client.request(upstream.adapter(), members);
        let (status, dropped, reply) = self.asked(client, request, streamed).await;
        let sent = vendor.requests().split_off(before).pop();
        if status == 400 && feature.looks_at == Place::Request {
            // The body of a refusal is no stream of events; buffered, its words are looked at.
            let named =
                sent.is_none() && !feature.named.is_empty() && (streamed || reply.to_string().contains(feature.named));
            return (if named { Verdict::Refused } else { Verdict::Lost }, reply.to_string());
        }
        let (arrived, found) = match feature.looks_at {
            Place::Reply => (form.is_in(&reply), reply),
            Place::Request => {
                let sent = sent.map(|request| request.json()).unwrap_or_default();
                (feature.form(upstream).is_some_and(|form| form.is_in(&sent)), sent)
            }
        };
        let named = !feature.named.is_empty() && dropped.contains(feature.named);
        let verdict = match (arrived, status == 200) {
            (true, true) if client == upstream => Verdict::Kept,
            (true, true) => Verdict::Translated,
            (false, true) if named => Verdict::Dropped,
            _ => Verdict::Lost,
        };
        (verdict, format!("status {status}, dropped {dropped:?}, found {found}"))
    }

    /// The status, what the answer says was dropped, and the reply as JSON.
    async fn asked(&self, client: Side, request: Value, streamed: bool) -> (u16, String, Value) {
        let http = self.gateway.client();
        let header = |headers: &http::HeaderMap| {
            let dropped = headers.get("x-jackfield-dropped");
            dropped
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default()
        };
        if streamed {
            let events = client.stream(&http, request).await.collect().await;
            let dropped = header(&events.headers);
            return (events.status, dropped, assembled(client, &events));
        }
        let answer = client.ask(&http, request).await;
        let reply = serde_json::from_slice(&answer.body);
        let reply = reply.unwrap_or_else(|_| Value::from(answer.text()));
        (answer.status, header(&answer.headers), reply)
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "kept",
            Self::Translated => "translated",
            Self::Dropped => "dropped, named",
            Self::Refused => "refused by name",
            Self::Absent => "–",
            Self::Lost => "LOST",
        })
    }
}
