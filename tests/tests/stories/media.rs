//! Speech, recordings, pictures and moderation: forms with files, replies that are no JSON, and what becomes of both.

use jackfield_tests::client::{Answer, Client, Ending};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Request, Upstream, json, never_answers, raw, status, text};
use serde_json::{Value, json as value};

use crate::scene::eventually;

pub(crate) const BOUNDARY: &str = "xyz";

/// A gateway with a model for each of these, tried at `first` and then at `second`.
struct Scene {
    gateway: Gateway,
    first: Upstream,
    second: Upstream,
}

impl Scene {
    async fn start() -> Self {
        Self::with_server("auth: off").await
    }

    async fn with_server(server: &str) -> Self {
        let (first, second) = (Upstream::start().await, Upstream::start().await);
        let at = |upstream: &Upstream| {
            format!(
                "{{ adapter: openai, base_url: \"{}\", api_key: sk }}",
                upstream.base_url()
            )
        };
        let model = |capability: &str| {
            format!(
                "{{ {FREE}, capability: {capability}, chain: [{{ provider: first, model: up }}, {{ provider: second, model: up }}] }}"
            )
        };
        let config = format!(
            "server: {{ {server} }}\nrouting: {{ retry_count: 0 }}\nproviders:\n  first: {}\n  second: {}\nmodels:\n  \
             speak: {}\n  hear: {}\n  draw: {}\n  judge: {}\n  omni-moderation-latest: {}\n",
            at(&first),
            at(&second),
            model("speech"),
            model("transcription"),
            model("images"),
            model("moderation"),
            model("moderation"),
        );
        let gateway = Gateway::start(&config).await;
        Self { gateway, first, second }
    }

    /// Sends a form with these fields, and this file.
    async fn form(&self, path: &str, fields: &[(&str, &str)], file: Option<&str>) -> Answer {
        self.form_client().post_text(path, &form(fields, file)).await
    }

    fn form_client(&self) -> Client {
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.gateway.client().header("content-type", &media_type)
    }
}

/// A form as clients send it.
pub(crate) fn form(fields: &[(&str, &str)], file: Option<&str>) -> String {
    let mut form = String::new();
    for (name, text) in fields {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"");
        form.extend([head.as_str(), "\r\n\r\n", text, "\r\n"]);
    }
    if let Some(field) = file {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.mp3\"");
        form.extend([head.as_str(), "\r\nContent-Type: audio/mpeg\r\n\r\nID3 bytes\r\n"]);
    }
    form + &format!("--{BOUNDARY}--\r\n")
}

/// A field of the form that an upstream got.
pub(crate) fn field<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let body = std::str::from_utf8(&request.body).unwrap();
    let (_, rest) = body.split_once(&format!("name=\"{name}\""))?;
    let (_, content) = rest.split_once("\r\n\r\n")?;
    Some(content.split("\r\n--").next().unwrap())
}

fn speak() -> Value {
    value!({ "model": "speak", "input": "Hello", "voice": "alloy", "response_format": "mp3" })
}

#[tokio::test]
async fn speech_passes_as_it_comes_with_its_media_type() {
    let scene = Scene::start().await;
    scene
        .first
        .reply(text(200, " \u{1}ID3[[[").header("content-type", "audio/mpeg"));
    let answer = scene.gateway.client().post("/v1/audio/speech", speak()).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("audio/mpeg"))
    );
    assert_eq!(answer.text(), " \u{1}ID3[[[");
    let sent = scene.first.next_request().await;
    assert_eq!(sent.path, "/v1/audio/speech");
    assert_eq!(
        sent.json(),
        value!({ "model": "up", "input": "Hello", "voice": "alloy", "response_format": "mp3" })
    );
}

#[tokio::test]
async fn what_is_no_speech_is_tried_elsewhere() {
    for reply in [
        status(503),
        status(200).header("content-type", "audio/mpeg"),
        json(200, r#"{"error":{"message":"busy"}}"#),
        json(200, r#"{"audio":"SUQz"}"#),
        text(200, "<html>Sign in</html>").header("content-type", "text/html; charset=utf-8"),
    ] {
        let scene = Scene::start().await;
        scene.first.reply(reply.clone());
        scene
            .second
            .reply(text(200, "RIFF").header("content-type", "audio/wav"));
        let answer = scene.gateway.client().post("/v1/audio/speech", speak()).await;
        assert_eq!((answer.status, answer.text()), (200, "RIFF"), "{reply:?}");
    }
}

#[tokio::test]
async fn speech_that_breaks_off_never_looks_finished() {
    let scene = Scene::start().await;
    let half = raw(["ID3 half"]).header("content-type", "audio/mpeg").then_cut();
    scene.first.reply(half);
    let body = scene.gateway.client().stream_from("/v1/audio/speech", speak()).await;
    assert_eq!(body.header("content-type"), Some("audio/mpeg"));
    let read = body.collect().await;
    assert!(matches!(read.ending, Ending::Cut(_)), "{read:?}");
    assert!(scene.second.requests().is_empty());
}

#[tokio::test]
async fn streamed_events_pass_and_must_come_to_their_own_end() {
    let delta = "data: {\"type\":\"speech.audio.delta\",\"audio\":\"SUQz\"}\n\n";
    let done = "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}\n\n";
    for (writes, whole) in [(vec![delta, done], true), (vec![delta], false)] {
        let scene = Scene::start().await;
        scene.first.reply(raw(writes.clone()));
        let body = scene.gateway.client().stream_from("/v1/audio/speech", speak()).await;
        let read = body.collect().await;
        assert_eq!(read.events.len(), writes.len());
        assert_eq!(read.ending == Ending::Clean, whole, "{read:?}");
    }
}

#[tokio::test]
async fn a_listener_who_hangs_up_ends_the_exchange() {
    let scene = Scene::with_server("auth: off, keep_alive: 1s").await;
    let reply = raw(["ID3 begin"]).header("content-type", "audio/mpeg").then_stall();
    scene.first.reply(reply);
    let body = scene.gateway.client().stream_from("/v1/audio/speech", speak()).await;
    body.hang_up();
    scene.first.hung_up().await;
    scene.first.reply(never_answers());
    let client = scene.gateway.client();
    tokio::select! {
        answer = client.post("/v1/audio/speech", speak()) => panic!("answered {}", answer.status),
        () = async { while scene.first.requests().len() < 2 { scene.first.next_request().await; } } => {}
    }
    scene.first.hung_up().await;
    let under_way = async || scene.gateway.snapshot().await["requests_under_way"].clone();
    eventually("an idle gateway", under_way, |n| *n == 0).await;
}

#[tokio::test]
async fn a_recording_goes_on_in_a_form_with_the_upstreams_model() {
    let scene = Scene::start().await;
    for (path, upstream) in [
        ("/v1/audio/transcriptions", "/v1/audio/transcriptions"),
        ("/v1/audio/translations", "/v1/audio/translations"),
    ] {
        scene.first.reply(json(
            200,
            r#"{"text":"Hello","usage":{"type":"tokens","input_tokens":9,"output_tokens":1}}"#,
        ));
        let fields = [
            ("model", "hear"),
            ("language", "en"),
            ("timestamp_granularities[]", "word"),
        ];
        let answer = scene.form(path, &fields, Some("file")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["text"], "Hello");
        let sent = scene.first.next_request().await;
        assert_eq!(sent.path, upstream);
        assert!(
            sent.header("content-type")
                .unwrap()
                .starts_with("multipart/form-data; boundary=")
        );
        assert_eq!(
            (field(&sent, "model"), field(&sent, "language")),
            (Some("up"), Some("en"))
        );
        assert_eq!(field(&sent, "timestamp_granularities[]"), Some("word"));
        assert_eq!(field(&sent, "file"), Some("ID3 bytes"));
    }
}

#[tokio::test]
async fn a_form_is_sent_again_to_the_next_target() {
    let scene = Scene::start().await;
    scene.first.reply(status(500));
    let subtitles = "1\n00:00:00,000 --> 00:00:01,000\nHello\n";
    scene
        .second
        .reply(text(200, subtitles).header("content-type", "text/plain; charset=utf-8"));
    let fields = [("model", "hear"), ("response_format", "srt")];
    let answer = scene.form("/v1/audio/transcriptions", &fields, Some("file")).await;
    assert_eq!(answer.text(), subtitles);
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    let sent = scene.second.next_request().await;
    assert_eq!(field(&sent, "file"), Some("ID3 bytes"));
}

#[tokio::test]
async fn a_form_at_fault_is_refused_by_the_name_of_its_field() {
    let scene = Scene::with_server("auth: off, max_body_bytes: 4096").await;
    let path = "/v1/audio/transcriptions";
    for (fields, file, message) in [
        (
            &[("model", "hear")][..],
            None,
            "file: is missing; attach the recording as a file",
        ),
        (&[][..], Some("file"), "model: is missing; give the id of a model"),
        (
            &[("model", "hear"), ("file", "text")][..],
            None,
            "file: must be a file with a filename",
        ),
    ] {
        let answer = scene.form(path, fields, file).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(message), "{}", answer.text());
    }
    let answer = scene.form(path, &[("model", "none")], Some("file")).await;
    assert_eq!(answer.error_code(), Some("INVALID_MODEL"));
    let answer = scene
        .form(path, &[("model", "hear"), ("prompt", &"a".repeat(5000))], Some("file"))
        .await;
    assert_eq!(answer.status, 413);
    let answer = scene.form_client().post_text(path, "--xyz\r\nhalf").await;
    assert_eq!(
        (answer.status, answer.text().contains("is not a form")),
        (400, true),
        "{}",
        answer.text()
    );
    let answer = scene.gateway.client().post(path, value!({ "model": "hear" })).await;
    assert_eq!(
        (answer.status, answer.error_code()),
        (415, Some("UNSUPPORTED_MEDIA_TYPE"))
    );
    assert!(scene.first.requests().is_empty());
}

#[tokio::test]
async fn pictures_are_changed_and_varied() {
    let scene = Scene::start().await;
    let reply = || json(200, r#"{"created":7,"data":[{"b64_json":"iVBORw"}]}"#);
    scene.first.reply(reply()).reply(reply());
    let fields = [("model", "draw"), ("prompt", "a red hat"), ("n", "1")];
    let answer = scene.form("/v1/images/edits", &fields, Some("image[]")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        (&answer.json()["model"], &answer.json()["data"][0]["b64_json"]),
        (&value!("draw"), &value!("iVBORw"))
    );
    let sent = scene.first.next_request().await;
    assert_eq!(
        (sent.path.as_str(), field(&sent, "prompt")),
        ("/v1/images/edits", Some("a red hat"))
    );
    let answer = scene
        .form("/v1/images/variations", &[("model", "draw")], Some("image"))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(scene.first.next_request().await.path, "/v1/images/variations");
}

#[tokio::test]
async fn moderation_has_a_usual_model_and_its_replies_the_clients_name() {
    let scene = Scene::start().await;
    let reply = || {
        json(
            200,
            r#"{"id":"modr-1","model":"omni","results":[{"flagged":true,"categories":{}}]}"#,
        )
    };
    scene.first.reply(reply()).reply(reply());
    let client = scene.gateway.client();
    let answer = client.post("/v1/moderations", value!({ "input": "x" })).await;
    assert_eq!(
        (answer.status, &answer.json()["model"]),
        (200, &value!("omni-moderation-latest"))
    );
    let answer = client
        .post("/v1/moderations", value!({ "model": "judge", "input": ["x"] }))
        .await;
    assert_eq!(
        (&answer.json()["model"], &answer.json()["results"][0]["flagged"]),
        (&value!("judge"), &value!(true))
    );
    assert_eq!(scene.first.next_request().await.path, "/v1/moderations");
    let wrong = client
        .post("/v1/moderations", value!({ "model": "speak", "input": "x" }))
        .await;
    assert!(
        wrong.text().contains("is for speech, not for moderation"),
        "{}",
        wrong.text()
    );
}
