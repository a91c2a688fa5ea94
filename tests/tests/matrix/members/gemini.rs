//! The members of a request in Google's dialect: at its top, in its contents and parts, and in its tools.

use serde_json::{Value, json};

use super::Member;
use crate::requests::{PDF, PIXEL, gemini_tool};

/// The name that nobody knows.
const UNKNOWN: &str = "ofTomorrow";

/// All of them.
pub(crate) fn all() -> Vec<Member> {
    [at_top(), of_config(), of_parts(), of_tools()]
        .into_iter()
        .flatten()
        .collect()
}

fn unknown() -> Value {
    json!({ "a": 1 })
}

fn at_top() -> Vec<Member> {
    [
        ("cachedContent", json!("cachedContents/c1")),
        ("labels", json!({ "a": "b" })),
        (UNKNOWN, unknown()),
        (
            "safetySettings",
            json!([{ "category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE" }]),
        ),
        ("systemInstruction", json!({ "parts": [{ "text": "be brief" }] })),
    ]
    .into_iter()
    .map(|(name, value)| Member::at_top(name, value))
    .collect()
}

fn of_config() -> Vec<Member> {
    let config = json!({ "generationConfig": { "temperature": 0.5 } });
    let thinking = json!({ "generationConfig": { "thinkingConfig": { "thinkingLevel": "HIGH" } } });
    let mut members: Vec<Member> = [
        ("enableEnhancedCivicAnswers", json!(true)),
        ("maxOutputTokens", json!(77)),
        ("mediaResolution", json!("MEDIA_RESOLUTION_LOW")),
        (UNKNOWN, unknown()),
        ("speechConfig", json!({ "languageCode": "de" })),
        ("stopSequences", json!(["###"])),
        ("topP", json!(0.5)),
    ]
    .into_iter()
    .map(|(name, value)| Member::within(&config, "/generationConfig", name, value))
    .collect();
    members.push(Member::within(
        &thinking,
        "/generationConfig/thinkingConfig",
        UNKNOWN,
        unknown(),
    ));
    members
}

fn of_parts() -> Vec<Member> {
    let call = json!({ "functionCall": { "id": "c1", "name": "look_up", "args": { "q": "x" } }, "thoughtSignature": "skip_thought_signature_validator" });
    let result = json!({ "functionResponse": { "id": "c1", "name": "look_up", "response": { "output": "found" } } });
    let data = |kind: &str, data: &str| json!({ "inlineData": { "mimeType": kind, "data": data } });
    let request = json!({
        "tools": [gemini_tool()],
        "systemInstruction": { "parts": [{ "text": "be brief" }] },
        "contents": [
            { "role": "user", "parts": [{ "text": "look" }, data("image/png", PIXEL)] },
            { "role": "model", "parts": [{ "text": "I look" }, call] },
            { "role": "user", "parts": [result] },
        ],
    });
    let document =
        json!({ "contents": [{ "role": "user", "parts": [data("application/pdf", PDF), { "text": "hi" }] }] });
    let places = [
        "/systemInstruction/parts/0",
        "/contents/0",
        "/contents/0/parts/0",
        "/contents/0/parts/1",
        "/contents/0/parts/1/inlineData",
        "/contents/1",
        "/contents/1/parts/0",
        "/contents/1/parts/1",
        "/contents/1/parts/1/functionCall",
        "/contents/2/parts/0",
        "/contents/2/parts/0/functionResponse",
    ];
    let mut members: Vec<Member> = places
        .into_iter()
        .map(|place| Member::within(&request, place, UNKNOWN, unknown()))
        .collect();
    members.extend([
        Member::within(&document, "/contents/0/parts/0", UNKNOWN, unknown()),
        Member::within(
            &document,
            "/contents/0/parts/0/inlineData",
            "displayName",
            json!("a.pdf"),
        ),
        Member::within(&document, "/contents/0/parts/0/inlineData", UNKNOWN, unknown()),
    ]);
    members
}

fn of_tools() -> Vec<Member> {
    let mut request = json!({ "tools": [gemini_tool()] });
    request["toolConfig"] = json!({ "functionCallingConfig": { "mode": "AUTO" } });
    let function = "/tools/0/functionDeclarations/0";
    vec![
        Member::within(&request, "/tools/0", UNKNOWN, unknown()),
        Member::within(&request, function, UNKNOWN, unknown()),
        Member::within(&request, function, "behavior", json!("NON_BLOCKING")),
        Member::within(&request, function, "description", json!("Other.")),
        Member::within(&request, "/toolConfig", UNKNOWN, unknown()),
        Member::within(&request, "/toolConfig/functionCallingConfig", UNKNOWN, unknown()),
    ]
}
