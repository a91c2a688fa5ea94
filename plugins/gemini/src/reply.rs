//! Translates a buffered reply to a canonical completion: what the chunks of its only event add up to.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{
    ChatCompletion, Choice, ChunkChoice, Content, Delta, Extra, Json, Message, Text, ThinkingBlock, ToolCall,
    ToolCallDelta,
};
use jackfield_plugin_sdk::{Failure, Reply};

use crate::response::State;

/// The completion for a successful reply.
///
/// # Errors
/// If it reports an error, the prompt was blocked, or it is not complete.
pub(crate) fn completion(reply: &Reply, mut state: State, origin: &str) -> Result<ChatCompletion, Failure> {
    let mut said = Vec::new();
    state.read(reply.json()?, origin, &mut said)?;
    let ending = state.finish(origin)?;
    said.extend(ending.choices);
    let mut choices: BTreeMap<u32, Choice> = BTreeMap::new();
    for piece in said {
        let choice = choices.entry(piece.index).or_insert_with(|| Choice {
            index: piece.index,
            ..Choice::default()
        });
        add(choice, piece);
    }
    let complete = |mut choice: Choice| {
        if choice.message.content.is_none() && choice.message.tool_calls.is_empty() {
            choice.message.content = Some(Content::Text(Text::default()));
        }
        choice
    };
    Ok(ChatCompletion {
        id: state.id,
        model: state.model,
        choices: choices.into_values().map(complete).collect(),
        usage: ending.usage,
        extra: ending.rest,
        ..ChatCompletion::default()
    })
}

fn add(choice: &mut Choice, piece: ChunkChoice) {
    choice.finish_reason = piece.finish_reason.or(choice.finish_reason.take());
    choice.extra.extend(piece.extra);
    let message = &mut choice.message;
    let Delta {
        content,
        reasoning_content,
        thinking_blocks,
        tool_calls,
        extra,
        ..
    } = piece.delta;
    if let Some(more) = content {
        append_text(message, &more);
    }
    if let Some(more) = reasoning_content {
        message.reasoning_content.get_or_insert_default().push_str(&more);
    }
    for block in thinking_blocks {
        append_thinking(&mut message.thinking_blocks, block);
    }
    for call in tool_calls {
        append_call(&mut message.tool_calls, call);
    }
    for (name, value) in extra {
        append_entries(&mut message.extra, name, &value);
    }
}

fn append_text(message: &mut Message, more: &str) {
    match &mut message.content {
        Some(Content::Text(text)) => text.push_str(more),
        content => *content = Some(Content::Text(more.into())),
    }
}

/// Adds a piece to the last block, unless that has its signature.
fn append_thinking(blocks: &mut Vec<ThinkingBlock>, piece: ThinkingBlock) {
    let ThinkingBlock::Thinking {
        thinking: more,
        signature: proof,
        ..
    } = piece
    else {
        return;
    };
    match blocks.last_mut() {
        Some(ThinkingBlock::Thinking {
            thinking, signature, ..
        }) if signature.is_none() => {
            thinking.push_str(&more);
            *signature = proof;
        }
        _ => blocks.push(ThinkingBlock::Thinking {
            thinking: more,
            signature: proof,
            extra: Extra::new(),
        }),
    }
}

fn append_call(calls: &mut Vec<ToolCall>, piece: ToolCallDelta) {
    let function = piece.function.unwrap_or_default();
    let arguments = function.arguments.unwrap_or_default();
    match (piece.id, calls.last_mut()) {
        (None, Some(call)) => call.function.arguments.push_str(&arguments),
        (id, _) => {
            let name = function.name.unwrap_or_default();
            let mut call = ToolCall::function(id.unwrap_or_default(), name, arguments);
            call.extra = piece.extra;
            calls.push(call);
        }
    }
}

/// Adds the entries of a list; in a buffered reply they have no index.
fn append_entries(members: &mut Extra, name: String, more: &Json) {
    let mut list: Vec<Extra> = members.read(&name).unwrap_or_default();
    for mut entry in more.read::<Vec<Extra>>().unwrap_or_default() {
        entry.remove("index");
        list.push(entry);
    }
    members.set(name, &list);
}
