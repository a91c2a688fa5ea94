//! Media, tools, and how a model is to answer.

use serde_json::{Value, json};

use super::{dropped, hello};
use crate::gemini::tests::canonical;

#[test]
fn media_become_parts_of_a_chat() {
    let body = json!({"model": "m", "contents": [{"role": "user", "parts": [
        {"inlineData": {"mimeType": "image/png", "data": "-_8"}},
        {"inline_data": {"mime_type": "audio/mpeg", "data": "AA=="}},
        {"inlineData": {"mimeType": "application/pdf", "data": "AA==", "displayName": "a.pdf"}},
        {"fileData": {"mimeType": "image/png", "fileUri": "https://a/b.png"}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "https://a/b.pdf"}, "videoMetadata": {"fps": 1}},
    ]}]});
    assert_eq!(
        canonical(&body)["messages"][0]["content"],
        json!([
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,+/8="}},
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}},
            {"type": "image_url", "image_url": {"url": "https://a/b.png"}},
            {"type": "file", "file": {"file_data": "https://a/b.pdf"}},
        ])
    );
    assert_eq!(dropped(&body), "contents[].parts[].videoMetadata");
}

#[test]
fn tools_are_functions_and_those_of_the_vendor_are_listed() {
    let tools = json!([
        {"functionDeclarations": [
            {"name": "f", "description": "d", "parameters": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}},
            {"name": "g", "parametersJsonSchema": {"type": "object"}, "behavior": "BLOCKING"},
            {"name": "h"},
        ]},
        {"googleSearch": {}},
        {"codeExecution": {}},
    ]);
    let with = |calling: Value| json!({"model": "m", "contents": hello(), "tools": tools, "toolConfig": {"functionCallingConfig": calling}});
    let body = canonical(&with(json!({"mode": "AUTO"})));
    let function = |value: Value| json!({"type": "function", "function": value});
    assert_eq!(
        body["tools"],
        json!([
            function(
                json!({"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}})
            ),
            function(json!({"name": "g", "parameters": {"type": "object"}})),
            function(json!({"name": "h", "parameters": {"type": "object", "properties": {}}})),
        ])
    );
    assert_eq!(body.get("tool_choice"), None);
    assert_eq!(
        dropped(&with(json!({}))),
        "tools[].functionDeclarations[].behavior, tools[].googleSearch, tools[].codeExecution"
    );
    let named = |name: &str| json!({"type": "function", "function": {"name": name}});
    let several = |mode: &str| json!({"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [named("f"), named("g")]}});
    for (calling, choice) in [
        (json!({"mode": "NONE"}), json!("none")),
        (json!({"mode": "ANY"}), json!("required")),
        (json!({"mode": "ANY", "allowedFunctionNames": ["f"]}), named("f")),
        (
            json!({"mode": "ANY", "allowed_function_names": ["f", "g"]}),
            several("required"),
        ),
        (
            json!({"mode": "VALIDATED", "allowedFunctionNames": ["f", "g"]}),
            several("auto"),
        ),
    ] {
        assert_eq!(canonical(&with(calling))["tool_choice"], choice);
    }
}

#[test]
fn the_form_of_the_answer_and_how_hard_to_think() {
    let with = |config: Value| json!({"model": "m", "contents": hello(), "generationConfig": config});
    let schema = |schema: Value| json!({"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}});
    let json_type = "application/json";
    for (config, member, value) in [
        (
            json!({"responseMimeType": json_type}),
            "response_format",
            json!({"type": "json_object"}),
        ),
        (
            json!({"responseMimeType": json_type, "responseSchema": {"type": "ARRAY", "items": {"type": "STRING"}}}),
            "response_format",
            schema(json!({"type": "array", "items": {"type": "string"}})),
        ),
        (
            json!({"responseMimeType": json_type, "responseJsonSchema": {"type": "object"}}),
            "response_format",
            schema(json!({"type": "object"})),
        ),
        (
            json!({"responseMimeType": "text/plain"}),
            "response_format",
            Value::Null,
        ),
        (
            json!({"thinkingConfig": {"thinkingLevel": "HIGH"}}),
            "reasoning_effort",
            json!("high"),
        ),
        (
            json!({"thinkingConfig": {"thinkingBudget": 2048, "includeThoughts": true}}),
            "thinking",
            json!({"type": "enabled", "budget_tokens": 2048}),
        ),
        (
            json!({"thinkingConfig": {"thinkingBudget": 0}}),
            "thinking",
            json!({"type": "disabled"}),
        ),
        (
            json!({"thinkingConfig": {"thinkingBudget": -1}}),
            "thinking",
            Value::Null,
        ),
        (json!({"responseModalities": ["TEXT"]}), "modalities", Value::Null),
        (
            json!({"responseModalities": ["TEXT", "IMAGE"]}),
            "modalities",
            json!(["text", "image"]),
        ),
    ] {
        let body = with(config);
        assert_eq!(
            canonical(&body).get(member).cloned().unwrap_or_default(),
            value,
            "{body}"
        );
        assert_eq!(dropped(&body), "", "{body}");
    }
    let lost = with(json!({"responseMimeType": "text/x.enum", "speechConfig": {"a": 1}, "audioTimestamp": false}));
    assert_eq!(
        dropped(&lost),
        "generationConfig.responseMimeType, generationConfig.speechConfig"
    );
}

#[test]
fn what_nobody_reads_is_listed_by_its_place() {
    let x = json!({"a": 1});
    let body = json!({
        "model": "m",
        "systemInstruction": {"role": "user", "parts": [{"text": "s", "x": x}]},
        "contents": [
            {"role": "user", "x": x, "parts": [
                {"inlineData": {"mimeType": "image/png", "data": "AA==", "displayName": "a"}, "videoMetadata": {"fps": 1}},
            ]},
            {"role": "model", "parts": [
                {"text": "hm", "thought": true},
                {"functionCall": {"name": "f", "willContinue": true}, "partMetadata": x},
            ]},
            {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {}, "scheduling": "SILENT"}}]},
        ],
        "tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": {}, "parameters": x}]}],
        "toolConfig": {"retrievalConfig": x, "functionCallingConfig": {"mode": "AUTO", "x": x}},
        "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW", "thinkingBudget": 9, "includeThoughts": true}},
    });
    let places = [
        "generationConfig.thinkingConfig.thinkingBudget",
        "tools[].functionDeclarations[].parameters",
        "toolConfig.retrievalConfig",
        "toolConfig.functionCallingConfig.x",
        "systemInstruction.parts[].x",
        "contents[].x",
        "contents[].parts[].inlineData.displayName",
        "contents[].parts[].videoMetadata",
        "contents[].parts[].functionCall.willContinue",
        "contents[].parts[].partMetadata",
        "contents[].parts[].thought",
        "contents[].parts[].functionResponse.scheduling",
    ];
    assert_eq!(dropped(&body), places.join(", "));
    let only_own = json!({"model": "m", "contents": hello(), "tools": [{"googleSearch": {}}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}}});
    assert_eq!(
        dropped(&only_own),
        "tools[].googleSearch, toolConfig.functionCallingConfig"
    );
}

#[test]
fn members_of_the_vendor_stay_for_its_adapters_and_others_are_listed() {
    let body = json!({"model": "m", "contents": hello(), "safetySettings": [{"category": "A"}], "labels": {"a": "b"}, "of_tomorrow": 1});
    let text = canonical(&body);
    assert_eq!(
        (&text["safetySettings"], &text["labels"]),
        (&json!([{"category": "A"}]), &json!({"a": "b"}))
    );
    assert_eq!(dropped(&body), "of_tomorrow");
}
