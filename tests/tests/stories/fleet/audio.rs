//! Azure's and Mistral's words for recordings, speech and moderation.

use jackfield_tests::client::{Answer, Client};
use jackfield_tests::upstream::{Upstream, json, raw, text};
use serde_json::{Value, json as value};

use super::kept::Kept;
use crate::media::{BOUNDARY, field, form};

/// A gateway with the models `hear`, `speak`, `judge` and `draw` of one provider, whose deployment or model is `up`.
async fn scene(upstream: &Upstream, provider: &str, kinds: &[(&str, &str)]) -> Kept {
    let providers = provider.replace("ADDRESS", &upstream.address().to_string());
    let price = "tier: any, pricing: { input_per_million: 1, output_per_million: 2 }";
    let model = |(name, kind): &(&str, &str)| {
        format!("  {name}: {{ {price}, capability: {kind}, chain: [{{ provider: vendor, model: up }}] }}")
    };
    let models: Vec<String> = kinds.iter().map(model).collect();
    Kept::start(&providers, &models.join("\n"), &[]).await
}

const MISTRAL: &str = "  vendor: { adapter: mistral, base_url: \"http://ADDRESS/v1\", api_key: sk-mistral }";

async fn hear(client: Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let client = client.header("content-type", &format!("multipart/form-data; boundary={BOUNDARY}"));
    let fields = [&[("model", "hear")][..], fields].concat();
    client.post_text(path, &form(&fields, Some("file"))).await
}

#[tokio::test]
async fn azure_has_speech_and_recordings_in_both_forms_of_its_api() {
    for (settings, before, after) in [
        ("", "/openai/v1", ""),
        (
            ", settings: { api_version: 2025-04-01-preview }",
            "/openai/deployments/up",
            "?api-version=2025-04-01-preview",
        ),
    ] {
        let upstream = Upstream::start().await;
        let provider = format!(
            "  vendor: {{ adapter: azure-openai, base_url: \"http://ADDRESS\", api_key: azure-key {settings} }}"
        );
        let kinds = [("hear", "transcription"), ("speak", "speech"), ("draw", "images")];
        let kept = scene(&upstream, &provider, &kinds).await;
        let usage = value!({ "type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59 });
        for path in ["/audio/transcriptions", "/audio/translations"] {
            upstream.reply(json(200, value!({ "text": "Hello", "usage": usage })));
            let answer = hear(kept.client(), &format!("/v1{path}"), &[("language", "en")]).await;
            assert_eq!((answer.status, &answer.json()["text"]), (200, &value!("Hello")));
            let sent = upstream.next_request().await;
            assert_eq!(sent.path, format!("{before}{path}{after}"));
            assert_eq!(sent.header("api-key"), Some("azure-key"));
            let told = (field(&sent, "model"), field(&sent, "language"), field(&sent, "file"));
            assert_eq!(told, (Some("up"), Some("en"), Some("ID3 bytes")));
        }
        upstream.reply(text(200, "ID3 sound").header("content-type", "audio/mpeg"));
        let speak = value!({ "model": "speak", "input": "Hello", "voice": "alloy" });
        let answer = kept.client().post("/v1/audio/speech", speak).await;
        assert_eq!(
            (answer.text(), answer.header("content-type")),
            ("ID3 sound", Some("audio/mpeg"))
        );
        assert_eq!(
            upstream.next_request().await.path,
            format!("{before}/audio/speech{after}")
        );
        let rows = kept.rows(3).await;
        let told: Vec<_> = rows
            .iter()
            .map(|row| (&*row.operation, row.input, row.output))
            .collect();
        assert_eq!(told[..2], [("transcription", 14, 45), ("translation", 14, 45)]);
        assert_eq!((told[2].0, rows[2].estimated), ("speech", 1));
    }
}

/// Mistral's reply to a recording.
fn transcript() -> Value {
    let segment = value!({ "text": "Hello", "start": 0.5, "end": 2.25, "type": "transcription_segment" });
    value!({
        "model": "voxtral-mini-2507", "text": "Hello", "language": "en", "segments": [segment],
        "usage": { "prompt_audio_seconds": 3, "prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10 },
    })
}

#[tokio::test]
async fn mistrals_transcripts_are_openais() {
    let upstream = Upstream::start().await;
    let kept = scene(&upstream, MISTRAL, &[("hear", "transcription")]).await;
    let path = "/v1/audio/transcriptions";
    upstream.reply(json(200, transcript()));
    let fields = [
        ("prompt", "Ada"),
        ("timestamp_granularities[]", "word"),
        ("diarize", "true"),
    ];
    let answer = hear(kept.client(), path, &fields).await;
    assert_eq!(
        (answer.status, &answer.json()["text"]),
        (200, &value!("Hello")),
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("x-jackfield-dropped"), Some("prompt"));
    let sent = upstream.next_request().await;
    assert_eq!(
        (&*sent.path, sent.header("authorization")),
        (path, Some("Bearer sk-mistral"))
    );
    assert_eq!(
        (field(&sent, "model"), field(&sent, "file")),
        (Some("up"), Some("ID3 bytes"))
    );
    assert_eq!(
        (field(&sent, "timestamp_granularities"), field(&sent, "diarize")),
        (Some("word"), Some("true"))
    );
    assert_eq!(
        (field(&sent, "prompt"), field(&sent, "timestamp_granularities[]")),
        (None, None)
    );

    upstream.reply(json(200, transcript()));
    let answer = hear(kept.client(), path, &[("response_format", "verbose_json")])
        .await
        .json();
    assert_eq!(
        (&answer["duration"], &answer["segments"][0]["end"]),
        (&value!(3.0), &value!(2.25))
    );

    let events = [
        "data: {\"type\":\"transcription.language\",\"audio_language\":\"en\"}\n\n",
        "data: {\"type\":\"transcription.text.delta\",\"text\":\"Hello\"}\n\n",
        "data: {\"type\":\"transcription.done\",\"model\":\"v\",\"text\":\"Hello\",\"language\":\"en\",\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":6,\"total_tokens\":10}}\n\n",
    ];
    upstream.reply(raw(events));
    let answer = hear(kept.client(), path, &[("stream", "true")]).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert!(answer.text().contains("\"transcript.text.delta\"") && answer.text().contains("\"transcript.text.done\""));
    for row in kept.rows(3).await {
        assert_eq!(
            (row.input, row.output, row.estimated, row.credits),
            (4, 6, 0, 16),
            "{row:?}"
        );
    }
}

#[tokio::test]
async fn a_transcript_that_breaks_off_is_a_failure_and_one_in_another_format_is_not_asked_for() {
    let upstream = Upstream::start().await;
    let kept = scene(&upstream, MISTRAL, &[("hear", "transcription")]).await;
    let path = "/v1/audio/transcriptions";
    upstream.reply(raw([
        "data: {\"type\":\"transcription.text.delta\",\"text\":\"Hel\"}\n\n",
    ]));
    let answer = hear(kept.client(), path, &[("stream", "true")]).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    let answer = hear(kept.client(), path, &[("response_format", "srt")]).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("response_format: "), "{}", answer.text());
    assert_eq!(upstream.requests().len(), 1);
}

#[tokio::test]
async fn mistrals_judgements_say_what_is_flagged() {
    let upstream = Upstream::start().await;
    let kept = scene(&upstream, MISTRAL, &[("judge", "moderation")]).await;
    let result = |pii: bool| value!({ "categories": { "pii": pii, "health": false }, "category_scores": { "pii": 0.5, "health": 0.0 } });
    let usage = value!({ "prompt_tokens": 12, "completion_tokens": 0, "total_tokens": 12 });
    upstream.reply(json(
        200,
        value!({ "id": "mod-1", "model": "m", "results": [result(true), result(false)], "usage": usage }),
    ));
    let question = value!({ "model": "judge", "input": ["a", "b"] });
    let answer = kept.client().post("/v1/moderations", question).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let results = &answer.json()["results"];
    assert_eq!(
        (&results[0]["flagged"], &results[1]["flagged"]),
        (&value!(true), &value!(false))
    );
    assert_eq!(results[0]["category_scores"]["pii"], 0.5);
    let sent = upstream.next_request().await;
    assert_eq!(
        (&*sent.path, sent.json()),
        ("/v1/moderations", value!({ "model": "up", "input": ["a", "b"] }))
    );
    let row = kept.row().await;
    assert_eq!(
        (&*row.operation, row.input, row.output, row.credits),
        ("moderation", 12, 0, 12)
    );
}
