//! Why a reply ended.
//!
//! Source: `finish_reason` in <https://docs.cohere.com/reference/chat>. The last two below are those of version 1, which
//! some deployments still say.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Choice, ChunkChoice, Extra, FinishReason};

/// The end of a reply: OpenAI's reason, and Anthropic's where that says more.
#[derive(Debug, PartialEq)]
pub(crate) struct Finish {
    reason: FinishReason,
    stop_reason: Option<&'static str>,
}

// === impl Finish ===

impl Finish {
    /// The end that a finish reason tells. An unknown one counts as a normal end.
    ///
    /// # Errors
    /// If the reply broke off. `error` is what the upstream says about it.
    pub(crate) fn of(reason: &str, error: Option<&str>, calls_tools: bool) -> Result<Self, Failure> {
        let words = |usual: &str| error.unwrap_or(usual).to_owned();
        let (reason, stop_reason) = match reason {
            "MAX_TOKENS" => (FinishReason::Length, None),
            "TOOL_CALL" => (FinishReason::ToolCalls, None),
            "STOP_SEQUENCE" => (FinishReason::Stop, Some("stop_sequence")),
            "ERROR_TOXIC" => (FinishReason::ContentFilter, None),
            "TIMEOUT" => return Err(Failure::timeout(words("the reply broke off: TIMEOUT"))),
            "ERROR_LIMIT" => {
                return Err(Failure::context_length(words(
                    "the conversation is too long for the model",
                )));
            }
            broken if broken.starts_with("ERROR") => {
                return Err(Failure::overloaded(words("the reply broke off: ERROR")));
            }
            _ if error.is_some() => return Err(Failure::overloaded(words(""))),
            _ if calls_tools => (FinishReason::ToolCalls, None),
            // COMPLETE, and reasons introduced later.
            _ => (FinishReason::Stop, None),
        };
        Ok(Self { reason, stop_reason })
    }

    /// Whether the token limit cut the reply off.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.reason == FinishReason::Length
    }

    /// Ends a choice of a whole reply.
    pub(crate) fn end(self, choice: &mut Choice) {
        choice.extra.extend(self.extra());
        choice.finish_reason = Some(self.reason);
    }

    /// The choice of a stream's last chunk.
    pub(crate) fn chunk(self) -> ChunkChoice {
        ChunkChoice {
            extra: self.extra(),
            ..ChunkChoice::from(self.reason)
        }
    }

    fn extra(&self) -> Extra {
        let mut extra = Extra::new();
        if let Some(reason) = self.stop_reason {
            extra.insert("stop_reason", reason);
        }
        extra
    }
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::FailureClass;

    use super::Finish;

    #[test]
    fn every_reason_has_its_end() {
        for (reason, calls, expected) in [
            ("COMPLETE", false, "stop"),
            ("COMPLETE", true, "tool_calls"),
            ("STOP_SEQUENCE", false, "stop"),
            ("MAX_TOKENS", true, "length"),
            ("TOOL_CALL", true, "tool_calls"),
            ("ERROR_TOXIC", false, "content_filter"),
            ("OF_TOMORROW", false, "stop"),
        ] {
            let finish = Finish::of(reason, None, calls).unwrap();
            assert_eq!(finish.reason.as_str(), expected, "{reason}");
        }
    }

    #[test]
    fn what_broke_off_is_a_failure() {
        for (reason, error, class) in [
            ("ERROR", None, FailureClass::Overloaded),
            ("ERROR", Some("busy"), FailureClass::Overloaded),
            ("TIMEOUT", None, FailureClass::Timeout),
            ("ERROR_LIMIT", None, FailureClass::ContextLength),
            ("COMPLETE", Some("busy"), FailureClass::Overloaded),
        ] {
            let failure = Finish::of(reason, error, false).unwrap_err();
            assert_eq!(failure.class, class, "{reason}");
            assert_eq!(failure.message.contains("busy"), error.is_some());
        }
    }
}
