//! What the client's messages say that the API has no words for.

use jackfield_plugin_sdk::Dropped;
use jackfield_plugin_sdk::canonical::{Content, ContentPart, Message, Role};

/// Names it. A result's name is that of its tool, which the API knows by the call.
pub(super) fn name(messages: &[Message], dropped: &mut Dropped) {
    for message in messages {
        if message.name.is_some() && !matches!(message.role, Role::Tool) {
            dropped.add("messages[].name");
        }
        let Some(Content::Parts(parts)) = &message.content else {
            continue;
        };
        if parts.iter().any(has_detail) {
            dropped.add("messages[].content[].image_url.detail");
        }
    }
}

fn has_detail(part: &ContentPart) -> bool {
    let ContentPart::ImageUrl { image_url, .. } = part else {
        return false;
    };
    image_url.detail.as_deref().is_some_and(|detail| detail != "auto")
}
