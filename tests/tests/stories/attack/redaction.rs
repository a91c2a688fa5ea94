//! An upstream repeats what it was sent, in every encoding that it has seen or can make: nobody gets to read it.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Request, Upstream, json, sse_typed, text};
use serde_json::{Value, json as value};

use crate::scene::{ask, begins, refuses};

/// What a provider is given, and the pieces of which nothing may be seen.
struct Case {
    members: &'static str,
    pieces: &'static [&'static str],
}

/// Their encodings are written out, so that nothing here is computed as the gateway computes it.
const CASES: [Case; 4] = [
    Case {
        members: r#"api_key: "robot:pa55 w&rd/+", auth: { scheme: basic }"#,
        pieces: &[
            "pa55 w&rd/+",
            "cm9ib3Q6cGE1NSB3JnJkLys",
            "cGE1NSB3JnJkLys",
            "pa55%20w%26rd%2F%2B",
            "pa55%20w%26rd%2f%2b",
            "pa55+w%26rd%2F%2B",
            "pa55 w\\u0026rd/+",
            "pa55 w&amp;rd/+",
        ],
    },
    Case {
        members: r#"api_key: "k&y=7/8+9 10", auth: { scheme: query, name: code }"#,
        pieces: &[
            "k&y=7/8+9 10",
            "k%26y%3D7%2F8%2B9%2010",
            "k%26y%3d7%2f8%2b9%2010",
            "k%2526y%253D7%252F8%252B9%252010",
            "ayZ5PTcvOCs5IDEw",
            "k\\u0026y=7\\/8+9 10",
        ],
    },
    Case {
        members: "api_key: k7q9",
        pieces: &["k7q9", "Bearerk7q9", "azdxOQ"],
    },
    Case {
        members: r#"headers: { x-secret: "s3cr", x-tenant: "tenant-4711" }"#,
        pieces: &["s3cr", "tenant-4711", "dGVuYW50LTQ3MTE"],
    },
];

/// A gateway with one provider for each dialect, and one that tells what its plugin sees.
async fn gateway(url: &str, members: &str) -> Gateway {
    let config = format!(
        r#"
server: {{ auth: off, expose_attempts: true }}
routing: {{ retry_count: 0, breaker: {{ failures: 1000 }} }}
providers:
  openai: {{ adapter: openai, base_url: "{url}", {members} }}
  anthropic: {{ adapter: anthropic, base_url: "{url}", {members} }}
  hostile: {{ adapter: hostile, base_url: "{url}", {members} }}
models:
  openai: {{ {FREE}, chain: [{{ provider: openai, model: m }}] }}
  anthropic: {{ {FREE}, chain: [{{ provider: anthropic, model: m }}] }}
  tells: {{ {FREE}, chain: [{{ provider: hostile, model: tells }}] }}
"#
    );
    Gateway::start(&config).await
}

/// Ways to repeat a text.
fn replies(said: &str) -> Vec<Reply> {
    let error = value!({ "error": { "message": said, "type": "invalid_request_error", "code": said, "param": said } });
    let typed = value!({ "type": "error", "error": { "type": "invalid_request_error", "message": said } });
    let printable = said.replace(|c: char| !(' '..='~').contains(&c), "");
    vec![
        refuses(400, said),
        json(400, &error),
        json(400, &typed),
        json(401, &error),
        text(400, said),
        text(500, said),
        text(200, said),
        json(200, &error),
        json(429, &error).header("x-request", &printable),
        json(200, "{}").header("x-request", &printable),
        begins(&["half"]).write(format!("data: {error}\n\n")),
        sse_typed([&typed]),
    ]
}

/// Everything that a client can see.
async fn seen(client: &Client, model: &str) -> String {
    let answer = client.chat(ask(model)).await;
    let stream = client.stream(ask(model)).await.collect().await;
    let native = client.post("/v1/messages", native(model)).await;
    format!("{:?}{}{stream:?}{}", answer.headers, answer.text(), native.text())
}

fn native(model: &str) -> Value {
    value!({ "model": model, "max_tokens": 9, "messages": [{ "role": "user", "content": "hello" }] })
}

#[track_caller]
fn assert_holds_none(pieces: &[&str], text: &str) {
    for piece in pieces {
        assert!(!text.contains(piece), "{piece} in {text}");
    }
}

#[tokio::test]
async fn no_encoding_of_a_credential_is_shown_or_logged() {
    for Case { members, pieces } in CASES {
        let upstream = Upstream::start().await;
        let gateway = gateway(&upstream.base_url(), members).await;
        let client = gateway.client().header("anthropic-version", "2023-06-01");
        for piece in pieces {
            for reply in replies(&format!("you sent {piece} there")) {
                upstream.always(reply);
                for model in ["openai", "anthropic", "tells"] {
                    assert_holds_none(pieces, &seen(&client, model).await);
                }
            }
        }
        assert_holds_none(pieces, client.get("/admin/snapshot").await.text());
        let logs = gateway.logs();
        assert!(logs.contains("told: "), "the log was captured");
        assert_holds_none(pieces, &logs);
    }
}

#[tokio::test]
async fn what_was_really_sent_is_what_is_redacted() {
    for Case { members, .. } in CASES {
        let upstream = Upstream::start().await;
        let gateway = gateway(&upstream.base_url(), members).await;
        upstream.always(refuses(400, "first"));
        gateway.client().chat(ask("openai")).await;
        let sent = sent(&upstream.next_request().await);
        for part in &sent {
            upstream.always(refuses(400, &format!("you sent <{part}>")));
            let answer = gateway.client().chat(ask("openai")).await;
            assert!(!answer.text().contains(part), "{part} in {}", answer.text());
            assert!(answer.text().contains("you sent <"), "{}", answer.text());
        }
        assert!(!sent.is_empty());
    }
}

/// The credentials in a request, as they are on the wire.
fn sent(request: &Request) -> Vec<String> {
    let names = ["authorization", "x-secret", "x-tenant"];
    let headers = names.into_iter().filter_map(|name| request.header(name));
    let query = request.path.split_once("code=").map(|(_, code)| code);
    let bare = |value: &str| value.rsplit(' ').next().unwrap_or_default().to_owned();
    headers.chain(query).map(bare).collect()
}
