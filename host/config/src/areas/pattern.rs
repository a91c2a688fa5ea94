//! Patterns of model ids: `openai/*` stands for every id that begins with `openai/`.

/// The longest name that a pattern matches, in bytes.
const LONGEST: usize = 128;

/// Whether this model id is a pattern: it ends with a `*`.
pub fn is_pattern(id: &str) -> bool {
    id.ends_with('*')
}

/// The part of `id` that the `*` at the end of `pattern` stands for; `None` if they do not match, or `pattern` is none.
///
/// Clients choose that part, and it goes to an upstream, perhaps in a path. So it is 1 to 128 letters, digits and
/// `-._:/@+`, without an empty segment or one of dots.
pub fn matched<'a>(pattern: &str, id: &'a str) -> Option<&'a str> {
    let name = id.strip_prefix(pattern.strip_suffix('*')?)?;
    let sane = |c: char| c.is_ascii_alphanumeric() || "-._:/@+".contains(c);
    let segment = |segment: &str| !segment.chars().all(|c| c == '.');
    let short = (1..=LONGEST).contains(&name.len());
    (short && name.chars().all(sane) && name.split('/').all(segment)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, is_pattern, matched};

    #[test]
    fn the_star_stands_for_the_rest_of_the_id() {
        for (pattern, id, name) in [
            ("openai/*", "openai/gpt-5", Some("gpt-5")),
            ("openai/*", "openai/ft:gpt-4o:acme::id@1", Some("ft:gpt-4o:acme::id@1")),
            ("any/*", "any/org/model-7b", Some("org/model-7b")),
            ("*", "gpt-5", Some("gpt-5")),
            ("openai/gpt-*", "openai/gpt-5", Some("5")),
            ("openai/*", "openai/", None),
            ("openai/*", "openai", None),
            ("openai/*", "anthropic/x", None),
            ("openai/gpt-5", "openai/gpt-5", None),
        ] {
            assert_eq!(matched(pattern, id), name, "{pattern} {id}");
        }
        assert!(is_pattern("openai/*") && !is_pattern("openai/gpt-5"));
    }

    #[test]
    fn what_could_change_a_path_or_has_no_end_matches_nothing() {
        let long = "x".repeat(LONGEST + 1);
        for name in [
            "*", "..", "a/../b", "a//b", "/a", "a/", "a b", "a?b", "a#b", "a%2fb", "é", "a\n", &long,
        ] {
            assert_eq!(matched("p/*", &format!("p/{name}")), None, "{name}");
        }
    }
}
