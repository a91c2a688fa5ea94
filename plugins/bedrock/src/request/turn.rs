//! The turns of a conversation, in the order that the API demands: sides alternate, and the results of all calls
//! follow right after them.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/tool-use-inference-call.html>.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::block::{Block, ToolResult};

/// What a call is answered with if the client has no result.
const NO_RESULT: &str = "This call has no result.";

/// What the assistant says between the results of its calls and the user's words.
const HAS_RESULTS: &str = "I have the results.";

/// Everything one side says before the other answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Turn {
    /// `user` or `assistant`.
    pub(super) role: &'static str,
    /// The content blocks.
    pub(super) content: Vec<Block>,
}

/// Adds to the turns: to the last one, if the same side speaks. A cache point alone says nothing.
pub(super) fn say(turns: &mut Vec<Turn>, role: &'static str, content: Vec<Block>) {
    match turns.last_mut() {
        Some(turn) if turn.role == role => turn.content.extend(content),
        _ if content.iter().all(Block::is_cache_point) => {}
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
    pub(super) fn begins_with_reasoning(&self) -> bool {
        self.content.first().is_some_and(Block::is_reasoning)
    }

    /// Whether the turn has the result of a tool call.
    pub(super) fn has_result(&self) -> bool {
        self.content.iter().any(|block| matches!(block, Block::ToolResult(_)))
    }

    /// Whether the turn calls a tool.
    pub(super) fn has_call(&self) -> bool {
        self.content.iter().any(|block| block.call().is_some())
    }

    /// A document needs a text beside it.
    pub(super) fn with_text_for_documents(mut self) -> Self {
        let has = |is: fn(&Block) -> bool| self.content.iter().any(is);
        if has(|block| matches!(block, Block::Document(_))) && !has(|block| matches!(block, Block::Text(_))) {
            self.content.push(Block::own_text("The document is attached."));
        }
        self
    }
}

/// The turns with every call's results at the start of the next one. Several results of one call become one. What
/// answers no call becomes the user's words.
pub(super) fn settled(turns: Vec<Turn>) -> Vec<Turn> {
    let calls = turns.iter().flat_map(|turn| &turn.content).filter_map(Block::call);
    let calls: BTreeSet<String> = calls.map(str::to_owned).collect();
    if calls.is_empty() && !turns.iter().any(Turn::has_result) {
        return turns;
    }
    let mut results = BTreeMap::new();
    let mut others = Vec::with_capacity(turns.len());
    for turn in turns {
        let content = without_results(turn.content, &calls, &mut results);
        others.push((turn.role, content));
    }
    let mut settled = Vec::with_capacity(others.len());
    for (role, content) in others {
        let ids: Vec<String> = content.iter().filter_map(Block::call).map(str::to_owned).collect();
        say(&mut settled, role, content);
        let answers = ids.into_iter().map(|id| {
            let result = results.remove(&id).unwrap_or_else(|| no_result(id));
            Block::ToolResult(result)
        });
        say(&mut settled, "user", answers.collect());
    }
    settled
}

/// The turns with the user's words apart from results: many models refuse both in one turn. The sides alternate, so the
/// assistant has to say something in between.
pub(super) fn apart(turns: Vec<Turn>) -> Vec<Turn> {
    let mut apart = Vec::with_capacity(turns.len());
    for turn in turns {
        let is_result = |block: &Block| matches!(block, Block::ToolResult(_));
        let last = turn.content.iter().rposition(is_result);
        let end = last.map_or(0, |last| {
            let points = turn.content[last + 1..]
                .iter()
                .take_while(|block| block.is_cache_point());
            last + 1 + points.count()
        });
        let mut results = turn.content;
        let words = results.split_off(end);
        if results.is_empty() || words.is_empty() {
            results.extend(words);
            say(&mut apart, turn.role, results);
        } else {
            say(&mut apart, turn.role, results);
            say(&mut apart, "assistant", vec![Block::own_text(HAS_RESULTS)]);
            say(&mut apart, turn.role, words);
        }
    }
    apart
}

/// Takes the results of known calls out of a turn's blocks, and puts the content of the others in their place.
fn without_results(
    content: Vec<Block>,
    calls: &BTreeSet<String>,
    results: &mut BTreeMap<String, ToolResult>,
) -> Vec<Block> {
    let mut others = Vec::with_capacity(content.len());
    for block in content {
        match block {
            Block::ToolResult(result) if calls.contains(&result.id) => match results.get_mut(&result.id) {
                None => {
                    results.insert(result.id.clone(), result);
                }
                Some(known) if *known == result => {}
                Some(known) => known.content.extend(result.content),
            },
            Block::ToolResult(result) => others.extend(result.content),
            other => others.push(other),
        }
    }
    others
}

/// The answer to a call whose result the client does not have, as after a break.
fn no_result(id: String) -> ToolResult {
    ToolResult {
        id,
        content: vec![Block::own_text(NO_RESULT)],
        status: Some("error"),
    }
}
