//! Why and how a reply ended.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Extra, FinishReason};
use serde::{Deserialize, Serialize};

/// The end of a message: `messageStop` of a stream, and the same members of a whole reply.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Ending {
    stop_reason: String,
    /// What `additionalModelResponseFieldPaths` asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_model_response_fields: Option<Extra>,
}

// === impl Ending ===

impl Ending {
    /// The finish reason, and what goes with it into the choice: the API's own reason, and Claude's stop sequence.
    ///
    /// An unknown reason counts as a normal end. Where the answer comes as a call (`is_answer_call`), that is one too.
    ///
    /// Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>, `stopReason`.
    ///
    /// # Errors
    /// If the model has made nothing that could be used.
    pub(crate) fn into_parts(mut self, is_answer_call: bool) -> Result<(FinishReason, Extra), Failure> {
        if is_answer_call && self.stop_reason == "tool_use" {
            "end_turn".clone_into(&mut self.stop_reason);
        }
        let reason = match self.stop_reason.as_str() {
            "tool_use" => FinishReason::ToolCalls,
            "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
            "guardrail_intervened" | "content_filtered" => FinishReason::ContentFilter,
            "malformed_model_output" | "malformed_tool_use" => {
                let message = format!("the model's output makes no sense ({})", self.stop_reason);
                return Err(Failure::malformed(message));
            }
            _ => FinishReason::Stop,
        };
        let mut extra = Extra::new();
        if !self.stop_reason.is_empty() {
            extra.insert("stop_reason", self.stop_reason);
        }
        if let Some(fields) = self.additional_model_response_fields {
            // A stream has the field below the event of Claude's that it was in.
            let delta: Extra = fields.read("delta").unwrap_or_default();
            let sequence = fields.text("stop_sequence").or_else(|| delta.text("stop_sequence"));
            if let Some(sequence) = sequence {
                extra.insert("stop_sequence", sequence);
            }
        }
        Ok((reason, extra))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Ending;

    fn reason(stop_reason: &str) -> String {
        let ending: Ending = serde_json::from_value(json!({ "stopReason": stop_reason })).unwrap();
        match ending.into_parts(false) {
            Ok((reason, _)) => reason.as_str().to_owned(),
            Err(failure) => failure.class.as_str().to_owned(),
        }
    }

    #[test]
    fn every_stop_reason_has_its_finish_reason() {
        for (stop_reason, expected) in [
            ("end_turn", "stop"),
            ("tool_use", "tool_calls"),
            ("max_tokens", "length"),
            ("stop_sequence", "stop"),
            ("guardrail_intervened", "content_filter"),
            ("content_filtered", "content_filter"),
            ("malformed_model_output", "malformed"),
            ("malformed_tool_use", "malformed"),
            ("model_context_window_exceeded", "length"),
            ("bored", "stop"),
        ] {
            assert_eq!(reason(stop_reason), expected, "{stop_reason}");
        }
    }

    #[test]
    fn the_sequence_is_found_in_both_forms() {
        for fields in [
            json!({"stop_sequence": "END"}),
            json!({"delta": {"stop_sequence": "END"}}),
        ] {
            let ending = json!({"stopReason": "stop_sequence", "additionalModelResponseFields": fields});
            let ending: Ending = serde_json::from_value(ending).unwrap();
            let (_, extra) = ending.into_parts(false).unwrap();
            assert_eq!(extra.text("stop_sequence").as_deref(), Some("END"));
        }
    }
}
