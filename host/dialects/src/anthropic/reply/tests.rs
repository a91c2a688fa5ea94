//! Canonical replies as messages, and the adapter's own completions turned back.

use serde_json::{Value, json};

use super::finish_reply;
use crate::anthropic::tests::assembled::{gist, goldens, snapshot};
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::Members;
use crate::operation::Operation;
use crate::summary::ReplySummary;
use crate::tests::facts;

fn finish(body: &str) -> Result<(String, ReplySummary), StreamFault> {
    let (reply, summary) = finish_reply(body.as_bytes(), &facts(Operation::Chat, "route/m"))?;
    Ok((String::from_utf8(reply).unwrap(), summary))
}

/// The message for a choice with this message and finish reason.
fn message(message: &Value, finish_reason: &str) -> Result<Value, StreamFault> {
    let choice = json!({"index": 0, "message": message, "finish_reason": finish_reason});
    let (text, _) = finish(&json!({"id": "chatcmpl-1", "choices": [choice]}).to_string())?;
    Ok(serde_json::from_str(&text).unwrap())
}

fn call(arguments: &Value) -> Value {
    let function = json!({"name": "f", "arguments": arguments});
    json!({"role": "assistant", "content": null, "tool_calls": [{"id": "t", "type": "function", "function": function}]})
}

#[test]
fn a_completion_becomes_a_whole_message() {
    let body = r#"{"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"up","choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"h\u00e9","content":"Hi\n","tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"n\": 1.0}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14,"cost":1,"prompt_tokens_details":{"cached_tokens":6}}}"#;
    let (reply, summary) = finish(body).unwrap();
    assert_eq!(
        reply,
        r#"{"id":"msg_1","type":"message","role":"assistant","model":"route/m","content":[{"type":"thinking","thinking":"h\u00e9","signature":"jackfield.unsigned."},{"type":"text","text":"Hi\n"},{"type":"tool_use","id":"t1","name":"f","input":{"n": 1.0}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":4,"cache_creation_input_tokens":0,"cache_read_input_tokens":6,"output_tokens":4}}"#
    );
    assert_eq!(summary.usage.input_tokens, Some(10));
    assert_eq!(summary.usage.cached_tokens, Some(6));
    assert_eq!(summary.produced_bytes, 3 + 3 + 10);
}

#[test]
fn what_the_adapter_made_canonical_is_the_same_message_again() {
    for ((file, case), (_, completion)) in goldens("response", ".json")
        .into_iter()
        .zip(goldens("response", ".snap"))
    {
        let case: Value = serde_json::from_str(&case).unwrap();
        let original = &case["reply"]["body"];
        let completion: Value = serde_json::from_str(snapshot(&completion)).unwrap();
        // Other operations have replies of their own, functions of the older kind are OpenAI's alone, and an imitator's
        // signatures are marked as such.
        let imitated = case["settings"]["origin"].is_string();
        if original["type"] != "message" || case["body"]["functions"].is_array() || imitated {
            continue;
        }
        let (reply, _) = finish(&completion["done"].to_string()).unwrap();
        let reply: Value = serde_json::from_str(&reply).unwrap();
        assert_eq!(gist(&reply), gist(original), "{}", file.display());
        // A reason that nobody knows yet becomes one that every client knows.
        if original["stop_reason"] != "dazzled" {
            assert_eq!(reply["stop_reason"], original["stop_reason"]);
        }
        for (name, count) in reply["usage"].as_object().unwrap() {
            let original = original["usage"][name].as_u64().unwrap_or(0);
            assert_eq!(count.as_u64(), Some(original), "{} {name}", file.display());
        }
    }
}

#[test]
fn the_forms_of_arguments_that_mean_an_object_are_taken() {
    for (arguments, input) in [
        (json!(""), json!({})),
        (json!("null"), json!({})),
        (json!(null), json!({})),
        (json!(" {\"a\": [1]}\n"), json!({"a": [1]})),
        (json!({"a": 1}), json!({"a": 1})),
    ] {
        let message = message(&call(&arguments), "tool_calls").unwrap();
        assert_eq!(message["content"][0]["input"], input, "{arguments}");
    }
}

#[test]
fn arguments_that_make_no_sense_are_malformed_unless_they_were_cut_off() {
    for arguments in ["{\"a\":", "[1]", "7", "{} {}"] {
        let call = call(&json!(arguments));
        assert_eq!(
            message(&call, "tool_calls"),
            Err(StreamFault::Malformed(
                "the arguments of the call to `f` are not a JSON object".to_owned()
            )),
            "{arguments}"
        );
        let cut = message(&call, "length").unwrap();
        assert_eq!(cut["content"][0]["input"], json!({}));
        assert_eq!(cut["stop_reason"], "max_tokens");
    }
}

#[test]
fn a_call_without_an_id_gets_one_and_one_without_a_name_is_malformed() {
    let calls = json!([{"function": {"name": "f"}}, {"id": "", "function": {"name": "f"}}]);
    let message_of = |calls: Value| message(&json!({ "tool_calls": calls }), "stop");
    let message = message_of(calls).unwrap();
    assert_eq!(message["content"][0]["id"], "toolu_1_0");
    assert_eq!(message["content"][1]["id"], "toolu_1_1");
    assert_eq!(message["stop_reason"], "tool_use");
    let nameless = message_of(json!([{"id": "t"}]));
    assert!(matches!(nameless, Err(StreamFault::Malformed(_))));
}

#[test]
fn other_vendors_shapes_of_content_are_read() {
    for (content, text) in [
        (
            json!({"content": [{"type": "text", "text": "a"}, {"type": "x"}, {"text": "b"}]}),
            "ab",
        ),
        (json!({"content": "", "refusal": "no"}), "no"),
        (json!({"content": "a", "citations": ["https://a"]}), "a"),
    ] {
        let message = message(&content, "stop").unwrap();
        assert_eq!(message["content"], json!([{"type": "text", "text": text}]));
    }
    let reasoning = message(&json!({"reasoning": "hm", "content": null}), "stop").unwrap();
    let thinking = json!([{"type": "thinking", "thinking": "hm", "signature": "jackfield.unsigned."}]);
    assert_eq!(reasoning["content"], thinking);
    assert_eq!(
        message(&json!({"content": null}), "stop").unwrap()["content"],
        json!([])
    );
}

#[test]
fn thinking_among_the_parts_of_a_content_becomes_a_block_of_its_own() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let thinking =
        |thinking: &str| json!({"type": "thinking", "thinking": thinking, "signature": "jackfield.unsigned."});
    let parts = json!([
        {"type": "thinking", "thinking": [{"type": "text", "text": "Let me"}, {"type": "text", "text": " see."}]},
        {"type": "text", "text": "4"},
        {"type": "text", "text": "2"},
        {"type": "thinking", "thinking": "Sure?"},
        {"type": "text", "text": "Yes."},
    ]);
    let reply = message(&json!({ "content": parts }), "stop").unwrap();
    assert_eq!(
        reply["content"],
        json!([thinking("Let me see."), text("42"), thinking("Sure?"), text("Yes.")])
    );
    let repeated = json!({"reasoning_content": "Hm", "content": [{"type": "thinking", "thinking": "Hm"}, "a"]});
    let reply = message(&repeated, "stop").unwrap();
    assert_eq!(reply["content"], json!([thinking("Hm"), text("a")]));
    let details = json!({"content": "a", "reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]});
    let reply = message(&details, "stop").unwrap();
    assert_eq!(reply["content"], json!([thinking("Hm"), text("a")]));
}

#[test]
fn a_sequence_that_stopped_the_model_is_told() {
    let request = Members::parse(br####"{"stop_sequences":["###","END"]}"####).unwrap();
    let facts = ReplyFacts {
        request: &request,
        ..facts(Operation::Chat, "route/m")
    };
    let end = |members: &str| {
        let body = format!(r#"{{"choices":[{{"message":{{"content":"ok"}},{members}}}]}}"#);
        let (reply, _) = finish_reply(body.as_bytes(), &facts).unwrap();
        let reply: Value = serde_json::from_slice(&reply).unwrap();
        (reply["stop_reason"].clone(), reply["stop_sequence"].clone())
    };
    for (members, reason, sequence) in [
        (
            r####""finish_reason":"stop","stop_reason":"###""####,
            "stop_sequence",
            json!("###"),
        ),
        (
            r#""finish_reason":"stop","matched_stop":"END""#,
            "stop_sequence",
            json!("END"),
        ),
        (
            r#""finish_reason":"stop","stop_reason":128009"#,
            "end_turn",
            json!(null),
        ),
        (r#""finish_reason":"stop","matched_stop":2"#, "end_turn", json!(null)),
        (r#""finish_reason":"stop","stop_reason":"eos""#, "end_turn", json!(null)),
        (
            r####""finish_reason":"length","stop_reason":"###""####,
            "max_tokens",
            json!(null),
        ),
        (
            r#""finish_reason":"stop","stop_reason":"stop_sequence","stop_sequence":"X""#,
            "stop_sequence",
            json!("X"),
        ),
    ] {
        assert_eq!(end(members), (json!(reason), sequence), "{members}");
    }
}

#[test]
fn numbers_keep_their_digits_and_halves_of_pairs_harm_nothing() {
    let arguments = r#"{"id":123456789012345678901234567890,"x":10.10,"e":1E400}"#;
    for form in [
        arguments.to_owned(),
        json!(arguments).to_string(),
        json!(json!(arguments).to_string()).to_string(),
    ] {
        let body = format!(
            r#"{{"choices":[{{"message":{{"content":"\ud83d","tool_calls":[{{"id":"a","function":{{"name":"f","arguments":{form}}}}}]}},"finish_reason":"tool_calls"}}]}}"#
        );
        let (reply, _) = finish(&body).unwrap();
        assert!(reply.contains(&format!("\"input\":{arguments}}}")), "{reply}");
        assert!(reply.contains(r#""text":"\ufffd""#), "{reply}");
    }
}

#[test]
fn calls_of_one_id_get_ids_of_their_own() {
    let call = json!({"id": "call_0", "function": {"name": "f"}});
    let reply = message(&json!({ "tool_calls": [call, call] }), "tool_calls").unwrap();
    assert_eq!(reply["content"][0]["id"], "call_0");
    assert_eq!(reply["content"][1]["id"], "toolu_1_1");
}

#[test]
fn an_id_of_other_characters_becomes_one_that_the_vendor_takes() {
    let call = json!({"id": "functions.f:0", "function": {"name": "f"}});
    let reply = message(&json!({ "tool_calls": [call] }), "tool_calls").unwrap();
    assert_eq!(reply["content"][0]["id"], "jackfield-functions-2ef-3a0");
}

#[test]
fn annotations_are_citations_unless_there_are_citations() {
    let page = json!({"start_index": 0, "end_index": 1, "url": "https://a", "title": "A"});
    let said = |citations: Value| {
        let annotation = json!({"type": "url_citation", "url_citation": page});
        let said = json!({"content": "x", "annotations": [annotation], "citations": citations});
        message(&said, "stop").unwrap()["content"][0]["citations"].clone()
    };
    let found = json!({"type": "web_search_result_location", "cited_text": "",
        "encrypted_index": "jackfield.unsigned.", "title": "A", "url": "https://a"});
    assert_eq!(said(json!(["https://a"])), json!([found]));
    let own = json!({"type": "char_location", "cited_text": "x"});
    assert_eq!(said(json!([own])), json!([own]));
}

#[test]
fn what_is_cited_without_a_text_is_named() {
    let call = r#""tool_calls":[{"id":"t","function":{"name":"f","arguments":"{}"}}]"#;
    let dropped = |content: &str| {
        let annotation = r#"{"type":"url_citation","url_citation":{"url":"https://a"}}"#;
        let message = format!(r#"{{"content":{content},"annotations":[{annotation}],{call}}}"#);
        let body = format!(r#"{{"choices":[{{"message":{message},"finish_reason":"tool_calls"}}]}}"#);
        finish(&body).unwrap().1.dropped.line()
    };
    assert_eq!(
        (dropped("null"), dropped("\"x\"")),
        ("reply.annotations".into(), String::new())
    );
}

#[test]
fn images_have_no_place_and_are_named() {
    let body = |images: &str| {
        format!(r#"{{"choices":[{{"message":{{"content":"x","images":{images}}},"finish_reason":"stop"}}]}}"#)
    };
    let image = r#"[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]"#;
    assert_eq!(finish(&body(image)).unwrap().1.dropped.line(), "reply.images");
    assert_eq!(finish(&body("[]")).unwrap().1.dropped.line(), "");
}

#[test]
fn the_usage_is_found_in_a_choice() {
    let body = r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop","usage":{"prompt_tokens":3.0,"completion_tokens":1,"cached_tokens":2}}]}"#;
    let (reply, summary) = finish(body).unwrap();
    assert!(reply.contains(
        r#""usage":{"input_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":2,"output_tokens":1}"#
    ));
    assert_eq!(summary.usage.input_tokens, Some(3));
}

#[test]
fn what_is_no_completion_is_malformed_or_the_upstreams_fault() {
    for body in ["", "[]", "{}", r#"{"choices":[]}"#, r#"{"choices":[{}]}"#] {
        assert!(matches!(finish(body), Err(StreamFault::Malformed(_))), "{body}");
    }
    for body in [
        r#"{"error":{"message":"slow","code":"x"}}"#,
        r#"{"detail":"the model is not loaded"}"#,
        r#"{"choices":[{"message":{"content":"half"},"finish_reason":"error","error":{"code":502,"message":"gone"}}]}"#,
        r#"{"choices":[{"message":{"content":"half"},"finish_reason":"insufficient_system_resource"}]}"#,
    ] {
        assert!(matches!(finish(body), Err(StreamFault::Upstream { .. })), "{body}");
    }
}
