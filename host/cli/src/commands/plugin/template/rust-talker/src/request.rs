//! The request for the upstream.

use jackfield_plugin_sdk::canonical::{ChatRequest, Content};
use jackfield_plugin_sdk::{Call, Exchange, Failure, Prepared};
use serde_json::json;

use crate::settings::Settings;

/// Turns a client's request into an exchange with the upstream.
pub(crate) fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
    let request: ChatRequest = call.chat()?;
    let turns = request.messages.iter().map(|message| {
        let text = message.content.as_ref().map(Content::joined_text);
        json!({ "speaker": message.role, "text": text })
    });
    let turns: Vec<_> = turns.collect();
    let body = json!({ "engine": call.model, "turns": turns, "live": call.stream });
    let exchange = Exchange::post("/talk").json(&body)?;
    Ok(if call.stream { exchange.sse() } else { exchange }.into())
}
