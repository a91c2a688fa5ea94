//! How a translated message ends: its stop reason, and the sequence that stopped the model.

use super::message::filled_string;
use crate::json::text::text;
use crate::json::{Members, Object, json_string};
use crate::openai::choice::Choice;
use crate::words::stop_reason::{is_cut_off, stop_reason};

/// How a choice ends, in OpenAI's words and in those that come with them.
#[derive(Debug)]
pub(super) struct Ending {
    finish_reason: String,
    /// Anthropic's own reason, which an adapter passes on next to the finish reason.
    stop_reason: Option<String>,
    /// The sequence that stopped the model, as JSON.
    stop_sequence: Option<String>,
    /// The sequence was one of the client's, as the upstream itself told.
    is_matched: bool,
}

/// The sequences at which the client of `/v1/messages` wants the model to stop.
pub(super) fn stop_sequences(request: &Members<'_>) -> Vec<String> {
    let list = request.get("stop_sequences");
    list.and_then(|list| serde_json::from_str(list.get()).ok())
        .unwrap_or_default()
}

// === impl Ending ===

impl Ending {
    /// The ending that a choice tells, if it tells one. `asked` are the client's stop sequences.
    ///
    /// An adapter may pass on Anthropic's own reason and sequence. vLLM and `SGLang` tell the sequence that stopped the
    /// model as `stop_reason` and `matched_stop`; both write the number of a token there if one of the model's own did.
    ///
    /// Sources: <https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html>,
    /// <https://docs.sglang.ai/basic_usage/openai_api_completions.html>.
    pub(super) fn of(choice: &Choice<'_>, asked: &[String]) -> Option<Self> {
        let finish_reason = choice.finish_reason()?.to_owned();
        let told = [choice.matched_stop, choice.stop_reason]
            .into_iter()
            .flatten()
            .filter_map(text);
        let matched = told
            .filter(|_| finish_reason == "stop")
            .find(|told| asked.contains(told));
        Some(Self {
            finish_reason,
            stop_reason: filled_string(choice.stop_reason).map(|word| word.trim_matches('"').to_owned()),
            is_matched: matched.is_some(),
            stop_sequence: matched
                .map(|sequence| json_string(&sequence))
                .or_else(|| filled_string(choice.stop_sequence).map(ToOwned::to_owned)),
        })
    }

    /// Takes what a repeated ending adds to the first.
    pub(super) fn complete(&mut self, later: Self) {
        self.stop_reason = later.stop_reason.or(self.stop_reason.take());
        if later.stop_sequence.is_some() {
            (self.stop_sequence, self.is_matched) = (later.stop_sequence, later.is_matched);
        }
    }

    /// True if a limit may have cut the last call off.
    pub(super) fn is_cut_off(&self) -> bool {
        is_cut_off(&self.finish_reason)
    }

    /// Writes the members that say how the message ended. A client would not run the tools of a message that a sequence
    /// stopped.
    pub(super) fn write(&self, object: &mut Object<'_>, calls_tools: bool) {
        let is_matched = self.is_matched && !calls_tools;
        let original = if self.is_matched {
            None
        } else {
            self.stop_reason.as_deref()
        };
        let reason = if is_matched {
            "stop_sequence"
        } else {
            stop_reason(original, Some(&self.finish_reason), calls_tools)
        };
        object.string("stop_reason", reason);
        let sequence = self.stop_sequence.as_deref().filter(|_| is_matched || !self.is_matched);
        object.raw("stop_sequence", sequence.unwrap_or("null"));
    }
}
