//! What a plugin's request may contain: pure functions with a table of tests.

use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// Headers that belong to the connection (RFC 9110, section 7.6.1) or that the host sets itself.
const OF_THE_HOST: [&str; 14] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Headers in which known vendors accept credentials. A plugin has no credential and may not set one.
const CREDENTIALS: [&str; 9] = [
    "api-key",
    "authorization",
    "cookie",
    "ocp-apim-subscription-key",
    "x-api-key",
    "x-amz-security-token",
    "x-auth-token",
    "x-functions-key",
    "x-goog-api-key",
];

/// Why a plugin's request is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EgressError {
    /// The method is not one of the five that are allowed.
    #[error("the method {0:?} is not allowed")]
    Method(String),
    /// The path does not begin with `/`, so it is a full URL or a relative path.
    #[error("the path {0:?} does not begin with `/`; send a path, not a URL")]
    NotAPath(String),
    /// The path could climb out of the base URL.
    #[error("the path {0:?} contains a `.` or `..` segment")]
    Climbs(String),
    /// The path contains a character that is not allowed.
    #[error("the path {0:?} contains a character that is not allowed in a request target")]
    Character(String),
    /// Only the host may set the header.
    #[error("the header {0:?} is set by the host")]
    HostHeader(String),
    /// The header carries a credential.
    #[error("the header {0:?} carries a credential; the host attaches it")]
    Credential(String),
    /// The header's name or value is invalid; for example, it contains a line break.
    #[error("the header {0:?} is not a valid header")]
    BadHeader(String),
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
        _ => Err(EgressError::Method(name.to_owned())),
    }
}

/// Checks a path with its query: joined to the base URL, it must not leave it.
///
/// # Errors
/// [`EgressError`] for any path that could leave the base URL.
pub(crate) fn path(path: &str) -> Result<(), EgressError> {
    if !path.starts_with('/') {
        return Err(EgressError::NotAPath(path.to_owned()));
    }
    // URL parsers treat a backslash as a slash (WHATWG URL, special schemes); `#` would end the target.
    if path
        .bytes()
        .any(|byte| !byte.is_ascii_graphic() || matches!(byte, b'\\' | b'#'))
    {
        return Err(EgressError::Character(path.to_owned()));
    }
    let before_query = path.split('?').next().unwrap_or_default();
    // Some servers decode before they resolve segments, so an encoded dot or slash climbs as well.
    let climbs = if before_query.contains('%') {
        climbs(
            &before_query
                .to_ascii_lowercase()
                .replace("%2e", ".")
                .replace("%2f", "/")
                .replace("%5c", "/"),
        )
    } else {
        climbs(before_query)
    };
    if climbs {
        Err(EgressError::Climbs(path.to_owned()))
    } else {
        Ok(())
    }
}

fn climbs(path: &str) -> bool {
    path.split('/').any(|segment| segment == ".." || segment == ".")
}

/// Checks headers and collects them. `granted` is the header that carries this provider's credential, if any.
///
/// # Errors
/// [`EgressError`] for the first header that is not allowed.
pub(crate) fn headers<'a>(
    from_plugin: impl Iterator<Item = (&'a str, &'a str)>,
    granted: Option<&HeaderName>,
) -> Result<HeaderMap, EgressError> {
    let mut headers = HeaderMap::new();
    for (name, value) in from_plugin {
        let bad = |_| EgressError::BadHeader(name.to_owned());
        let parsed = HeaderName::try_from(name).map_err(|_| EgressError::BadHeader(name.to_owned()))?;
        if OF_THE_HOST.contains(&parsed.as_str()) {
            return Err(EgressError::HostHeader(name.to_owned()));
        }
        if CREDENTIALS.contains(&parsed.as_str()) || Some(&parsed) == granted {
            return Err(EgressError::Credential(name.to_owned()));
        }
        headers.append(parsed, HeaderValue::try_from(value).map_err(bad)?);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_the_base_pass() {
        for ok in [
            "/chat/completions",
            "/v1/x?alt=sse",
            "/a..b",
            "/models/a:generate",
            "/x?u=http://y/../z",
        ] {
            assert_eq!(path(ok), Ok(()), "{ok}");
        }
    }

    #[test]
    fn paths_that_could_leave_the_base_are_refused() {
        for bad in [
            "https://evil.example/",
            "chat",
            "",
            "/../admin",
            "/a/..",
            "/a/../../b",
            "/%2e%2E/b",
            "/.%2e/b",
            "/a/./b",
            "/..%2fadmin",
            "/a\\..\\b",
            "/a b",
            "/a\r\nhost: evil",
            "/a#b",
            "/ä",
        ] {
            assert!(path(bad).is_err(), "{bad:?} passed");
        }
    }

    #[test]
    fn the_hosts_own_headers_and_credentials_are_refused() {
        let granted = HeaderName::from_static("x-vendor-key");
        let check = |name, value| headers([(name, value)].into_iter(), Some(&granted)).map(|_| ());
        assert_eq!(check("x-title", "hi"), Ok(()));
        assert_eq!(check("Host", "evil"), Err(EgressError::HostHeader("Host".to_owned())));
        assert_eq!(
            check("Authorization", "Bearer x"),
            Err(EgressError::Credential("Authorization".to_owned()))
        );
        assert_eq!(
            check("X-Vendor-Key", "x"),
            Err(EgressError::Credential("X-Vendor-Key".to_owned()))
        );
        assert_eq!(check("x", "a\r\nb: c"), Err(EgressError::BadHeader("x".to_owned())));
        assert_eq!(check("a\r\nb", "c"), Err(EgressError::BadHeader("a\r\nb".to_owned())));
    }

    #[test]
    fn only_five_methods_pass() {
        assert_eq!(method("POST"), Ok(Method::POST));
        assert!(method("CONNECT").is_err());
        assert!(method("post").is_err());
    }
}
