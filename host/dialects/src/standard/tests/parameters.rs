//! The members of a request besides its messages and tools.

use serde_json::{Value, json};

use super::sent;

#[test]
fn what_only_the_vendor_has_is_left_out_and_named() {
    for (members, dropped) in [
        (json!({"top_k": 5}), "top_k"),
        (json!({"context_management": {"edits": []}}), "context_management"),
        (json!({"container": "c"}), "container"),
        (json!({"inference_geo": "us"}), "inference_geo"),
        (json!({"speed": "fast"}), "speed"),
        (json!({"cache_control": {"type": "ephemeral"}}), "cache_control"),
        (json!({"of_tomorrow": {"x": 1}}), "of_tomorrow"),
        (
            json!({"metadata": {"user_id": "u", "of_tomorrow": 1}}),
            "metadata.of_tomorrow",
        ),
        (
            json!({"top_k": null, "thinking": null, "container": null, "metadata": null}),
            "",
        ),
        (json!({"mcp_servers": []}), "mcp_servers"),
    ] {
        let sent = sent(&members);
        assert_eq!(sent.dropped, dropped, "{members}");
        for (name, _) in members.as_object().unwrap() {
            assert_eq!(sent.body.get(name), None, "{members}");
        }
    }
}

#[test]
fn what_openai_has_stays() {
    let members = json!({
        "temperature": 0.5, "top_p": 0.9, "stop_sequences": ["END"], "stream": true, "service_tier": "auto",
        "metadata": {"user_id": "u"}, "seed": 7,
    });
    let sent = sent(&members);
    assert_eq!(sent.dropped, "");
    let expected = json!({
        "model": "m", "max_tokens": 5, "temperature": 0.5, "top_p": 0.9, "stop": ["END"], "stream": true,
        "stream_options": {"include_usage": true}, "service_tier": "auto", "user": "u", "seed": 7,
        "messages": [{"role": "user", "content": "Hi"}],
    });
    assert_eq!(sent.body, expected);
}

#[test]
fn a_wish_to_think_becomes_an_effort() {
    let enabled = |budget: Value| json!({"type": "enabled", "budget_tokens": budget});
    for (thinking, effort, expected, dropped) in [
        (enabled(json!(1024)), None, Some("low"), ""),
        (enabled(json!(4096)), None, Some("medium"), ""),
        (enabled(json!(31999)), None, Some("high"), ""),
        (enabled(json!(31999)), Some("low"), Some("low"), ""),
        (json!({"type": "enabled"}), None, Some("medium"), ""),
        (json!({"type": "adaptive"}), None, Some("high"), ""),
        (
            json!({"type": "adaptive", "display": "omitted"}),
            Some("medium"),
            Some("medium"),
            "thinking.display",
        ),
        (json!({"type": "adaptive"}), Some("max"), Some("high"), ""),
        (
            json!({"type": "disabled"}),
            Some("high"),
            None,
            "thinking, output_config.effort",
        ),
        (Value::Null, Some("high"), None, "output_config.effort"),
        (json!({"type": "of_tomorrow"}), None, None, "thinking"),
    ] {
        let config = effort.map_or(Value::Null, |effort| json!({ "effort": effort }));
        let case = json!({"thinking": thinking, "output_config": config});
        let sent = sent(&case);
        assert_eq!(sent.body["reasoning_effort"].as_str(), expected, "{case}");
        assert_eq!(sent.dropped, dropped, "{case}");
        assert_eq!(
            (sent.body.get("thinking"), sent.body.get("output_config")),
            (None, None),
            "{case}"
        );
    }
    let both = sent(&json!({"thinking": enabled(json!(1024)), "reasoning_effort": "minimal"}));
    assert_eq!(both.body["reasoning_effort"], "minimal");
}

#[test]
fn a_schema_and_an_effort_are_told_apart() {
    let config = json!({"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}});
    let sent = sent(&json!({"thinking": {"type": "adaptive"}, "output_config": config}));
    assert_eq!(sent.body["reasoning_effort"], "low");
    assert_eq!(
        sent.body["response_format"]["json_schema"]["schema"],
        json!({"type": "object"})
    );
    assert_eq!(sent.dropped, "");
}

#[test]
fn a_long_user_id_becomes_its_hash() {
    let user = |id: &str| sent(&json!({"metadata": {"user_id": id}})).body["user"].take();
    assert_eq!(user(&"é".repeat(64)), "é".repeat(64));
    let hash = user(&"x".repeat(65));
    assert_eq!(hash, "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9");
    assert_eq!(user(&"x".repeat(65)), hash);
}

#[test]
fn mcp_servers_are_left_out_with_their_tools() {
    let server = json!({"type": "url", "url": "https://a", "name": "a"});
    let tools = json!([{"type": "mcp_toolset", "mcp_server_name": "a"}]);
    let sent = sent(&json!({"mcp_servers": [server], "tools": tools}));
    assert_eq!((sent.body.get("mcp_servers"), sent.body.get("tools")), (None, None));
    assert_eq!(sent.dropped, "mcp_servers, tools[type=mcp_toolset]");
}
