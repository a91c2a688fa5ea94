//! Whose signature a piece of thinking carries, as the adapters' SDK marks it: `jackfield.gemini.CiQB…`.
//!
//! A vendor refuses a signature that is not its own. One without a mark is Anthropic's, whose clients get it unchanged.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// How every marked signature begins, as JSON.
const MARK: &str = "\"jackfield.";

/// The signature of thinking that nobody signed, as JSON: where clients expect every piece of thinking to have one, it
/// tells ours from that of a vendor.
pub(crate) const UNSIGNED: &str = "\"jackfield.unsigned.\"";

/// Made once: for a short text that costs more than the search.
static MARKS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));

/// True if a JSON string is a marked signature.
pub(crate) fn is_marked(string: &str) -> bool {
    string.starts_with(MARK)
}

/// True if a JSON text may hold a marked signature. No client writes the letters of the mark as escapes.
pub(crate) fn may_be_in(text: &str) -> bool {
    MARKS.find(text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{MARK, UNSIGNED, is_marked, may_be_in};

    #[test]
    fn a_mark_is_found_where_a_string_begins_with_it() {
        assert!(is_marked(UNSIGNED) && is_marked("\"jackfield.gemini.CiQB\""));
        assert!(!is_marked("\"EqQBCgIYAhIM\"") && !is_marked("null") && !is_marked("\"a jackfield.\""));
        assert!(may_be_in(r#"[{"signature": "jackfield.gemini.CiQB"}]"#));
        assert!(!may_be_in(r#"[{"text": "see jackfield.example"}]"#));
    }

    #[test]
    fn the_plugins_sdk_has_the_same_mark() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugin-sdk/src/canonical/signature.rs");
        let sdk = std::fs::read_to_string(path).unwrap();
        assert!(sdk.contains(&format!("const MARK: &str = {MARK}\";")));
    }
}
