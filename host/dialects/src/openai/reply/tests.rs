//! Buffered replies: what is set, what stays, and what is no success.

use super::{ReplyOptions, ReplySummary, finish_reply};
use crate::openai::StreamFault;
use crate::words::usage::Usage;

fn finish(operation: &str, body: &str) -> Result<(String, ReplySummary), StreamFault> {
    let options = ReplyOptions {
        operation,
        model: "route/m",
        provider: "crof",
        created: 1_700,
    };
    let (reply, summary) = finish_reply(body.as_bytes(), &options, 42)?;
    Ok((String::from_utf8(reply).unwrap(), summary))
}

#[test]
fn the_hosts_members_are_set_and_the_rest_stays_as_it_is() {
    let body = " {\"model\" : \"up\", \"created\": 5, \"x\":[1.0 , {}],\n\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3} }\n";
    let (reply, summary) = finish("chat", body).unwrap();
    assert_eq!(
        reply,
        "{\"model\" : \"route/m\", \"created\": 5, \"x\":[1.0 , {}],\n\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3} ,\"latency_ms\":42,\"provider\":\"crof\"}"
    );
    assert_eq!(summary.finish_reason.as_deref(), Some("stop"));
    assert_eq!(
        summary.usage,
        Usage {
            input_tokens: Some(3),
            ..Usage::default()
        }
    );
}

#[test]
fn a_missing_time_is_filled_in() {
    for (body, reply) in [
        (
            r#"{"created":0,"choices":[{}]}"#,
            r#"{"created":1700,"choices":[{}],"model":"route/m","latency_ms":42,"provider":"crof"}"#,
        ),
        (
            r#"{"choices":[{}],"created":null}"#,
            r#"{"choices":[{}],"created":1700,"model":"route/m","latency_ms":42,"provider":"crof"}"#,
        ),
        (
            r#"{"choices":[{}]}"#,
            r#"{"choices":[{}],"model":"route/m","latency_ms":42,"provider":"crof","created":1700}"#,
        ),
    ] {
        assert_eq!(finish("chat", body).unwrap().0, reply);
    }
}

#[test]
fn an_upstreams_own_extensions_are_replaced() {
    let body = r#"{"provider":"Fireworks","model":"m","latency_ms":null,"created":1,"choices":[{}]}"#;
    assert_eq!(
        finish("chat", body).unwrap().0,
        r#"{"provider":"crof","model":"route/m","latency_ms":42,"created":1,"choices":[{}]}"#
    );
}

#[test]
fn other_operations_have_no_choices_and_no_time() {
    assert_eq!(
        finish("embeddings", r#"{"data":[]}"#).unwrap().0,
        r#"{"data":[],"model":"route/m","latency_ms":42,"provider":"crof"}"#
    );
}

#[test]
fn an_error_in_a_successful_reply_is_the_upstreams_fault() {
    for body in [
        r#"{"error":{"message":"slow","code":"x"}}"#,
        r#"{"object":"error","message":"slow","code":"x"}"#,
        r#"{"choices":[{}],"error":{"message":"slow","type":"x"}}"#,
    ] {
        let fault = StreamFault::Upstream {
            message: "slow".to_owned(),
            code: Some("x".to_owned()),
        };
        assert_eq!(finish("chat", body), Err(fault), "{body}");
    }
    assert!(finish("chat", r#"{"error":null,"choices":[{}]}"#).is_ok());
}

#[test]
fn what_is_no_reply_is_malformed() {
    for body in [
        "",
        "{",
        "[]",
        "[1,2]",
        "null",
        "\"a\"",
        "{} {}",
        r#"{"choices":[]}"#,
        "{}",
    ] {
        assert!(matches!(finish("chat", body), Err(StreamFault::Malformed(_))), "{body}");
    }
    let options = ReplyOptions {
        operation: "x",
        model: "",
        provider: "",
        created: 0,
    };
    let fault = finish_reply(b"{\"a\":\"\xFF\"}", &options, 0);
    assert_eq!(fault, Err(StreamFault::Malformed("it is not UTF-8".to_owned())));
}
