//! Checking a request of Converse as AWS does.

use serde_json::Value;

use crate::vendor::door::{closed, items};
use crate::vendor::fault::{Fault, demand};

/// The members of AWS's API reference, "Converse".
const BODY: &[&str] = &[
    "additionalModelRequestFields",
    "additionalModelResponseFieldPaths",
    "guardrailConfig",
    "inferenceConfig",
    "messages",
    "outputConfig",
    "performanceConfig",
    "promptVariables",
    "requestMetadata",
    "serviceTier",
    "system",
    "toolConfig",
];

/// What a block of content holds exactly one of.
const BLOCKS: &[&str] = &[
    "audio",
    "cachePoint",
    "citationsContent",
    "document",
    "guardContent",
    "image",
    "reasoningContent",
    "searchResult",
    "text",
    "toolResult",
    "toolUse",
    "video",
];

/// Refuses what AWS would refuse.
pub(super) fn check(body: &Value) -> Result<(), Fault> {
    closed(body, BODY, "the request")?;
    let config = &body["inferenceConfig"];
    if !config.is_null() {
        closed(
            config,
            &["maxTokens", "stopSequences", "temperature", "topP"],
            "inferenceConfig",
        )?;
    }
    for block in items(&body["system"], "system")? {
        one_of(block, &["cachePoint", "guardContent", "text"])?;
    }
    let has_tools = tools(&body["toolConfig"])?;
    messages(items(&body["messages"], "messages")?, has_tools)
}

fn tools(config: &Value) -> Result<bool, Fault> {
    if config.is_null() {
        return Ok(false);
    }
    closed(config, &["toolChoice", "tools"], "toolConfig")?;
    let tools = items(&config["tools"], "toolConfig.tools")?;
    demand(!tools.is_empty(), "toolConfig.tools must have at least one tool")?;
    for tool in tools {
        one_of(tool, &["cachePoint", "systemTool", "toolSpec"])?;
        let spec = &tool["toolSpec"];
        if !spec.is_null() {
            closed(spec, &["description", "inputSchema", "name", "strict"], "toolSpec")?;
            demand(is_name(&spec["name"]), "toolSpec.name must satisfy [a-zA-Z0-9_-]+")?;
            demand(
                spec["inputSchema"]["json"].is_object(),
                "toolSpec.inputSchema is missing",
            )?;
        }
    }
    if !config["toolChoice"].is_null() {
        one_of(&config["toolChoice"], &["any", "auto", "tool"])?;
    }
    Ok(true)
}

/// Alternating turns, the first the user's, in which every call is answered by the next.
fn messages(messages: &[Value], has_tools: bool) -> Result<(), Fault> {
    let mut open: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        closed(message, &["content", "role"], "messages")?;
        let due = ["user", "assistant"][index % 2];
        demand(message["role"] == due, "roles must alternate, and the first be user")?;
        let content = items(&message["content"], "content")?;
        demand(!content.is_empty(), "the content of a message must not be empty")?;
        for block in content {
            one_of(block, BLOCKS)?;
            demand(
                !block["text"].as_str().is_some_and(|text| text.trim().is_empty()),
                BLANK,
            )?;
        }
        let ids = |name: &str| -> Vec<&str> {
            let found = content.iter().filter_map(|block| block[name]["toolUseId"].as_str());
            found.collect()
        };
        let (mut answered, called) = (ids("toolResult"), ids("toolUse"));
        demand(has_tools || (answered.is_empty() && called.is_empty()), NO_TOOLS)?;
        answered.sort_unstable();
        open.sort_unstable();
        demand(answered == open, UNANSWERED)?;
        let with_document = content.iter().any(|block| block["document"].is_object());
        let with_text = content.iter().any(|block| block["text"].is_string());
        demand(!with_document || with_text, "a document needs a text beside it")?;
        open = called;
    }
    demand(!messages.is_empty() && open.is_empty(), UNANSWERED)
}

const BLANK: &str = "The text field in the ContentBlock object is blank. Add text to the text field, and try again.";
const NO_TOOLS: &str = "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
const UNANSWERED: &str = "Expected toolResult blocks for exactly the toolUse blocks of the previous turn.";

/// An object of which exactly one member is set, and that a known one.
fn one_of(object: &Value, known: &[&str]) -> Result<(), Fault> {
    closed(object, known, "a union")?;
    let members = object.as_object().map(serde_json::Map::len);
    demand(members == Some(1), "exactly one member of a union must be set")
}

fn is_name(name: &Value) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    name.as_str()
        .is_some_and(|name| (1..=64).contains(&name.len()) && name.chars().all(fits))
}
