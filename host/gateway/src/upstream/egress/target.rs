//! What a path may be: segments of known characters that stay below the base URL, however often they are decoded.

use super::{EgressError, query, quoted};
use crate::percent::decoded;

/// The longest path with its query, in bytes: what every server should take (RFC 9110, section 4.1).
const LONGEST: usize = 8_000;

/// What a path may contain besides letters, digits, slashes and escapes: RFC 3986, section 3.3, without `;`, because
/// some servers cut a segment off there, so that `..;` climbs.
const IN_A_PATH: &[u8] = b"-._~!$&'()*+,=:@";

/// Checks a path with its query: joined to the base URL, it must not leave it. `granted` is the query parameter that
/// carries this provider's credential, if any.
///
/// # Errors
/// [`EgressError`] for any path that could leave the base URL, and any parameter that a plugin may not set.
pub(crate) fn path(target: &str, granted: Option<&str>) -> Result<(), EgressError> {
    if target.len() > LONGEST {
        return Err(EgressError::TooLong(quoted(target), LONGEST));
    }
    if !target.starts_with('/') {
        return Err(EgressError::NotAPath(quoted(target)));
    }
    let (path, parameters) = target.split_once('?').unwrap_or((target, ""));
    segments(path).map_err(|fault| fault(quoted(target)))?;
    query::check(parameters, granted, target)
}

fn segments(path: &str) -> Result<(), fn(String) -> EgressError> {
    if !path.bytes().all(|byte| byte == b'%' || byte == b'/' || is_plain(byte)) {
        return Err(EgressError::Character);
    }
    // Many servers decode before they cut into segments, so an encoded slash counts as one.
    let decoded = decoded(path).ok_or(EgressError::Encoding as fn(_) -> _)?;
    if !decoded.chars().all(may_be_encoded) {
        return Err(EgressError::Encoding);
    }
    let mut segments = decoded.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        // Only the last one may be empty: a slash at the end.
        if segment.is_empty() && segments.peek().is_some() {
            return Err(EgressError::EmptySegment);
        }
        // Some servers drop dots and spaces at the end of a name, so that `.. ` and `...` climb as well.
        if !segment.is_empty() && segment.chars().all(|c| matches!(c, '.' | ' ')) {
            return Err(EgressError::Climbs);
        }
    }
    Ok(())
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || IN_A_PATH.contains(&byte)
}

/// What an escape may stand for: what may stand there itself, a slash, a space, and the letters of other scripts. A
/// percent sign would be a second encoding; other signs end a path, or mean a dot or a slash to some server.
fn may_be_encoded(c: char) -> bool {
    match u8::try_from(c).ok().filter(u8::is_ascii) {
        Some(byte) => matches!(byte, b'/' | b' ') || is_plain(byte),
        None => c.is_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_the_base_pass() {
        for ok in [
            "/",
            "/chat/completions",
            "/chat/completions/",
            "/v1/x?alt=sse",
            "/a..b/..c/d..",
            "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
            "/models/a:generate",
            "/v1/projects/p/locations/l/publishers/google/models/gemini-2.5:streamGenerateContent?alt=sse",
            "/model/anthropic.claude-3-5-sonnet-20240620-v1%3A0/converse",
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.anthropic.claude/converse-stream",
            "/client/v4/accounts/1/ai/run/@cf/meta/llama-3.1-8b-instruct",
            "/models/a%20b/%C3%A4",
            "/x?u=http://y/../z",
            "/x?q=100%25&r=a%2Fb+c&empty=&flag",
        ] {
            assert_eq!(path(ok, None), Ok(()), "{ok}");
        }
    }

    #[test]
    fn paths_that_could_leave_the_base_are_refused() {
        for bad in [
            "https://evil.example/",
            "chat",
            "",
            "?x",
            "*",
            "//evil.example/x",
            "/a//b",
            "/%2Fevil.example/x",
            "/a/%2f/b",
            "/a%2F/b",
            "/../admin",
            "/a/..",
            "/a/../../b",
            "/%2e%2E/b",
            "/.%2e/b",
            "/a/./b",
            "/..%2fadmin",
            "/a%2f..%2fb",
            "/..;/admin",
            "/..;x=1/admin",
            "/a;/../b",
            "/..%3b/admin",
            "/.../b",
            "/..%20/b",
            "/%2e%20/b",
            "/%252e%252e/b",
            "/..%252fadmin",
            "/%25%32%65/b",
            "/a%5c..%5cb",
            "/a\\..\\b",
            "/%c0%ae%c0%ae/b",
            "/..%c0%afb",
            "/%e0%80%ae/b",
            "/%EF%BC%8E%EF%BC%8E/b",
            "/..%E2%88%95b",
            "/%u002e%u002e/b",
            "/a%00.json",
            "/a%0d%0ahost:%20evil",
            "/a%09b",
            "/a%7fb",
            "/a%c2%85b",
            "/a%3Fkey=x",
            "/a%23b",
            "/a%",
            "/a%2",
            "/a b",
            "/a\r\nhost: evil",
            "/a\tb",
            "/a#b",
            "/a|b",
            "/a<b>",
            "/ä",
        ] {
            assert!(path(bad, None).is_err(), "{bad:?} passed");
        }
    }

    #[test]
    fn a_path_is_as_long_as_every_server_takes_it() {
        let long = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
        assert_eq!(path(&long(LONGEST), None), Ok(()));
        assert!(matches!(path(&long(LONGEST + 1), None), Err(EgressError::TooLong(..))));
    }
}
