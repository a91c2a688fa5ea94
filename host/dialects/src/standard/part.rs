//! One part of a message's content.

use std::borrow::Cow;

use crate::json::Object;

/// Where parts are.
pub(super) const PLACE: &str = "messages[].content[]";

/// One part of a content.
pub(super) struct Part<'a> {
    /// Its JSON.
    pub(super) json: Cow<'a, str>,
    /// If it is a text and nothing else, that text as JSON.
    pub(super) text: Option<Cow<'a, str>>,
    /// It is an image or a file, which OpenAI does not allow in the result of a tool.
    pub(super) is_media: bool,
}

// === impl Part ===

impl<'a> Part<'a> {
    /// A text, which is a JSON string.
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let json = Object::text(|part| {
            part.raw("type", "\"text\"");
            part.raw("text", &*text);
        });
        Self {
            json: String::from_utf8(json).unwrap_or_default().into(),
            text: Some(text),
            is_media: false,
        }
    }

    /// An image at a URL, which is a JSON string.
    pub(super) fn image(url: &str) -> Self {
        let json = format!(r#"{{"type":"image_url","image_url":{{"url":{url}}}}}"#);
        Self {
            is_media: true,
            ..Self::other(json)
        }
    }

    /// Anything else.
    pub(super) fn other(json: impl Into<Cow<'a, str>>) -> Self {
        Self {
            json: json.into(),
            text: None,
            is_media: false,
        }
    }
}
