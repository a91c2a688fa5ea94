//! Parts of an exchange's path that come from elsewhere, such as the name of a model.
//!
//! The host refuses a path that could leave the provider's base URL, whatever it is decoded to on the way. These
//! functions encode what may be encoded, and refuse the rest with a message that says what it was.

use std::fmt::Write;

use crate::Failure;

/// What stays as it is: the unreserved characters of RFC 3986, section 2.3.
const UNRESERVED: &[u8] = b"-._~";

/// What the host takes encoded, besides letters and digits.
const ENCODED: &str = " !$&'()*+,/=:@";

/// One segment of a path: everything but letters, digits and `-._~` is encoded, a slash too.
///
/// ```
/// use jackfield_plugin_sdk::{Exchange, path};
///
/// # fn main() -> Result<(), jackfield_plugin_sdk::Failure> {
/// let model = path::segment("anthropic.claude-3-5-sonnet-20240620-v1:0")?;
/// let exchange = Exchange::post(format!("/model/{model}/converse"));
/// # assert_eq!(model, "anthropic.claude-3-5-sonnet-20240620-v1%3A0");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Of class refused, for a text that the host would not take in a path: an empty one, dots alone, control characters,
/// and any of `%?#\;|<>"`.
pub fn segment(text: &str) -> Result<String, Failure> {
    encoded(text, false)
}

/// Several segments of a path: as [`segment`], but slashes stay.
///
/// ```
/// # use jackfield_plugin_sdk::path;
/// assert_eq!(path::segments("@cf/meta/llama-3.1-8b").unwrap(), "%40cf/meta/llama-3.1-8b");
/// ```
///
/// # Errors
/// As [`segment`], for each of the segments.
pub fn segments(text: &str) -> Result<String, Failure> {
    encoded(text, true)
}

fn encoded(text: &str, keeps_slashes: bool) -> Result<String, Failure> {
    let allowed =
        |c: char| c.is_alphanumeric() || c.is_ascii() && (UNRESERVED.contains(&(c as u8)) || ENCODED.contains(c));
    let climbs = |part: &str| part.chars().all(|c| matches!(c, '.' | ' '));
    // The host reads an encoded slash as a slash.
    if !text.chars().all(allowed) || text.split('/').any(climbs) {
        let message = format!("`{}` cannot be part of a path", text.escape_debug());
        return Err(Failure::refused(message));
    }
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        let stays = byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte) || (keeps_slashes && byte == b'/');
        if stays {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use super::{segment, segments};
    use crate::FailureClass;

    #[test]
    fn a_segment_is_encoded_once() {
        for (text, encoded) in [
            ("gpt-4o_mini.1~x", "gpt-4o_mini.1~x"),
            ("v1:0", "v1%3A0"),
            ("arn:aws:x/us.claude", "arn%3Aaws%3Ax%2Fus.claude"),
            ("a b", "a%20b"),
            ("modèle", "mod%C3%A8le"),
            ("..a", "..a"),
        ] {
            assert_eq!(segment(text).as_deref(), Ok(encoded), "{text}");
        }
        assert_eq!(segments("@cf/meta/x").as_deref(), Ok("%40cf/meta/x"));
    }

    #[test]
    fn what_the_host_would_refuse_is_refused_here() {
        for text in [
            "", ".", "..", ". .", "a/../b", "a//b", "/a", "a/", "a%2e", "a?b", "a#b", "a\\b", "a;b", "a\nb", "\u{2215}",
        ] {
            for result in [segment(text), segments(text)] {
                assert_eq!(
                    result.map_err(|failure| failure.class),
                    Err(FailureClass::Refused),
                    "{text:?}"
                );
            }
        }
        let message = segment("a\n").unwrap_err().message;
        assert_eq!(message, "`a\\n` cannot be part of a path");
    }
}
