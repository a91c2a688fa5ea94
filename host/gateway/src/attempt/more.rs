//! What a plugin says besides its result: the members of a `more`.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use jackfield_dialects::words::usage::Usage;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::adapter::Adapter;
use super::cancel::AskedCancel;
use super::failure::plugin_fault;
use super::redaction::Redaction;
use crate::error::Failure;

/// The most names and the most warnings that are read.
pub(super) const MOST: usize = 32;

/// The longest name.
const LONGEST_NAME: usize = 64;

/// The longest warning, in bytes; the rest is cut off.
const LONGEST_WARNING: usize = 512;

/// How the names of headers begin that a plugin may add to the client's answer. They mean nothing to browsers, caches
/// and proxies.
const ANSWER_HEADERS: [&str; 3] = ["x-upstream-", "x-ratelimit-", "ratelimit"];

/// The most headers that a plugin may add.
const MOST_HEADERS: usize = 16;

/// The longest value of such a header, in bytes.
const LONGEST_VALUE: usize = 256;

/// The members of a `more` that this host knows.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct More {
    /// The names of what was left out of the request.
    pub(super) dropped: Vec<String>,
    /// Sentences for the operator's log.
    pub(super) warnings: Vec<String>,
    /// Headers for the client's answer.
    headers: BTreeMap<String, String>,
    /// The request that ends the job for which the exchange asks.
    pub(super) cancel: Option<AskedCancel>,
    /// The usage of a reply that is no JSON, as in those that are.
    usage: Map<String, Value>,
}

// === impl More ===

impl More {
    /// Reads a `more`; nothing if it is empty. Names that do not fit into a list in a header are left out.
    ///
    /// # Errors
    /// Of class plugin, if it is not a JSON object with these members.
    pub(super) fn read(json: &[u8]) -> Result<Self, Failure> {
        if json.is_empty() {
            return Ok(Self::default());
        }
        // By way of a map, because an array of two lists would be read as well.
        let read = serde_json::from_slice::<Map<String, Value>>(json);
        let read = read.and_then(|members| serde_json::from_value(Value::Object(members)));
        let mut more: Self = read.map_err(|error| plugin_fault(format!("returned an invalid `more`: {error}")))?;
        more.dropped.retain(|name| is_name(name));
        more.dropped.truncate(MOST);
        more.warnings.truncate(MOST);
        Ok(more)
    }

    /// The headers that may be added to the client's answer, without the provider's secrets.
    pub(super) fn headers(&self, redaction: &Redaction) -> Vec<(HeaderName, HeaderValue)> {
        let allowed = |(name, value): (&String, &String)| {
            let name = HeaderName::try_from(name.as_str()).ok()?;
            let is_allowed = ANSWER_HEADERS.iter().any(|prefix| name.as_str().starts_with(prefix));
            let value = redaction.text(value);
            let value = HeaderValue::try_from(&*value).ok()?;
            (is_allowed && value.len() <= LONGEST_VALUE).then_some((name, value))
        };
        self.headers.iter().filter_map(allowed).take(MOST_HEADERS).collect()
    }

    /// The usage of a reply that is no JSON.
    pub(super) fn usage(&self) -> Usage {
        if self.usage.is_empty() {
            return Usage::default();
        }
        Usage::from_canonical(&Value::Object(self.usage.clone()).to_string())
    }

    /// Writes the warnings to the log.
    pub(super) fn log(&self, request_id: &str, adapter: &Adapter) {
        let provider = &*adapter.provider;
        for warning in &self.warnings {
            let warning = adapter.redaction.text(warning);
            let warning = &warning[..warning.floor_char_boundary(LONGEST_WARNING)];
            tracing::warn!(request_id, provider, "the adapter warns: {warning}");
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b",;".contains(&byte);
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Class;

    #[test]
    fn what_is_empty_or_unknown_says_nothing() {
        assert_eq!(More::read(b"").unwrap(), More::default());
        assert_eq!(More::read(br#"{"tomorrow": 1}"#).unwrap(), More::default());
    }

    #[test]
    fn names_that_no_list_in_a_header_may_hold_are_left_out() {
        let long = "x".repeat(LONGEST_NAME + 1);
        let json = serde_json::json!({ "dropped": ["top_k", "a,b", "a b", "\u{e4}", "", "a\r\nb: c", long] });
        assert_eq!(More::read(json.to_string().as_bytes()).unwrap().dropped, ["top_k"]);
    }

    #[test]
    fn only_headers_that_mean_nothing_else_are_passed_on() {
        let json = serde_json::json!({"headers": {
            "X-Upstream-Region": "eu", "x-ratelimit-remaining": "7", "set-cookie": "a=b", "x-accel-redirect": "/etc",
            "x-upstream-bad": "a\r\nb: c", "x-upstream-long": "x".repeat(LONGEST_VALUE + 1), "x-upstream-key": "sk-geheim-123",
        }});
        let more = More::read(json.to_string().as_bytes()).unwrap();
        let headers = more.headers(&Redaction::default().key("sk-geheim-123"));
        let shown: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        assert_eq!(shown.len(), 3, "{shown:?}");
        assert!(!format!("{shown:?}").contains("geheim"), "{shown:?}");
        let many: BTreeMap<_, _> = (0..20).map(|n| (format!("x-upstream-{n}"), "1")).collect();
        let more = More::read(serde_json::json!({ "headers": many }).to_string().as_bytes()).unwrap();
        assert_eq!(more.headers(&Redaction::default()).len(), MOST_HEADERS);
    }

    #[test]
    fn only_so_many_are_read() {
        let many = vec!["x"; MOST + 1];
        let json = serde_json::json!({ "dropped": many, "warnings": many }).to_string();
        let more = More::read(json.as_bytes()).unwrap();
        assert_eq!((more.dropped.len(), more.warnings.len()), (MOST, MOST));
    }

    #[test]
    fn what_is_no_object_of_lists_is_the_plugins_fault() {
        for json in [
            "[]",
            "{",
            r#"{"dropped": "top_k"}"#,
            r#"{"warnings": [1]}"#,
            r#"{"cancel": {"path": "/x"}}"#,
        ] {
            let failure = More::read(json.as_bytes()).unwrap_err();
            assert_eq!(failure.class, Class::Plugin);
            assert!(
                failure.message.starts_with("the adapter returned an invalid `more`: "),
                "{json}"
            );
        }
    }
}
