//! The `encrypted_content` of reasoning: another vendor's thinking on its way to the client and back.
//!
//! `jf1.` + the provider's name + `.` + base64url of the JSON of thinking blocks. It is opened for the same provider
//! only: signatures mean nothing to another. What does not begin like this is some vendor's own.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What all that is ours begins with.
const MARK: &str = "jf1.";

/// Thinking blocks, as JSON, for the client to keep.
pub(super) fn seal(provider: &str, blocks: &[u8]) -> String {
    format!("{MARK}{provider}.{}", URL_SAFE_NO_PAD.encode(blocks))
}

/// The thinking blocks in what the client has kept, if they came from a provider that is asked again.
pub(super) fn open(sealed: &str, is_asked: &dyn Fn(&str) -> bool) -> Option<Vec<u8>> {
    let (provider, blocks) = sealed.strip_prefix(MARK)?.rsplit_once('.')?;
    if !is_asked(provider) {
        return None;
    }
    URL_SAFE_NO_PAD.decode(blocks).ok()
}

#[cfg(test)]
mod tests {
    use super::{open, seal};

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
}
