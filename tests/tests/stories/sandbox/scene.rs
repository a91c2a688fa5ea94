//! A gateway among plugins that are out to harm it, and what must hold whatever they do.

use jackfield_tests::client::{Client, Collected, Ending};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Gate, Upstream, sse};
use serde_json::{Value, json as value};

/// The upstream's credential: the host attaches it, and no plugin gets to see it.
pub(crate) const SECRET: &str = "sk-of-the-upstream";

/// What the `hostile` plugin can do; each is the upstream's name of a model.
const BEHAVIOURS: [&str; 23] = [
    "absolute-url",
    "bad-chunks",
    "bad-framing",
    "bad-method",
    "bad-patch",
    "credential-header",
    "dotdot",
    "dotdot-encoded",
    "endless-polling",
    "good",
    "header-injection",
    "header-injection-name",
    "host-header",
    "huge-output",
    "leak",
    "log-flood",
    "loop-midstream",
    "loop-prepare",
    "memory-bomb",
    "static-counter",
    "trap",
    "trap-midstream",
    "unheard-of",
];

/// A gateway with the hostile plugin, one that is well, and one that knows WASI.
pub(crate) struct Scene {
    /// Where the gateway sends what it sends.
    pub(crate) upstream: Upstream,
    pub(crate) gateway: Gateway,
}

// === impl Scene ===

impl Scene {
    pub(crate) async fn start() -> Self {
        Self::with_plugins("{ deadline: 1s }").await
    }

    /// `plugins` is that section of the configuration.
    pub(crate) async fn with_plugins(plugins: &str) -> Self {
        let upstream = Upstream::start().await;
        let gateway = Gateway::start(&config(&upstream.base_url(), plugins)).await;
        Self { upstream, gateway }
    }

    pub(crate) fn client(&self) -> Client {
        self.gateway.client()
    }

    /// Does this to the host while another client is served, and looks whether a third is served afterwards.
    pub(crate) async fn while_others_are_served<T>(&self, misdeed: impl Future<Output = T>) -> T {
        let client = self.client();
        let (outcome, bystander) = tokio::join!(misdeed, client.chat(request("echo")));
        assert_eq!(bystander.content(), "hello");
        assert_eq!(client.chat(request("good")).await.content(), "good");
        outcome
    }

    /// Demands that the gateway answers 502 and blames the provider in these words, streamed or not.
    pub(crate) async fn fails(&self, behaviour: &str, blame: &str) {
        let client = self.client();
        let misdeed = client.chat(request(behaviour));
        let answer = self.while_others_are_served(misdeed).await;
        let expected = format!("Every provider of model `{behaviour}` failed: hostile {blame}.");
        assert_eq!(answer.text(), expected);
        assert_eq!(answer.status, 502, "{behaviour}");
        assert_eq!(answer.error_code(), Some("PROVIDER_ERROR"), "{behaviour}");
        self.fails_to_stream(behaviour).await;
    }

    /// Demands that a stream fails before its head, where another target could still have answered.
    async fn fails_to_stream(&self, behaviour: &str) {
        let client = self.client();
        let misdeed = client.stream(request(behaviour));
        let stream = self.while_others_are_served(misdeed).await;
        let code = stream.header("x-error-code");
        assert_eq!(code, Some("PROVIDER_ERROR"), "{behaviour}");
        assert_eq!(stream.status, 502, "{behaviour}");
    }

    /// Demands that a stream which began well ends with an error event and nothing that looks like success.
    pub(crate) async fn breaks_off(&self, behaviour: &str) {
        let gate = Gate::new();
        let chunks = ["a", "b", "c", "d"].map(chunk);
        self.upstream.reply(sse(chunks).pause_before(2, &gate));
        let mut stream = self.client().stream(request(behaviour)).await;
        assert_eq!(stream.status, 200, "{behaviour}");
        assert_eq!(stream.next_content().await, "a");
        assert_eq!(stream.next_content().await, "b");
        let rest = async {
            gate.open();
            stream.collect().await
        };
        let rest: Collected = self.while_others_are_served(rest).await;
        let message = "The stream broke off: hostile failed in its adapter.";
        assert_eq!(rest.error().as_deref(), Some(message), "{behaviour}");
        assert_eq!(rest.events.len(), 1, "{behaviour}");
        assert_eq!(rest.ending, Ending::Clean, "{behaviour}");
        assert!(!rest.is_done(), "{behaviour}");
        assert_eq!(rest.finish_reason(), None, "{behaviour}");
    }
}

fn config(base_url: &str, plugins: &str) -> String {
    let models = BEHAVIOURS.map(|behaviour| {
        format!("  {behaviour}: {{ {FREE}, chain: [{{ provider: hostile, model: {behaviour} }}] }}\n")
    });
    let models = models.concat();
    format!(
        r#"
server: {{ auth: off }}
plugins: {plugins}
routing: {{ retry_count: 0 }}
providers:
  hostile: {{ adapter: hostile, base_url: "{base_url}", api_key: "{SECRET}" }}
  echo: {{ adapter: echo }}
  wasi: {{ adapter: wasi-guest }}
models:
  echo: {{ {FREE}, chain: [{{ provider: echo, model: echo }}] }}
  wasi: {{ {FREE}, chain: [{{ provider: wasi, model: wasi }}] }}
  sleep: {{ {FREE}, chain: [{{ provider: wasi, model: sleep }}] }}
{models}"#
    )
}

pub(crate) fn request(model: &str) -> Value {
    value!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] })
}

pub(crate) fn chunk(content: &str) -> Value {
    let choice = value!({ "index": 0, "delta": { "content": content }, "finish_reason": null });
    value!({ "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice] })
}
