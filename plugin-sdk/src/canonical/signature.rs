//! Whose signature a piece of thinking carries.
//!
//! Vendors sign the model's thinking, and refuse a signature that is not their own. A conversation can move from one
//! vendor to another between two turns, so a signature that leaves an adapter names its origin:
//! `jackfield.gemini.CiQB…`. One without an origin is Anthropic's, because clients of Anthropic's API get it unchanged.
//!
//! ```
//! use jackfield_plugin_sdk::canonical::signature;
//!
//! let carried = signature::mark("gemini", "CiQB");
//! assert_eq!(carried, "jackfield.gemini.CiQB");
//! assert_eq!(signature::own("gemini", &carried), Some("CiQB"));
//! assert_eq!(signature::own("bedrock", &carried), None);
//! assert!(signature::is_marked(&carried));
//! ```

/// What every marked signature begins with. No vendor's signature does: they are base64, which has no dots.
const MARK: &str = "jackfield.";

/// The signature with its origin in front: a word of lower-case letters, digits and hyphens that the adapter chooses and
/// keeps, such as its own name.
pub fn mark(origin: &str, signature: &str) -> String {
    format!("{MARK}{origin}.{signature}")
}

/// The vendor's signature, if it comes from this origin.
pub fn own<'a>(origin: &str, carried: &'a str) -> Option<&'a str> {
    let marked = carried.strip_prefix(MARK)?;
    marked.strip_prefix(origin)?.strip_prefix('.')
}

/// Whether the signature has an origin. One that has none is Anthropic's.
pub fn is_marked(carried: &str) -> bool {
    carried.starts_with(MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_whole_word() {
        assert_eq!(own("gem", &mark("gemini", "x")), None);
        assert_eq!(own("gemini", "x"), None);
        assert!(!is_marked("EqQBCgIYAhIM"));
    }

    #[test]
    fn a_signature_may_hold_anything() {
        assert_eq!(own("a", &mark("a", "b.c:d/e+f==")), Some("b.c:d/e+f=="));
        assert_eq!(own("a", &mark("a", "")), Some(""));
    }
}
