//! The scene of most stories: one gateway, two scripted upstreams, and a model whose chain tries one after the other.

use jackfield_tests::client::{Client, Collected, Ending, Event};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Upstream, json, sse, sse_typed};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::{Value, json as value};

/// The credential of the first upstream.
pub(crate) const FIRST_KEY: &str = "sk-first-3b1f7c";

/// A gateway whose model `duo` is tried at `first` and then at `second`; `solo` knows `first` alone.
pub(crate) struct Scene {
    pub(crate) gateway: Gateway,
    pub(crate) first: Upstream,
    pub(crate) second: Upstream,
}

/// What a story changes in the configuration. Each is that section's text.
#[derive(Clone, Copy)]
pub(crate) struct Setup<'a> {
    pub(crate) server: &'a str,
    pub(crate) routing: &'a str,
    /// Further members of the first provider.
    pub(crate) first: &'a str,
    /// The first provider's adapter.
    pub(crate) adapter: &'a str,
    /// The first provider's base URL, if it is not the first upstream's.
    pub(crate) base_url: Option<&'a str>,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self {
            server: "auth: off, expose_attempts: true",
            routing: "retry_count: 0",
            first: "",
            adapter: "openai",
            base_url: None,
        }
    }
}

// === impl Scene ===

impl Scene {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup<'_>) -> Self {
        let (first, second) = (Upstream::start().await, Upstream::start().await);
        let gateway = Gateway::start(&config(&setup, &first, &second)).await;
        Self { gateway, first, second }
    }

    /// The same with other members of the `server` section, besides `auth: off`.
    pub(crate) async fn with_server(server: &str) -> Self {
        let server = format!("auth: off, {server}");
        Self::with(Setup {
            server: &server,
            ..Setup::default()
        })
        .await
    }

    /// The same with other members of the `routing` section.
    pub(crate) async fn with_routing(routing: &str) -> Self {
        Self::with(Setup {
            routing,
            ..Setup::default()
        })
        .await
    }

    /// The same with these timeouts of the first provider.
    pub(crate) async fn with_timeouts(timeouts: &str) -> Self {
        let first = format!("timeouts: {{ {timeouts} }}");
        Self::with(Setup {
            first: &first,
            ..Setup::default()
        })
        .await
    }

    pub(crate) fn client(&self) -> Client {
        self.gateway.client()
    }

    /// The configuration of a scene with this setup and these upstreams.
    pub(crate) fn config(&self, setup: &Setup<'_>) -> String {
        config(setup, &self.first, &self.second)
    }
}

fn config(setup: &Setup<'_>, first: &Upstream, second: &Upstream) -> String {
    let Setup {
        server,
        routing,
        first: members,
        adapter,
        base_url,
    } = setup;
    let (first, second) = (first.base_url(), second.base_url());
    let first = base_url.unwrap_or(&first);
    format!(
        r#"
server: {{ {server} }}
routing: {{ {routing} }}
providers:
  first: {{ adapter: {adapter}, base_url: "{first}", api_key: "{FIRST_KEY}", {members} }}
  second: {{ adapter: openai, base_url: "{second}", api_key: "sk-second" }}
models:
  duo: {{ {FREE}, chain: [{{ provider: first, model: first-model }}, {{ provider: second, model: second-model }}] }}
  solo: {{ {FREE}, chain: [{{ provider: first, model: first-model }}] }}
"#
    )
}

/// A question to a model.
pub(crate) fn ask(model: &str) -> Value {
    value!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] })
}

/// A whole reply of an OpenAI-shaped upstream that says this.
pub(crate) fn says(text: &str) -> Reply {
    json(200, openai::completion(&Turn::says(&[text]), 1))
}

/// The same, streamed in these pieces.
pub(crate) fn streams(pieces: &[&str]) -> Reply {
    sse(openai::chunks(&Turn::says(pieces), 1, false))
}

/// A stream's beginning: the role, these pieces, and neither a finish reason nor `[DONE]`.
pub(crate) fn begins(pieces: &[&str]) -> Reply {
    let mut chunks = openai::chunks(&Turn::says(pieces), 1, false);
    chunks.pop();
    sse(chunks).without_done()
}

/// The same of an Anthropic-shaped upstream, the block still open.
pub(crate) fn begins_anthropic(pieces: &[&str]) -> Reply {
    let mut events = anthropic::events(&Turn::says(pieces));
    events.truncate(events.len() - 3);
    sse_typed(&events)
}

/// An error in OpenAI's shape.
pub(crate) fn refuses(status: u16, message: &str) -> Reply {
    let error = value!({ "message": message, "type": "some_error", "param": null, "code": null });
    json(status, value!({ "error": error }))
}

/// Demands an error event at the end of a stream and nothing that looks like success.
#[track_caller]
pub(crate) fn assert_broke_off(rest: &Collected, message: &str) {
    assert_eq!(rest.error().as_deref(), Some(message));
    let last = rest.events.last().unwrap();
    assert!(last.data.contains("\"error\""), "{}", last.data);
    assert_eq!(rest.ending, Ending::Clean);
    assert!(!rest.events.iter().any(Event::is_done));
    assert_eq!(rest.finish_reason(), None);
}

/// Demands a stream that says this and ends as a complete one does.
#[track_caller]
pub(crate) fn assert_complete(stream: &Collected, content: &str) {
    assert_eq!(stream.status, 200);
    assert_eq!(stream.error(), None);
    assert_eq!(stream.content(), content);
    assert_eq!(stream.finish_reason().as_deref(), Some("stop"));
    assert!(stream.is_done());
    assert_eq!(stream.ending, Ending::Clean);
}

/// Asks again and again, as long as it takes, until the answer is as it should be.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> T, is: impl Fn(&T) -> bool) -> T {
    jackfield_tests::patience::patiently(what, async {
        loop {
            let answer = ask().await;
            if is(&answer) {
                return answer;
            }
        }
    })
    .await
}
