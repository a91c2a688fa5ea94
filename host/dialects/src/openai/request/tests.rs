//! The whole sentence for each fault, and what is read of a good request.

use super::{ParsedRequest, fields, read};

fn fault(body: &str) -> String {
    fields::body(body.as_bytes()).and_then(read).unwrap_err().to_string()
}

fn request(body: &str) -> ParsedRequest<'_> {
    fields::body(body.as_bytes()).and_then(read).unwrap()
}

#[test]
fn a_fault_names_the_field_and_the_remedy() {
    let messages = r#""messages":[{"role":"user","content":"hi"}]"#;
    for (body, sentence) in [
        (
            "{",
            "body: is not a JSON object: EOF while parsing an object at line 1 column 1",
        ),
        (
            "[]",
            "body: is not a JSON object: invalid type: sequence, expected a JSON object at line 1 column 0",
        ),
        ("{}", "model: is missing; give the id of a model"),
        (r#"{"model":null}"#, "model: is missing; give the id of a model"),
        (r#"{"model":""}"#, "model: is empty; give the id of a model"),
        (r#"{"model":7}"#, "model: must be a string, the id of a model"),
        (
            r#"{"model":"m"}"#,
            "messages: is missing; give a list of at least one message",
        ),
        (
            r#"{"model":"m","messages":[ ]}"#,
            "messages: is empty; give a list of at least one message",
        ),
        (
            r#"{"model":"m","messages":"hi"}"#,
            "messages: must be a list of at least one message",
        ),
        (
            &format!(r#"{{"model":"m",{messages},"stream":"yes"}}"#),
            "stream: must be true or false",
        ),
        (
            &format!(r#"{{"model":"m",{messages},"stream_options":[true]}}"#),
            "stream_options: must be an object such as {\"include_usage\": true}",
        ),
        (
            &format!(r#"{{"model":"m",{messages},"stream_options":{{"include_usage":1}}}}"#),
            "stream_options: must be an object such as {\"include_usage\": true}",
        ),
    ] {
        assert_eq!(fault(body), sentence, "{body}");
    }
}

#[test]
fn null_counts_as_absent() {
    let body = r#"{"model":"m","messages":[{}],"stream":null,"stream_options":null}"#;
    assert!(!request(body).stream);
    assert!(!request(body).include_usage);
}

#[test]
fn what_the_host_needs_is_read() {
    let body =
        r#"{"messages":[{}],"stream_options":{"include_usage":true,"x":1},"stream":true,"model":"route/a\u0062"}"#;
    let request = request(body);
    assert_eq!(request.model, "route/ab");
    assert!(request.stream && request.include_usage);
    assert_eq!(request.members.get("model").unwrap().get(), "\"route/a\\u0062\"");
}

#[test]
fn only_a_message_of_the_role_tool_is_a_tool_message() {
    let conversation = |last: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}},{last}]}}"#);
    for (last, has) in [
        (r#"{"role" : "tool","content":"42"}"#, true),
        (r#"{"role":"user","content":"tool"}"#, false),
        (r#"{"role":"user","content":"\"role\":\"tool\""}"#, false),
        (r#"{"role":"user","content":{"role":"tool"}}"#, false),
        ("7", false),
    ] {
        assert_eq!(request(&conversation(last)).pinned, has, "{last}");
    }
}

#[test]
fn parameters_are_the_request_without_its_bulk() {
    let body = r#"{"model":"m", "messages":[{}], "enable_thinking": true,"input":"x","documents":[]}"#;
    let parameters = String::from_utf8(request(body).parameters()).unwrap();
    assert_eq!(parameters, r#"{"model":"m","enable_thinking": true}"#);
}

#[test]
fn what_adapters_cannot_read_is_refused_before_they_get_it() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let arguments = |depth: usize| {
        let arguments = serde_json::to_string(&format!("{{\"a\":{}}}", nested(depth))).unwrap();
        format!(r#"[{{"role":"assistant","tool_calls":[{{"function":{{"arguments":{arguments}}}}}]}}]"#)
    };
    for (messages, more) in [
        ("[{}]".to_owned(), format!(r#","x":{}"#, nested(100_000))),
        (nested(100), String::new()),
        (arguments(100), String::new()),
    ] {
        let body = format!(r#"{{"model":"m","messages":{messages}{more}}}"#);
        let fault = fields::body(body.as_bytes()).and_then(read).unwrap_err().to_string();
        assert_eq!(fault, "body: is nested deeper than 64 levels");
    }
    let body = format!(r#"{{"model":"m","messages":{},"x":{}}}"#, arguments(50), nested(50));
    assert!(fields::body(body.as_bytes()).and_then(read).is_ok());
    let members: Vec<String> = (0..20_000).map(|n| format!(",\"m{n}\":1")).collect();
    let members = members.concat();
    let body = format!(r#"{{"model":"m","messages":[{{}}]{members}}}"#);
    assert!(
        fields::body(body.as_bytes())
            .and_then(read)
            .unwrap_err()
            .to_string()
            .contains("more than 10000 members")
    );
    for (n, good) in [("1024", true), ("1025", false), ("null", true), ("\"x\"", true)] {
        let body = format!(r#"{{"model":"m","messages":[{{}}],"n":{n}}}"#);
        assert_eq!(fields::body(body.as_bytes()).and_then(read).is_ok(), good, "{n}");
    }
}
