//! Pairs tool calls with their results, as the API requires: each id once, and every call answered in the next turn.
//!
//! Source: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls>, "Handling tool use and
//! tool result formatting".

use std::collections::{BTreeMap, BTreeSet};

use jackfield_plugin_sdk::canonical::Extra;

use super::block::Block;
use super::turn::{Turn, say};

/// What a call is answered with if the client has no result.
const NO_RESULT: &str = "This call has no result.";

/// The id with only the characters the API allows (`^[a-zA-Z0-9_-]+$`). Earlier calls in the conversation may come from
/// other providers, whose ids contain dots and colons, or which have none.
pub(super) fn legal_id(id: &str) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match id.trim() {
        "" => "call".to_owned(),
        id => id.replace(|c| !legal(c), "_"),
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
    let others: Vec<Turn> = turns
        .into_iter()
        .map(|turn| Turn {
            role: turn.role,
            content: without_results(turn.content, &calls, &mut results),
        })
        .collect();
    let mut settled = Vec::with_capacity(others.len());
    for turn in others {
        let ids: Vec<String> = turn.content.iter().filter_map(Block::call).map(str::to_owned).collect();
        say(&mut settled, turn.role, turn.content);
        let answers = ids
            .into_iter()
            .map(|id| results.remove(&id).unwrap_or_else(|| no_result(id)));
        say(&mut settled, "user", answers.collect());
    }
    settled
}

/// Takes the results of known calls out of a turn's blocks, and puts the content of the others in their place.
fn without_results(content: Vec<Block>, calls: &BTreeSet<String>, results: &mut BTreeMap<String, Block>) -> Vec<Block> {
    let mut others = Vec::with_capacity(content.len());
    for block in content {
        match block {
            Block::ToolResult { ref tool_use_id, .. } if calls.contains(tool_use_id) => {
                join(results, tool_use_id.clone(), block);
            }
            Block::ToolResult { content, extra, .. } => {
                others.extend(content);
                let own: Vec<Extra> = extra.read("content").unwrap_or_default();
                others.extend(own.into_iter().map(Block::Own));
                let text = extra.text("content").unwrap_or_default();
                others.extend(Block::text(text, Extra::new()));
            }
            other => others.push(other),
        }
    }
    others
}

fn join(results: &mut BTreeMap<String, Block>, id: String, result: Block) {
    match (results.get_mut(&id), result) {
        (None, result) => {
            results.insert(id, result);
        }
        (Some(known), result) if *known == result => {}
        (Some(Block::ToolResult { content, .. }), Block::ToolResult { content: more, .. }) => content.extend(more),
        (Some(_), _) => {}
    }
}

/// The answer to a call whose result the client does not have, as after a break.
fn no_result(tool_use_id: String) -> Block {
    let mut extra = Extra::new();
    extra.insert("is_error", true);
    Block::ToolResult {
        tool_use_id,
        content: vec![Block::own_text(NO_RESULT)],
        extra,
    }
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::canonical::CallIds;

    use super::legal_id;

    #[test]
    fn an_id_is_legal_and_unique_and_its_result_finds_it() {
        let mut calls = CallIds::default();
        assert_eq!(calls.open("functions.f:0", legal_id), "functions_f_0");
        assert_eq!(calls.of_result("functions.f:0", legal_id), "functions_f_0");
        assert_eq!(calls.open("functions.f:0", legal_id), "functions_f_0_2");
        assert_eq!(calls.of_result("functions.f:0", legal_id), "functions_f_0_2");
        assert_eq!(calls.open("functions_f_0", legal_id), "functions_f_0_3");
        assert_eq!(calls.open("", legal_id), "call");
        assert_eq!(calls.of_result("", legal_id), "call");
        assert_eq!(calls.of_result("unknown.1", legal_id), "unknown_1");
    }
}
