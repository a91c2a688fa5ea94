//! Which names users, plans and keys may have.

use super::StoreError;

/// The longest name, in bytes. `OpenID` Connect (Core 1.0, section 2) allows 255 characters for a token's `sub`.
const LONGEST: usize = 255;

/// Names appear in tables, logs and URLs, so they must consist of visible characters that stay where they are.
///
/// # Errors
/// `Invalid`.
pub(super) fn check_name(field: &'static str, name: &str) -> Result<(), StoreError> {
    let problem = if name.is_empty() {
        "is empty"
    } else if name.len() > LONGEST {
        "is longer than 255 bytes"
    } else if name.chars().any(char::is_control) {
        "contains a control character"
    } else if name.chars().any(is_unseen) {
        "contains an invisible character or one that changes the direction of text"
    } else if name.trim() != name {
        "begins or ends with a space"
    } else if matches!(name, "." | "..") {
        "is a step in a path, which browsers take out of URLs"
    } else {
        return Ok(());
    };
    let remedy = "use 1 to 255 visible characters";
    Err(StoreError::Invalid { field, problem, remedy })
}

/// Whether a character has no width, is a line break, or changes the direction of those around it: Unicode's
/// `Default_Ignorable_Code_Point` (DerivedCoreProperties.txt) and `Bidi_Control` (UAX #9, section 2), the other
/// characters of its category `Cf`, the line and paragraph separators, and the Braille pattern without dots.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(name: &str) -> Option<&'static str> {
        match check_name("name", name) {
            Err(StoreError::Invalid { problem, .. }) => Some(problem),
            _ => None,
        }
    }

    #[test]
    fn names_of_all_languages_are_allowed() {
        for name in [
            "ci",
            "Ada Lovelace",
            "größe",
            "李小龍",
            "ада",
            "عدا",
            "=1+2",
            "a@b.example",
            "🦀",
            "é",
        ] {
            assert_eq!(problem(name), None, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_refused_wherever_it_stands() {
        let unseen = "contains an invisible character or one that changes the direction of text";
        for c in [
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{202a}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{2028}',
            '\u{2029}',
            '\u{2060}',
            '\u{feff}',
            '\u{ad}',
            '\u{61c}',
            '\u{180e}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{e0041}',
            '\u{fff9}',
            '\u{2800}',
        ] {
            for name in [format!("a{c}b"), format!("{c}a"), format!("a{c}")] {
                assert_eq!(problem(&name), Some(unseen), "{name:?}");
            }
        }
        for c in ['\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}'] {
            assert_eq!(
                problem(&format!("a{c}b")),
                Some("contains a control character"),
                "{c:?}"
            );
        }
    }
}
