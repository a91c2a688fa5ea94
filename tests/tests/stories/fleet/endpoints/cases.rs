//! One request for each of the newer endpoints and each form of its reply, and what the books should say of it.

use jackfield_tests::client::{Answer, Client};
use jackfield_tests::upstream::{Reply, json, raw, sse, text};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

use crate::media::{BOUNDARY, form};

/// A request and its reply.
pub(super) struct Case {
    pub(super) name: String,
    path: &'static str,
    sent: Sent,
    pub(super) reply: Reply,
    /// As the ledger calls it.
    pub(super) operation: &'static str,
    /// The tokens in and out that the upstream tells; `None` if they are estimated.
    pub(super) told: Option<(i64, i64)>,
    pub(super) images: i64,
    pub(super) stream: bool,
}

/// What a client sends.
enum Sent {
    Json(Value),
    /// Fields, and the name of the file's.
    Form(Vec<(&'static str, &'static str)>, &'static str),
}

/// All cases.
pub(super) fn all() -> Vec<Case> {
    [speech(), recordings(), completions(), responses(), pictures()]
        .into_iter()
        .flatten()
        .chain([moderation()])
        .collect()
}

fn speech() -> Vec<Case> {
    let speak = |form: &str| value!({ "model": "speak", "input": "Hello", "voice": "alloy", "stream_format": form });
    let events = [
        "data: {\"type\":\"speech.audio.delta\",\"audio\":\"SUQz\"}\n\n",
        "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":14,\"output_tokens\":101,\"total_tokens\":115}}\n\n",
    ];
    let sound = text(200, "ID3 sound").header("content-type", "audio/mpeg");
    vec![
        Case::of("speech", "/v1/audio/speech", speak("audio"), sound),
        Case::of("speech", "/v1/audio/speech", speak("sse"), raw(events)).told(14, 101),
    ]
}

fn recordings() -> Vec<Case> {
    let hear = |more: &[(&'static str, &'static str)]| {
        let fields = [&[("model", "hear")][..], more].concat();
        Sent::Form(fields, "file")
    };
    let usage = value!({
        "type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59,
        "input_token_details": { "text_tokens": 10, "audio_tokens": 4 },
    });
    let subtitles = text(200, "1\n00:00:00,000 --> 00:00:01,000\nHello\n");
    let done = value!({ "type": "transcript.text.done", "text": "Hello", "usage": usage });
    let events = [
        "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hello\"}\n\n".to_owned(),
        format!("data: {done}\n\n"),
    ];
    let path = "/v1/audio/transcriptions";
    let whole = json(200, value!({ "text": "Hello", "usage": usage }));
    let english = json(200, value!({ "text": "Hello there" }));
    vec![
        Case::sent("transcription", path, hear(&[]), whole).told(14, 45),
        Case::sent("transcription", path, hear(&[("response_format", "srt")]), subtitles),
        Case::sent("transcription", path, hear(&[("stream", "true")]), raw(events)).told(14, 45),
        Case::sent("translation", "/v1/audio/translations", hear(&[]), english),
    ]
}

fn completions() -> Vec<Case> {
    let path = "/v1/completions";
    let complete =
        |model: &str, stream: bool| value!({ "model": model, "prompt": "Say hi", "max_tokens": 9, "stream": stream });
    let usage = value!({ "prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3 });
    let chunk = |text: &str, reason: Value, usage: Value| {
        let choice = value!({ "text": text, "index": 0, "finish_reason": reason });
        value!({ "id": "c", "object": "text_completion", "choices": [choice], "usage": usage })
    };
    let whole = json(200, chunk("hi", "stop".into(), usage.clone()));
    let pieces = sse([chunk("h", Value::Null, Value::Null), chunk("i", "stop".into(), usage)]);
    let turn = Turn::says(&["h", "i"]);
    let chat = json(200, openai::completion(&turn, 1));
    let told = told(&turn);
    let chunks = sse(openai::chunks(&turn, 1, true));
    vec![
        Case::of("completion", path, complete("base", false), whole).told(2, 1),
        Case::of("completion", path, complete("base", true), pieces).told(2, 1),
        Case::of("completion", path, complete("talk", false), chat).told(told.0, told.1),
        Case::of("completion", path, complete("talk", true), chunks).told(told.0, told.1),
    ]
}

/// What the vendor charges extra for is never sent to a chat, so no plan refuses it.
fn responses() -> Vec<Case> {
    let ask = |stream: bool| value!({ "model": "talk", "input": "Say hi", "store": true, "tools": [{ "type": "web_search" }], "stream": stream });
    let turn = Turn::says(&["h", "i"]);
    let told = told(&turn);
    let (whole, chunks) = (openai::completion(&turn, 1), openai::chunks(&turn, 1, true));
    vec![
        Case::of("chat", "/v1/responses", ask(false), json(200, whole)).told(told.0, told.1),
        Case::of("chat", "/v1/responses", ask(true), sse(chunks)).told(told.0, told.1),
    ]
}

/// The tokens of a turn, in and out.
fn told(turn: &Turn) -> (i64, i64) {
    let count = |tokens: u64| i64::try_from(tokens).unwrap();
    (count(turn.usage.input_tokens), count(turn.usage.output_tokens))
}

fn pictures() -> Vec<Case> {
    let usage = value!({ "input_tokens": 100, "output_tokens": 200, "total_tokens": 300 });
    let images = value!([{ "b64_json": "iVBORw" }, { "b64_json": "iVBORw" }]);
    let two = json(200, value!({ "created": 7, "data": images, "usage": usage }));
    let one = json(
        200,
        value!({ "created": 7, "data": [{ "url": "https://x.example/1.png" }] }),
    );
    let edit = vec![("model", "draw"), ("prompt", "a red hat"), ("n", "2")];
    let vary = vec![("model", "draw")];
    let paint = value!({ "model": "draw", "prompt": "a cat", "n": 2 });
    vec![
        Case::of("images", "/v1/images/generations", paint, two.clone())
            .told(100, 200)
            .images(2),
        Case::sent("image-edit", "/v1/images/edits", Sent::Form(edit, "image"), two)
            .told(100, 200)
            .images(2),
        Case::sent(
            "image-variation",
            "/v1/images/variations",
            Sent::Form(vary, "image"),
            one,
        )
        .images(1),
    ]
}

fn moderation() -> Case {
    let reply = value!({ "id": "modr-1", "model": "omni", "results": [{ "flagged": false, "categories": {} }] });
    let judge = value!({ "model": "judge", "input": ["x", "y"] });
    Case::of("moderation", "/v1/moderations", judge, json(200, reply))
}

// === impl Case ===

impl Case {
    fn of(operation: &'static str, path: &'static str, body: Value, reply: Reply) -> Self {
        Self::sent(operation, path, Sent::Json(body), reply)
    }

    fn sent(operation: &'static str, path: &'static str, sent: Sent, reply: Reply) -> Self {
        let shown = match &sent {
            Sent::Json(body) => body.to_string(),
            Sent::Form(fields, _) => format!("{fields:?}"),
        };
        Self {
            name: format!("{path} {shown}"),
            path,
            stream: matches!(&sent, Sent::Json(body) if body["stream"] == true),
            sent,
            reply,
            operation,
            told: None,
            images: 0,
        }
    }

    fn told(self, input: i64, output: i64) -> Self {
        let told = Some((input, output));
        Self { told, ..self }
    }

    fn images(self, images: i64) -> Self {
        Self { images, ..self }
    }

    /// Sends it, and reads the whole answer.
    pub(super) async fn ask(&self, client: &Client) -> Answer {
        match &self.sent {
            Sent::Json(body) => client.post(self.path, body.clone()).await,
            Sent::Form(fields, file) => {
                let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
                let client = client.clone().header("content-type", &media_type);
                client.post_text(self.path, &form(fields, Some(file))).await
            }
        }
    }
}
