//! The upstream's reply in one piece, made canonical.

use jackfield_plugin_sdk::canonical::{ChatCompletion, Choice, FinishReason, Message, Role, Usage};
use jackfield_plugin_sdk::{Call, Failure, Reply, Step};
use serde::Deserialize;

use crate::settings::Settings;

#[derive(Deserialize)]
struct Said {
    text: String,
    heard: u64,
    spoken: u64,
}

/// Turns a reply with a good status into OpenAI's form.
pub(crate) fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let said: Said = reply.json()?;
    let choice = Choice {
        message: Message::text(Role::Assistant, said.text),
        finish_reason: Some(FinishReason::Stop),
        ..Choice::default()
    };
    Step::done(&ChatCompletion {
        model: call.model.clone(),
        choices: vec![choice],
        usage: Some(Usage::of(said.heard, said.spoken)),
        ..ChatCompletion::default()
    })
}
