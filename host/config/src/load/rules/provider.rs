//! The rules for `providers`.

use http::{HeaderName, HeaderValue, Uri};

use super::Rules;
use crate::{AuthScheme, ProviderConfig, areas::proxy_problem};

/// Headers of the connection or the framing of the body (RFC 9110, section 7.6.1), which the HTTP client sets.
const CONNECTION: [&str; 8] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Rules<'_> {
    pub(super) fn providers(&mut self) {
        for (name, provider) in &self.config.providers {
            if !is_plain(name) {
                let remedy = "use only letters, digits, \"_\", \"-\" and \".\"";
                self.add(&["providers", name], "is not a valid provider name", remedy);
            }
            if let Some(problem) = provider.base_url.as_deref().and_then(base_url_problem) {
                let remedy = "write one such as \"https://upstream.example/v1\"";
                self.add(&["providers", name, "base_url"], problem, remedy);
            }
            if let Some(problem) = provider.proxy.as_ref().and_then(proxy_problem) {
                let remedy = "write one such as \"http://proxy.example:3128\", or none";
                self.add(&["providers", name, "proxy"], problem, remedy);
            }
            self.auth(name, provider);
            self.headers(name, provider);
        }
    }

    fn auth(&mut self, provider: &str, config: &ProviderConfig) {
        let Some(auth) = &config.auth else { return };
        let path = ["providers", provider, "auth", "name"];
        if self.document.is_missing(&path) {
            return;
        }
        let named = auth.name.as_deref().unwrap_or_default();
        match auth.scheme {
            AuthScheme::Header if named.is_empty() => {
                self.add(
                    &path,
                    "is missing, but the scheme header requires it",
                    "add the header's name",
                );
            }
            AuthScheme::Header if HeaderName::try_from(named).is_err() => {
                self.add(&path, "is not a valid header name", "write one such as x-api-key");
            }
            AuthScheme::Query if named.is_empty() => {
                self.add(
                    &path,
                    "is missing, but the scheme query requires it",
                    "add the parameter's name",
                );
            }
            _ => {}
        }
    }

    fn headers(&mut self, provider: &str, config: &ProviderConfig) {
        for (name, value) in &config.headers {
            let path = ["providers", provider, "headers", name];
            if HeaderName::try_from(name).is_err() {
                self.add(&path, "is not a valid header name", "write one such as x-team");
            } else if CONNECTION.contains(&name.to_ascii_lowercase().as_str()) {
                self.add(
                    &path,
                    "is a connection header, which the gateway sets itself",
                    "remove it",
                );
            }
            if HeaderValue::try_from(value.expose()).is_err() {
                self.add(
                    &path,
                    "contains a character that is not allowed in a header",
                    "remove line breaks and control characters",
                );
            }
        }
    }
}

/// Whether a name needs no quotes in logs and metrics.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// What is wrong with a base URL, if anything. The answer never quotes it: an invalid URL may contain a password.
fn base_url_problem(text: &str) -> Option<&'static str> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    if !["http", "https"].contains(&scheme) {
        return Some("is not an http or https URL");
    }
    if rest.contains(['?', '#']) {
        return Some("has a query or fragment, which a base URL cannot have");
    }
    let Ok(url) = text.parse::<Uri>() else {
        return Some("is not an http or https URL");
    };
    let authority = url.authority()?;
    if authority.as_str().contains('@') {
        return Some("contains a user or password, which belongs in api_key");
    }
    let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    let bad_port = !port.is_empty() && url.port_u16().is_none_or(|port| port == 0);
    (authority.host().is_empty() || bad_port).then_some("is not an http or https URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_has_a_host_and_nothing_after_its_path() {
        let good = [
            "https://a.example",
            "http://127.0.0.1:9000/v1/",
            "https://[::1]:8443/a/b",
            "http://localhost",
        ];
        for url in good {
            assert_eq!(base_url_problem(url), None, "{url}");
        }
        let bad = [
            "",
            "a.example",
            "ftp://a.example",
            "https://",
            "https:///v1",
            "https://a b",
            "https://a:99999",
            "https://a:0",
            "https://a:",
            "https://:80",
            "HTTPS//a",
            "https://a.example/v1?x=1",
            "https://a.example#x",
            "https://u:p@a.example",
        ];
        for url in bad {
            assert!(base_url_problem(url).is_some(), "{url}");
        }
    }
}
