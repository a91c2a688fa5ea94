//! What a plugin's request may contain: pure functions, each with a table of tests.
//!
//! A request is judged as the laxest of servers might read it: one that decodes twice, resolves what it decoded, takes
//! `_` for `-`, or lets a header or a parameter override the path. Reading order: [`path`] and `query` (the target),
//! [`headers`]. [`attachment`] judges a client's URLs, [`elsewhere`] those that an adapter names.

mod attachment;
mod elsewhere;
mod header;
mod query;
mod target;

use http::Method;

pub(crate) use attachment::{AttachmentUrl, attachment};
pub(crate) use elsewhere::elsewhere;
pub(crate) use header::{carries_credential, headers};
pub(crate) use target::path;

/// How much of what a plugin wrote an error quotes, in bytes.
const QUOTED: usize = 200;

/// Why a plugin's request is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EgressError {
    /// The method is not one of the five that are allowed.
    #[error("the method {0:?} is not allowed")]
    Method(String),
    /// The path does not begin with `/`, so it is a full URL or a relative path.
    #[error("the path {0:?} does not begin with `/`; if it is a URL, add its host to `hosts` of the provider")]
    NotAPath(String),
    /// The URL is none that the operator permits; the URL, and why.
    #[error("the URL {0:?} {1}")]
    Elsewhere(String, String),
    /// The path could climb out of the base URL.
    #[error("the path {0:?} contains a `.` or `..` segment")]
    Climbs(String),
    /// The path contains an empty segment, after which some servers take the rest for a host.
    #[error("the path {0:?} contains `//`")]
    EmptySegment(String),
    /// The path or query contains a character that is not allowed there.
    #[error("the path {0:?} contains a character that is not allowed in a request target")]
    Character(String),
    /// The path or query contains an encoding that is broken, or that servers read in more than one way.
    #[error("the path {0:?} encodes a character that is not allowed in a request target")]
    Encoding(String),
    /// The path or a header is too long; its name, or the beginning of the path.
    #[error("{0:?} is longer than {1} bytes")]
    TooLong(String, usize),
    /// A parameter or a header could make the upstream serve another path, method or client.
    #[error("{0:?} overrides the request's target, method or client")]
    Override(String),
    /// Only the host may set the header.
    #[error("the header {0:?} is set by the host")]
    HostHeader(String),
    /// The header or parameter carries a credential.
    #[error("{0:?} carries a credential; the host attaches it")]
    Credential(String),
    /// The header's name or value is invalid; for example, it contains a line break.
    #[error("the header {0:?} is not a valid header")]
    BadHeader(String),
    /// There are too many headers.
    #[error("there are more than {0} headers")]
    TooManyHeaders(usize),
    /// The headers are too large together, in bytes.
    #[error("the headers are larger than {0} bytes together")]
    LargeHeaders(usize),
}

/// Checks a method. Names are case-sensitive (RFC 9110, section 9.1).
///
/// # Errors
/// [`EgressError::Method`].
pub(crate) fn method(name: &str) -> Result<Method, EgressError> {
    match name {
        "GET" => Ok(Method::GET),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        _ => Err(EgressError::Method(quoted(name))),
    }
}

/// The beginning of what a plugin wrote.
fn quoted(text: &str) -> String {
    text[..text.floor_char_boundary(QUOTED)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_five_methods_pass() {
        assert_eq!(method("POST"), Ok(Method::POST));
        for bad in ["CONNECT", "TRACE", "post", "", "GET /x HTTP/1.1\r\n"] {
            assert!(method(bad).is_err(), "{bad:?}");
        }
        let long = method(&"X".repeat(1 << 20)).unwrap_err();
        assert_eq!(long, EgressError::Method("X".repeat(QUOTED)));
    }
}
