//! Requests that are signed with an access key: the upstream computes the signature itself.

use std::fmt::Write as _;

use hmac::{Hmac, Mac};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Request, Upstream};
use sha2::{Digest, Sha256};

use crate::scene::{ask, refuses, says};

pub(crate) const ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const SESSION: &str = "session-6e86291e8372ff2a";

/// A gateway whose one provider signs for `bedrock`, with these further members of its `auth`.
async fn gateway(upstream: &Upstream, members: &str) -> Gateway {
    let url = upstream.base_url();
    let config = format!(
        r#"
server: {{ auth: off, expose_attempts: true }}
routing: {{ retry_count: 0 }}
providers:
  signed:
    adapter: openai
    base_url: "{url}"
    headers: {{ x-team: "a  b" }}
    auth:
      scheme: aws-sigv4
      region: eu-central-1
      service: bedrock
      access_key_id: "${{env:ID}}"
      secret_access_key: "${{env:SECRET}}"
      {members}
models:
  solo: {{ {FREE}, chain: [{{ provider: signed, model: first-model }}] }}
"#
    );
    Gateway::start_with(&config, &[("ID", ID), ("SECRET", SECRET), ("SESSION", SESSION)]).await
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text);
    mac.finalize().into_bytes().to_vec()
}

/// The path as it is signed: with each sign that is not unreserved escaped once more, as all services but S3 want it.
fn canonical_path(path: &str) -> String {
    path.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// The `authorization` that this request must have, by the headers that it says are signed.
pub(crate) fn expected(request: &Request) -> String {
    let sent = request.header("authorization").unwrap();
    let names = sent.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
    let mut canonical = format!("{}\n{}\n\n", request.method, canonical_path(&request.path));
    for name in names.split(';') {
        let value = request.header(name).unwrap();
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(canonical, "{name}:{value}");
    }
    let _ = write!(canonical, "\n{names}\n{}", hex(&Sha256::digest(&request.body)));
    let time = request.header("x-amz-date").unwrap();
    let scope = format!("{}/eu-central-1/bedrock/aws4_request", &time[..8]);
    let hashed = hex(&Sha256::digest(&canonical));
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hashed}");
    let day = hmac(format!("AWS4{SECRET}").as_bytes(), &time[..8]);
    let key = hmac(&hmac(&hmac(&day, "eu-central-1"), "bedrock"), "aws4_request");
    let signature = hex(&hmac(&key, &to_sign));
    format!("AWS4-HMAC-SHA256 Credential={ID}/{scope}, SignedHeaders={names}, Signature={signature}")
}

#[tokio::test]
async fn a_signature_covers_the_final_body_and_headers() {
    let upstream = Upstream::start().await;
    upstream.reply(says("hi"));
    let gateway = gateway(&upstream, "").await;
    assert_eq!(gateway.client().chat(ask("solo")).await.content(), "hi");
    let request = upstream.next_request().await;
    assert_eq!(request.json()["model"], "first-model");
    assert_eq!(request.header("authorization"), Some(expected(&request).as_str()));
    let sent = request.header("authorization").unwrap();
    let names = "accept-encoding;content-type;host;x-amz-date;x-team";
    assert!(sent.contains(&format!("SignedHeaders={names},")), "{sent}");
    assert!(!format!("{request:?}").contains(SECRET));
}

#[tokio::test]
async fn a_session_token_is_sent_and_signed() {
    let upstream = Upstream::start().await;
    upstream.reply(says("hi"));
    let gateway = gateway(&upstream, "session_token: \"${env:SESSION}\"").await;
    gateway.client().chat(ask("solo")).await;
    let request = upstream.next_request().await;
    assert_eq!(request.header("x-amz-security-token"), Some(SESSION));
    assert_eq!(request.header("authorization"), Some(expected(&request).as_str()));
    assert!(expected(&request).contains("x-amz-security-token"));
}

#[tokio::test]
async fn a_refusal_names_a_wrong_clock_and_shows_no_secret() {
    let upstream = Upstream::start().await;
    let repeats = format!("Signature expired: {ID} {SECRET} {SESSION}");
    upstream.reply(refuses(403, &repeats).header("date", "Sun, 30 Aug 2015 12:36:00 GMT"));
    let gateway = gateway(&upstream, "session_token: \"${env:SESSION}\"").await;
    let answer = gateway.client().chat(ask("solo")).await;
    assert_eq!(answer.status, 502);
    let logs = gateway.logs();
    assert!(logs.contains("ahead of theirs; set it right"), "{logs}");
    for text in [answer.text(), logs.as_str()] {
        assert!(!text.contains(SECRET) && !text.contains(SESSION) && !text.contains(ID));
    }
}
