//! A turn of a conversation: what one side says before the other answers.

use serde::Serialize;

use super::block::Block;

/// Everything one side says before the other answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Turn {
    /// `user` or `assistant`.
    pub(super) role: &'static str,
    /// The content blocks.
    pub(super) content: Vec<Block>,
}

/// Adds to the turns: to the last one, if the same side speaks.
pub(super) fn say(turns: &mut Vec<Turn>, role: &'static str, content: Vec<Block>) {
    match turns.last_mut() {
        _ if content.is_empty() => {}
        Some(turn) if turn.role == role => turn.content.extend(content),
        _ => turns.push(Turn { role, content }),
    }
}

// === impl Turn ===

impl Turn {
    /// The user's turn where the API requires one and the client has none.
    pub(super) fn go_on() -> Self {
        Self {
            role: "user",
            content: vec![Block::own_text("Continue.")],
        }
    }

    /// Whether the turn begins with thinking.
    pub(super) fn begins_with_thinking(&self) -> bool {
        self.content.first().is_some_and(Block::is_thinking)
    }

    /// Whether the turn has the result of a tool call.
    pub(super) fn has_result(&self) -> bool {
        self.content
            .iter()
            .any(|block| matches!(block, Block::ToolResult { .. }))
    }

    /// Whether the turn calls a tool.
    pub(super) fn has_call(&self) -> bool {
        self.content.iter().any(|block| block.call().is_some())
    }
}
