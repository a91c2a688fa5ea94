//! The tool calls of a candidate, whole or in pieces.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Extra, ToolCallDelta};
use serde::{Deserialize, Serialize};

use super::Turn;
use crate::response::arguments::Arguments;
use crate::signature::{self, Place};

/// A call whose arguments arrive in pieces.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OpenCall {
    index: u32,
    arguments: Arguments,
}

// === impl Turn ===

impl Turn<'_> {
    /// A call, or a piece of one: on Vertex AI, arguments may arrive one by one.
    ///
    /// # Errors
    /// If its arguments make no sense.
    pub(super) fn call(&mut self, mut call: Extra, signature: Option<String>) -> Result<(), Failure> {
        let goes_on = call.take("willContinue") == Some(true);
        let pieces: Vec<Extra> = call.take("partialArgs").unwrap_or_default();
        if let Some(name) = call.take::<String>("name").filter(|name| !name.is_empty()) {
            self.close_call();
            self.begin_call(name, call, signature, goes_on || !pieces.is_empty());
        }
        let Some(open) = &mut self.candidate.open else {
            return Ok(());
        };
        let mut text = String::new();
        for piece in &pieces {
            open.arguments.push(piece, &mut text)?;
        }
        let index = open.index;
        if !text.is_empty() {
            self.say_call(ToolCallDelta::arguments(index, text));
        }
        if !goes_on {
            self.close_call();
        }
        Ok(())
    }

    fn begin_call(&mut self, name: String, mut call: Extra, signature: Option<String>, goes_on: bool) {
        let index = self.candidate.calls;
        self.candidate.calls = index.saturating_add(1);
        let id = call.take::<String>("id").filter(|id| !id.is_empty());
        let id = id.unwrap_or_else(|| match (self.reply_id, self.index) {
            ("", _) => format!("call_{index}"),
            (reply, 0) => format!("call_{reply}_{index}"),
            (reply, candidate) => format!("call_{reply}_{candidate}_{index}"),
        });
        let carried = self.sign(Place::Call(index as usize), signature);
        let mut delta = ToolCallDelta::begin(index, id, name);
        if let Some(carried) = carried {
            delta
                .extra
                .insert(signature::EXTRA_CONTENT, signature::extra_content(&carried));
        }
        if goes_on {
            let arguments = Arguments::default();
            self.candidate.open = Some(OpenCall { index, arguments });
        } else if let Some(function) = &mut delta.function {
            let arguments = call.remove("args").filter(|arguments| !arguments.is_null());
            function.arguments = Some(arguments.map_or_else(|| "{}".to_owned(), |json| json.text().to_owned()));
        }
        self.say_call(delta);
    }

    /// Completes the call whose arguments arrive in pieces, if there is one.
    pub(super) fn close_call(&mut self) {
        if let Some(open) = self.candidate.open.take() {
            self.say_call(ToolCallDelta::arguments(open.index, open.arguments.finish()));
        }
    }
}
