//! The id of the client's end user, which must not tell who they are.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The maximum length of an id, in characters.
const LONGEST: usize = 256;

/// The digits of a telephone number without any other mark (ITU-T E.164: at most 15).
const PLAIN_NUMBER: std::ops::RangeInclusive<usize> = 10..=15;
/// The same if it has marks.
const MARKED_NUMBER: std::ops::RangeInclusive<usize> = 7..=15;

/// The id itself; its hash (SHA-256) if it looks like a name, an e-mail address or a telephone number, or is too long.
///
/// Source: <https://platform.claude.com/docs/en/api/messages/create>, `metadata.user_id`.
pub(super) fn opaque(id: &str) -> String {
    if !is_personal(id) && id.chars().count() <= LONGEST {
        return id.to_owned();
    }
    Sha256::digest(id.as_bytes())
        .iter()
        .fold(String::new(), |mut hash, byte| {
            // Writing to a string does not fail.
            let _ = write!(hash, "{byte:02x}");
            hash
        })
}

fn is_personal(id: &str) -> bool {
    let is_address = id
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let is_name = !id.starts_with('{') && id.contains(char::is_whitespace);
    is_address || is_name || is_telephone_number(id)
}

fn is_telephone_number(id: &str) -> bool {
    let digits = id.chars().filter(char::is_ascii_digit).count();
    let marks = |c: char| matches!(c, '+' | '-' | '.' | '/' | '(' | ')');
    let only = id.chars().all(|c| c.is_ascii_digit() || marks(c));
    let plausible = if id.contains(marks) {
        MARKED_NUMBER
    } else {
        PLAIN_NUMBER
    };
    only && plausible.contains(&digits)
}

#[cfg(test)]
mod tests {
    use super::opaque;

    #[test]
    fn what_tells_nothing_is_kept() {
        for id in [
            "user-1",
            "7",
            "13803498-ac7a-4a1e-9f4c-1f6a1c1c2f60",
            "user_abc_account__session_def",
            r#"{"device_id": "a", "session_id": "b"}"#,
            "a@b",
        ] {
            assert_eq!(opaque(id), id);
        }
    }

    #[test]
    fn what_tells_who_someone_is_becomes_a_hash() {
        for id in [
            "jane@example.com",
            "Jane <jane@example.com>",
            "+15551234567",
            "(555)123-4567",
            "15551234567",
            "Jane Doe",
            &"x".repeat(257),
        ] {
            let hash = opaque(id);
            assert!(hash.len() == 64 && hash.chars().all(|c| c.is_ascii_hexdigit()), "{id}");
            assert_eq!(hash, opaque(id));
        }
        assert_eq!(
            opaque("jane@example.com"),
            "8c87b489ce35cf2e2f39f80e282cb2e804932a56a213983eeeb428407d43b52d"
        );
    }
}
