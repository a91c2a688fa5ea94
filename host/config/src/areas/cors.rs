//! `server.cors:`: the web pages that may call from a browser.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::duration;

/// The web pages that may call from a browser (Fetch standard, section 3.3, the CORS protocol).
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorsConfig {
    /// The origins of these pages, such as `https://app.example`, or `*` for all. Default none: no CORS headers are
    /// sent, so browsers keep responses from pages of other origins.
    #[schemars(schema_with = "origins")]
    pub origins: Vec<String>,
    /// How long a browser may cache the preflight response. Default `1h`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub max_age: Duration,
}

/// The schema of a list of origins. JSON Schema has no such format; `load::validate` defines it.
fn origins(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": {
            "type": "string",
            "format": "origin",
            "errorMessage": "must be an origin as browsers send it, or *",
            "remedy": "write one such as https://app.example or http://localhost:3000, \
                without a path or a default port",
        },
    })
}

/// True for `*` and for an origin as browsers write it (RFC 6454, section 6.2): a scheme, a host in lowercase ASCII,
/// and a port unless it is the scheme's default. Any other spelling would never match, and fail silently.
pub(crate) fn is_origin(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let Some((scheme, host)) = text.split_once("://") else {
        return false;
    };
    let default_port = match scheme {
        "http" => Some(":80"),
        "https" => Some(":443"),
        _ => None,
    };
    let plain = |c: char| c.is_ascii_graphic() && !c.is_ascii_uppercase();
    !scheme.is_empty()
        && !host.is_empty()
        && text.chars().all(plain)
        && !host.contains(['/', '?', '#', '@', '*', ','])
        && !default_port.is_some_and(|port| host.ends_with(port))
}

// === impl CorsConfig ===

impl Default for CorsConfig {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            max_age: Duration::from_hours(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_would_send() {
        let good = [
            "*",
            "https://app.example",
            "http://localhost:3000",
            "https://[::1]:8443",
            "https://xn--bcher-kva.example",
            "chrome-extension://abcdefgh",
            "http://a.example:443",
        ];
        for origin in good {
            assert!(is_origin(origin), "{origin}");
        }
        let bad = [
            "",
            "null",
            "app.example",
            "://a",
            "https://",
            "https://app.example/",
            "https://app.example/path",
            "https://App.example",
            "HTTPS://app.example",
            "https://app.example:443",
            "http://app.example:80",
            "https://*.example",
            "https://bücher.example",
            "https://a.example, https://b.example",
            "https://u@a.example",
            "https://a.example?x",
        ];
        for origin in bad {
            assert!(!is_origin(origin), "{origin}");
        }
    }
}
