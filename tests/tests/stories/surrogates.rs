//! Half of a character, as JSON may hold it (RFC 8259, section 8.2): joined with its other half, and passed on as it came
//! where nothing is translated. Where it has no other half, it is replaced by U+FFFD, or left out at the end of a piece.
//! Never an error.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Upstream, json, raw};
use serde_json::Value;

/// A gateway with a model for each adapter, over one upstream.
struct Halves {
    gateway: Gateway,
    upstream: Upstream,
}

/// What an upstream of an adapter sends: a whole reply, and a stream; with a place for the text, and for its two halves.
struct Vendor {
    adapter: &'static str,
    whole: &'static str,
    stream: &'static [&'static str],
}

const VENDORS: [Vendor; 5] = [
    Vendor {
        adapter: "openai",
        whole: r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"TEXT"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#,
        stream: &[
            r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"FIRST"},"finish_reason":null}]}"#,
            r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"SECOND"},"finish_reason":null}]}"#,
            r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            "data: [DONE]",
        ],
    },
    Vendor {
        adapter: "anthropic",
        whole: r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"TEXT"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}"#,
        stream: &[
            r#"data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}"#,
            r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"FIRST"}}"#,
            r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"SECOND"}}"#,
            r#"data: {"type":"content_block_stop","index":0}"#,
            r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}"#,
            r#"data: {"type":"message_stop"}"#,
        ],
    },
    Vendor {
        adapter: "gemini",
        whole: r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"TEXT"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}"#,
        stream: &[
            r#"data: {"candidates":[{"content":{"role":"model","parts":[{"text":"FIRST"}]},"index":0}]}"#,
            r#"data: {"candidates":[{"content":{"role":"model","parts":[{"text":"SECOND"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}"#,
        ],
    },
    Vendor {
        adapter: "mistral",
        whole: r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"TEXT"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#,
        stream: &[
            r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"FIRST"},"finish_reason":null}]}"#,
            r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"SECOND"},"finish_reason":"stop"}]}"#,
            "data: [DONE]",
        ],
    },
    Vendor {
        adapter: "cohere",
        whole: r#"{"id":"c","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"TEXT"}]},"usage":{"tokens":{"input_tokens":1,"output_tokens":1}}}"#,
        stream: &[
            r#"data: {"type":"message-start","id":"c","delta":{"message":{"role":"assistant","content":[]}}}"#,
            r#"data: {"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"#,
            r#"data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"FIRST"}}}}"#,
            r#"data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"SECOND"}}}}"#,
            r#"data: {"type":"content-end","index":0}"#,
            r#"data: {"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":1,"output_tokens":1}}}}"#,
        ],
    },
];

/// The halves of an emoji, and the text with it.
const FIRST: &str = r"hi \ud83d";
const SECOND: &str = r"\ude00!";

const CHAT: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";

// === impl Halves ===

impl Halves {
    async fn start() -> Self {
        let upstream = Upstream::start().await;
        let (mut providers, mut models) = (String::new(), String::new());
        for Vendor { adapter, .. } in VENDORS {
            let base = upstream.base_url();
            let provider = format!("{{ adapter: {adapter}, base_url: \"{base}\", api_key: k }}");
            providers.extend(["  ", adapter, ": ", &provider, "\n"]);
            let model = format!("{{ {FREE}, chain: [{{ provider: {adapter}, model: m }}] }}");
            models.extend(["  ", adapter, ": ", &model, "\n"]);
        }
        let config =
            format!("server: {{ auth: off }}\nrouting: {{ retry_count: 0 }}\nproviders:\n{providers}models:\n{models}");
        let gateway = Gateway::start(&config).await;
        Self { gateway, upstream }
    }

    /// The answer to a prompt that is this JSON text, without quotes.
    async fn ask(&self, path: &str, model: &str, prompt: &str, stream: bool) -> (u16, String) {
        let body = format!(
            r#"{{"model":"{model}","max_tokens":8,"stream":{stream},"messages":[{{"role":"user","content":"{prompt}"}}]}}"#
        );
        let client = self.gateway.client().header("anthropic-version", "2023-06-01");
        let answer = client.post_text(path, &body).await;
        (answer.status, answer.text().to_owned())
    }
}

fn whole(vendor: &Vendor, text: &str) -> Reply {
    json(200, vendor.whole.replace("TEXT", text))
}

fn stream(vendor: &Vendor, first: &str, second: &str) -> Reply {
    let events = vendor.stream.iter().map(|event| {
        let event = event.replace("FIRST", first).replace("SECOND", second);
        // The name of an event is the type of what it holds.
        let kind = event
            .strip_prefix("data: {\"type\":\"")
            .and_then(|rest| rest.split('"').next());
        let name = kind.map(|kind| format!("event: {kind}\n")).unwrap_or_default();
        format!("{name}{event}\n\n")
    });
    raw(events.collect::<Vec<_>>())
}

/// The text of an answer in either dialect, buffered or streamed. The pieces of a stream are joined as a client does that
/// knows only UTF-16.
fn said(answer: &str) -> String {
    let events = answer.lines().filter_map(|line| line.strip_prefix("data: "));
    let texts: Vec<&str> = if answer.starts_with('{') {
        vec![answer]
    } else {
        events.collect()
    };
    let escaped: String = texts.into_iter().map(text).collect();
    let whole = format!("\"{escaped}\"");
    serde_json::from_str(&whole).unwrap_or(whole)
}

/// The JSON text of the one text in an object.
fn text(object: &str) -> String {
    let find = |key: &str| {
        let start = object.find(&format!("\"{key}\":\""))? + key.len() + 4;
        let length = object[start..].find('"')?;
        Some(object[start..start + length].to_owned())
    };
    find("content").or_else(|| find("text")).unwrap_or_default()
}

#[tokio::test]
async fn a_reply_cut_within_a_character_is_whole_or_has_a_replacement() {
    let scene = Halves::start().await;
    for vendor in &VENDORS {
        for path in [CHAT, MESSAGES] {
            let model = vendor.adapter;
            scene.upstream.reply(whole(vendor, FIRST));
            let (status, answer) = scene.ask(path, model, "hello", false).await;
            assert_eq!(status, 200, "{model} {path}: {answer}");
            let is_own = matches!((model, path), ("openai", CHAT) | ("anthropic", MESSAGES));
            let expected = if is_own { "\"hi \\ud83d\"" } else { "hi \u{fffd}" };
            assert_eq!(said(&answer), expected, "{model} {path}: {answer}");
            scene.upstream.reply(whole(vendor, &format!("{FIRST}{SECOND}")));
            let (_, answer) = scene.ask(path, model, "hello", false).await;
            assert_eq!(said(&answer), "hi \u{1F600}!", "{model} {path}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_stream_cut_within_a_character_is_whole() {
    let scene = Halves::start().await;
    for vendor in &VENDORS {
        for path in [CHAT, MESSAGES] {
            let model = vendor.adapter;
            scene.upstream.reply(stream(vendor, FIRST, SECOND));
            let (status, answer) = scene.ask(path, model, "hello", true).await;
            let finished = answer.contains("[DONE]") || answer.contains("message_stop");
            assert!(
                status == 200 && finished && !answer.contains("\"error\""),
                "{model} {path}: {answer}"
            );
            assert_eq!(said(&answer), "hi \u{1F600}!", "{model} {path}");
            scene.upstream.reply(stream(vendor, FIRST, "!"));
            let (status, answer) = scene.ask(path, model, "hello", true).await;
            assert!(
                status == 200 && !answer.contains("\"error\""),
                "{model} {path}: {answer}"
            );
        }
    }
}

#[tokio::test]
async fn a_prompt_cut_within_a_character_reaches_the_upstream() {
    let scene = Halves::start().await;
    for vendor in &VENDORS {
        for path in [CHAT, MESSAGES] {
            let model = vendor.adapter;
            scene.upstream.reply(whole(vendor, "fine"));
            let (status, answer) = scene.ask(path, model, FIRST, false).await;
            assert_eq!(status, 200, "{model} {path}: {answer}");
            let sent = scene.upstream.next_request().await;
            let sent = String::from_utf8(sent.body.to_vec()).unwrap();
            let is_own = matches!((model, path), ("openai", CHAT) | ("anthropic", MESSAGES));
            if is_own {
                assert!(sent.contains(FIRST), "{model} {path}: {sent}");
            } else {
                let read: Value = serde_json::from_str(&sent.replace(FIRST, "hi \u{fffd}")).unwrap();
                assert!(read.to_string().contains("hi \u{fffd}"), "{model} {path}: {sent}");
            }
        }
    }
}
