//! Thinking on its way to the client: whose signature it carries.

use jackfield_plugin_sdk::canonical::{Extra, ThinkingBlock, signature};

use crate::model::Model;

/// The signature as it goes to the client. Claude's has no mark, because it is valid wherever Claude is served.
pub(crate) fn carried(signature: &str, model: &Model<'_>) -> String {
    if model.is_claude() {
        signature.to_owned()
    } else {
        signature::mark(&model.origin(), signature)
    }
}

/// A block of thinking that only the vendor can read. Its form differs from that of Anthropic's own API, so it is marked
/// whoever made the model.
pub(crate) fn redacted(data: &str, model: &Model<'_>, index: Option<u32>) -> ThinkingBlock {
    let mut extra = Extra::new();
    if let Some(index) = index {
        extra.insert("index", u64::from(index));
    }
    ThinkingBlock::RedactedThinking {
        data: signature::mark(&model.origin(), data),
        extra,
    }
}
