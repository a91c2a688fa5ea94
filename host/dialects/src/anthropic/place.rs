//! The places of a canonical request in the words of this dialect.

/// Beginnings of canonical places, and this dialect's words for them.
pub(super) const PLACES: [(&str, &str); 18] = [
    ("messages[].reasoning_content", "messages[].content[].thinking"),
    ("messages[].thinking_blocks[]", "messages[].content[]"),
    ("messages[].thinking_blocks", "messages[].content[].thinking"),
    ("messages[].content[].image_url", "messages[].content[].source"),
    ("messages[].content[].file.filename", "messages[].content[].title"),
    ("messages[].content[].file", "messages[].content[].source"),
    ("messages[].cache_control", "messages[].content[].cache_control"),
    ("messages[].tool_calls[].function", "messages[].content[]"),
    ("messages[].tool_calls[]", "messages[].content[]"),
    ("messages[role=system].content[]", "system[]"),
    ("max_completion_tokens", "max_tokens"),
    ("parallel_tool_calls", "tool_choice.disable_parallel_tool_use"),
    ("reasoning_effort", "thinking"),
    ("response_format.json_schema", "output_config.format"),
    ("response_format", "output_config.format"),
    ("stop", "stop_sequences"),
    ("tools[].function", "tools[]"),
    ("user", "metadata.user_id"),
];
