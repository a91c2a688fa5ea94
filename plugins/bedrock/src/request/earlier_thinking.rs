//! Restores earlier thinking in the form the model signed.

use jackfield_plugin_sdk::canonical::{ThinkingBlock, signature};

use super::block::{Block, Reasoning};
use crate::model::Model;

/// The thinking of an earlier turn that this model takes back: what Claude has signed anywhere for Claude, and for
/// another maker's models what that maker has signed here. All else is left out, because the API refuses it.
pub(super) fn restore(pieces: Vec<ThinkingBlock>, model: &Model<'_>) -> Vec<Block> {
    let origin = model.origin();
    let own = |carried: &str| match signature::own(&origin, carried) {
        Some(own) => Some(own.to_owned()),
        None => (model.is_claude() && !signature::is_marked(carried)).then(|| carried.to_owned()),
    };
    let restored = |block| match block {
        ThinkingBlock::Thinking {
            thinking,
            signature: Some(signature),
            ..
        } => own(&signature).map(|signature| Reasoning::ReasoningText {
            text: thinking,
            signature,
        }),
        // The API's form of what is redacted differs from that of Anthropic's own API, so only ours comes back.
        ThinkingBlock::RedactedThinking { data, .. } => {
            signature::own(&origin, &data).map(|data| Reasoning::RedactedContent(data.to_owned()))
        }
        _ => None,
    };
    let blocks = ThinkingBlock::signed(pieces).into_iter();
    blocks.filter_map(restored).map(Block::ReasoningContent).collect()
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::canonical::{ThinkingBlock, signature};
    use serde_json::{Value, json};

    use crate::Settings;
    use crate::model::Model;

    fn restore(pieces: &Value, model: &str) -> Value {
        let pieces: Vec<ThinkingBlock> = serde_json::from_value(pieces.clone()).unwrap();
        let settings = Settings::default();
        serde_json::to_value(super::restore(pieces, &Model::of(model, &settings))).unwrap()
    }

    #[test]
    fn only_ones_own_thinking_comes_back() {
        let pieces = json!([
            {"type": "thinking", "thinking": "a", "signature": "claude"},
            {"type": "thinking", "thinking": "b", "signature": signature::mark("bedrock-amazon", "nova")},
            {"type": "thinking", "thinking": "c", "signature": signature::mark("gemini", "g")},
            {"type": "thinking", "thinking": "d"},
            {"type": "redacted_thinking", "data": "first-party"},
            {"type": "redacted_thinking", "data": signature::mark("bedrock-anthropic", "r")},
        ]);
        let text = |text: &str, signature: &str| json!({"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}});
        assert_eq!(
            restore(&pieces, "anthropic.claude-opus-4-6-v1"),
            json!([text("a", "claude"), {"reasoningContent": {"redactedContent": "r"}}])
        );
        assert_eq!(restore(&pieces, "amazon.nova-2-lite-v1:0"), json!([text("b", "nova")]));
        assert_eq!(restore(&pieces, "meta.llama3-3-70b-instruct-v1:0"), json!([]));
    }

    #[test]
    fn the_pieces_of_a_stream_are_joined_up_to_each_signature() {
        let pieces = json!([
            {"index": 0, "type": "thinking", "thinking": "a"},
            {"index": 0, "type": "thinking", "thinking": "b"},
            {"index": 0, "type": "thinking", "thinking": "", "signature": "s"},
            {"index": 1, "type": "thinking", "thinking": "unsigned"},
        ]);
        let expected = json!([{"reasoningContent": {"reasoningText": {"text": "ab", "signature": "s"}}}]);
        assert_eq!(restore(&pieces, "anthropic.claude-3-7-sonnet-20250219-v1:0"), expected);
    }
}
