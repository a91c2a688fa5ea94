//! Gemini on AI Studio.

use std::collections::HashMap;

use jackfield_tests::vendor::gemini;
use jackfield_tests::vendor::scenario::SIGNATURE;
use serde_json::json;

use super::Adapter;
use crate::client::Dialect;
use crate::feature::Signs;
use crate::requests::{PDF, PIXEL, WAV, schema};

pub(super) fn adapter() -> Adapter {
    let mut signs = contents();
    signs.extend(tools());
    signs.extend(parameters());
    Adapter {
        name: "gemini",
        model: "gemini-3.1-pro-preview",
        base: "/v1beta",
        provider: "api_key: double-key",
        speaks: Some(Dialect::Gemini),
        unsaid: &["ended at a stop sequence"],
        say: gemini::say,
        signs,
    }
}

fn contents() -> HashMap<&'static str, Signs> {
    let part = |member, value| vec![(member, json!(value))];
    let (data, uri) = (
        "/contents/0/parts/0/inlineData/data",
        "/contents/0/parts/0/fileData/fileUri",
    );
    HashMap::from([
        ("sound, inline", part(data, WAV)),
        (
            "earlier reasoning, the vendor's own",
            vec![
                ("/contents/1/parts/0/functionCall/name", json!("look_up")),
                ("/contents/1/parts/0/thoughtSignature", json!(SIGNATURE)),
                ("/contents/2/parts/0/functionResponse/response/output", json!("found")),
            ],
        ),
        ("text", part("/contents/0/parts/0/text", "good morning")),
        ("system prompt", part("/systemInstruction/parts/0/text", "be brief")),
        ("image, inline", part(data, PIXEL)),
        ("image, by URL", part(uri, "https://example.com/a.png")),
        (
            "image in a tool's result",
            vec![
                ("/contents/2/parts/0/functionResponse/name", json!("look_up")),
                ("*", json!(PIXEL)),
            ],
        ),
        ("document, PDF inline", part(data, PDF)),
        ("document, PDF by URL", part(uri, "https://example.com/a.pdf")),
        ("document, plain text", part("*", "alpha")),
    ])
}

fn tools() -> HashMap<&'static str, Signs> {
    let mode = "/toolConfig/functionCallingConfig/mode";
    let allowed = "/toolConfig/functionCallingConfig/allowedFunctionNames";
    HashMap::from([
        ("strict tool", vec![(mode, json!("VALIDATED"))]),
        (
            "tools",
            vec![
                ("/tools/0/functionDeclarations/0/name", json!("look_up")),
                ("/tools/0/functionDeclarations/0/parametersJsonSchema", schema()),
            ],
        ),
        (
            "deprecated functions",
            vec![
                ("/tools/0/functionDeclarations/0/name", json!("look_up")),
                ("/tools/0/functionDeclarations/0/parametersJsonSchema", schema()),
            ],
        ),
        (
            "a deprecated function's result",
            vec![
                ("/contents/1/parts/0/functionCall/name", json!("look_up")),
                ("/contents/2/parts/0/functionResponse/response/output", json!("one")),
            ],
        ),
        ("forced tool", vec![(mode, json!("ANY")), (allowed, json!(["look_up"]))]),
        ("any tool", vec![(mode, json!("ANY"))]),
        ("forbidden tools", vec![(mode, json!("NONE"))]),
        (
            "parallel calls and their results",
            vec![
                ("/contents/1/parts/1/functionCall/name", json!("look_up")),
                ("/contents/2/parts/0/functionResponse/response/output", json!("one")),
                ("/contents/2/parts/1/functionResponse/response/output", json!("two")),
            ],
        ),
        (
            "failed tool",
            vec![(
                "/contents/2/parts/0/functionResponse/response/error",
                json!("no network"),
            )],
        ),
        ("web search", vec![("/tools/0/googleSearch", json!({}))]),
    ])
}

fn parameters() -> HashMap<&'static str, Signs> {
    let schema_at = "/generationConfig/responseJsonSchema/properties";
    HashMap::from([
        (
            "JSON without a schema",
            vec![("/generationConfig/responseMimeType", json!("application/json"))],
        ),
        ("several choices", vec![("/generationConfig/candidateCount", json!(2))]),
        (
            "log probabilities",
            vec![
                ("/generationConfig/responseLogprobs", json!(true)),
                ("/generationConfig/logprobs", json!(2)),
            ],
        ),
        ("top_p", vec![("/generationConfig/topP", json!(0.5))]),
        ("seed", vec![("/generationConfig/seed", json!(7))]),
        (
            "penalties",
            vec![
                ("/generationConfig/frequencyPenalty", json!(0.5)),
                ("/generationConfig/presencePenalty", json!(0.5)),
            ],
        ),
        ("a cheaper tier", vec![("/serviceTier", json!("flex"))]),
        (
            "effort",
            vec![("/generationConfig/thinkingConfig/thinkingLevel", json!("HIGH"))],
        ),
        ("structured output", vec![(schema_at, schema()["properties"].clone())]),
        (
            "stop sequences",
            vec![("/generationConfig/stopSequences/0", json!("###"))],
        ),
        ("temperature", vec![("/generationConfig/temperature", json!(0.5))]),
        ("top_k", vec![("/generationConfig/topK", json!(5))]),
    ])
}
