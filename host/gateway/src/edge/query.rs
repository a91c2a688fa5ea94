//! The parameters of a request's query, decoded (WHATWG URL, section 5.1).

use crate::error::{ErrorKind, GatewayError};
use crate::percent::decoded;

/// The parameters of a query, in order.
///
/// # Errors
/// `INVALID_REQUEST` if one cannot be decoded.
pub(super) fn parameters(query: &str) -> Result<Vec<(String, String)>, GatewayError> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        Some((text(key)?, text(value)?))
    });
    pairs.collect::<Option<_>>().ok_or_else(|| {
        let message = "The query cannot be decoded: percent-encode UTF-8 (RFC 3986, 2.1).";
        GatewayError::new(ErrorKind::InvalidRequest, message)
    })
}

fn text(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    decoded(&spaced).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn names_and_values_are_decoded() {
        let pair = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let expected = [("limit", "2"), ("after_id", "route/a b+c"), ("beta", ""), ("x", "1=2")].map(pair);
        let found = parameters("limit=2&after_id=route%2Fa+b%2Bc&&beta&x=1=2").unwrap();
        assert_eq!(found, expected);
        assert!(parameters("").unwrap().is_empty());
        assert!(parameters("limit=%zz").is_err());
    }
}
