//! Buffered replies: what is set, what stays, and what is no success.

use super::finish_reply;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::operation::Operation;
use crate::summary::ReplySummary;
use crate::tests::facts;
use crate::told::Told;
use crate::words::name::ServedModel;
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
    let body = " {\"model\" : \"up\", \"created\": 5, \"x\":[1.0 , {}],\n\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3} }\n";
    let (reply, summary) = finish(body).unwrap();
    assert_eq!(
        reply,
        "{\"model\" : \"route/m\", \"created\": 5, \"x\":[1.0 , {}],\n\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3} ,\"latency_ms\":42,\"provider\":\"crof\"}"
    );
    assert_eq!(
        summary.usage,
        Usage {
            input_tokens: Some(3),
            served_model: ServedModel::new("up"),
            ..Usage::default()
        }
    );
}

#[test]
fn a_missing_time_is_filled_in() {
    for (body, reply) in [
        (
            r#"{"created":0,"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#,
            r#"{"created":1700,"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"model":"route/m","latency_ms":42,"provider":"crof"}"#,
        ),
        (
            r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"created":null}"#,
            r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"created":1700,"model":"route/m","latency_ms":42,"provider":"crof"}"#,
        ),
        (
            r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#,
            r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"model":"route/m","latency_ms":42,"provider":"crof","created":1700}"#,
        ),
    ] {
        assert_eq!(finish(body).unwrap().0, reply);
    }
}

#[test]
fn what_traces_are_told_is_what_they_would_read() {
    let choice = |reason: &str| format!(r#"{{"message":{{"content":"a"}},"finish_reason":{reason}}}"#);
    let long = format!("\"{}\"", "x".repeat(300));
    for (id, choices) in [
        (r#""chat-1""#, choice(r#""stop""#)),
        (r#""a\u00e9\n""#, choice(r#""stop""#) + "," + &choice(r#""length""#)),
        (r#""""#, choice(r#""stop""#)),
        ("null", choice(r#""stop""#)),
        ("7", choice(r#""stop""#)),
        (&long, choice(&long)),
    ] {
        for body in [
            format!(r#"{{"id":{id},"choices":[{choices}]}}"#),
            format!(r#"{{"choices":[{choices}]}}"#),
            format!(r#"{{"choices":[{choices}],"id":{id},"usage":{{"prompt_tokens":3}}}}"#),
        ] {
            let traced = ReplyFacts {
                traced: true,
                ..facts(Operation::Chat, "route/m")
            };
            let (reply, summary) = finish_reply(body.as_bytes(), &traced).unwrap();
            let mut read = Told::default();
            read.read(&reply);
            assert_eq!(summary.told, Some(read), "{body}");
            assert_eq!(finish(&body).unwrap().1.told, None);
        }
    }
}

#[test]
fn an_empty_id_is_made_of_the_requests() {
    let body =
        |id: &str| format!(r#"{{"id":{id},"choices":[{{"message":{{"content":"x"}},"finish_reason":"stop"}}]}}"#);
    for (id, expected) in [
        ("\"\"", "\"chatcmpl-r-1\""),
        ("null", "\"chatcmpl-r-1\""),
        ("\"a\"", "\"a\""),
    ] {
        let (reply, _) = finish(&body(id)).unwrap();
        assert!(reply.starts_with(&format!("{{\"id\":{expected},")), "{reply}");
    }
}

#[test]
fn an_upstreams_own_extensions_are_replaced() {
    let body = r#"{"provider":"Fireworks","model":"m","latency_ms":null,"created":1,"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#;
    assert_eq!(
        finish(body).unwrap().0,
        r#"{"provider":"crof","model":"route/m","latency_ms":42,"created":1,"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#
    );
}

#[test]
fn an_error_in_a_successful_reply_is_the_upstreams_fault() {
    for body in [
        r#"{"error":{"message":"slow","code":"x"}}"#,
        r#"{"object":"error","message":"slow","code":"x"}"#,
        r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"error":{"message":"slow","code":"x","type":null}}"#,
    ] {
        let fault = StreamFault::Upstream {
            message: "slow".to_owned(),
            detail: Box::new(crate::ErrorDetail::read(br#"{"code":"x"}"#)),
        };
        assert_eq!(finish(body), Err(fault), "{body}");
    }
    assert!(finish(r#"{"error":null,"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#).is_ok());
}

/// What is no whole answer, and what is one although it looks odd.
#[test]
fn an_answer_needs_a_message_an_end_and_content_or_a_reason_for_none() {
    let choice = |message: &str, end: &str| format!(r#"{{"choices":[{{"index":0,"message":{message}{end}}}]}}"#);
    let stop = r#","finish_reason":"stop""#;
    for (message, end) in [
        ("null", stop),
        ("5", stop),
        ("[]", stop),
        ("{}", stop),
        (r#"{"role":"assistant"}"#, stop),
        (r#"{"content":5}"#, stop),
        (r#"{"content":true}"#, stop),
        (r#"{"content":[5]}"#, stop),
        (r#"{"content":"a"}"#, ""),
        (r#"{"content":"a"}"#, r#","finish_reason":null"#),
        (r#"{"content":"a"}"#, r#","finish_reason":"""#),
    ] {
        let body = choice(message, end);
        assert!(matches!(finish(&body), Err(StreamFault::Malformed(_))), "{body}");
    }
    for (message, end) in [
        (r#"{"content":null}"#, stop),
        (r#"{"content":""}"#, stop),
        ("{}", r#","finish_reason":"length""#),
        ("{}", r#","finish_reason":"content_filter""#),
        (r#"{"tool_calls":[{"id":null}]}"#, r#","finish_reason":"tool_calls""#),
        (r#"{"reasoning":"hm"}"#, stop),
        (r#"{"refusal":"no"}"#, stop),
        (r#"{"content":"a","reasoning_details":7}"#, stop),
    ] {
        let body = choice(message, end).replacen('{', "{\"id\":null,", 1);
        assert!(finish(&body).is_ok(), "{body}");
    }
}

#[test]
fn a_choice_that_broke_off_is_the_upstreams_fault() {
    for (end, message, detail) in [
        (
            r#""finish_reason":"error","error":{"code":502,"message":"Provider disconnected"}"#,
            "Provider disconnected",
            r#"{"status":502}"#,
        ),
        (
            r#""finish_reason":"error""#,
            "the reply broke off: error",
            r#"{"code":"error"}"#,
        ),
        (
            r#""finish_reason":"insufficient_system_resource""#,
            "the reply broke off: insufficient_system_resource",
            r#"{"code":"insufficient_system_resource"}"#,
        ),
        (
            r#""finish_reason":"stop","error":{"code":"server_error","message":"gone"}"#,
            "gone",
            r#"{"code":"server_error"}"#,
        ),
    ] {
        let body = format!(
            r#"{{"choices":[{{"message":{{"content":"a"}},"finish_reason":"stop"}},{{"message":{{"content":"half"}},{end}}}]}}"#
        );
        let fault = StreamFault::Upstream {
            message: message.to_owned(),
            detail: Box::new(crate::ErrorDetail::read(detail.as_bytes())),
        };
        assert_eq!(finish(&body), Err(fault), "{body}");
    }
}

#[test]
fn what_openais_clients_could_not_read_is_put_into_their_words() {
    for (said, read) in [
        (
            r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h\u00e9"}]},{"type":"text","text":"4"},{"type":"text","text":"2"}]}"#,
            r#"{"content":"42","reasoning_content":"h\u00e9"}"#,
        ),
        (
            r#"{"content":[{"type":"thinking","thinking":"hm"}],"reasoning_content":null}"#,
            r#"{"content":"","reasoning_content":"hm"}"#,
        ),
        (
            r#"{"content":[{"type":"thinking","thinking":"hm"},"a"],"reasoning_content":"hm"}"#,
            r#"{"content":"a","reasoning_content":"hm"}"#,
        ),
        (
            r#"{"reasoning":"h\u00e9","content":"a"}"#,
            r#"{"reasoning":"h\u00e9","reasoning_content":"h\u00e9","content":"a"}"#,
        ),
        (
            r#"{"reasoning_content":null,"content":"a","reasoning_details":[{"type":"reasoning.text","text":"h"},{"type":"reasoning.text","text":"m"}]}"#,
            r#"{"reasoning_content":"hm","content":"a","reasoning_details":[{"type":"reasoning.text","text":"h"},{"type":"reasoning.text","text":"m"}]}"#,
        ),
        (
            r#"{"reasoning":"hm","reasoning_content":"hm","content":"a"}"#,
            r#"{"reasoning":"hm","reasoning_content":"hm","content":"a"}"#,
        ),
        (
            r#"{"content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"x": 10.10}}},{"id":"b"}]}"#,
            r#"{"content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"x\": 10.10}"}},{"id":"b"}]}"#,
        ),
        (
            r#"{"content":[{"type":"text","text":"a"},{"type":"image_url"}]}"#,
            r#"{"content":[{"type":"text","text":"a"},{"type":"image_url"}]}"#,
        ),
    ] {
        let body =
            |message: &str| format!(r#"{{"created":1,"choices":[{{"message":{message},"finish_reason":"stop"}}]"#);
        let end = r#","model":"route/m","latency_ms":42,"provider":"crof"}"#;
        assert_eq!(finish(&(body(said) + "}")).unwrap().0, body(read) + end);
    }
}

#[test]
fn a_usage_of_other_words_or_in_a_choice_is_told_in_openais() {
    let body = |usage: &str, in_choice: &str| {
        format!(r#"{{"created":1,"choices":[{{"message":{{"content":"a"}},"finish_reason":"stop"{in_choice}}}]{usage}"#)
    };
    let end = r#","model":"route/m","latency_ms":42,"provider":"crof"}"#;
    for (usage, told) in [
        (
            r#","usage":{"input_tokens":3,"output_tokens":1,"input_tokens_details":{"cached_tokens":2}}"#,
            r#","usage":{"input_tokens":3,"output_tokens":1,"input_tokens_details":{"cached_tokens":2},"prompt_tokens":3,"completion_tokens":1}"#,
        ),
        (
            r#","usage":{"prompt_tokens":3,"completion_tokens":null,"total_tokens":4}"#,
            r#","usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}"#,
        ),
        (
            r#","usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":9,"completion_tokens_details":{"reasoning_tokens":5}}"#,
            r#","usage":{"prompt_tokens":3,"completion_tokens":6,"total_tokens":9,"completion_tokens_details":{"reasoning_tokens":5}}"#,
        ),
        (r#","usage":{"total_tokens":4}"#, r#","usage":{"total_tokens":4}"#),
        (r#","usage":{}"#, r#","usage":{}"#),
    ] {
        assert_eq!(finish(&(body(usage, "") + "}")).unwrap().0, body(told, "") + end);
    }
    let moonshots = r#","usage":{"prompt_tokens":3,"completion_tokens":1}"#;
    for empty in ["", r#","usage":null"#, r#","usage":{}"#] {
        let (reply, summary) = finish(&(body(empty, moonshots) + "}")).unwrap();
        assert_eq!(reply.matches(moonshots).count(), 2, "{reply}");
        assert_eq!(summary.usage.output_tokens, Some(1));
    }
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
