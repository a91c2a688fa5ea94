//! Whatever an upstream does, no error shows its credential, its address or its own words.

use jackfield_tests::client::Client;
use jackfield_tests::upstream::{Reply, json, raw, redirect, status, text};
use serde_json::json as value;

use super::rows;
use super::scene::{Api, UPSTREAM_KEY};

/// Words that only the upstream says.
const INNER: &str = "inner-words-4a7d";

/// Ways to fail that are the upstream's own fault, each of which says all that it must not.
fn failures(address: &str) -> Vec<Reply> {
    let said = format!("{INNER} {UPSTREAM_KEY} http://{address}/v1");
    let error = value!({ "error": { "message": said, "type": said, "code": said } });
    let typed = value!({ "type": "error", "error": { "type": "api_error", "message": said } });
    let mut replies: Vec<Reply> = [401, 402, 403, 404, 408, 418, 429, 500, 502, 503, 529]
        .into_iter()
        .flat_map(|code| {
            [
                text(code, &said)
                    .header("x-debug", &said)
                    .header("www-authenticate", &said),
                json(code, &error).header("set-cookie", &said),
                json(code, &typed),
            ]
        })
        .collect();
    replies.extend([
        text(200, &said),
        json(200, format!("{{\"{said}")),
        json(200, &error),
        json(200, &typed),
        json(200, "7").header("server", &said),
        raw([format!("data: {error}\n\n")]),
        raw([format!("event: error\ndata: {typed}\n\n")]),
        raw([format!("data: {said}\n\n")]),
        redirect(307, &format!("http://{address}/{INNER}?key={UPSTREAM_KEY}")),
        status(204).header("location", &said),
        text(200, &said).cut_after(9),
    ]);
    replies
}

/// Everything that a client sees of what the upstream made of its request.
async fn seen(api: &Api, client: &Client, row: &rows::Row) -> String {
    let answer = row.ask(client).await;
    let asked = api.upstream.next_request().await;
    assert_eq!(asked.method, "POST");
    format!("{} {:?} {}", answer.status, answer.headers, answer.text())
}

async fn assert_keeps(server: &str, version: bool) {
    let api = Api::with(server, "").await;
    let address = api.upstream.address().to_string();
    let client = if version {
        api.ada().header("anthropic-version", "2023-06-01")
    } else {
        api.ada()
    };
    for row in rows::inference() {
        for reply in failures(&address) {
            api.upstream.reply(reply.clone());
            let seen = seen(&api, &client, &row).await;
            // A count that nobody gives is estimated, so that one does not fail.
            let failed = !seen.starts_with("200") || seen.contains("\"error\"");
            assert!(failed || row.path.ends_with("count_tokens"), "{reply:?}: {seen}");
            for secret in [INNER, UPSTREAM_KEY, &address] {
                assert!(!seen.contains(secret), "{} to {reply:?}: {seen}", row.name());
            }
        }
    }
    assert_eq!(api.upstream.replies_left(), 0);
}

#[tokio::test]
async fn no_error_in_text_shows_what_an_upstream_said() {
    assert_keeps("", false).await;
}

#[tokio::test]
async fn no_error_in_json_or_in_anthropics_form_does() {
    assert_keeps("error_format: json", true).await;
}

#[tokio::test]
async fn a_fault_of_the_client_is_told_without_the_credential() {
    let api = Api::start().await;
    for row in rows::inference() {
        let said = format!("{INNER} {UPSTREAM_KEY}");
        let error = value!({ "message": said, "type": "invalid_request_error" });
        api.upstream
            .reply(json(400, value!({ "type": "error", "error": error })));
        let seen = seen(&api, &api.ada(), &row).await;
        assert!(seen.starts_with("400") && seen.contains(INNER), "{seen}");
        assert!(!seen.contains(UPSTREAM_KEY), "{seen}");
    }
}
