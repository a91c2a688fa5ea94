//! The messages of earlier turns, for vendors that need something in them.

use jackfield_plugin_sdk::canonical::{Extra, Json};
use jackfield_plugin_sdk::{Call, Failure};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::preset::{History, Reasoning};
use crate::settings::Settings;

const REASONING: &str = "reasoning_content";
const DETAILS: &str = "reasoning_details";

/// The request's messages.
#[derive(Deserialize)]
struct Conversation {
    messages: Vec<Json>,
}

/// The messages as the vendor needs them; `None` if they stay unchanged. `thinks` is false if thinking is switched off.
///
/// # Errors
/// Of class client, if there are no messages.
pub fn rewritten(call: &Call<Settings>, history: &History, thinks: bool) -> Result<Option<Box<RawValue>>, Failure> {
    if *history == History::ANY {
        return Ok(None);
    }
    let Conversation { mut messages } = call.body()?;
    let mut is_changed = false;
    for message in &mut messages {
        if let Some(changed) = changed(message, history, thinks) {
            *message = changed;
            is_changed = true;
        }
    }
    Ok(if is_changed {
        Some(to_raw_value(&messages)?)
    } else {
        None
    })
}

/// The message if it changes. The upstream says what is wrong with one that cannot be read.
fn changed(message: &Json, history: &History, thinks: bool) -> Option<Json> {
    let mut message: Extra = message.read()?;
    let role = message.text("role").unwrap_or_default();
    let is_flattened = history.is_flat && flatten(&mut message);
    let is_renamed = history.is_system && role == "developer";
    if is_renamed {
        message.insert("role", "system");
    }
    let is_filled = role == "assistant" && reason(&mut message, &history.reasoning, thinks);
    (is_flattened || is_renamed || is_filled).then(|| message.into())
}

/// Joins the texts of a content that is nothing but texts.
fn flatten(message: &mut Extra) -> bool {
    let texts: Option<Vec<String>> = match message.read::<Vec<Extra>>("content") {
        Some(parts) => parts.iter().map(text).collect(),
        None => return false,
    };
    let Some(texts) = texts else { return false };
    message.insert("content", texts.join("\n"));
    true
}

fn text(part: &Extra) -> Option<String> {
    part.text("type").filter(|kind| kind == "text")?;
    part.text("text")
}

/// Puts the assistant's reasoning where the vendor looks for it. Returns whether the message has changed.
fn reason(message: &mut Extra, reasoning: &Reasoning, thinks: bool) -> bool {
    let filler = match reasoning {
        Reasoning::Free => return false,
        Reasoning::Details => return detail(message),
        Reasoning::Everywhere(filler) => filler,
        Reasoning::WithCalls(filler) => {
            let calls: Vec<Json> = message.read("tool_calls").unwrap_or_default();
            if calls.is_empty() {
                return false;
            }
            filler
        }
    };
    let is_missing = message
        .text(REASONING)
        .is_none_or(|text| text.is_empty() && !filler.is_empty());
    if thinks && is_missing {
        message.insert(REASONING, *filler);
    }
    thinks && is_missing
}

/// Moves `reasoning_content` to `reasoning_details`, unless those are there already.
fn detail(message: &mut Extra) -> bool {
    let Some(text) = message.remove(REASONING).filter(Json::is_string) else {
        return false;
    };
    if !message.contains_key(DETAILS) {
        let mut detail = Extra::new();
        detail.insert("type", "reasoning.text");
        detail.insert("text", text);
        message.set(DETAILS, &[detail]);
    }
    true
}
