//! A flawless answer, whole or streamed, so that a test can tell what else is at fault.

use jackfield_plugin_sdk::canonical::{
    ChatCompletion, Choice, Chunk, ChunkChoice, Delta, FinishReason, Message, Role, Usage,
};
use jackfield_plugin_sdk::{Answer, Call, Failure, Prepared};

/// The id of every answer.
pub const ID: &str = "chatcmpl-hostile";

/// Answers with `text`.
///
/// # Errors
/// If the answer cannot be written as JSON.
pub fn saying(text: &str, call: &Call<()>) -> Result<Prepared, Failure> {
    let answer = if call.stream {
        Answer::Chunks(chunks(text, &call.model))
    } else {
        Answer::whole(&completion(text, &call.model))?
    };
    Ok(answer.into())
}

fn completion(text: &str, model: &str) -> ChatCompletion {
    let choice = Choice {
        message: Message::text(Role::Assistant, text),
        finish_reason: Some(FinishReason::Stop),
        ..Choice::default()
    };
    ChatCompletion {
        id: ID.to_owned(),
        model: model.to_owned(),
        choices: vec![choice],
        usage: Some(usage()),
        ..ChatCompletion::default()
    }
}

fn chunks(text: &str, model: &str) -> Vec<Chunk> {
    let chunk = |choices: Vec<ChunkChoice>, usage| Chunk {
        id: ID.to_owned(),
        model: model.to_owned(),
        choices,
        usage,
        ..Chunk::default()
    };
    vec![
        chunk(vec![Delta::role().into()], None),
        chunk(vec![Delta::text(text).into()], None),
        chunk(vec![FinishReason::Stop.into()], None),
        chunk(Vec::new(), Some(usage())),
    ]
}

fn usage() -> Usage {
    Usage {
        prompt_tokens: 1,
        completion_tokens: 1,
        total_tokens: 2,
        ..Usage::default()
    }
}
