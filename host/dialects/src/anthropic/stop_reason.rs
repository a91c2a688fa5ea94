//! Why a reply ended: Anthropic's words and OpenAI's.

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

/// The finish reason for a stop reason, the same as the adapters give. An unknown one ends the reply normally.
pub(super) fn finish_reason(stop_reason: &str) -> &'static str {
    match stop_reason {
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        _ => "stop",
    }
}

/// The stop reason for a finish reason. `original` is what an adapter handed on beside it, which counts if it is one of
/// Anthropic's; vLLM puts other things there. Some upstreams say `stop` of a reply that calls tools: Anthropic's clients
/// would not run them.
pub(super) fn stop_reason<'a>(original: Option<&'a str>, finish_reason: Option<&str>, calls_tools: bool) -> &'a str {
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
    use super::{finish_reason, stop_reason};

    #[test]
    fn the_words_go_there_and_back() {
        for (stop, finish) in [
            ("end_turn", "stop"),
            ("max_tokens", "length"),
            ("tool_use", "tool_calls"),
            ("refusal", "content_filter"),
        ] {
            assert_eq!(finish_reason(stop), finish);
            assert_eq!(stop_reason(None, Some(finish), false), stop);
        }
        assert_eq!(finish_reason("stop_sequence"), "stop");
        assert_eq!(finish_reason("of_tomorrow"), "stop");
    }

    #[test]
    fn the_original_counts_if_it_is_anthropics() {
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
