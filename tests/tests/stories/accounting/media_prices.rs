//! What has no tokens is paid by the character, the second, the image and the search; and no more images than came.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::{Upstream, json, text};
use serde_json::json as value;

use super::books::{Row, rows_when};
use super::{SQLITE, config, sqlite, user};

/// Models that are paid by something else than tokens.
const MODELS: &str = r"
  speak: { tier: any, capability: speech, chain: [{ provider: upstream, model: tts-1 }] }
  hear: { tier: any, capability: transcription, chain: [{ provider: upstream, model: whisper-1 }] }
  listen: { tier: any, capability: transcription, pricing: { input_per_million: 6, output_per_million: 10 }, chain: [{ provider: upstream, model: m }] }
  rank: { tier: any, capability: rerank, pricing: { input_per_million: 0, output_per_million: 0, per_search: 0.002 }, chain: [{ provider: upstream, model: m }] }
  draw:
    passes: [quality]
    tier: any
    capability: images
    pricing: { input_per_million: 0, output_per_million: 0, per_image: 0.02, images: { 512x512: 0.018, hd/512x512: 0.1 } }
    chain: [{ provider: upstream, model: m }]
";

/// A gateway over an upstream, and a client who pays.
struct Scene {
    upstream: Upstream,
    gateway: Process,
    key: String,
}

// === impl Scene ===

impl Scene {
    async fn start() -> Self {
        let upstream = Upstream::start().await;
        let config = config(&upstream, &format!("{MODELS}{SQLITE}"));
        let config = config.replace("adapter: openai,", "adapter: openai, vendor: openai,");
        let gateway = Process::start(&config).await;
        let key = user(&gateway, "ada", "pro").await;
        Self { upstream, gateway, key }
    }

    fn ada(&self) -> Client {
        self.gateway.client().with_key(&self.key)
    }

    /// Sends a recording of 64,000 bytes, and demands a transcript in this format.
    async fn hear(&self, model: &str, format: &str) {
        let field = |name: &str, text: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        let sound = "a".repeat(64_000);
        let file = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\n{sound}\r\n--x--\r\n"
        );
        let form = [field("model", model), field("response_format", format), file].concat();
        let client = self.ada().header("content-type", "multipart/form-data; boundary=x");
        let answer = client.post_text("/v1/audio/transcriptions", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// The rows, when there are so many, the cheapest first.
    async fn rows(&self, count: usize) -> Vec<Row> {
        let mut rows = rows_when(&sqlite(&self.gateway), count).await;
        rows.sort_by_key(|row| row.credits);
        rows
    }
}

#[tokio::test]
async fn what_is_spoken_is_paid_by_the_character() {
    let scene = Scene::start().await;
    let sound = text(200, "ID3").header("content-type", "audio/mpeg");
    scene.upstream.reply(sound);
    let speech = value!({ "model": "speak", "input": "Grüße, Welt", "voice": "alloy" });
    assert_eq!(scene.ada().post("/v1/audio/speech", speech).await.status, 200);
    // Eleven characters at 15 dollars a million.
    assert_eq!(scene.rows(1).await[0].credits, 165);
}

#[tokio::test]
async fn what_is_heard_is_paid_by_the_second_however_the_transcript_is_written() {
    let scene = Scene::start().await;
    let said = value!({ "text": "Hello", "usage": { "type": "duration", "seconds": 61 } });
    let cues = "1\n00:00:00,000 --> 00:01:02,000\nHello\n";
    let plain = |body: &str| text(200, body).header("content-type", "text/plain; charset=utf-8");
    scene
        .upstream
        .reply(json(200, said))
        .then(plain(cues))
        .then(plain("Hello"));
    for format in ["json", "srt", "text"] {
        scene.hear("hear", format).await;
    }
    let rows = scene.rows(3).await;
    // A second costs a hundredth of a cent. By its bytes the recording has about four.
    assert!((400..410).contains(&rows[0].credits), "{rows:?}");
    assert_eq!((rows[1].credits, rows[2].credits), (6_100, 6_200));
    let estimated: Vec<i64> = rows.iter().map(|row| row.estimated).collect();
    assert_eq!(estimated, [1, 0, 0], "a reply and subtitles tell the length");
}

#[tokio::test]
async fn a_transcript_as_text_is_paid_by_estimated_tokens_where_tokens_are_paid() {
    let scene = Scene::start().await;
    let said = text(200, &"word ".repeat(8)).header("content-type", "text/plain");
    scene.upstream.reply(said);
    scene.hear("listen", "text").await;
    let row = scene.rows(1).await.remove(0);
    // Four seconds, of ten tokens each, and what stands beside the recording; forty letters.
    let input = u64::try_from(row.input).unwrap();
    assert!((40..100).contains(&input), "{row:?}");
    assert_eq!((row.output, row.estimated), (10, 1), "{row:?}");
    assert_eq!(row.credits, 6 * row.input + 10 * row.output);
}

#[tokio::test]
async fn images_are_paid_as_they_come_and_no_more_than_were_asked_for() {
    let scene = Scene::start().await;
    let came = |count: usize| {
        json(
            200,
            value!({ "data": vec![value!({ "url": "https://i.example/1" }); count] }),
        )
    };
    scene.upstream.reply(came(2)).then(came(1)).then(came(5)).then(came(2));
    for (quality, n) in [(None, 2), (None, 4), (None, 3), (Some("hd"), 2)] {
        let draw = value!({ "model": "draw", "prompt": "a cat", "n": n, "size": "512x512", "quality": quality });
        let answer = scene.ada().post("/v1/images/generations", draw).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let credits: Vec<i64> = scene.rows(4).await.iter().map(|row| row.credits).collect();
    assert_eq!(credits, [18_000, 36_000, 54_000, 200_000]);
}

#[tokio::test]
async fn a_ranking_is_paid_by_the_searches_that_are_billed() {
    let scene = Scene::start().await;
    let ranked = |meta| {
        json(
            200,
            value!({ "results": [{ "index": 0, "relevance_score": 0.5 }], "meta": meta }),
        )
    };
    let billed = value!({ "billed_units": { "search_units": 3 } });
    scene.upstream.reply(ranked(billed)).then(ranked(value!({})));
    for documents in [1, 101] {
        let rank = value!({ "model": "rank", "query": "q", "documents": vec!["d"; documents] });
        let answer = scene.ada().post("/v1/rerank", rank).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    // The second reply does not tell: one for each hundred documents.
    let credits: Vec<i64> = scene.rows(2).await.iter().map(|row| row.credits).collect();
    assert_eq!(credits, [4_000, 6_000]);
}
