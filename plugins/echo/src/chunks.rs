//! Splits a complete reply into the chunks of a stream.

use jackfield_plugin_sdk::canonical::{
    ChatCompletion, Choice, Chunk, ChunkChoice, Content, Delta, Message, ToolCall, ToolCallDelta,
};

use crate::words;

/// The number of characters of a tool's arguments per chunk.
const PIECE: usize = 8;

/// The chunks: for each choice its role, its words one by one and its finish reason; then the usage.
pub fn of(completion: ChatCompletion) -> Vec<Chunk> {
    let (id, model) = (completion.id, completion.model);
    let chunk = |choices, usage| Chunk {
        id: id.clone(),
        model: model.clone(),
        choices,
        usage,
        ..Chunk::default()
    };
    let choices = completion.choices.into_iter().flat_map(parts);
    let mut chunks: Vec<Chunk> = choices.map(|choice| chunk(vec![choice], None)).collect();
    chunks.push(chunk(Vec::new(), completion.usage));
    chunks
}

/// One choice, from its role to its finish reason.
fn parts(choice: Choice) -> Vec<ChunkChoice> {
    let continued = |delta| ChunkChoice {
        index: choice.index,
        ..ChunkChoice::from(delta)
    };
    let mut parts: Vec<_> = deltas(&choice.message).into_iter().map(continued).collect();
    let finish_reason = choice.finish_reason;
    parts.push(ChunkChoice {
        index: choice.index,
        finish_reason,
        ..ChunkChoice::default()
    });
    parts
}

fn deltas(message: &Message) -> Vec<Delta> {
    let thought = message.reasoning_content.as_deref().unwrap_or_default();
    let text = message.content.as_ref().map(Content::joined_text).unwrap_or_default();
    let mut deltas = vec![Delta::role()];
    deltas.extend(words::pieces(thought).into_iter().map(Delta::reasoning));
    deltas.extend(words::pieces(&text).into_iter().map(Delta::text));
    deltas.extend(
        message
            .tool_calls
            .iter()
            .zip(0..)
            .flat_map(|(call, index)| called(call, index)),
    );
    deltas
}

/// One tool call: its name, then its arguments in pieces.
fn called(call: &ToolCall, index: u32) -> Vec<Delta> {
    let letters: Vec<char> = call.function.arguments.chars().collect();
    let begin = ToolCallDelta::begin(index, call.id.as_str(), call.function.name.as_str());
    let pieces = letters
        .chunks(PIECE)
        .map(|piece| ToolCallDelta::arguments(index, piece.iter().collect::<String>()));
    let deltas = std::iter::once(begin).chain(pieces);
    deltas
        .map(|delta| Delta {
            tool_calls: vec![delta],
            ..Delta::default()
        })
        .collect()
}
