//! Why a reply ended: Anthropic's word for OpenAI's.

/// The stop reasons that Anthropic has.
///
/// Source: "Handling stop reasons", <https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons>.
const STOP_REASONS: [&str; 8] = [
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
    "compaction",
];

/// The stop reason for a finish reason. `original` is the one that an adapter passes on next to it; it wins if it is
/// one of Anthropic's (vLLM writes other things there). Some upstreams say `stop` of a reply that calls tools, but
/// Anthropic's clients would not run the tools then.
pub(crate) fn stop_reason<'a>(original: Option<&'a str>, finish_reason: Option<&str>, calls_tools: bool) -> &'a str {
    if let Some(original) = original.filter(|word| STOP_REASONS.contains(word)) {
        return original;
    }
    match finish_reason {
        Some("length") => "max_tokens",
        Some("content_filter") => "refusal",
        Some("tool_calls") => "tool_use",
        _ if calls_tools => "tool_use",
        _ => "end_turn",
    }
}

#[cfg(test)]
mod tests {
    use super::stop_reason;

    #[test]
    fn a_finish_reason_has_its_stop_reason() {
        for (finish, stop) in [
            ("stop", "end_turn"),
            ("length", "max_tokens"),
            ("tool_calls", "tool_use"),
            ("content_filter", "refusal"),
            ("of_tomorrow", "end_turn"),
        ] {
            assert_eq!(stop_reason(None, Some(finish), false), stop);
        }
    }

    #[test]
    fn the_original_wins_if_it_is_anthropics() {
        assert_eq!(stop_reason(Some("stop_sequence"), Some("stop"), false), "stop_sequence");
        assert_eq!(stop_reason(Some("###"), Some("length"), false), "max_tokens");
    }

    #[test]
    fn a_reply_that_calls_tools_stops_for_them() {
        assert_eq!(stop_reason(None, Some("stop"), true), "tool_use");
        assert_eq!(stop_reason(None, None, true), "tool_use");
        assert_eq!(stop_reason(None, Some("length"), true), "max_tokens");
    }
}
