//! The places of a canonical request in the words of this dialect.

/// Beginnings of canonical places, and this dialect's words for them. The first that fits counts.
const PLACES: [(&str, &str); 8] = [
    ("messages[].reasoning_content", "messages[].content[].thinking"),
    ("messages[].thinking_blocks", "messages[].content[].thinking"),
    ("messages[].content[].image_url", "messages[].content[].source"),
    ("messages[].content[].file", "messages[].content[].source"),
    ("messages[].cache_control", "messages[].content[].cache_control"),
    ("messages[].tool_calls[]", "messages[].content[]"),
    ("messages[role=system].content[]", "system[]"),
    ("user", "metadata.user_id"),
];

/// The place of a member of the canonical form in this dialect.
pub(super) fn place(canonical: &str) -> String {
    PLACES
        .iter()
        .find_map(|(theirs, ours)| Some(format!("{ours}{}", canonical.strip_prefix(theirs)?)))
        .unwrap_or_else(|| canonical.to_owned())
}
