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

/// The finish reasons of a reply that broke off, in lower case, with who says so. OpenAI has none of them.
///
/// Sources: <https://openrouter.ai/docs/api-reference/errors>, <https://docs.mistral.ai/api>,
/// <https://api-docs.deepseek.com/api/create-chat-completion>, <https://docs.z.ai/api-reference/llm/chat-completion>,
/// <https://docs.vllm.ai>.
const BROKEN: [&str; 9] = [
    // vLLM and SGLang, of a request that was ended from outside.
    "abort",
    "aborted",
    // OpenRouter, Mistral, vLLM and Cohere.
    "error",
    // DeepSeek.
    "insufficient_system_resource",
    "internal_error",
    // Google, of a call that its model spoiled.
    "malformed_function_call",
    // Zhipu.
    "network_error",
    "server_error",
    "timeout",
];

/// True for the finish reason or stop reason of a reply that broke off: it must not look finished.
pub(crate) fn is_broken(reason: &str) -> bool {
    let reason = reason.rsplit(' ').next().unwrap_or(reason);
    BROKEN.iter().any(|broken| reason.eq_ignore_ascii_case(broken))
}

/// The stop reason for a finish reason. `original` is the one that an adapter passes on next to it; it wins if it is
/// one of Anthropic's (vLLM writes other things there). Some upstreams say `stop` of a reply that calls tools, but
/// Anthropic's clients would not run the tools then.
pub(crate) fn stop_reason<'a>(original: Option<&'a str>, finish_reason: Option<&str>, calls_tools: bool) -> &'a str {
    if let Some(original) = original.filter(|word| STOP_REASONS.contains(word)) {
        return original;
    }
    match finish_reason {
        Some("length" | "max_tokens" | "model_length") => "max_tokens",
        Some("content_filter" | "sensitive" | "refusal") => "refusal",
        Some("model_context_window_exceeded") => "model_context_window_exceeded",
        Some("tool_calls" | "function_call" | "tool_use") => "tool_use",
        _ if calls_tools => "tool_use",
        _ => "end_turn",
    }
}

/// True if this reason says that the reply was cut off, so that a call's arguments may be incomplete.
pub(crate) fn is_cut_off(finish_reason: &str) -> bool {
    let cut_off = ["max_tokens", "refusal", "model_context_window_exceeded"];
    cut_off.contains(&stop_reason(None, Some(finish_reason), false))
}

#[cfg(test)]
mod tests {
    use super::{is_broken, is_cut_off, stop_reason};

    #[test]
    fn a_finish_reason_has_its_stop_reason() {
        for (finish, stop) in [
            ("stop", "end_turn"),
            ("length", "max_tokens"),
            ("tool_calls", "tool_use"),
            ("content_filter", "refusal"),
            ("model_length", "max_tokens"),
            ("sensitive", "refusal"),
            ("of_tomorrow", "end_turn"),
        ] {
            assert_eq!(stop_reason(None, Some(finish), false), stop);
        }
    }

    #[test]
    fn a_reply_that_broke_off_is_told_by_its_reason() {
        for reason in [
            "error",
            "ERROR",
            "insufficient_system_resource",
            "network_error",
            "abort",
            "function_call_filter: MALFORMED_FUNCTION_CALL",
        ] {
            assert!(is_broken(reason), "{reason}");
        }
        for reason in ["stop", "length", "content_filter", "of_tomorrow", ""] {
            assert!(!is_broken(reason), "{reason}");
        }
    }

    #[test]
    fn a_limit_cuts_a_reply_off() {
        for reason in ["length", "model_length", "content_filter"] {
            assert!(is_cut_off(reason), "{reason}");
        }
        for reason in ["stop", "tool_calls", "of_tomorrow"] {
            assert!(!is_cut_off(reason), "{reason}");
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
