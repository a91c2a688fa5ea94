//! Maps Anthropic's stop reasons to OpenAI's finish reasons.

/// The finish reason for a stop reason.
///
/// An unknown reason counts as a normal end; the original is preserved as `stop_reason`.
///
/// Source: "Handling stop reasons", <https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons>.
pub(crate) fn finish_reason(stop_reason: &str) -> &'static str {
    match stop_reason {
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        // end_turn, stop_sequence, pause_turn, compaction, and reasons introduced later.
        _ => "stop",
    }
}

#[cfg(test)]
mod tests {
    use super::finish_reason;

    #[test]
    fn every_known_stop_reason_has_its_finish_reason() {
        for (stop_reason, expected) in [
            ("end_turn", "stop"),
            ("stop_sequence", "stop"),
            ("pause_turn", "stop"),
            ("max_tokens", "length"),
            ("model_context_window_exceeded", "length"),
            ("tool_use", "tool_calls"),
            ("refusal", "content_filter"),
        ] {
            assert_eq!(finish_reason(stop_reason), expected, "{stop_reason}");
        }
    }

    #[test]
    fn an_unknown_stop_reason_ends_the_reply_normally() {
        assert_eq!(finish_reason("bored"), "stop");
    }
}
