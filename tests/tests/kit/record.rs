//! `plugin record` and `plugin replay`: what an upstream said once, it says again, without the key.

use crate::desk::Desk;

const TALK: &str = r#"{"model":"talker-1","live":true}"#;

#[test]
fn what_was_recorded_is_replayed_and_no_key_lands_in_a_file() {
    let desk = Desk::new();
    // The upstream: cases that repeat the key, as some do.
    desk.write(
        "upstream/tests/golden/stream/live.sse",
        ": {\"sent\":{\"method\":\"POST\",\"path\":\"/v1/talk\",\"body\":{\"live\":true}}}\nevent: word\ndata: \"sk-live-1234567890\"\n\n",
    );
    desk.write(
        "upstream/tests/golden/error/key.json",
        r#"{"sent":{"method":"GET","path":"/v1/models"},
            "reply":{"status":401,"headers":{"set-cookie":"s=c00kie-value","x-organization":"acme-corp"},
                     "body":{"error":{"message":"key sk-live-1234567890 of acme-corp is wrong"}}}}"#,
    );
    let upstream = desk.serve("jackfield plugin replay upstream");
    let proxy = desk.serve(&format!(
        "jackfield plugin record talker --upstream {}/v1 --name hello",
        upstream.url()
    ));
    let call = |server: &str, more: &str| {
        let headers =
            "-H 'authorization: Bearer sk-live-1234567890' -H 'cookie: s=c00kie-value' -H 'x-organization: acme-corp'";
        desk.shell(&format!("curl -sN {headers} '{server}{more}")).well()
    };
    let talk = format!("/talk' -d '{TALK}'");
    assert!(call(&proxy.url(), &talk).contains("sk-live-1234567890"));
    assert!(call(&proxy.url(), "/models?key=sk-live-1234567890'").contains("is wrong"));

    let stream = desk.read("talker/tests/golden/stream/hello.sse");
    let error = desk.read("talker/tests/golden/error/hello.json");
    for text in [&stream, &error] {
        for secret in ["sk-live", "c00kie", "acme"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(
        stream.ends_with("event: word\ndata: \"xxxxxxxxxxxxxxxxxx\"\n\n"),
        "{stream}"
    );
    assert!(error.contains(r#""path": "/models?key=redacted""#), "{error}");

    let again = desk.serve("jackfield plugin replay talker");
    assert!(call(&again.url(), &talk).starts_with("event: word\ndata: \"xxxxxx"));
    assert!(call(&again.url(), "/models'").contains("is wrong"));
    assert!(
        call(&again.url(), "/other'")
            .contains("no case fits GET /other; there are: stream/hello.sse, error/hello.json")
    );
}

#[test]
fn nobody_else_can_reach_the_proxy_or_the_replay() {
    let desk = Desk::new();
    desk.write("p/tests/golden/response/a.json", r#"{"reply":{}}"#);
    for command in ["record p --upstream http://127.0.0.1:9", "replay p"] {
        let words: Vec<&str> = ["plugin"]
            .into_iter()
            .chain(command.split(' '))
            .chain(["--listen", "0.0.0.0:0"])
            .collect();
        let told = desk.jackfield(&words).badly();
        assert!(
            told.contains("0.0.0.0:0 can be reached from elsewhere; listen on 127.0.0.1"),
            "{told}"
        );
    }
}
