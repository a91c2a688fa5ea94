//! Checking a request for content as Google does.

use serde_json::Value;

use crate::vendor::door::{closed, items};
use crate::vendor::fault::{Fault, demand};

/// The members of Google's API reference, "Generating content".
const BODY: &[&str] = &[
    "cachedContent",
    "contents",
    "generationConfig",
    "safetySettings",
    "serviceTier",
    "store",
    "systemInstruction",
    "toolConfig",
    "tools",
];

/// Those of `GenerationConfig`.
const CONFIG: &[&str] = &[
    "candidateCount",
    "enableEnhancedCivicAnswers",
    "frequencyPenalty",
    "imageConfig",
    "logprobs",
    "maxOutputTokens",
    "mediaResolution",
    "presencePenalty",
    "responseJsonSchema",
    "responseLogprobs",
    "responseMimeType",
    "responseModalities",
    "responseSchema",
    "seed",
    "speechConfig",
    "stopSequences",
    "temperature",
    "thinkingConfig",
    "topK",
    "topP",
];

/// What a part holds exactly one of.
const DATA: &[&str] = &[
    "codeExecutionResult",
    "executableCode",
    "fileData",
    "functionCall",
    "functionResponse",
    "inlineData",
    "text",
];

/// What a part may have beside it.
const BESIDE: &[&str] = &[
    "mediaResolution",
    "partMetadata",
    "thought",
    "thoughtSignature",
    "videoMetadata",
];

/// What a tool is one of.
const TOOL: &[&str] = &[
    "codeExecution",
    "computerUse",
    "fileSearch",
    "functionDeclarations",
    "googleMaps",
    "googleSearch",
    "googleSearchRetrieval",
    "urlContext",
];

/// Refuses what Google would refuse for this model.
pub(super) fn check(body: &Value, model: &str) -> Result<(), Fault> {
    closed(body, BODY, "the request")?;
    let config = &body["generationConfig"];
    if !config.is_null() {
        closed(config, CONFIG, "generation_config")?;
    }
    if !body["systemInstruction"].is_null() {
        parts(&body["systemInstruction"])?;
    }
    tools(body)?;
    turns(items(&body["contents"], "contents")?, model)
}

fn tools(body: &Value) -> Result<(), Fault> {
    for tool in items(&body["tools"], "tools")? {
        closed(tool, TOOL, "tools[]")?;
        let members = tool.as_object().map(serde_json::Map::len);
        demand(members == Some(1), "a tool must have exactly one member")?;
        for function in items(&tool["functionDeclarations"], "function_declarations")? {
            let known = [
                "behavior",
                "description",
                "name",
                "parameters",
                "parametersJsonSchema",
                "response",
                "responseJsonSchema",
            ];
            closed(function, &known, "a function declaration")?;
            demand(function["name"].is_string(), "a function declaration must have a name")?;
        }
    }
    Ok(())
}

/// Turns that answer each call right after it, the last of them the user's.
fn turns(turns: &[Value], model: &str) -> Result<(), Fault> {
    demand(!turns.is_empty(), "contents is not specified")?;
    let mut open = 0;
    for (index, turn) in turns.iter().enumerate() {
        closed(turn, &["parts", "role"], "contents")?;
        let is_model = match turn["role"].as_str() {
            Some("user") => false,
            Some("model") => true,
            _ => return Err(Fault::invalid("Please use a valid role: user, model.")),
        };
        demand(index > 0 || !is_model, "the first turn must be the user's")?;
        let parts = parts(turn)?;
        let count = |name: &str| parts.iter().filter(|part| part[name].is_object()).count();
        demand(count("functionResponse") == open, UNEQUAL)?;
        demand(is_model || count("functionCall") == 0, "only the model calls functions")?;
        open = count("functionCall");
        let first = parts.iter().find(|part| part["functionCall"].is_object());
        let signed = first.is_none_or(|call| call["thoughtSignature"].is_string());
        let message = "Function call is missing a thought_signature in functionCall parts.";
        demand(signed || !model.starts_with("gemini-3"), message)?;
    }
    let last = turns.last().map(|turn| &turn["role"]);
    demand(
        last.is_some_and(|role| role == "user"),
        "the last turn must be the user's",
    )
}

const UNEQUAL: &str = "Please ensure that the number of function response parts is equal to the number of function call \
                       parts of the function call turn.";

fn parts(turn: &Value) -> Result<&[Value], Fault> {
    let parts = items(&turn["parts"], "parts")?;
    demand(!parts.is_empty(), "contents.parts must not be empty.")?;
    for part in parts {
        let known: Vec<&str> = DATA.iter().chain(BESIDE).copied().collect();
        closed(part, &known, "a part")?;
        let data = DATA.iter().filter(|name| !part[**name].is_null()).count();
        demand(data == 1, "required oneof field 'data' must have one initialized field")?;
        if part["functionResponse"].is_object() {
            let is_object = part["functionResponse"]["response"].is_object();
            demand(is_object, "function_response.response must be a struct")?;
        }
    }
    Ok(parts)
}
