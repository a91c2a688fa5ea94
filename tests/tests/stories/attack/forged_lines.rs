//! Whatever clients, upstreams and plugins say, a line of the log is one line, and a message is short.

use jackfield_tests::gateway::{FREE, Process};
use jackfield_tests::upstream::Upstream;

use crate::scene::{ask, refuses};

/// What would look like a line of its own, in another colour, and the other way around.
const FORGED: &str =
    "x\n2026-01-01T00:00:00Z  INFO jackfield::request: ok user=\"eve\"\r\u{1b}[31m\u{2028}\u{2029}\u{85}\u{202e}";

/// The identifier of the last request of [`forge`].
const LAST: &str = "the-last-of-them";

/// The same as it may be logged.
const ESCAPED: &str = "x\\n2026-01-01T00:00:00Z  INFO jackfield::request: ok user=";

fn config(upstream: &Upstream, log: &str) -> String {
    let url = upstream.base_url();
    format!(
        r#"
log: {{ {log} }}
routing: {{ retry_count: 0 }}
providers:
  p: {{ adapter: openai, base_url: "{url}" }}
  h: {{ adapter: hostile, base_url: "{url}" }}
models:
  m: {{ {FREE}, chain: [{{ provider: p, model: m }}] }}
  "any/*": {{ {FREE}, chain: [{{ provider: p, model: "*" }}] }}
  forger: {{ {FREE}, chain: [{{ provider: h, model: log-forgery }}] }}
"#
    )
}

/// Has every stranger say it: a client in names, paths and headers, an upstream in an error, a plugin in its own lines.
async fn forge(gateway: &Process, upstream: &Upstream) {
    let client = gateway.client();
    for model in [FORGED.to_owned(), format!("any/{FORGED}"), "y".repeat(1 << 20)] {
        assert_eq!(client.chat(ask(&model)).await.status, 400);
    }
    for status in [400, 500] {
        upstream.reply(refuses(status, FORGED));
        client.chat(ask("m")).await;
        upstream.reply(refuses(status, &"z".repeat(100_000)));
        client.chat(ask("m")).await;
    }
    assert_eq!(client.chat(ask("forger")).await.status, 200);
    let marked = client.clone().header("x-request-id", LAST);
    marked.chat(ask("nothing")).await;
}

#[tokio::test]
async fn nobody_forges_a_line_for_people() {
    let upstream = Upstream::start().await;
    let gateway = Process::start(&config(&upstream, "format: human, level: debug")).await;
    forge(&gateway, &upstream).await;
    let log = gateway.logged(LAST).await;
    // A client, an upstream twice, and a plugin.
    assert!(log.matches(ESCAPED).count() >= 4, "{log}");
    for line in log.lines() {
        let begins = line.get(..5).is_some_and(|year| year.ends_with('-'));
        assert!(
            begins && !line.contains("Z  INFO jackfield::request: ok user=\"eve\"\r"),
            "{line}"
        );
        assert!(!line.starts_with("2026-01-01T00:00:00Z"), "{line}");
        assert!(line.len() < 20_000, "a line of {} bytes", line.len());
        assert!(!line.contains(jackfield_config::escaped::is_unsafe), "{line:?}");
    }
}

#[tokio::test]
async fn a_line_for_programs_is_one_short_object() {
    let upstream = Upstream::start().await;
    let gateway = Process::start(&config(&upstream, "format: json")).await;
    forge(&gateway, &upstream).await;
    for line in gateway.logged(LAST).await.lines() {
        assert!(line.len() < 20_000, "a line of {} bytes", line.len());
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(object["timestamp"].is_string(), "{line}");
    }
}

#[tokio::test]
async fn an_error_repeats_no_more_than_the_beginning_of_a_name() {
    let gateway = Process::start(&config(&Upstream::start().await, "level: info")).await;
    let client = gateway.client();
    let huge = "y".repeat(1 << 20);
    for path in [
        "/v1/chat/completions",
        "/v1/messages",
        "/v1/embeddings",
        "/v1/rerank",
        "/v1/images/generations",
    ] {
        let mut question = ask(&huge);
        for (name, value) in [("input", "a"), ("query", "a"), ("prompt", "a")] {
            question[name] = value.into();
        }
        question["documents"] = serde_json::json!(["a"]);
        question["max_tokens"] = 1.into();
        for client in [client.clone(), client.clone().header("anthropic-version", "2023-06-01")] {
            let answer = client.post(path, question.clone()).await;
            assert!([400, 404].contains(&answer.status), "{path}: {}", answer.status);
            assert!(answer.text().len() < 3000, "{path}: {} bytes", answer.text().len());
        }
    }
    for path in [
        format!("/v1/{}", &huge[..50_000]),
        format!("/v1/models/{}", &huge[..50_000]),
    ] {
        let answer = client.get(&path).await;
        assert_eq!(answer.status, 404);
        assert!(answer.text().len() < 3000, "{} bytes", answer.text().len());
    }
}
