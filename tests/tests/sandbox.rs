//! Hostile plugins: each harms its own request only, the client is told, and the host serves on.

use jackfield_tests::client::{Client, Collected, Ending};
use jackfield_tests::gateway::Gateway;
use jackfield_tests::upstream::{Gate, Upstream, json, sse};
use serde_json::{Value, json as value};

/// The upstream's credential: the host attaches it, and no plugin gets to see it.
const SECRET: &str = "sk-of-the-upstream";

/// What the `hostile` plugin can do; each is the upstream's name of a model.
const BEHAVIOURS: [&str; 22] = [
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
struct Scene {
    upstream: Upstream,
    gateway: Gateway,
}

// === impl Scene ===

impl Scene {
    async fn start() -> Self {
        Self::with_plugins("{}").await
    }

    /// `plugins` is that section of the configuration.
    async fn with_plugins(plugins: &str) -> Self {
        let upstream = Upstream::start().await;
        let gateway = Gateway::start(&config(&upstream.base_url(), plugins)).await;
        Self { upstream, gateway }
    }

    fn client(&self) -> Client {
        self.gateway.client()
    }

    /// Does this to the host while another client is served, and looks whether a third is served afterwards.
    async fn while_others_are_served<T>(&self, misdeed: impl Future<Output = T>) -> T {
        let client = self.client();
        let (outcome, bystander) = tokio::join!(misdeed, client.chat(request("echo")));
        assert_eq!(bystander.content(), "hello");
        assert_eq!(client.chat(request("good")).await.content(), "good");
        outcome
    }

    /// Demands that the gateway answers 502 and blames the provider in these words, streamed or not.
    async fn fails(&self, behaviour: &str, blame: &str) {
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
    async fn breaks_off(&self, behaviour: &str) {
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
        format!("  {behaviour}: {{ chain: [{{ provider: hostile, model: {behaviour} }}] }}\n")
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
  echo: {{ chain: [{{ provider: echo, model: echo }}] }}
  wasi: {{ chain: [{{ provider: wasi, model: wasi }}] }}
  sleep: {{ chain: [{{ provider: wasi, model: sleep }}] }}
{models}"#
    )
}

fn request(model: &str) -> Value {
    value!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] })
}

fn chunk(content: &str) -> Value {
    let choice = value!({ "index": 0, "delta": { "content": content }, "finish_reason": null });
    value!({ "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice] })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_uses_up_the_host_is_ended() {
    let scene = Scene::start().await;
    for behaviour in ["loop-prepare", "memory-bomb", "huge-output", "trap"] {
        scene.fails(behaviour, "failed in its adapter").await;
    }
    assert_eq!(scene.upstream.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_plugin_may_not_make_is_not_sent() {
    let scene = Scene::start().await;
    for behaviour in [
        "absolute-url",
        "bad-framing",
        "bad-method",
        "bad-patch",
        "credential-header",
        "dotdot",
        "dotdot-encoded",
        "header-injection",
        "header-injection-name",
        "host-header",
    ] {
        scene.fails(behaviour, "failed in its adapter").await;
    }
    assert_eq!(scene.upstream.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_are_no_json_never_reach_the_client() {
    let scene = Scene::start().await;
    scene.upstream.always(sse([chunk("a")]));
    scene.fails("bad-chunks", "sent a broken reply").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_has_an_end() {
    let scene = Scene::start().await;
    scene.upstream.always(json(200, "{}"));
    let client = scene.client();
    let misdeed = client.chat(request("endless-polling"));
    let answer = scene.while_others_are_served(misdeed).await;
    assert_eq!(answer.status, 502);
    let polls = scene.upstream.requests();
    assert!((2..=100).contains(&polls.len()), "{} polls", polls.len());
    let credential = format!("Bearer {SECRET}");
    for poll in polls {
        assert_eq!(poll.path, "/v1/job");
        assert_eq!(poll.header("authorization"), Some(&*credential));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_midstream_ends_the_stream_with_an_error() {
    Scene::start().await.breaks_off("trap-midstream").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_midstream_ends_the_stream_with_an_error() {
    Scene::start().await.breaks_off("loop-midstream").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_log_lines_is_cut_and_its_request_served() {
    // A hundred thousand calls into the host come close to the usual deadline, which is not the point here.
    let scene = Scene::with_plugins("{ max_log_lines: 7, deadline: 10s }").await;
    let client = scene.client();
    let misdeed = client.chat(request("log-flood"));
    let answer = scene.while_others_are_served(misdeed).await;
    assert_eq!(answer.content(), "good");
    let logs = scene.gateway.logs();
    // The line of the request itself names the model.
    let is_flood = |line: &&str| line.contains("flood") && !line.contains("log-flood");
    assert_eq!(logs.lines().filter(is_flood).count(), 7);
    assert!(logs.contains("further lines of this call are dropped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_logged_with_its_message() {
    let scene = Scene::start().await;
    scene.fails("trap", "failed in its adapter").await;
    assert!(scene.gateway.logs().contains("hostile panic"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_learns_what_it_did_wrong_even_from_a_hostile_plugin() {
    let scene = Scene::start().await;
    let answer = scene.client().chat(request("unheard-of")).await;
    let expected = "this adapter knows no behaviour `unheard-of`";
    assert_eq!((answer.status, answer.text()), (400, expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_instance_serves_two_requests() {
    let scene = Scene::start().await;
    assert_eq!(counts(&scene).await, ["1"; 10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_instance_serves_many_requests() {
    let scene = Scene::with_plugins("{ isolation: shared }").await;
    // Which shows that the test above could fail.
    assert_ne!(counts(&scene).await, ["1"; 10]);
}

/// What ten calls, one after the other, find in a static counter.
async fn counts(scene: &Scene) -> Vec<String> {
    let client = scene.client();
    let mut counts = Vec::new();
    for _ in 0..10 {
        counts.push(client.chat(request("static-counter")).await.content());
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn wasi_is_there_and_holds_nothing() {
    let scene = Scene::start().await;
    let client = scene.client();
    let answer = client.chat(request("wasi")).await.content();
    let found: Value = serde_json::from_str(&answer).expect("the plugin answers in JSON");
    for nothing in ["env", "args", "preopens", "now"] {
        assert_eq!(found[nothing], 0, "{nothing}");
    }
    for socket in ["tcp", "bind"] {
        assert_eq!(found[socket], "access-denied", "{socket}");
    }
    let streamed = client.stream(request("wasi")).await.collect().await;
    assert!(streamed.is_done());
    // Not even random numbers differ from call to call.
    assert_eq!(streamed.content(), answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_cannot_sleep_through_its_deadline() {
    let scene = Scene::start().await;
    let client = scene.client();
    // It would sleep for longer than this client waits. Whether its timer goes off at once or its call is ended
    // is the sandbox's choice.
    let misdeed = client.chat(request("sleep"));
    let answer = scene.while_others_are_served(misdeed).await;
    assert!([200, 502].contains(&answer.status), "{}", answer.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wasi_writes_to_stdout_and_stderr_is_logged() {
    let scene = Scene::start().await;
    assert_eq!(scene.client().chat(request("wasi")).await.status, 200);
    let logs = scene.gateway.logs();
    for line in ["hello from stdout", "hello from stderr"] {
        assert!(logs.contains(line), "no {line:?} in {logs}");
    }
}
