//! Restores the model's earlier thinking.
//!
//! Source: <https://docs.cohere.com/docs/reasoning>: thinking is part of the assistant's message in the history.

use jackfield_plugin_sdk::Draft;
use jackfield_plugin_sdk::canonical::{ThinkingBlock, signature};

use crate::ORIGIN;

/// The thinking of an earlier turn, if it is this vendor's.
///
/// The vendor does not sign its thinking; the adapter marks it, so that of the blocks in a conversation that moved
/// between vendors only the right ones come back. A client of OpenAI's dialect may have kept the text alone.
pub(super) fn restore(
    pieces: Vec<ThinkingBlock>,
    reasoning: Option<String>,
    thinks: bool,
    draft: &mut Draft,
) -> Option<String> {
    let text = if pieces.is_empty() {
        reasoning.filter(|_| thinks || left_out(draft, "messages[].reasoning_content"))
    } else {
        let own = own(pieces, draft);
        own.filter(|_| thinks || left_out(draft, "messages[].thinking_blocks"))
    };
    text.filter(|text| !text.is_empty())
}

/// Names what is left out; false.
fn left_out(draft: &mut Draft, name: &str) -> bool {
    draft.leave_out(name);
    false
}

/// The text of the blocks with our mark.
fn own(pieces: Vec<ThinkingBlock>, draft: &mut Draft) -> Option<String> {
    let mut own = None::<String>;
    for block in ThinkingBlock::signed(pieces) {
        match block {
            ThinkingBlock::Thinking {
                thinking,
                signature: Some(signature),
                ..
            } if signature::own(ORIGIN, &signature).is_some() => own.get_or_insert_default().push_str(&thinking),
            _ => draft.leave_out("messages[].thinking_blocks"),
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::Draft;
    use serde_json::{Value, json};

    fn restore(pieces: Value, reasoning: Option<&str>, thinks: bool) -> Option<String> {
        let pieces = serde_json::from_value(pieces).unwrap();
        super::restore(pieces, reasoning.map(str::to_owned), thinks, &mut Draft::new("m"))
    }

    #[test]
    fn only_the_vendors_own_thinking_comes_back() {
        let blocks = json!([
            {"type": "thinking", "thinking": "not ours", "signature": "EqQB"},
            {"type": "thinking", "thinking": "not ours", "signature": "jackfield.gemini.x"},
            {"type": "redacted_thinking", "data": "x"},
            {"type": "thinking", "thinking": "ours", "signature": "jackfield.cohere."},
        ]);
        assert_eq!(restore(blocks.clone(), Some("all"), true).as_deref(), Some("ours"));
        assert_eq!(restore(blocks, Some("all"), false), None);
    }

    #[test]
    fn the_pieces_of_a_stream_are_joined() {
        let pieces = json!([
            {"index": 0, "type": "thinking", "thinking": "a"},
            {"index": 0, "type": "thinking", "thinking": "b"},
            {"index": 0, "type": "thinking", "thinking": "", "signature": "jackfield.cohere."},
            {"index": 1, "type": "thinking", "thinking": "unmarked"},
        ]);
        assert_eq!(restore(pieces, None, true).as_deref(), Some("ab"));
    }

    #[test]
    fn a_text_alone_is_enough() {
        assert_eq!(restore(json!([]), Some("so"), true).as_deref(), Some("so"));
        assert_eq!(restore(json!([]), Some("so"), false), None);
        assert_eq!(restore(json!([]), Some(""), true), None);
    }
}
