//! Buffered replies of upstreams: read in both forms and written in every dialect.

use jackfield_dialects::json::Members;
use jackfield_dialects::{Charge, Dialect, Form, Operation, ReplyFacts};
use serde_json::Value;

use super::variants;

/// Words of replies.
pub const WORDS: &[&str] = &[
    "\"id\":\"a\"",
    "\"choices\":[",
    "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"finish_reason\":\"stop\"}",
    "\"tool_calls\":[{\"id\":\"t\",\"type\":\"function\",\"function\":{\"name\":\"n\",\"arguments\":\"{}\"}}]",
    "\"finish_reason\":\"tool_calls\"",
    "\"reasoning_content\":\"a\"",
    "\"thinking_blocks\":[",
    "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}",
    "\"usage\":{\"input_tokens\":1,\"output_tokens\":2}",
    "\"content\":[{\"type\":\"text\",\"text\":\"a\"}]",
    "\"stop_reason\":\"end_turn\"",
    "\"type\":\"message\"",
    "\"error\":{\"message\":\"a\",\"code\":429}",
    "\"data\":[{\"embedding\":[0.5]}]",
    "\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\"}]",
    "\"usageMetadata\":{\"promptTokenCount\":1}",
    "\"results\":[{\"index\":0,\"relevance_score\":0.5}]",
    "18446744073709551615",
    "-1",
    "\"finish_reason\":\"error\"",
    "\"matched_stop\":\"a\"",
    "\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"a\"}]}]",
    "null",
    "\"\\ud800\"",
];

/// What the client asked for, with something of each operation.
const REQUEST: &[u8] =
    br#"{"input":"a","documents":["a",{"text":"b"},"c"],"top_n":2,"return_documents":true,"stop_sequences":["a"]}"#;

/// The model that a client asked for.
const MODEL: &str = "fuzz/model";

/// One body, which any upstream may have sent.
pub fn run(data: &[u8]) {
    for dialect in variants() {
        for operation in Operation::ALL {
            for form in [Form::Native, Form::Canonical] {
                check(dialect, operation, form, data);
            }
        }
    }
}

fn check(dialect: Dialect, operation: Operation, form: Form, body: &[u8]) {
    let request = Members::parse(REQUEST).expect("the request is an object");
    let facts = ReplyFacts {
        operation,
        model: MODEL,
        provider: "p",
        request_id: "r",
        created: 1,
        latency_ms: 2,
        traced: true,
        request: &request,
    };
    let Ok((reply, _)) = dialect.reply(body, form, &facts) else {
        return;
    };
    let members = Members::parse(&reply).expect("a reply is an object");
    if operation == Operation::Chat {
        let model = members.get("model").or(members.get("modelVersion"));
        let model = model.expect("a reply names its model");
        let model: Value = serde_json::from_str(model.get()).expect("a model is JSON");
        assert_eq!(model, MODEL, "a reply names the model that was asked for");
    }
    let charge = Charge {
        model: MODEL,
        now_ms: 1,
        credits_charged: Some(0.5),
    };
    let charged = dialect.charged(reply, &charge).expect("the host reads its own reply");
    Members::parse(&charged).expect("a charged reply is an object");
}
