//! Tests of what lands in a file, and what must not.

use jackfield_gateway::framing::Framing;

use super::*;
use crate::recording::cut;

/// What nobody else may learn.
const SECRETS: [&str; 6] = [
    "sk-live-123456789",
    "acme-corp",
    "c00kie-value",
    "AIzaSyKey+/1",
    "user-77",
    "org-abcdef123456",
];

/// An exchange in which the upstream repeats everything it was sent.
fn seen(content_type: &str, status: u16, body: impl Into<Bytes>) -> Seen {
    let headers = |pairs: &[(&'static str, &str)]| {
        let pair = |(name, value): &(&'static str, &str)| (name.parse().unwrap(), value.parse().unwrap());
        pairs.iter().map(pair).collect::<HeaderMap>()
    };
    Seen {
        method: Method::POST,
        path: "/talk?key=AIzaSyKey%2B%2F1&alt=sse".to_owned(),
        request_headers: headers(&[
            ("authorization", "Bearer sk-live-123456789"),
            ("openai-organization", "acme-corp"),
            ("cookie", "a=c00kie-value; b=1"),
            ("accept", "text/event-stream"),
        ]),
        request_body: r#"{"model":"m","account_id":"user-77"}"#.into(),
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers(&[
            ("content-type", content_type),
            ("retry-after", "7"),
            ("set-cookie", "session=c00kie-value; path=/"),
            ("x-organization", "acme-corp"),
        ]),
        body: body.into(),
    }
}

/// All files of the case as one text.
fn written(seen: &Seen) -> (Recorded, String) {
    let recorded = record(seen).unwrap();
    let texts = recorded
        .files
        .iter()
        .map(|(_, content)| String::from_utf8_lossy(content).into_owned());
    let text = texts.collect();
    (recorded, text)
}

#[test]
fn nothing_of_who_asked_lands_in_a_file_whatever_the_upstream_repeats() {
    let repeated = SECRETS.join(" ") + " AIzaSyKey%2B%2F1";
    let bodies = [
        (
            "application/json",
            200,
            format!(r#"{{"text":"{repeated}","project":"user-77"}}"#),
        ),
        (
            "application/json",
            401,
            format!(r#"{{"error":{{"message":"Incorrect key: {repeated}"}}}}"#),
        ),
        ("text/html", 502, format!("<p>{repeated}</p>")),
        ("text/event-stream", 200, format!("data: \"{repeated}\"\n\n")),
        ("application/x-ndjson", 200, format!("\"{repeated}\"\n")),
        ("application/json", 200, format!("[{{\"a\":\"{repeated}\"}}]")),
    ];
    for (content_type, status, body) in bodies {
        // Only what the exchange itself tells to be secret can be known: a name in the body alone is not.
        let body = body.replace("user-77", "");
        let (recorded, text) = written(&seen(content_type, status, body));
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} in {recorded:?}: {text}");
        }
        assert!(!text.contains("AIzaSyKey%2B%2F1"), "{text}");
        assert!(!text.to_lowercase().contains("cookie"), "{text}");
    }
}

#[test]
fn a_password_is_hidden_alone_and_in_base64() {
    let mut seen = seen("text/html", 500, "");
    // `ada-lovelace:pass-word-1`
    let basic = "Basic YWRhLWxvdmVsYWNlOnBhc3Mtd29yZC0x";
    seen.request_headers.insert("authorization", basic.parse().unwrap());
    seen.body = format!("{basic} ada-lovelace pass-word-1 cGFzcy13b3JkLTE=").into();
    let (_, text) = written(&seen);
    for secret in ["YWRhLWxv", "ada-lovelace", "pass-word-1", "cGFzcy13b3JkLTE"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn a_reply_in_one_piece_is_a_case_with_what_was_sent() {
    let (recorded, text) = written(&seen("application/json", 200, r#"{"text":"Hello", "scores": [1.50]}"#));
    assert_eq!(recorded.folder, "response");
    let case = Case::parse(&text).unwrap();
    assert_eq!(case.model.as_deref(), Some("m"));
    let sent = case.sent.unwrap();
    assert_eq!(
        (&*sent.method, sent.path.as_deref()),
        ("POST", Some("/talk?key=redacted&alt=sse"))
    );
    let reply = case.reply.unwrap();
    assert_eq!(reply.body.text(), r#"{"text":"Hello","scores":[1.50]}"#);
    let names: Vec<&str> = reply.headers.keys().map(String::as_str).collect();
    assert_eq!(names, ["content-type", "retry-after"]);
}

#[test]
fn each_framing_has_its_folder_and_its_files() {
    let extensions = |content_type: &str, body: &str| {
        let recorded = record(&seen(content_type, 200, body.to_owned())).unwrap();
        assert_eq!(recorded.folder, "stream");
        recorded
            .files
            .into_iter()
            .map(|(extension, _)| extension)
            .collect::<Vec<_>>()
    };
    assert_eq!(extensions("text/event-stream; charset=utf-8", "data: 1\n\n"), ["sse"]);
    assert_eq!(extensions("application/x-ndjson", "1\n"), ["json", "ndjson"]);
    assert_eq!(extensions("application/json", " [{}]"), ["json", "json-array"]);
    assert_eq!(
        extensions("application/vnd.amazon.eventstream", ""),
        ["json", "aws-event-stream"]
    );
    assert_eq!(record(&seen("application/json", 529, "{}")).unwrap().folder, "error");
    assert_eq!(record(&seen("application/json", 302, "")), None);
}

#[test]
fn a_binary_stream_without_its_secrets_is_still_one() {
    let payload = br#"{"echo":"sk-live-123456789"}"#;
    let length = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
    let prelude = [length(16 + payload.len()), length(0)].concat();
    let head = [&prelude[..], &crc32fast::hash(&prelude).to_be_bytes()].concat();
    let body = [&head[..], payload].concat();
    let message = [&body[..], &crc32fast::hash(&body).to_be_bytes()].concat();
    let recorded = record(&seen("application/vnd.amazon.eventstream", 200, message)).unwrap();
    let (_, stream) = &recorded.files[1];
    let events = cut(&stream.clone().into(), Framing::AwsEventStream).unwrap();
    assert_eq!(events[0].data, r#"{"echo":"xxxxxxxxxxxxxxxxx"}"#);
}

#[test]
fn no_case_overwrites_another() {
    let folder = tempfile::tempdir().unwrap();
    let recorded = record(&seen("application/json", 200, "{}")).unwrap();
    let write = || recorded.write(folder.path(), "hello").unwrap();
    assert_eq!([write(), write()], ["response/hello.json", "response/hello_2.json"]);
}
