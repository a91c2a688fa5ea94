//! What a query may be: parameters that carry no credential and override nothing.

use super::{EgressError, quoted};
use crate::percent::decoded;

/// What a query may contain besides letters, digits and escapes (RFC 3986, section 3.4).
const IN_A_QUERY: &[u8] = b"-._~!$&'()*+,;=:@/?";

/// What the name of a parameter may contain besides letters and digits, once it is decoded.
const IN_A_NAME: &[u8] = b"-._~$:@[] ";

/// Parameters in which known vendors accept credentials, in [normal form](normal). A plugin has no credential and may
/// not set one.
const CREDENTIALS: [&str; 15] = [
    "access_token",
    "api_key",
    "apikey",
    "auth_token",
    "key",
    "sig",
    "subscription_key",
    "x_amz_credential",
    "x_amz_security_token",
    "x_amz_signature",
    "x_api_key",
    "x_auth_token",
    "x_goog_api_key",
    "x_goog_credential",
    "x_goog_signature",
];

/// Parameters by which frameworks let a request stand for another one, in [normal form](normal).
const OVERRIDES: [&str; 8] = [
    "$httpmethod",
    "_method",
    "httpmethod",
    "x_http_method",
    "x_http_method_override",
    "x_method_override",
    "x_original_url",
    "x_rewrite_url",
];

/// Checks the query of `target`. `granted` is the parameter that carries the credential: a second one of the same name
/// could take its place, or be logged where the first is hidden.
pub(super) fn check(query: &str, granted: Option<&str>, target: &str) -> Result<(), EgressError> {
    if !query
        .bytes()
        .all(|byte| byte == b'%' || byte.is_ascii_alphanumeric() || IN_A_QUERY.contains(&byte))
    {
        return Err(EgressError::Character(quoted(target)));
    }
    let granted = granted.and_then(normal);
    // Some servers take `;` for a separator, and some cut at every `?`.
    for parameter in query.split(['&', ';', '?']) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let name = normal(name).ok_or_else(|| EgressError::Encoding(quoted(target)))?;
        if CREDENTIALS.contains(&&*name) || granted.as_ref() == Some(&name) {
            return Err(EgressError::Credential(quoted(parameter)));
        }
        if OVERRIDES.contains(&&*name) {
            return Err(EgressError::Override(quoted(parameter)));
        }
        let value = decoded(value).filter(|value| !value.contains(char::is_control));
        value.ok_or_else(|| EgressError::Encoding(quoted(target)))?;
    }
    Ok(())
}

/// The name of a parameter as the laxest of servers compares it: without case, spaces around it and the index of a list
/// behind it, and with `.`, `-` and spaces taken for `_`. `None` if it contains what no name does.
fn normal(name: &str) -> Option<String> {
    let plus = name.replace('+', " ");
    let decoded = decoded(&plus)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || IN_A_NAME.contains(&byte);
    if !decoded.bytes().all(is_plain) {
        return None;
    }
    let bare = decoded.trim().split('[').next().unwrap_or_default();
    Some(bare.to_ascii_lowercase().replace(['.', '-', ' '], "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(query: &str, granted: Option<&str>) -> Result<(), EgressError> {
        check(query, granted, "/x")
    }

    #[test]
    fn usual_parameters_pass() {
        for ok in [
            "",
            "alt=sse",
            "api-version=2024-10-21",
            "$alt=json;enum-encoding=int",
            "filter%5Ba%5D=1",
            "keys=a&monkey=b&key_count=1",
        ] {
            assert_eq!(checked(ok, Some("vendor-code")), Ok(()), "{ok}");
        }
    }

    #[test]
    fn the_granted_parameter_is_refused_in_every_spelling() {
        for bad in [
            "code=x",
            "a=1&code=x",
            "a=1;code=x",
            "a=1?code=x",
            "CODE=x",
            "c%6Fde=x",
            "%63%6f%64%65=x",
            "%43ode=x",
            "code%20=x",
            "+code=x",
            "code%5B%5D=x",
            "code",
        ] {
            let refused = matches!(checked(bad, Some("code")), Err(EgressError::Credential(_)));
            assert!(refused, "{bad} passed");
        }
        // The name as it is attached: percent-encoded.
        for bad in ["a.b=x", "a%2Eb=x", "a_b=x"] {
            assert!(checked(bad, Some("a%2Eb")).is_err(), "{bad} passed");
        }
        for doubly in ["%2563ode=x", "c%256fde=x", "code%00=x", "c%6=x", "%c0%a3=x"] {
            assert!(checked(doubly, Some("code")).is_err(), "{doubly} passed");
        }
    }

    #[test]
    fn known_credentials_and_overrides_are_refused_whatever_is_granted() {
        for name in CREDENTIALS {
            assert!(matches!(
                checked(&format!("{name}=x"), None),
                Err(EgressError::Credential(_))
            ));
        }
        for name in OVERRIDES {
            assert!(matches!(
                checked(&format!("{name}=x"), None),
                Err(EgressError::Override(_))
            ));
        }
        assert!(checked("Api-Key=x", None).is_err());
        assert!(checked("X-HTTP-Method-Override=DELETE", None).is_err());
    }

    #[test]
    fn values_contain_no_control_characters() {
        for bad in [
            "a=%0d%0ax",
            "a=%00",
            "a=%c2%85",
            "a=%c0%ae",
            "a=%",
            "a=b c",
            "a=\r\n",
            "a=<b>",
            "a=ä",
        ] {
            assert!(checked(bad, None).is_err(), "{bad:?} passed");
        }
    }
}
