//! The parameters of a request's query, decoded (WHATWG URL, section 5.1), and what is wrong with them.

use std::fmt::Display;
use std::str::FromStr;

use crate::error::{ErrorKind, GatewayError};
use crate::percent::decoded;
use jackfield_config::escaped::cut;

/// The most bytes that an error repeats of a parameter.
pub(super) const MAX_VALUE: usize = 256;

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

/// The value of a parameter, which must be `expected`.
///
/// # Errors
/// `INVALID_REQUEST` if it is something else.
pub(super) fn parsed<T: FromStr>(name: &str, value: &str, expected: impl Display) -> Result<T, GatewayError> {
    value.parse().map_err(|_| fault(name, value, expected))
}

/// The fault of a parameter that is not what is `expected`.
pub(super) fn fault(name: &str, value: &str, expected: impl Display) -> GatewayError {
    let message = format!("{name} must be {expected}, found {:?}.", cut(value, MAX_VALUE));
    GatewayError::new(ErrorKind::InvalidRequest, message)
}

/// The fault of a parameter that is none of the `known` ones.
pub(super) fn unknown(name: &str, known: &[&str]) -> GatewayError {
    let known = listed(known, "and");
    let message = format!("{:?} is not a parameter; those are {known}.", cut(name, MAX_VALUE));
    GatewayError::new(ErrorKind::InvalidRequest, message)
}

/// Words in a row, the last one after this conjunction.
pub(super) fn listed(words: &[&str], conjunction: &str) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} {conjunction} {last}", first.join(", ")),
        few => few.concat(),
    }
}

fn text(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    decoded(&spaced).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded() {
        let pair = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let expected = [("limit", "2"), ("after_id", "route/a b+c"), ("beta", ""), ("x", "1=2")].map(pair);
        let found = parameters("limit=2&after_id=route%2Fa+b%2Bc&&beta&x=1=2").unwrap();
        assert_eq!(found, expected);
        assert!(parameters("").unwrap().is_empty());
        assert!(parameters("limit=%zz").is_err());
    }

    #[test]
    fn a_fault_names_the_parameter_and_repeats_no_more_than_a_line_of_it() {
        assert_eq!(parsed::<u8>("limit", "7", "a number").unwrap(), 7);
        let many = "many".repeat(MAX_VALUE);
        let shown = format!("limit must be a number, found \"{}…\".", &many[..MAX_VALUE]);
        assert_eq!(parsed::<u8>("limit", &many, "a number").unwrap_err().to_string(), shown);
        let unknown = |known: &[&str]| unknown("sinse", known).to_string();
        assert_eq!(unknown(&["by"]), "\"sinse\" is not a parameter; those are by.");
        assert_eq!(
            unknown(&["since", "until", "by"]),
            "\"sinse\" is not a parameter; those are since, until and by."
        );
    }
}
