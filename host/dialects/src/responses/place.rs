//! The places of a canonical request in the words of this dialect.

/// Beginnings of canonical places, and this dialect's words for them.
pub(super) const PLACES: [(&str, &str); 19] = [
    ("messages[role=system]", "instructions"),
    ("messages[].reasoning_content", "input[type=reasoning]"),
    ("messages[].thinking_blocks[]", "input[type=reasoning]"),
    ("messages[].thinking_blocks", "input[type=reasoning]"),
    ("messages[].content[].image_url.url", "input[].content[].image_url"),
    ("messages[].content[].image_url.", "input[].content[]."),
    ("messages[].content[].file.", "input[].content[]."),
    ("messages[].tool_calls[].function", "input[]"),
    ("messages[].tool_calls[]", "input[]"),
    ("messages", "input"),
    ("max_completion_tokens", "max_output_tokens"),
    ("max_tokens", "max_output_tokens"),
    ("reasoning_effort", "reasoning.effort"),
    ("response_format.json_schema", "text.format"),
    ("response_format", "text.format"),
    ("tool_choice.function", "tool_choice"),
    ("tools[].function", "tools[]"),
    ("verbosity", "text.verbosity"),
    ("web_search_options", "tools[type=web_search]"),
];
