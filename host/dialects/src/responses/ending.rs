//! How a response ends.

use super::output::Status;
use crate::json::Object;
use crate::openai::choice::Choice;
use crate::words::stop_reason::{is_cut_off, stop_reason};

/// How a choice ended, in the words of this API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    /// Why the response is incomplete; `None` if it is complete.
    reason: Option<&'static str>,
    /// A limit may have cut the last call off.
    pub(super) is_cut_off: bool,
}

// === impl Ending ===

impl Ending {
    /// The ending that a choice tells, if it tells one.
    pub(super) fn of(choice: &Choice<'_>) -> Option<Self> {
        let finish_reason = choice.finish_reason()?;
        let reason = match stop_reason(None, Some(finish_reason), false) {
            "max_tokens" | "model_context_window_exceeded" => Some("max_output_tokens"),
            "refusal" => Some("content_filter"),
            _ => None,
        };
        Some(Self {
            reason,
            is_cut_off: is_cut_off(finish_reason),
        })
    }

    /// The status of the response, and of the item that ends with it.
    pub(super) fn status(&self) -> Status {
        match self.reason {
            None => Status::Completed,
            Some(_) => Status::Incomplete,
        }
    }

    /// The type of the last event.
    pub(super) fn event(&self) -> &'static str {
        match self.reason {
            None => "response.completed",
            Some(_) => "response.incomplete",
        }
    }

    /// Writes why the response is incomplete.
    pub(super) fn write(&self, response: &mut Object<'_>) {
        match self.reason {
            None => response.raw("incomplete_details", "null"),
            Some(reason) => response.object("incomplete_details", |details| details.string("reason", reason)),
        }
    }
}
