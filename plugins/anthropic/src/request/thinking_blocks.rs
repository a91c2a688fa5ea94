//! Restores earlier thinking in the form the model signed.

use jackfield_plugin_sdk::canonical::ThinkingBlock;

use super::block::Block;
use crate::origin::returned;

/// The thinking blocks of an earlier turn, in the form the API accepts.
///
/// If a client kept the signature of a single block but its text only as `reasoning_content`, the text is restored. A block
/// without a signature, or of another `origin` than this upstream's, is another vendor's thinking and is left out, because
/// the API refuses it.
///
/// Source: "Preserving thinking blocks", <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>.
pub(super) fn restore(pieces: Vec<ThinkingBlock>, reasoning: Option<String>, origin: Option<&str>) -> Vec<Block> {
    let own = |block| match block {
        ThinkingBlock::Thinking {
            thinking,
            signature: Some(signature),
            ..
        } => {
            let signature = returned(origin, signature)?;
            Some(Block::Thinking { thinking, signature })
        }
        ThinkingBlock::RedactedThinking { data, .. } => {
            let data = returned(origin, data)?;
            Some(Block::RedactedThinking { data })
        }
        _ => None,
    };
    let mut restored: Vec<Block> = ThinkingBlock::signed(pieces).into_iter().filter_map(own).collect();
    if let ([Block::Thinking { thinking, .. }], Some(reasoning)) = (restored.as_mut_slice(), reasoning)
        && thinking.is_empty()
    {
        *thinking = reasoning;
    }
    restored
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::canonical::{ThinkingBlock, signature};
    use serde_json::{Value, json};

    /// The restored blocks as JSON.
    fn restore(pieces: Vec<ThinkingBlock>, reasoning: Option<String>) -> Vec<Value> {
        let blocks = super::restore(pieces, reasoning, None);
        blocks
            .iter()
            .map(|block| serde_json::to_value(block).unwrap())
            .collect()
    }

    fn pieces(value: Value) -> Vec<ThinkingBlock> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_pieces_of_a_stream_are_joined_up_to_each_signature() {
        let restored = restore(
            pieces(json!([
                {"index": 0, "type": "thinking", "thinking": "a"},
                {"index": 0, "type": "thinking", "thinking": "b"},
                {"index": 0, "type": "thinking", "thinking": "", "signature": "s1"},
                {"index": 1, "type": "redacted_thinking", "data": "x"},
                {"index": 2, "type": "thinking", "thinking": "c", "signature": ""},
                {"index": 2, "type": "thinking", "thinking": "", "signature": "s2"},
            ])),
            Some("abc".to_owned()),
        );
        assert_eq!(
            restored,
            [
                json!({"type": "thinking", "thinking": "ab", "signature": "s1"}),
                json!({"type": "redacted_thinking", "data": "x"}),
                json!({"type": "thinking", "thinking": "c", "signature": "s2"}),
            ]
        );
    }

    #[test]
    fn a_lone_signature_gets_its_text_from_the_reasoning_content() {
        let lone = pieces(json!([{"type": "thinking", "thinking": "", "signature": "s"}]));
        let restored = restore(lone, Some("hm".to_owned()));
        assert_eq!(
            restored,
            [json!({"type": "thinking", "thinking": "hm", "signature": "s"})]
        );
    }

    #[test]
    fn thinking_of_another_origin_is_left_out() {
        let foreign = signature::mark("other", "s");
        let blocks = json!([
            {"type": "thinking", "thinking": "hm", "signature": foreign},
            {"type": "redacted_thinking", "data": foreign},
        ]);
        assert!(restore(pieces(blocks), None).is_empty());
    }

    #[test]
    fn thinking_without_a_signature_is_left_out() {
        let unsigned = json!({"index": 0, "type": "thinking", "thinking": "hm"});
        assert!(restore(pieces(json!([unsigned])), None).is_empty());
        let signed = json!({"index": 1, "type": "thinking", "thinking": "so", "signature": "s"});
        let whole = |block: &Value| {
            json!({"type": "thinking", "thinking": block["thinking"],
            "signature": block["signature"]})
        };
        for blocks in [json!([unsigned, signed]), json!([whole(&unsigned), whole(&signed)])] {
            let restored = restore(pieces(blocks), None);
            assert_eq!(restored, [whole(&signed)]);
        }
    }
}
