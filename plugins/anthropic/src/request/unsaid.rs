//! What the client's request says that the API has no words for.

use jackfield_plugin_sdk::Dropped;
use jackfield_plugin_sdk::canonical::{ChatRequest, Content, ContentPart, Message, Role, ThinkingBlock};

use crate::origin::returned;

/// The members without a struct that are sent, or named where they are read.
const KNOWN: [&str; 11] = [
    "messages[].cache_control",
    "messages[].content[].*",
    "messages[].content_blocks",
    "messages[].is_error",
    "messages[].tool_calls[].cache_control",
    "messages[].tool_calls[].caller",
    "output_config.*",
    "thinking.*",
    "tools[].*",
    "tools[].function.*",
    "web_search_options.user_location",
];

/// Names it. A result's name is that of its tool, which the API knows by the call. `origin` is whose thinking this
/// upstream takes back.
pub(super) fn name(request: &ChatRequest, origin: Option<&str>, dropped: &mut Dropped) {
    request.name_unknown(&KNOWN, dropped);
    for message in &request.messages {
        if message.name.is_some() && !matches!(message.role, Role::Tool) {
            dropped.add("messages[].name");
        }
        if let Some(thought) = lost_thought(message, origin) {
            dropped.add(thought);
        }
        let Some(Content::Parts(parts)) = &message.content else {
            continue;
        };
        if parts.iter().any(has_detail) {
            dropped.add("messages[].content[].image_url.detail");
        }
    }
}

/// The member with the thinking of a turn of which none goes back.
fn lost_thought(message: &Message, origin: Option<&str>) -> Option<&'static str> {
    let goes_back = |block: &ThinkingBlock| match block {
        ThinkingBlock::Thinking {
            signature: Some(carried),
            ..
        }
        | ThinkingBlock::RedactedThinking { data: carried, .. } => {
            !carried.is_empty() && returned(origin, carried.clone()).is_some()
        }
        _ => false,
    };
    if message.thinking_blocks.iter().any(goes_back) {
        return None;
    }
    let has_text = message.reasoning_content.as_ref().is_some_and(|text| !text.is_empty());
    match message.thinking_blocks.as_slice() {
        [] => has_text.then_some("messages[].reasoning_content"),
        _ => Some("messages[].thinking_blocks"),
    }
}

fn has_detail(part: &ContentPart) -> bool {
    let ContentPart::ImageUrl { image_url, .. } = part else {
        return false;
    };
    image_url.detail.as_deref().is_some_and(|detail| detail != "auto")
}
