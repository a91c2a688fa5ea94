//! Maps the API's finish reasons to OpenAI's, and those that mean a failed reply to failures.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::FinishReason;

/// The finish reason of a reply. `calls` tells whether it calls tools. An unknown reason counts as a normal end; the
/// original is kept as `native_finish_reason`.
///
/// Source: <https://ai.google.dev/api/generate-content#FinishReason>, and `FinishReason` in the SDK.
///
/// # Errors
/// Of class malformed, if the model's output was no reply, such as a call that does not parse: another attempt may
/// succeed, and a client must not take it for a finished answer.
pub(crate) fn finish_reason(reason: &str, calls: bool) -> Result<FinishReason, Failure> {
    Ok(match reason {
        "MALFORMED_FUNCTION_CALL"
        | "MALFORMED_RESPONSE"
        | "MISSING_THOUGHT_SIGNATURE"
        | "TOO_MANY_TOOL_CALLS"
        | "UNEXPECTED_TOOL_CALL" => {
            // What the API says beside it quotes the reply, which belongs in no log.
            return Err(Failure::malformed(format!("the reply ended with {reason}")));
        }
        "MAX_TOKENS" | "CONTINUATION" => FinishReason::Length,
        "BLOCKLIST" | "MODEL_ARMOR" | "PROHIBITED_CONTENT" | "RECITATION" | "SAFETY" | "SPII" => {
            FinishReason::ContentFilter
        }
        image if image.starts_with("IMAGE_") => FinishReason::ContentFilter,
        // STOP, LANGUAGE, OTHER, NO_IMAGE, and reasons introduced later.
        _ if calls => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    })
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::FailureClass;

    use super::finish_reason;

    #[test]
    fn every_known_reason_has_its_counterpart() {
        for (reason, calls, expected) in [
            ("STOP", false, "stop"),
            ("STOP", true, "tool_calls"),
            ("OTHER", false, "stop"),
            ("BORED", false, "stop"),
            ("MAX_TOKENS", true, "length"),
            ("SAFETY", false, "content_filter"),
            ("RECITATION", false, "content_filter"),
            ("MODEL_ARMOR", false, "content_filter"),
            ("IMAGE_SAFETY", false, "content_filter"),
            ("IMAGE_OTHER", false, "content_filter"),
        ] {
            let finish = finish_reason(reason, calls).unwrap();
            assert_eq!(finish.as_str(), expected, "{reason}");
        }
    }

    #[test]
    fn a_reply_that_is_none_fails() {
        for reason in [
            "MALFORMED_FUNCTION_CALL",
            "UNEXPECTED_TOOL_CALL",
            "MISSING_THOUGHT_SIGNATURE",
        ] {
            let failure = finish_reason(reason, true).unwrap_err();
            assert_eq!(failure.class, FailureClass::Malformed);
            assert_eq!(failure.message, format!("the reply ended with {reason}"));
        }
    }
}
