//! Where a server sends on to, and what a URL is made of.

use std::fmt::Write;

use http::HeaderMap;
use http::header::LOCATION;

use super::error::WebError;
use jackfield_config::is_loopback;

/// Where a redirect leads: with the same scheme, so that nothing that was asked for by TLS comes without it.
pub(super) fn next(from: &str, headers: &HeaderMap) -> Result<String, WebError> {
    let refuse = |to| {
        let host = host(from).to_owned();
        Err(WebError::Redirect { host, to })
    };
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let Some(location) = location.filter(|location| !location.is_empty()) else {
        return refuse("nowhere");
    };
    let (scheme, _) = from.split_once("://").unwrap_or_default();
    let url = if location.starts_with('/') && !location.starts_with("//") {
        format!("{scheme}://{}{location}", host(from))
    } else {
        location.to_owned()
    };
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    if jackfield_config::base_url_problem(bare).is_some() {
        return refuse("what is no URL");
    }
    if !url.starts_with(&format!("{scheme}://")) {
        return refuse("another scheme");
    }
    if scheme == "http" && !is_loopback(host(&url)) {
        return refuse("plain http that leaves this machine");
    }
    Ok(url)
}

/// Host and port of a URL.
pub(super) fn host(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Percent-encoded for a query (RFC 3986, section 2.3).
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn redirected(from: &str, to: &str) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_str(to).unwrap());
        next(from, &headers).map_err(|error| error.to_string())
    }

    #[test]
    fn a_redirect_keeps_the_scheme() {
        let from = "https://ghcr.io/v2/a/blobs/x";
        assert_eq!(
            redirected(from, "https://store.example/x?token=1").unwrap(),
            "https://store.example/x?token=1"
        );
        assert_eq!(redirected(from, "/y").unwrap(), "https://ghcr.io/y");
        for (to, why) in [
            ("http://ghcr.io/y", "another scheme"),
            ("http://127.0.0.1/y", "another scheme"),
            ("file:///etc/passwd", "what is no URL"),
            ("//store.example/x", "what is no URL"),
            ("y", "what is no URL"),
            ("https://u:p@store.example/x", "what is no URL"),
        ] {
            assert_eq!(redirected(from, to).unwrap_err(), format!("ghcr.io sends on to {why}"));
        }
        let local = "http://127.0.0.1:5000/v2";
        assert_eq!(
            redirected(local, "http://localhost:1/x").unwrap(),
            "http://localhost:1/x"
        );
        assert!(redirected(local, "http://a.example/x").is_err());
        assert!(redirected(local, "https://a.example/x").is_err());
    }

    #[test]
    fn a_query_is_encoded() {
        assert_eq!(encoded("repository:a/b:pull"), "repository%3Aa%2Fb%3Apull");
    }
}
