//! Buffered replies: what is set, what stays, and what is no success.

use super::finish_reply;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::operation::Operation;
use crate::summary::ReplySummary;
use crate::tests::facts;
use crate::words::usage::Usage;

fn finish(body: &str) -> Result<(String, ReplySummary), StreamFault> {
    let facts = ReplyFacts {
        provider: "crof",
        ..facts(Operation::Chat, "route/m")
    };
    let (reply, summary) = finish_reply(body.as_bytes(), &facts)?;
    Ok((String::from_utf8(reply).unwrap(), summary))
}

#[test]
fn the_hosts_members_are_set_and_the_rest_stays_as_it_is() {
    let body = " {\"model\" : \"up\", \"created\": 5, \"x\":[1.0 , {}],\n\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3} }\n";
    let (reply, summary) = finish(body).unwrap();
    assert_eq!(
        reply,
        "{\"model\" : \"route/m\", \"created\": 5, \"x\":[1.0 , {}],\n\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3} ,\"latency_ms\":42,\"provider\":\"crof\"}"
    );
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
        assert_eq!(finish(body).unwrap().0, reply);
    }
}

#[test]
fn an_upstreams_own_extensions_are_replaced() {
    let body = r#"{"provider":"Fireworks","model":"m","latency_ms":null,"created":1,"choices":[{}]}"#;
    assert_eq!(
        finish(body).unwrap().0,
        r#"{"provider":"crof","model":"route/m","latency_ms":42,"created":1,"choices":[{}]}"#
    );
}

#[test]
fn an_error_in_a_successful_reply_is_the_upstreams_fault() {
    for body in [
        r#"{"error":{"message":"slow","code":"x"}}"#,
        r#"{"object":"error","message":"slow","code":"x"}"#,
        r#"{"choices":[{}],"error":{"message":"slow","code":"x","type":null}}"#,
    ] {
        let fault = StreamFault::Upstream {
            message: "slow".to_owned(),
            detail: Box::new(crate::ErrorDetail::read(br#"{"code":"x"}"#)),
        };
        assert_eq!(finish(body), Err(fault), "{body}");
    }
    assert!(finish(r#"{"error":null,"choices":[{}]}"#).is_ok());
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
        assert!(matches!(finish(body), Err(StreamFault::Malformed(_))), "{body}");
    }
    let fault = finish_reply(b"{\"a\":\"\xFF\"}", &facts(Operation::Chat, ""));
    assert_eq!(fault, Err(StreamFault::Malformed("it is not UTF-8".to_owned())));
}
