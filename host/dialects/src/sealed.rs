//! Another vendor's thinking on its way to the client and back, where that keeps what it cannot read.
//!
//! `jf1.` + the provider's name + `.` + the JSON of thinking blocks: as base64url behind a readable head in a text, or all
//! of it as base64 where clients expect bytes. It is opened for the same provider only: signatures mean nothing to another.
//! What does not begin like this is some vendor's own.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// No thinking blocks, as JSON.
const NO_BLOCKS: &[u8] = b"[]";

/// What all that is ours begins with.
const MARK: &str = "jf1.";

/// Where the blocks begin behind the provider's name. No name has it.
const BLOCKS: &[u8] = b".[";

/// Thinking blocks, as JSON, for the client to keep.
pub(crate) fn seal(provider: &str, blocks: &[u8]) -> String {
    format!("{MARK}{provider}.{}", URL_SAFE_NO_PAD.encode(blocks))
}

/// The thinking blocks in what the client has kept, if they came from a provider that is asked again.
pub(crate) fn open(sealed: &str, is_asked: &dyn Fn(&str) -> bool) -> Option<Vec<u8>> {
    let (provider, blocks) = sealed.strip_prefix(MARK)?.rsplit_once('.')?;
    if !is_asked(provider) {
        return None;
    }
    URL_SAFE_NO_PAD.decode(blocks).ok()
}

/// The same as [`seal`] for a member that clients take for bytes: base64 as a whole.
pub(crate) fn seal_bytes(provider: &str, blocks: &[u8]) -> String {
    STANDARD.encode([format!("{MARK}{provider}.").as_bytes(), blocks].concat())
}

/// Tells of a part that another vendor made it, where its model has thought of nothing.
pub(crate) fn mark_bytes(provider: &str) -> String {
    seal_bytes(provider, NO_BLOCKS)
}

/// Whether bytes that the client has kept are a mark and no more: nothing is lost with them.
pub(crate) fn is_mark(sealed: &str) -> bool {
    bytes(sealed).is_some_and(|plain| plain.starts_with(MARK.as_bytes()) && plain.ends_with(b".[]"))
}

/// The thinking blocks in bytes that the client has kept, if they came from a provider that is asked again. Clients may
/// write base64 in the other alphabet, and without padding.
pub(crate) fn open_bytes(sealed: &str, is_asked: &dyn Fn(&str) -> bool) -> Option<Vec<u8>> {
    let plain = bytes(sealed)?;
    let rest = plain.strip_prefix(MARK.as_bytes())?;
    let at = memchr::memmem::find(rest, BLOCKS)?;
    let provider = std::str::from_utf8(&rest[..at]).ok()?;
    is_asked(provider).then(|| rest[at + 1..].to_vec())
}

/// Whether bytes that the client has kept are ours, whoever the provider was.
pub(crate) fn is_sealed(sealed: &str) -> bool {
    bytes(sealed).is_some_and(|plain| plain.starts_with(MARK.as_bytes()))
}

fn bytes(sealed: &str) -> Option<Vec<u8>> {
    let letter = |letter: char| match letter {
        '+' => '-',
        '/' => '_',
        other => other,
    };
    let sealed: String = sealed.trim_end_matches('=').chars().map(letter).collect();
    URL_SAFE_NO_PAD.decode(sealed).ok()
}

#[cfg(test)]
mod tests {
    use super::{is_mark, is_sealed, mark_bytes, open, open_bytes, seal, seal_bytes};

    #[test]
    fn thinking_is_opened_for_its_own_provider_only() {
        let sealed = seal("my.claude", br#"[{"a":1}]"#);
        assert_eq!(sealed, "jf1.my.claude.W3siYSI6MX1d");
        assert_eq!(open(&sealed, &|it| it == "my.claude"), Some(br#"[{"a":1}]"#.to_vec()));
        assert_eq!(open(&sealed, &|it| it == "other"), None);
        for foreign in ["gAAAAABk", "jf1.", "jf1.p", "jf1.p.!!", "jf2.p.e30"] {
            assert_eq!(open(foreign, &|_| true), None, "{foreign}");
        }
    }

    #[test]
    fn bytes_are_opened_however_a_client_writes_them() {
        let blocks = br#"[{"thinking":"??>>~~"}]"#;
        let sealed = seal_bytes("my.claude", blocks);
        assert!(is_sealed(&sealed));
        let other = sealed.replace('+', "-").replace('/', "_");
        for kept in [&*sealed, &other, other.trim_end_matches('=')] {
            assert_eq!(open_bytes(kept, &|it| it == "my.claude"), Some(blocks.to_vec()));
            assert_eq!(open_bytes(kept, &|it| it == "other"), None);
        }
        assert!(!is_mark(&sealed));
        let mark = mark_bytes("my.claude");
        assert!(is_mark(&mark) && is_sealed(&mark));
        for foreign in [
            "",
            "CiQB",
            "amYx",
            "amYxLnA=",
            "amYxLnAu",
            "!!",
            "skip_thought_signature_validator",
        ] {
            assert_eq!(open_bytes(foreign, &|_| true), None, "{foreign}");
            assert!(!is_mark(foreign), "{foreign}");
        }
    }
}
