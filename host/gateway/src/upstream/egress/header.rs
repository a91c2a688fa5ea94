//! What a header may be: a plain name that is neither the host's, nor a credential, nor an override.

mod families;

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

use self::families::{CREDENTIALS, OF_THE_HOST, OVERRIDES};
use super::{EgressError, quoted};

/// The most headers of a request.
const MOST: usize = 100;

/// The longest name of a header, in bytes.
const LONGEST_NAME: usize = 128;

/// The longest value of a header, in bytes: what common servers take of one line.
const LONGEST_VALUE: usize = 8_192;

/// The most bytes of all names and values.
const MOST_BYTES: usize = 32_768;

/// Checks headers and collects them. `granted` is the header that carries this provider's credential, if any.
///
/// # Errors
/// [`EgressError`] for the first header that is not allowed.
pub(crate) fn headers<'a>(
    from_plugin: impl Iterator<Item = (&'a str, &'a str)>,
    granted: Option<&HeaderName>,
) -> Result<HeaderMap, EgressError> {
    let (mut headers, mut bytes) = (HeaderMap::new(), 0);
    for (name, value) in from_plugin {
        bytes += name.len() + value.len();
        if headers.len() >= MOST {
            return Err(EgressError::TooManyHeaders(MOST));
        }
        if bytes > MOST_BYTES {
            return Err(EgressError::LargeHeaders(MOST_BYTES));
        }
        let (name, value) = header(name, value, granted)?;
        let added = headers.try_append(name, value);
        added.map_err(|_| EgressError::TooManyHeaders(MOST))?;
    }
    Ok(headers)
}

fn header(name: &str, value: &str, granted: Option<&HeaderName>) -> Result<(HeaderName, HeaderValue), EgressError> {
    let bad = || EgressError::BadHeader(quoted(name));
    if name.len() > LONGEST_NAME {
        return Err(EgressError::TooLong(quoted(name), LONGEST_NAME));
    }
    if value.len() > LONGEST_VALUE {
        return Err(EgressError::TooLong(quoted(name), LONGEST_VALUE));
    }
    // Tokens may contain more (RFC 9110, section 5.6.2), which gateways to CGI turn into `_`.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.bytes().all(is_plain) || !value.is_ascii() {
        return Err(bad());
    }
    let parsed = HeaderName::try_from(name).map_err(|_| bad())?;
    let same = normal(parsed.as_str());
    if OF_THE_HOST.includes(&same) {
        return Err(EgressError::HostHeader(quoted(name)));
    }
    if CREDENTIALS.includes(&same) || granted.is_some_and(|granted| normal(granted.as_str()) == same) {
        return Err(EgressError::Credential(quoted(name)));
    }
    if OVERRIDES.includes(&same) {
        return Err(EgressError::Override(quoted(name)));
    }
    let value = HeaderValue::try_from(value).map_err(|_| bad())?;
    Ok((parsed, value))
}

/// True if a header of this name usually holds a credential.
pub(crate) fn carries_credential(name: &HeaderName) -> bool {
    CREDENTIALS.includes(&normal(name.as_str()))
}

/// A name in lower case, as the laxest of servers compares it: many take `_` for `-` (RFC 3875, section 4.1.18).
fn normal(name: &str) -> Cow<'_, str> {
    if name.contains('_') {
        Cow::Owned(name.replace('_', "-"))
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str) -> Result<(), EgressError> {
        let granted = HeaderName::from_static("x-vendor-code");
        headers([(name, value)].into_iter(), Some(&granted)).map(|_| ())
    }

    #[test]
    fn usual_headers_pass() {
        for name in [
            "Accept",
            "Content-Type",
            "User-Agent",
            "HTTP-Referer",
            "X-Title",
            "Idempotency-Key",
            "anthropic-version",
            "anthropic-beta",
            "OpenAI-Organization",
            "OpenAI-Beta",
            "x-goog-user-project",
            "x-amzn-bedrock-guardrailidentifier",
            "x-ms-client-request-id",
            "X-DashScope-SSE",
            "x_vendor",
        ] {
            assert_eq!(check(name, "some text, 1; q=0.5"), Ok(()), "{name}");
        }
    }

    #[test]
    fn the_hosts_own_headers_are_refused() {
        for name in [
            "Host",
            "Connection",
            "Content-Length",
            "content_length",
            "Transfer-Encoding",
            "TE",
            "Upgrade",
            "Via",
            "Expect",
            "Accept-Encoding",
            "Proxy-Authorization",
            "Proxy-Connection",
            "Sec-WebSocket-Key",
            "HTTP2-Settings",
        ] {
            assert_eq!(
                check(name, "x"),
                Err(EgressError::HostHeader(name.to_owned())),
                "{name}"
            );
        }
    }

    #[test]
    fn credentials_are_refused() {
        for name in [
            "Authorization",
            "X-Goog-IAM-Authorization-Token",
            "cf-aig-authorization",
            "Cookie",
            "X-Api-Key",
            "x_api_key",
            "Api-Key",
            "X-Goog-Api-Key",
            "Ocp-Apim-Subscription-Key",
            "X-Functions-Key",
            "X-Amz-Security-Token",
            "X-Auth-Token",
            "X-Vendor-Code",
            "x_vendor_code",
        ] {
            assert_eq!(
                check(name, "x"),
                Err(EgressError::Credential(name.to_owned())),
                "{name}"
            );
        }
    }

    #[test]
    fn what_overrides_the_target_the_method_or_the_client_is_refused() {
        for name in [
            "X-HTTP-Method-Override",
            "X-HTTP-Method",
            "X-Method-Override",
            "x_method_override",
            "X-Original-URL",
            "X-Original-Host",
            "X-Rewrite-URL",
            "X-Override-URL",
            "X-MS-Original-URL",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Prefix",
            "X_Forwarded_Path",
            "Forwarded",
            "X-Real-IP",
            "True-Client-IP",
            "X-Envoy-Original-Path",
            "X-Middleware-Subrequest",
            "X-Accel-Redirect",
            "X-Host",
        ] {
            assert_eq!(check(name, "x"), Err(EgressError::Override(name.to_owned())), "{name}");
        }
    }

    #[test]
    fn names_and_values_are_plain() {
        for (name, value) in [
            ("x", "a\r\nb: c"),
            ("x", "a\0"),
            ("x", "ä"),
            ("a\r\nb", "c"),
            ("a: b", "c"),
            ("a.b", "c"),
            ("", "c"),
            ("ä", "c"),
        ] {
            assert_eq!(
                check(name, value),
                Err(EgressError::BadHeader(name.to_owned())),
                "{name:?}"
            );
        }
    }

    #[test]
    fn their_number_and_sizes_have_limits() {
        let many = |count: usize, value: &'static str| headers((0..count).map(move |_| ("x-a", value)), None);
        assert_eq!(many(MOST, "1").unwrap().len(), MOST);
        assert_eq!(many(MOST + 1, "1"), Err(EgressError::TooManyHeaders(MOST)));
        assert_eq!(many(33_000, "1"), Err(EgressError::TooManyHeaders(MOST)));
        let value: &'static str = "v".repeat(LONGEST_VALUE).leak();
        assert_eq!(many(3, value).unwrap().len(), 3);
        assert_eq!(many(4, value), Err(EgressError::LargeHeaders(MOST_BYTES)));
        let long = "v".repeat(LONGEST_VALUE + 1);
        assert!(matches!(check("x", &long), Err(EgressError::TooLong(..))));
        let long = "v".repeat(LONGEST_NAME + 1);
        assert!(matches!(check(&long, ""), Err(EgressError::TooLong(..))));
    }
}
